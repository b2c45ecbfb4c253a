/** The requests and answers of the control API, as `/openapi.json` of a running sandbox describes them. */
import type { JournalSummary, TypeDiff } from "./seen.js";

export type * from "./seen.js";

/** What `kustomer-sandbox up --json` prints when it is ready. */
export interface Ready {
  base_url: string;
  api_key: string;
  account_id: string;
  api_token: string;
  mcp_url: string;
  discovery_url: string;
  console_url: string;
  world: string;
}

export type Mode = "frozen" | "real";
export type Masking = "stars" | "object" | "partial";
export type ErrorVocabulary = "page" | "recorded";
export type RateLimitReset = "exhausted" | "always";
export type MaskedSearch = "allow" | "exact" | "refuse";

/** What a world is made from, but for its name; everything has a default. */
export interface WorldPlan {
  /** `demo` when left out; `GET /_sandbox/choices` lists others. */
  scenario?: string;
  /** The organisation's plan, which sets requests a minute: `enterprise` when left out. */
  plan?: string;
  /** Same scenario, seed and clock: the same bytes. */
  seed?: string;
  /** The instant at which the world's time starts, such as `2026-06-09T12:00:00Z`. */
  clock?: string;
  /** `frozen` when left out. */
  mode?: Mode;
  masking?: Masking;
  errors?: ErrorVocabulary;
  ratelimit_reset?: RateLimitReset;
  /** Whether unknown query parameters are refused. */
  strict?: boolean;
  /** Calls a minute of budgets that shall differ: `{ record_updates: 120 }`. */
  limits?: Record<string, number>;
  /** Other readings of rules that nobody has verified: `{ "page-size-clamped": "refused" }`. */
  readings?: Record<string, string>;
  masked_search?: MaskedSearch;
  /** How long an unmasking window lasts; a day when left out. */
  window_minutes?: number;
  windows_for?: "everyone" | "requester";
}

export interface NewWorld extends WorldPlan {
  /** Given one when left out. */
  name?: string;
}

/** What shall be otherwise in a world that goes on. */
export type WorldChange = Pick<
  WorldPlan,
  "plan" | "masking" | "errors" | "ratelimit_reset" | "strict" | "masked_search"
>;

export interface WorldShown extends Required<Omit<WorldPlan, "clock" | "seed">> {
  name: string;
  org: string;
  org_name: string;
  now: string;
  /** How many records of each type the world holds. */
  records: Record<string, number>;
}

export interface WorldMade extends WorldShown {
  api_key: string;
  /** In the answer of a fleet alone: where the world's worker is. */
  base_url?: string;
  mcp_url?: string;
}

export interface ClockShown {
  now: string;
  mode: Mode;
}

export interface NewKey {
  /** `["org"]`, all there is, when left out. */
  roles?: string[];
  /** Whether sensitive values are shown to this key. */
  read_sensitive?: boolean;
  user_type?: "machine" | "user";
}

export interface KeyMade extends Required<NewKey> {
  key_id: string;
  user_id: string;
  api_key: string;
}

/** Which calls a fault waits for: all that is given must hold; nothing given matches every call. */
export interface FaultMatch {
  /** An operation's id, such as `CreateCustomer`. */
  operation?: string;
  method?: string;
  /** A template (`/v1/customers/{id}`), a path as it is sent, or, ending in `*`, the beginning of one. */
  path?: string;
  customer?: string;
  /** The MCP tool that the call was made for. */
  tool?: string;
}

/** What happens to a call. */
export type Fault =
  /** A refusal instead of an answer; the call is not made. */
  | { kind: "status"; status: number; code?: string; message?: string }
  /** A 429 with the headers of a real one: budget is back in `reset` seconds. */
  | { kind: "rate_limited"; reset?: number }
  /** The answer takes this ISO 8601 duration, by the world's clock or in real time. */
  | { kind: "latency"; duration: string; clock?: "world" | "real" }
  /** No answer; `applied` says whether the call is made all the same. */
  | { kind: "timeout"; applied?: boolean }
  | { kind: "connection_reset" }
  /** So many bytes of the body arrive; the call is made. */
  | { kind: "cut_body"; after?: number }
  /** A proxy's page in place of the answer. */
  | { kind: "content_type"; content_type?: string; body?: string; status?: number; applied?: boolean }
  /** The connection ends after the call was made and before its answer. */
  | { kind: "lost_answer" }
  /** The process seems to die in the middle of the call. */
  | { kind: "crash"; at?: "before_rule" | "before_commit" | "after_rule" };

export interface NewFault {
  match?: FaultMatch;
  fault: Fault;
  /** The first of the matching calls that meets it; 1 when left out. */
  nth?: number;
  /** How many matching calls meet it, from that one on; 1 when left out. */
  times?: number;
}

/** An armed fault; `left` calls will still meet it, from the `nth` that matches on; `seen` have been made. */
export interface FaultArmed {
  id: string;
  match: FaultMatch;
  fault: Fault;
  nth: number;
  left: number;
  seen: number;
}

/** Which tools an MCP URL shows, and how; every tool when left out. */
export interface ServerConfig {
  methods?: string[];
  tags?: string[];
  filter?: string;
  tool_exposure?: "all" | "discovery";
  require_api_token_auth?: boolean;
  masked_search?: MaskedSearch;
  max_result_chars?: number;
  strict_arguments?: boolean;
}

export interface McpUrlMade {
  account_id: string;
  mcp_url: string;
  base_url: string;
}

export interface NewEpisode extends WorldPlan {
  tools?: ServerConfig;
  /** After so many seconds without a call the episode ends by itself. */
  idle_seconds?: number;
}

/** An open episode. Instants are the server's; its world has its own time. */
export interface EpisodeShown {
  episode: string;
  scenario: string;
  seed: string;
  plan: string;
  prompt: string | null;
  /** The snapshot of its beginning. */
  start: string;
  began_at: string;
  used_at: string;
  ends_at: string;
  calls: number;
  kept: boolean;
}

export interface EpisodeBegun extends EpisodeShown {
  mcp_url: string;
  base_url: string;
  api_key: string;
}

/** Whether a run did the right thing, and nothing else. */
export interface Verdict {
  scenario: string;
  passed: boolean;
  criteria: { number: number; criterion: string; met: boolean; reason: string; calls: number[] }[];
  cost: { calls: number; refused: number; tokens: number };
  calls: Record<string, string>;
}

export interface EpisodeEnded extends EpisodeShown {
  ended_at: string;
  reason: "deleted" | "idle";
  diff: Record<string, TypeDiff>;
  journal: JournalSummary;
  leases: { customer: string; tool: string; status: string }[];
  /** The verdict, if the scenario has criteria. */
  grade: Verdict | null;
}
