import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createSandbox, SandboxError } from "kustomer-sandbox";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const HERE = { cwd: new URL("..", import.meta.url) };

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/_sandbox/health`).then(
    (response) => response.ok,
    () => false,
  );
}

async function falls(url: string): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (!(await answers(url))) return true;
    await sleep(50);
  }
  return false;
}

test("a sandbox is there until it is closed", async () => {
  const sandbox = await createSandbox({ options: ["--scenario", "empty"] });
  expect(sandbox.ready).toMatchObject({ base_url: sandbox.base_url, world: "empty" });
  expect(await answers(sandbox.base_url)).toBe(true);
  const world = await sandbox.world();
  await sandbox.close();
  expect(await answers(sandbox.base_url)).toBe(false);
  await expect(world.show()).rejects.toThrow("This sandbox was closed");
  await world.close();
  await sandbox.close();
});

test("a connection ends with its worlds, and leaves the sandbox and others' worlds", async () => {
  await using sandbox = await createSandbox();
  const theirs = await sandbox.world();
  const connection = await createSandbox({ url: `${sandbox.base_url}/` });
  const world = await connection.world();
  await connection.close();
  await expect(world.show()).rejects.toMatchObject({ status: 404 });
  expect((await theirs.show()).name).toBe(theirs.name);
  expect([connection.pid, connection.ready]).toEqual([undefined, undefined]);
});

test("a sandbox with a control token is asked with it", async () => {
  const controlToken = "a-token-of-sixteen-or-more";
  const env = { ...process.env, KUSTOMER_SANDBOX_CONTROL_TOKEN: controlToken };
  await using sandbox = await createSandbox({ env, options: ["--host", "0.0.0.0"] });
  const url = `http://127.0.0.1:${new URL(sandbox.base_url).port}`;
  expect(sandbox.controlToken).toBe(controlToken);
  await using connection = await createSandbox({ url, controlToken });
  await connection.world();
  await expect(createSandbox({ url, controlToken: "a-wrong-one" })).rejects.toThrow(
    "Give it as `controlToken`",
  );
});

test("the worlds of a fleet are called where they are, and controlled at one address", async () => {
  await using fleet = await createSandbox({ options: ["--workers", "2"] });
  const worlds = [await fleet.world(), await fleet.world()];
  expect(new Set(worlds.map((world) => world.base_url)).size).toBe(2);
  for (const world of worlds) {
    expect(world.mcp_url).toContain(`${world.base_url}/mcp/`);
    await world.clock.advance(5);
    expect((await world.fetch("/v1/teams")).status).toBe(200);
    expect((await world.journal.entries())[0]?.at).toBe("2026-06-09T12:00:05.000Z");
  }
});

describe("the process", () => {
  test("that is missing is named, with what to do", async () => {
    await expect(createSandbox({ command: ["kustomer-sandbax"] })).rejects.toThrow(
      /There is no command `kustomer-sandbax` here\..*pip install kustomer-sandbox.*`url`/,
    );
  });

  test("that does not start says why", async () => {
    await expect(createSandbox({ options: ["--scenario", "dmo"] })).rejects.toThrow(
      /`kustomer-sandbox up .*--scenario dmo` ended with exit code [1-9]\d*\. It said:.*demo/s,
    );
  });

  test("that says something else is not taken for a sandbox", async () => {
    const command = [process.execPath, "-e", "console.log('hello'); setTimeout(() => {}, 60_000)"];
    await expect(createSandbox({ command })).rejects.toThrow(
      'printed "hello" in place of its addresses as JSON',
    );
  });

  test("that is never ready is given up", async () => {
    const command = [process.execPath, "-e", "setTimeout(() => {}, 60_000)"];
    await expect(createSandbox({ command, startSeconds: 0.2 })).rejects.toThrow(
      "not ready within 0.2 seconds",
    );
  });

  test("that has died is told of", async () => {
    await using sandbox = await createSandbox();
    const world = await sandbox.world();
    process.kill(sandbox.pid as number, "SIGTERM");
    expect(await falls(sandbox.base_url)).toBe(true);
    await expect
      .poll(() => world.show().catch(String))
      .toMatch(/The process `kustomer-sandbox up .*` .*createSandbox\(\)/);
  });

  const program = (then: string) =>
    `import { createSandbox } from "kustomer-sandbox"; console.log((await createSandbox()).base_url); ${then}`;

  test("ends with a program that forgets to close it, which is not kept from ending", async () => {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program("")], HERE);
    expect(await falls(stdout.trim())).toBe(true);
  });

  test("ends with a program that is killed", async () => {
    const arguments_ = ["--input-type=module", "-e", program("setInterval(() => {}, 1_000);")];
    const parent = spawn(process.execPath, arguments_, HERE);
    const [said] = await once(parent.stdout, "data");
    const url = String(said).trim();
    expect(await answers(url)).toBe(true);
    parent.kill("SIGKILL");
    expect(await falls(url)).toBe(true);
  });
});

describe("a URL", () => {
  test("where nothing answers is named, with what to do", async () => {
    await expect(createSandbox({ url: "http://127.0.0.1:9" })).rejects.toThrow(
      /Nothing answers at http:\/\/127\.0\.0\.1:9 \(.+\)\. Start a sandbox there with `kustomer-sandbox up`/,
    );
  });

  test.for([
    [404, "no", "answers 404 at /_sandbox/health, so it is no Kustomer Sandbox"],
    [200, "<html>", "answers, but not as a Kustomer Sandbox does"],
    [200, '{"status": "ok"}', "answers, but not as a Kustomer Sandbox does"],
  ] as const)("of something else is told apart: %i %s", async ([status, body, words]) => {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await expect(createSandbox({ url: `http://127.0.0.1:${port}` })).rejects.toThrow(words);
    server.closeAllConnections();
    server.close();
  });

  test("that is none is refused", async () => {
    await expect(createSandbox({ url: "localhost:8700" })).rejects.toThrow(SandboxError);
    await expect(createSandbox({ url: "localhost:8700" })).rejects.toThrow('not "localhost:8700"');
  });

  test("of a sandbox without MCP makes worlds, whose mcp_url says that there is none", async () => {
    const process_ = spawn("kustomer-sandbox", ["simulator", "--port", "0", "--json", "--quiet"]);
    const [said] = await once(process_.stdout, "data");
    const connection = await createSandbox({
      url: (JSON.parse(String(said)) as { base_url: string }).base_url,
    });
    const world = await connection.world();
    expect((await world.fetch("/v1/teams")).status).toBe(200);
    expect(() => world.mcp_url).toThrow("serves no MCP");
    process_.kill();
    await once(process_, "close");
  });
});
