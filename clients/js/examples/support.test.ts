import { test } from "kustomer-sandbox/vitest";
import { expect } from "vitest";

test("a support tool waits as long as it is told to", async ({ world }) => {
  await world.faults.arm({ match: { operation: "GetTeams" }, fault: { kind: "rate_limited", reset: 30 } });
  const teams = () =>
    fetch(`${world.base_url}/v1/teams`, { headers: { authorization: `Bearer ${world.api_key}` } });
  const refused = await teams();
  expect(refused.status).toBe(429);
  await world.clock.advance("PT30S");
  expect((await teams()).status).toBe(200);
  expect(await world.journal.entries({ operation: "GetTeams", status: "4xx" })).toHaveLength(1);
});
