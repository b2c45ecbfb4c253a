import { Control } from "./control.js";
import { ControlError, SandboxError } from "./errors.js";
import { SandboxProcess, type StartOptions } from "./process.js";
import type { EpisodeBegun, McpUrlMade, NewEpisode, NewWorld, Ready, WorldMade } from "./shapes.js";
import { Episode, World } from "./world.js";

/** Where a sandbox comes from: one that runs at `url`, or one that is started. */
export interface SandboxOptions extends StartOptions {
  /** The `base_url` of a sandbox that runs, which is then not started, and not ended. */
  url?: string;
  /** The control token, where the sandbox has one; that of `KUSTOMER_SANDBOX_CONTROL_TOKEN` when left out. */
  controlToken?: string;
}

/**
 * Start a sandbox, or connect to one that runs.
 *
 * Raises a `SandboxError` where the command is missing or fails, or nothing that is a sandbox answers at `url`.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const env = options.env ?? process.env;
  const token = options.controlToken ?? env.KUSTOMER_SANDBOX_CONTROL_TOKEN;
  if (options.url !== undefined) {
    const control = new Control(origin(options.url), token, undefined);
    await control.check();
    return new Sandbox(control, undefined, undefined);
  }
  const [started, ready] = await SandboxProcess.start(options);
  return new Sandbox(new Control(ready.base_url, token, started), started, ready);
}

/** A running sandbox, in which worlds are made. */
export class Sandbox implements AsyncDisposable {
  readonly base_url: string;
  readonly #worlds = new Set<World>();

  /** Made by `createSandbox()`. */
  constructor(
    private readonly api: Control,
    private readonly process: SandboxProcess | undefined,
    /** What `kustomer-sandbox up` said of its first world, if it was started here. */
    readonly ready: Ready | undefined,
  ) {
    this.base_url = api.base_url;
  }

  /** The control token that it is asked with. */
  get controlToken(): string | undefined {
    return this.api.token;
  }

  /** The id of the process that was started; it keeps the sandbox, and ends with it. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Make a world of one's own: the demo company, and time that stands still, unless told otherwise. */
  async world(world: NewWorld = {}): Promise<World> {
    return this.#entered(await this.api.ask("POST", "/worlds", { scenario: "demo", ...world }));
  }

  /** Make an independent world in the same state as another; a reset brings it back to this state. */
  async fork(origin: World, name?: string): Promise<World> {
    return this.#entered(await origin.control("POST", "/fork", name === undefined ? {} : { name }));
  }

  /** Begin an episode: a world for one run of an agent, whose end tells what happened and grades it. */
  async episode(episode: NewEpisode = {}): Promise<Episode> {
    const asked = { scenario: "demo", ...episode };
    const begun = await this.api.ask<EpisodeBegun>("POST", "/episodes", asked);
    return this.#opened(new Episode(this.api, begun, (gone) => this.#worlds.delete(gone)));
  }

  /** Ask any other route of the control API, such as `/choices`: below `/_sandbox`. */
  control<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.api.ask(method, path, body);
  }

  /** End the sandbox that was started here; of one that ran already, only the worlds made here. */
  async close(): Promise<void> {
    if (this.process) {
      this.api.closed = true;
      await this.process.stop();
    } else await Promise.all([...this.#worlds].map((world) => world.close()));
    this.#worlds.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #entered(made: WorldMade): Promise<World> {
    const { base_url = this.base_url, mcp_url = await this.#mcpUrl(made.name) } = made;
    return this.#opened(
      new World(this.api, { ...made, base_url, mcp_url }, (gone) => this.#worlds.delete(gone)),
    );
  }

  #opened<Kind extends World>(world: Kind): Kind {
    this.#worlds.add(world);
    return world;
  }

  /** A fleet's answer has the URL in it; `kustomer-sandbox simulator` has no MCP server. */
  async #mcpUrl(world: string): Promise<string | undefined> {
    try {
      const made = await this.api.ask<McpUrlMade>("POST", `/worlds/${encodeURIComponent(world)}/mcp`);
      return made.mcp_url;
    } catch (fault) {
      if (fault instanceof ControlError && [404, 405].includes(fault.status)) return undefined;
      throw fault;
    }
  }
}

function origin(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new SandboxError(
      `\`url\` must be an address such as http://127.0.0.1:8700, not ${JSON.stringify(url)}.`,
    );
  return new URL(url).origin;
}
