import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/*.test.ts", "examples/*.test.ts"],
    globalSetup: ["kustomer-sandbox/vitest/setup"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
