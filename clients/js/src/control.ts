import { ControlError, SandboxError } from "./errors.js";
import type { SandboxProcess } from "./process.js";

const ROOT = "/_sandbox";
const PATIENCE_MS = 120_000;

/** What stands behind a `?`; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The control API of one sandbox, `/_sandbox/…`. */
export class Control {
  /** Whether the sandbox was ended by whoever has started it. */
  closed = false;

  constructor(
    readonly base_url: string,
    readonly token: string | undefined,
    private readonly process: SandboxProcess | undefined,
  ) {}

  /**
   * Ask the control API something, and give what it answers.
   *
   * Raises a `ControlError` in the API's words where it refuses, a `SandboxError` where there is no answer.
   */
  async ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#answer(method, path, body);
    const text = await response.text();
    if (!response.ok) throw this.#refusal(`${method} ${ROOT}${path}`, response.status, text);
    if (response.status === 204) return undefined as Answer;
    try {
      return JSON.parse(text) as Answer;
    } catch {
      throw new SandboxError(
        `${this.base_url} answers, but not as a Kustomer Sandbox does. Is the URL right?`,
      );
    }
  }

  /** Raises a `SandboxError` unless a sandbox is there. */
  async check(): Promise<void> {
    let health: { status?: unknown; worlds?: unknown };
    try {
      health = await this.ask("GET", "/health");
    } catch (fault) {
      if (!(fault instanceof ControlError) || [401, 403].includes(fault.status)) throw fault;
      throw new SandboxError(
        `${this.base_url} answers ${fault.status} at ${ROOT}/health, so it is no Kustomer Sandbox. ` +
          "Give the `base_url` that `kustomer-sandbox up` prints, without a path.",
      );
    }
    if (health.status !== "ok" || typeof health.worlds !== "number")
      throw new SandboxError(
        `${this.base_url} answers, but not as a Kustomer Sandbox does. Is the URL right?`,
      );
  }

  async #answer(method: string, path: string, body: unknown): Promise<Response> {
    const headers = new Headers({ accept: "application/json" });
    if (this.token) headers.set("authorization", `Bearer ${this.token}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(PATIENCE_MS) };
    if (body !== undefined) init.body = JSON.stringify(body);
    try {
      return await fetch(this.base_url + ROOT + path, init);
    } catch (fault) {
      throw new SandboxError(this.#silence(fault), { cause: fault });
    }
  }

  #silence(fault: unknown): string {
    if (this.closed) return "This sandbox was closed. Make another with createSandbox().";
    if (this.process?.ended) return `${this.process.ended} Make another sandbox with createSandbox().`;
    const { name, message, cause } = fault as Error;
    if (name === "TimeoutError")
      return `${this.base_url} has not answered within ${PATIENCE_MS / 1_000} seconds.`;
    const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    return (
      `Nothing answers at ${this.base_url} (${reason}). Start a sandbox there with \`kustomer-sandbox up\`, ` +
      "or leave `url` out to have one started."
    );
  }

  #refusal(asked: string, status: number, text: string): ControlError {
    const hint = status === 401 ? " Give it as `controlToken`." : "";
    return new ControlError(`${asked} was refused with ${status}: ${reasons(text)}${hint}`, status);
  }
}

/** A path's ending for a query. */
export function queryOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, `${value}`);
  return given.size ? `?${given}` : "";
}

function reasons(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string }[] };
    return errors.map((error) => error.message).join(" ");
  } catch {
    return text.slice(0, 500) || "without a word.";
  }
}
