import type { World } from "kustomer-sandbox";
import { test } from "kustomer-sandbox/vitest";
import { describe, expect } from "vitest";

const JANE = "/v1/customers/email=jane.doe@example.com";

interface Customer {
  data: { id: string; attributes: { phones: { phone: string }[] } };
}

async function jane(world: World): Promise<Customer["data"]> {
  const response = await world.fetch(JANE);
  expect(response.status).toBe(200);
  return ((await response.json()) as Customer).data;
}

test("values are masked until a window is open, and again when time has passed", async ({ world }) => {
  const { id, attributes } = await jane(world);
  expect(attributes.phones[0]?.phone).toBe("***");
  await world.fetch(`/v1/customers/${id}/unmasking-windows`, { method: "POST" });
  expect((await jane(world)).attributes.phones[0]?.phone).toMatch(/^\+\d+$/);
  expect((await world.windows()).map((window) => window.customer)).toEqual([id]);
  await world.clock.advance("P1D");
  expect((await jane(world)).attributes.phones[0]?.phone).toBe("***");
  const [ended] = await world.journal.entries({ method: "DUE", path: "window-end" });
  expect(ended?.customer).toBe(id);
});

describe("the budget", () => {
  test.extend({ worldOptions: { limits: { record_updates: 1 } } })(
    "is free again when the clock has gone on",
    async ({ world }) => {
      const { id } = await jane(world);
      const rename = async () =>
        (await world.fetch(`/v1/customers/${id}`, { method: "PUT", body: JSON.stringify({ name: "Jane" }) }))
          .status;
      expect([await rename(), await rename()]).toEqual([200, 429]);
      expect((await world.limits()).objects.map(({ budget, remaining }) => [budget, remaining])).toEqual([
        ["record_updates", 0],
      ]);
      await world.clock.advance(61);
      expect(await rename()).toBe(200);
    },
  );
});

test("a fault meets so many calls, and the journal has them", async ({ world }) => {
  const armed = await world.faults.arm({
    match: { operation: "GetTeams" },
    fault: { kind: "rate_limited", reset: 30 },
    nth: 2,
    times: 2,
  });
  expect(await world.faults.list()).toEqual([armed]);
  const statuses = [];
  for (let call = 0; call < 4; call++) statuses.push((await world.fetch("/v1/teams")).status);
  expect(statuses).toEqual([200, 429, 429, 200]);
  expect(await world.journal.entries({ operation: "GetTeams", status: 429 })).toHaveLength(2);
  expect((await world.journal.summary()).statuses).toEqual({ 200: 2, 429: 2 });
});

test("a fault that is disarmed meets nobody", async ({ world }) => {
  const [first, second] = [
    await world.faults.arm({ fault: { kind: "status", status: 503 } }),
    await world.faults.arm({ fault: { kind: "status", status: 500 } }),
  ];
  await world.faults.disarm(first.id);
  expect(await world.faults.list()).toEqual([second]);
  expect((await world.fetch("/v1/teams")).status).toBe(500);
  await world.faults.arm({ fault: { kind: "lost_answer" }, times: 3 });
  await world.faults.disarm();
  expect((await world.fetch("/v1/teams")).status).toBe(200);
});

test("time is set, stands still and runs", async ({ world }) => {
  expect(await world.clock.show()).toEqual({ now: "2026-06-09T12:00:00.000Z", mode: "frozen" });
  expect((await world.clock.set(new Date("2026-07-01T00:00:00Z"))).now).toBe("2026-07-01T00:00:00.000Z");
  expect((await world.clock.run()).mode).toBe("real");
  expect((await world.clock.freeze()).mode).toBe("frozen");
  await expect(world.clock.set("2026-06-01T00:00:00Z")).rejects.toThrow("A world's time never goes back");
});

test("the journal is read to its end, over as many pages as it has", async ({ world }) => {
  const calls = 1_001;
  for (let call = 0; call < calls; call += 91) {
    await Promise.all(Array.from({ length: 91 }, () => world.fetch("/v1/teams")));
  }
  expect((await world.journal.page({ limit: 2 })).next).toBe(2);
  expect((await world.journal.entries()).map((entry) => entry.seq)).toEqual(
    [...Array(calls).keys()].map((n) => n + 1),
  );
  expect(await world.journal.entries({ limit: 3 })).toHaveLength(3);
  expect((await world.journal.entries({ newest: true, limit: 1 }))[0]?.seq).toBe(calls);
});

