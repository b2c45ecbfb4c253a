/**
 * Fixtures for Vitest: `world`, a world of its own for each test, and `sandbox`, in which they are made.
 *
 * With `globalSetup: ["kustomer-sandbox/vitest/setup"]` all test files share one sandbox; without, each worker of
 * Vitest starts one. `worldOptions` and `sandboxOptions` are overridden with `test.extend`.
 */
import { test as base, inject } from "vitest";
import { createSandbox, type Sandbox, type SandboxOptions } from "./sandbox.js";
import type { NewWorld } from "./shapes.js";
import type { World } from "./world.js";
import "./provided.js";

/** What a test of this module is given. */
export interface Fixtures {
  /** How the sandbox is started, or where it is. */
  sandboxOptions: SandboxOptions;
  sandbox: Sandbox;
  /** What each test's world is made from. */
  worldOptions: NewWorld;
  world: World;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the names of fixtures from this pattern
  sandboxOptions: [async ({}, use) => use(inject("kustomerSandbox") ?? {}), { scope: "worker" }],
  sandbox: [
    async ({ sandboxOptions }, use) => {
      const sandbox = await createSandbox(sandboxOptions);
      await use(sandbox);
      await sandbox.close();
    },
    { scope: "worker" },
  ],
  worldOptions: {},
  world: async ({ sandbox, worldOptions }, use) => {
    const world = await sandbox.world(worldOptions);
    await use(world);
    await world.close();
  },
});

/** The same as `test`. */
export const it = test;
