/** A `globalSetup` for Vitest: one sandbox for the run, which ends with it. */
import type { TestProject } from "vitest/node";
import { createSandbox, type SandboxOptions } from "./sandbox.js";
import "./provided.js";

/** A set-up whose sandbox is made with `options`: `export default setup({ command: ["uvx", "kustomer-sandbox"] })`. */
export function setup(options: SandboxOptions): (project: TestProject) => Promise<() => Promise<void>> {
  return async (project) => {
    const sandbox = await createSandbox(options);
    const { base_url: url, controlToken } = sandbox;
    project.provide("kustomerSandbox", controlToken ? { url, controlToken } : { url });
    return () => sandbox.close();
  };
}

export default setup({});