test("the journal is waited for, and says what it has if that does not come", async ({ world }) => {
  const waiting = world.journal.wait({ operation: "GetTeams" }, { times: 2 });
  await world.fetch("/v1/teams");
  await world.fetch("/v1/teams");
  expect(await waiting).toHaveLength(2);
  await expect(world.journal.wait({ status: "5xx" }, { seconds: 0.05 })).rejects.toThrow(
    /1 journal entries like {"status":"5xx"}; there are 0\.\n.*2 in all.*\n {2}1 GET \/v1\/teams 200/,
  );
});

test("a world goes back to a snapshot, and to its start", async ({ world }) => {
  const create = async (externalId: string) =>
    (await world.fetch("/v1/customers", { method: "POST", body: JSON.stringify({ externalId }) })).status;
  expect(await create("first")).toBe(201);
  const snapshot = await world.snapshot();
  expect([await create("second"), await create("second")]).toEqual([201, 409]);
  expect((await world.diff(snapshot)).types.customer?.created).toHaveLength(1);
  await world.restore(snapshot);
  expect((await world.diff(snapshot.id)).types).toEqual({});
  expect([await create("second"), await create("first")]).toEqual([201, 409]);
  await world.reset();
  expect(await create("first")).toBe(201);
});

test("two worlds side by side see nothing of each other", async ({ sandbox, world }) => {
  await using other = await sandbox.world({ seed: "7" });
  await world.faults.arm({ fault: { kind: "status", status: 503 } });
  await other.clock.advance("PT1H");
  expect((await other.fetch("/v1/teams")).status).toBe(200);
  expect((await world.fetch("/v1/teams")).status).toBe(503);
  expect(await other.faults.list()).toEqual([]);
  expect((await world.clock.show()).now).not.toBe((await other.clock.show()).now);
  expect((await world.show()).org).not.toBe((await other.show()).org);
});

test("a fork goes its own way", async ({ sandbox, world }) => {
  await world.clock.advance("PT5S");
  await using fork = await sandbox.fork(world, `${world.name}-fork`);
  expect(await fork.clock.show()).toEqual(await world.clock.show());
  await fork.change({ plan: "professional" });
  expect([(await fork.show()).plan, (await world.show()).plan]).toEqual(["professional", "enterprise"]);
});

test("a key has the rights it was asked for", async ({ world }) => {
  const { api_key } = await world.key({ roles: ["org.user.team.read"] });
  const headers = { authorization: `Bearer ${api_key}` };
  expect((await world.fetch("/v1/teams", { headers })).status).toBe(200);
  expect((await world.fetch("/v1/customers", { headers })).status).toBe(403);
});

test("other routes of the control API are reached as well", async ({ sandbox, world }) => {
  await world.control("POST", "/when", { after: 1, do: [{ use_up: "org" }] });
  expect([(await world.fetch("/v1/teams")).status, (await world.fetch("/v1/teams")).status]).toEqual([
    200, 429,
  ]);
  expect(await sandbox.control<{ scenarios: string[] }>("GET", "/choices")).toHaveProperty("scenarios");
});

test("what is wrong is said in the control API's words", async ({ sandbox, world }) => {
  await expect(sandbox.world({ scenario: "dmo" })).rejects.toThrow(
    /POST \/_sandbox\/worlds was refused with 400: scenario must be one of demo, empty/,
  );
  await expect(world.clock.advance("soon")).rejects.toMatchObject({ name: "ControlError", status: 400 });
  await expect(sandbox.world({ name: world.name })).rejects.toMatchObject({ status: 409 });
});

test("a closed world is gone, and closed again it takes no other of its name along", async ({ sandbox }) => {
  const world = await sandbox.world({ name: "twice" });
  await world.close();
  const other = await sandbox.world({ name: "twice" });
  await world.close();
  expect((await other.show()).name).toBe("twice");
  await other.close();
  await expect(world.show()).rejects.toThrow("There is no world of this name");
  expect((await world.fetch("/v1/teams")).status).toBe(401);
});

test.extend({ sandboxOptions: [{ options: ["--scenario", "empty"] }, { scope: "worker" }] })(
  "a sandbox may be one of one's own",
  ({ sandbox }) => {
    expect(sandbox.ready?.world).toBe("empty");
  },
);
