import type { SandboxOptions } from "./sandbox.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the sandbox of the run is, if `kustomer-sandbox/vitest/setup` has started one. */
    kustomerSandbox: Pick<SandboxOptions, "url" | "controlToken">;
  }
}
