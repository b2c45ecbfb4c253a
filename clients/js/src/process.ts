import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SandboxError } from "./errors.js";
import type { Ready } from "./shapes.js";

const KEEPER = fileURLToPath(new URL("./keeper.js", import.meta.url));
const UP = ["up", "--port", "0", "--json", "--quiet"];
const NOT_FOUND = 127;
/** Characters of the standard error stream that are kept for messages. */
const LAST_WORDS = 2_000;

/** How a sandbox of one's own is started. */
export interface StartOptions {
  /** The program and its first arguments, in place of `kustomer-sandbox`: `["uvx", "kustomer-sandbox"]`. */
  command?: readonly string[];
  /** More options of `kustomer-sandbox up`: `["--scenario", "empty"]`. */
  options?: readonly string[];
  /** The environment of the process; that of this one when left out. */
  env?: NodeJS.ProcessEnv;
  /** How many seconds it may take until it is ready; 60 when left out. */
  startSeconds?: number;
}

/** A `kustomer-sandbox up` that this process has started, and that ends with it. */
export class SandboxProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #shown: string;
  readonly #exit: Promise<unknown>;
  #lastWords = "";

  private constructor(options: StartOptions) {
    const command = [...(options.command ?? ["kustomer-sandbox"]), ...UP, ...(options.options ?? [])];
    this.#shown = command.join(" ");
    this.#child = spawn(process.execPath, [KEEPER, ...command], { env: options.env ?? process.env });
    // Without a listener, a pipe that breaks as the process dies would be an uncaught exception.
    this.#child.stdin.on("error", () => {});
    this.#exit = once(this.#child, "close");
    this.#child.stderr.setEncoding("utf-8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
  }

  /** Start one and wait until it is ready. Raises a `SandboxError` that says why there is none. */
  static async start(options: StartOptions): Promise<[SandboxProcess, Ready]> {
    const started = new SandboxProcess(options);
    try {
      const ready = await started.#ready(options.startSeconds ?? 60);
      started.#letGo();
      return [started, ready];
    } catch (fault) {
      await started.stop();
      throw fault;
    }
  }

  /** The id of the process that keeps the sandbox. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it ended, in a sentence; nothing while it runs. */
  get ended(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return undefined;
    const how = signalCode ? `was ended by ${signalCode}` : `ended with exit code ${exitCode}`;
    return `The process \`${this.#shown}\` ${how}.${this.#said()}`;
  }

  /** Have it end, and wait until it has. */
  async stop(): Promise<void> {
    this.#child.ref();
    this.#child.stdin.end();
    await this.#exit;
  }

  async #ready(seconds: number): Promise<Ready> {
    const lines = createInterface(this.#child.stdout);
    let waiting: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const words = `\`${this.#shown}\` was not ready within ${seconds} seconds; give it more with \`startSeconds\`.`;
      waiting = setTimeout(() => reject(new SandboxError(words + this.#said())), seconds * 1_000);
    });
    const gone = this.#exit.then(() => {
      throw new SandboxError(this.#whyNot());
    });
    const line = once(lines, "line").then(([text]) => this.#read(String(text)));
    try {
      return await Promise.race([line, gone, late]);
    } finally {
      clearTimeout(waiting);
      gone.catch(() => {});
    }
  }

  #read(line: string): Ready {
    try {
      const said: unknown = JSON.parse(line);
      if (typeof said === "object" && said !== null && "base_url" in said) return said as Ready;
    } catch {
      // What is no JSON is told below.
    }
    throw new SandboxError(
      `\`${this.#shown}\` printed ${JSON.stringify(line)} in place of its addresses as JSON.`,
    );
  }

  #whyNot(): string {
    if (this.#child.exitCode !== NOT_FOUND) return `${this.ended}`;
    const [program] = this.#shown.split(" ");
    return (
      `There is no command \`${program}\` here.${this.#said()} Install it with \`pip install kustomer-sandbox\`, ` +
      `give another, such as \`command: ["uvx", "kustomer-sandbox"]\`, or the \`url\` of a sandbox that runs.`
    );
  }

  #said(): string {
    const words = this.#lastWords.trim();
    return words ? ` It said: ${words}` : "";
  }

  /** A program that forgets to close its sandbox ends all the same, and the sandbox with it. */
  #letGo(): void {
    this.#child.unref();
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      (pipe as unknown as Socket).unref();
  }
}
