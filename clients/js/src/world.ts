import { Clock } from "./clock.js";
import type { Control } from "./control.js";
import { ControlError, SandboxError } from "./errors.js";
import { Faults } from "./faults.js";
import { Journal } from "./journal.js";
import type * as shapes from "./shapes.js";

/** What one world is opened with. */
export interface WorldDoor {
  name: string;
  base_url: string;
  api_key: string;
  /** Absent where the sandbox serves no MCP. */
  mcp_url: string | undefined;
}

/** One organisation of Kustomer, which shares nothing with any other world. */
export class World implements AsyncDisposable {
  readonly name: string;
  /** Where its API is, without `/v1`. */
  readonly base_url: string;
  readonly api_key: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly #mcpUrl: string | undefined;
  readonly #path: string;
  readonly #onClose: (world: World) => void;
  #closed = false;

  /** Made by `sandbox.world()`, `sandbox.episode()` and `sandbox.fork()`. */
  constructor(
    protected readonly api: Control,
    door: WorldDoor,
    onClose: (world: World) => void,
  ) {
    this.name = door.name;
    this.base_url = door.base_url;
    this.api_key = door.api_key;
    this.#mcpUrl = door.mcp_url;
    this.#onClose = onClose;
    this.#path = `/worlds/${encodeURIComponent(door.name)}`;
    this.clock = new Clock(api, `${this.#path}/clock`);
    this.faults = new Faults(api, `${this.#path}/faults`);
    this.journal = new Journal(api, `${this.#path}/journal`);
  }

  /** An MCP server on this world with every tool, over Streamable HTTP. */
  get mcp_url(): string {
    if (this.#mcpUrl) return this.#mcpUrl;
    throw new SandboxError(`${this.base_url} serves no MCP. Start the sandbox with \`kustomer-sandbox up\`.`);
  }

  /** Another MCP URL for this world, which shows the tools that are asked for. */
  mcp(tools: shapes.ServerConfig = {}): Promise<shapes.McpUrlMade> {
    return this.control("POST", "/mcp", { tools });
  }

  /** `fetch` of a path such as `/v1/customers`, with this world's key unless `init` has another. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${this.api_key}`);
    if (typeof init.body === "string" && !headers.has("content-type"))
      headers.set("content-type", "application/json");
    return fetch(new URL(path, this.base_url), { ...init, headers });
  }

  /** The world as it stands: its settings, its time, how many records of each type it holds. */
  show(): Promise<shapes.WorldShown> {
    return this.control("GET", "");
  }

  /** Have it go on under other settings. */
  change(change: shapes.WorldChange): Promise<shapes.WorldShown> {
    return this.control("PATCH", "", change);
  }

  /** Put it back to how it was made; its keys go on working. */
  reset(): Promise<shapes.WorldShown> {
    return this.control("POST", "/reset");
  }

  /** Keep its present state. */
  snapshot(): Promise<shapes.SnapshotShown> {
    return this.control("POST", "/snapshots");
  }

  /** Go back to a snapshot, as often as wanted. */
  restore(snapshot: string | shapes.SnapshotShown): Promise<shapes.WorldShown> {
    return this.control("POST", `/snapshots/${encodeURIComponent(idOf(snapshot))}/restore`);
  }

  /** What was made, changed and deleted between a snapshot and another, or the present. */
  diff(
    since: string | shapes.SnapshotShown,
    until?: string | shapes.SnapshotShown,
  ): Promise<shapes.DiffShown> {
    const query = new URLSearchParams({ since: idOf(since), ...(until && { until: idOf(until) }) });
    return this.control("GET", `/diff?${query}`);
  }

  /** The budgets as they stand. Asking costs nothing. */
  limits(): Promise<shapes.LimitsShown> {
    return this.control("GET", "/limits");
  }

  /** The unmasking windows open now. */
  windows(): Promise<shapes.WindowShown[]> {
    return this.control("GET", "/windows");
  }

  /** The drafts that wait or are scheduled, without what they say. */
  drafts(): Promise<shapes.DraftShown[]> {
    return this.control("GET", "/drafts");
  }

  /** Issue another API key, for instance with fewer roles. */
  key(key: shapes.NewKey = {}): Promise<shapes.KeyMade> {
    return this.control("POST", "/keys", key);
  }

  /** Ask any other route of the control API below `/_sandbox/worlds/{world}`, such as `/when`. */
  control<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.api.ask(method, this.#path + path, body);
  }

  /** Forget the world and its keys. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    if (this.api.closed) return;
    await this.control("DELETE", "").catch(unlessGone);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A world for one run of an agent; its end tells what happened. */
export class Episode extends World {
  readonly #path: string;

  constructor(
    api: Control,
    readonly begun: shapes.EpisodeBegun,
    onClose: (world: World) => void,
  ) {
    super(api, { ...begun, name: begun.episode }, onClose);
    this.#path = `/episodes/${encodeURIComponent(begun.episode)}`;
  }

  /** What the scenario has an agent asked to do, if it says so. */
  get prompt(): string | null {
    return this.begun.prompt;
  }

  /** End it: what differs from the start, the calls in sums, the verdict where there are criteria. */
  end(): Promise<shapes.EpisodeEnded> {
    return this.api.ask("DELETE", this.#path);
  }

  override async close(): Promise<void> {
    if (!this.api.closed) await this.end().catch(unlessGone);
    await super.close();
  }
}

/** Whoever closes what is gone already has what he wanted. */
function unlessGone(fault: unknown): void {
  if (!(fault instanceof ControlError && fault.status === 404)) throw fault;
}

function idOf(snapshot: string | shapes.SnapshotShown): string {
  return typeof snapshot === "string" ? snapshot : snapshot.id;
}
