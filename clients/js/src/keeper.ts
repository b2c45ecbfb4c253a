/**
 * A program that runs the command it is given for as long as its own standard input is open.
 *
 * The operating system closes that pipe when the process at its other end goes away, however that ends: so no
 * sandbox outlives the tests that started it, not even those that were killed.
 */
import { spawn } from "node:child_process";

const PATIENCE_MS = 5_000;
const NOT_FOUND = 127;
const NOT_STARTED = 126;

const [program = "", ...rest] = process.argv.slice(2);
const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit"] });

function stop(): void {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS).unref();
}

child.on("error", (fault: NodeJS.ErrnoException) => {
  console.error(fault.message);
  process.exit(fault.code === "ENOENT" ? NOT_FOUND : NOT_STARTED);
});
child.on("exit", (code, signal) => {
  if (signal) console.error(`ended by ${signal}`);
  process.exit(code ?? 1);
});
process.stdin.on("end", stop).on("error", stop).resume();
process.on("SIGTERM", stop);
// Ctrl-C reaches the child as well, whose end ends this program, too.
process.on("SIGINT", () => {});
