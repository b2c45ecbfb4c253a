import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { test } from "kustomer-sandbox/vitest";
import { expect } from "vitest";

async function connected(url: string): Promise<Client> {
  const client = new Client({ name: "tests", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

test("the official MCP client works in the world it is given", async ({ world }) => {
  const client = await connected(world.mcp_url);
  const { structuredContent, isError } = await client.callTool({
    name: "kustomer_customers_using_email",
    arguments: { email: "jane.doe@example.com" },
  });
  expect(isError ?? false).toBe(false);
  expect(structuredContent).toMatchObject({
    attributes: { displayName: "Jane Doe", phones: [{ phone: "***" }, {}] },
  });
  const [entry] = await world.journal.entries({ tool: "kustomer_customers_using_email" });
  expect(entry?.operation).toBe("GetCustomerByEmail");
  await client.close();
});

test("another URL shows the tools that were asked for", async ({ world }) => {
  const [all, readers] = await Promise.all([
    connected(world.mcp_url),
    connected((await world.mcp({ methods: ["read"] })).mcp_url),
  ]);
  const [every, reading] = [(await all.listTools()).tools, (await readers.listTools()).tools];
  expect(reading.length).toBeGreaterThan(10);
  expect(reading.length).toBeLessThan(every.length);
  expect(reading.every((tool) => tool.annotations?.readOnlyHint)).toBe(true);
  await Promise.all([all.close(), readers.close()]);
});

test("an episode's end tells what happened in it", async ({ sandbox }) => {
  await using episode = await sandbox.episode({ scenario: "verify-a-phone" });
  expect(episode.prompt).toContain("her number on file");
  await episode.fetch("/v1/teams");
  const ended = await episode.end();
  expect([ended.journal.calls, ended.reason, ended.grade?.passed]).toEqual([1, "deleted", false]);
});
