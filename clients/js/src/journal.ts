import { setTimeout as sleep } from "node:timers/promises";
import { type Control, queryOf } from "./control.js";
import { SandboxError } from "./errors.js";
import type { JournalEntry, JournalFilter, JournalPage, JournalSummary, SummaryFilter } from "./shapes.js";

const PAGE = 1_000;
const PAUSE_MS = 20;

/** How long to wait, and for what. */
export interface WaitOptions {
  /** For so many entries; 1 when left out. */
  times?: number;
  /** At most so many real seconds; 5 when left out. */
  seconds?: number;
}

/** Every call a world has answered, with the decisions made on its way. Never a value. */
export class Journal {
  constructor(
    private readonly control: Control,
    private readonly path: string,
  ) {}

  /** All entries that fit the filter, oldest first; `limit` of them at most. The `newest` are 1,000 at most. */
  async entries(filter: JournalFilter = {}): Promise<JournalEntry[]> {
    const wanted = filter.limit ?? Number.POSITIVE_INFINITY;
    const found: JournalEntry[] = [];
    let since = filter.since ?? 0;
    for (;;) {
      const limit = Math.min(PAGE, wanted - found.length);
      const page = await this.page({ ...filter, since, limit });
      found.push(...page.entries);
      if (page.next === null || found.length >= wanted) return found;
      since = page.next;
    }
  }

  /** One page of entries, as the control API gives it. */
  page(filter: JournalFilter = {}): Promise<JournalPage> {
    return this.control.ask("GET", this.path + queryOf({ ...filter }));
  }

  /** How many calls came to which status, and what was refused or warned of, by kind. */
  summary(filter: SummaryFilter = {}): Promise<JournalSummary> {
    return this.control.ask("GET", `${this.path}/summary${queryOf({ ...filter })}`);
  }

  /** Wait, in real time, until so many entries fit the filter; gives them. Raises a `SandboxError` otherwise. */
  async wait(
    filter: JournalFilter = {},
    { times = 1, seconds = 5 }: WaitOptions = {},
  ): Promise<JournalEntry[]> {
    const end = performance.now() + seconds * 1_000;
    for (;;) {
      const found = await this.entries(filter);
      if (found.length >= times) return found;
      if (performance.now() > end)
        throw new SandboxError(await this.#missed(filter, found.length, times, seconds));
      await sleep(PAUSE_MS);
    }
  }

  async #missed(filter: JournalFilter, found: number, times: number, seconds: number): Promise<string> {
    const last = await this.page({ newest: true, limit: 5 });
    const lines = last.entries.map((entry) => `  ${entry.seq} ${entry.method} ${entry.path} ${entry.status}`);
    const asked = JSON.stringify(filter);
    const words = `Waited ${seconds} seconds for ${times} journal entries like ${asked}; there are ${found}.`;
    return [words, `The journal has ${last.total} in all, the last of them:`, ...lines].join("\n");
  }
}
