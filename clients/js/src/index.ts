export { Clock } from "./clock.js";
export { ControlError, SandboxError } from "./errors.js";
export { Faults } from "./faults.js";
export { Journal, type WaitOptions } from "./journal.js";
export type { StartOptions } from "./process.js";
export { createSandbox, Sandbox, type SandboxOptions } from "./sandbox.js";
export type * from "./shapes.js";
export { Episode, World } from "./world.js";
