/** What the control API shows of a world: journal, budgets, windows, drafts, snapshots, differences. */

/** Which entries are wanted; all that is given must hold. */
export interface SummaryFilter {
  /** Entries after this number. */
  since?: number;
  operation?: string;
  method?: string;
  /** The beginning of a path as the journal shows it. */
  path?: string;
  /** A status, or a class: `404`, `"4xx"`. */
  status?: number | "1xx" | "2xx" | "3xx" | "4xx" | "5xx";
  tool?: string;
  call?: string;
  customer?: string;
  channel?: string;
  key?: string;
}

export interface JournalFilter extends SummaryFilter {
  limit?: number;
  /** Entries up to this number. */
  until?: number;
  /** Whether the last entries that fit are wanted, not the first. */
  newest?: boolean;
}

/** One decision on a call's way. */
export interface TraceStep {
  step: string;
  outcome: string;
  detail: Record<string, unknown>;
}

/** What a call did to one record: names of attributes, never a value. */
export interface RecordChange {
  /** Type and id: `conversation/6a…`. */
  record: string;
  kind: "insert" | "update" | "delete";
  attributes: string[];
}

/** One call as the journal keeps it: no bodies, looked-up values as `***`. */
export interface JournalEntry {
  seq: number;
  at: string;
  method: string;
  path: string;
  operation: string;
  /** 0 when the call came to no answer. */
  status: number;
  key: string;
  customer: string;
  record: string;
  channel: string;
  tool: string;
  call: string;
  trace: TraceStep[];
  changes: RecordChange[];
  fault: string;
}

/** Entries after `since`; `next` is the `since` of the next page, null at the end. */
export interface JournalPage {
  entries: JournalEntry[];
  next: number | null;
  total: number;
}

/** Calls that came to the same, with the numbers of the first and the last of them. */
export interface Kind {
  operation: string;
  times: number;
  first: number;
  last: number;
}

export interface RefusedKind extends Kind {
  status: number;
  code: string;
  step: string;
  rule: string;
  path: string;
  fault: string;
}

export interface WarningKind extends Kind {
  warning: string;
  parameter: string;
}

export interface JournalSummary {
  calls: number;
  statuses: Record<string, number>;
  refused: RefusedKind[];
  warnings: WarningKind[];
  /** The kind of the last call, if it was refused. */
  ended_with: RefusedKind | null;
}

export interface Budget {
  limit: number;
  used: number;
  remaining: number;
  resets_at: string | null;
  filled_by: (Kind & { key: string })[];
}

export interface ObjectBudget extends Budget {
  budget: string;
  per: string;
  object: string;
  user: string;
}

export interface LimitsShown extends Budget {
  plan: string;
  search: Budget;
  hooks: Budget;
  objects: ObjectBudget[];
}

export interface WindowShown {
  customer: string;
  requested_by: string;
  start: string;
  end: string;
}

export interface DraftShown {
  id: string;
  channel: string;
  status: string;
  send_at: string | null;
  customer: string;
  conversation: string;
}

export interface SnapshotShown {
  id: string;
  taken_at: string;
}

/** One changed attribute. Of a `hidden` one, which can be masked, no values are shown. */
export interface Change {
  path: string;
  hidden: boolean;
  before: unknown;
  after: unknown;
}

export interface TypeDiff {
  created: string[];
  changed: { id: string; attributes: Change[] }[];
  deleted: string[];
}

export interface DiffShown {
  since: string;
  types: Record<string, TypeDiff>;
}
