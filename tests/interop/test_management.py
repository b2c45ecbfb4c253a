"""MCP servers made through the management API of a running sandbox, and used with the official client."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp import MCPError
from mcp.client import Client

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.openapi import openapi

pytestmark = pytest.mark.anyio

SEED = {
    "name": "Claude Omnichannel Agent",
    "config": {"methods": ["read", "write"], "tags": ["conversations", "customers"]},
    "expires_at": "2026-12-31T23:59:59Z",
}
"""The body printed in the article the project began with, published on the day on which the clock starts."""
PUBLISHED = "2026-06-09T12:00:00+00:00"
UNMASKED = "kustomer_customers_read_unmasked"


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, str]]:
    """A running sandbox and its ready line."""
    command = [sys.executable, "-m", "tests.interop.timed_up", PUBLISHED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture
def api(facts: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of the management API with the printed API token."""
    headers = {"authorization": f"Bearer {facts['api_token']}"}
    with httpx.Client(base_url=facts["base_url"], headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def base(facts: dict[str, str]) -> str:
    return f"/integrated-account/{facts['account_id']}"


def made(api: httpx.Client, base: str, **body: Any) -> dict[str, Any]:
    """A new MCP server."""
    answer = api.post(f"{base}/mcp", json={"name": "test", **body})
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()
    return record


async def test_the_articles_request_gives_a_url_with_exactly_its_tools(
    api: httpx.Client, base: str, contracts: Contracts
) -> None:
    """Whoever follows the article has a working MCP server after one call, with what was asked for and no more."""
    answer = api.post(f"{base}/mcp", json=SEED)
    record = answer.json()
    assert (answer.status_code, record["name"], record["expires_at"]) == (201, SEED["name"], SEED["expires_at"])
    wanted = {
        tool.name
        for tool in contracts.tools.values()
        if tool.kind in {"read", "write"} and {"conversations", "customers"} & set(tool.tags)
    }
    for mode in ("auto", "legacy"):
        async with Client(record["url"], mode=mode) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == wanted
            assert not (await client.call_tool("list_all_kustomer_customers", {"limit": 1})).is_error
            with pytest.raises(MCPError):
                await client.call_tool("kustomer_customers_using_email", {"email": "jane.doe@example.com"})


async def test_a_deleted_server_answers_as_one_that_never_was(api: httpx.Client, base: str) -> None:
    """At once, in the middle of a client's session; the answer tells nobody that there was one."""
    record = made(api, base)
    assert httpx.post(record["url"], json={}).status_code == 400
    assert api.delete(f"{base}/mcp/{record['id']}").status_code == 204
    gone, never = httpx.post(record["url"], json={}), httpx.post(record["url"][:-1] + "x", json={})
    assert (gone.status_code, gone.json()) == (never.status_code, never.json())
    assert (gone.status_code, api.get(f"{base}/mcp/{record['id']}").status_code) == (401, 404)


async def test_a_patch_changes_the_tools_of_a_url_and_null_lifts_its_expiry(api: httpx.Client, base: str) -> None:
    """The URL stays in the client's settings while the operator decides what it may do."""
    record = api.post(f"{base}/mcp", json=SEED).json()
    nothing = {"expires_at": None, "config": {"methods": ["using_email"], "tags": ["analytics"]}}
    assert api.patch(f"{base}/mcp/{record['id']}", json=nothing).status_code == 400
    changed = api.patch(f"{base}/mcp/{record['id']}", json={"expires_at": None, "config": {"methods": ["using_email"]}})
    assert (changed.status_code, changed.json()["expires_at"]) == (200, None)
    async with Client(record["url"]) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["kustomer_customers_using_email"]


async def test_the_second_factor_is_a_token_of_this_server(api: httpx.Client, base: str, facts: dict[str, str]) -> None:
    """Neither the URL alone nor the organisation's API key will do."""
    url = made(api, base, config={"require_api_token_auth": True})["url"]
    tokens = ["none", facts["api_key"], facts["api_token"]]
    answers = [httpx.post(url, json={}, headers={"authorization": f"Bearer {token}"}) for token in tokens]
    assert [answer.status_code for answer in answers] == [401, 401, 400]


async def test_discovery_finds_and_calls_a_tool(api: httpx.Client, base: str) -> None:
    """Four tools in the list, all of the granted ones within reach."""
    url = made(api, base, config={"tool_exposure": "discovery", "methods": ["custom"]})["url"]
    async with Client(url) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        found = await client.call_tool("search_tools", {"query": "customer by email"})
        best = found.structured_content["tools"][0]
        arguments = {"email": "jane.doe@example.com"}
        jane = await client.call_tool(best["call_with"], {"tool_name": best["name"], "arguments": arguments})
    assert names == ["search_tools", "get_tool_schema", "call_tool", "call_changing_tool"]
    assert jane.structured_content["attributes"]["name"] == "Jane Doe"


async def test_the_log_and_the_audit_trail_tell_of_the_call(api: httpx.Client, base: str) -> None:
    """Who called what and who read in clear, and both by the same id."""
    record = made(api, base)
    async with Client(record["url"]) as client:
        jane = await client.call_tool("kustomer_customers_using_email", {"email": "jane.doe@example.com"})
        customer = jane.structured_content["id"]
        await client.call_tool(UNMASKED, {"customer_id": customer, "reason": "verify the phone number"})
    log = api.get("/log", params={"log_type": "mcp", "mcp_server_id": record["id"]})
    trail = api.get(f"{base}/unmasking-leases", params={"limit": 1})
    lines, (lease,) = log.json()["result"], trail.json()["result"]
    assert [(line["tool_name"], line["outcome"]) for line in lines] == [
        (UNMASKED, "ok"),
        ("kustomer_customers_using_email", "ok"),
    ]
    assert (lease["customer_id"], lease["status"], lease["call_id"]) == (customer, "closed", lines[0]["id"])
    assert "jane" not in log.text + trail.text


async def test_tools_and_capabilities_list_what_a_framework_needs(api: httpx.Client, base: str) -> None:
    """The same catalogue as over MCP."""
    tools = api.get(f"{base}/tools", params={"methods": "read,write", "tags": ["conversations", "customers"]}).json()
    resources = api.get(f"{base}/capabilities").json()["resources"]
    listed = {method["tool"] for methods in resources.values() for method in methods}
    assert {tool["name"] for tool in tools} < listed
    assert {tool["kind"] for tool in tools} == {"read", "write"}


REFUSED = [
    ("POST", "/mcp", {"name": "x", "config": {"tags": ["nobody's"]}}, 400),
    ("POST", "/mcp", {"name": "x", "configuration": {}}, 400),
    ("GET", "/mcp/nothing", None, 404),
    ("GET", "/elsewhere", None, 404),
    ("PUT", "/mcp", {}, 405),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"), REFUSED, ids=["no-tool", "unknown-field", "no-server", "no-path", "no-method"]
)
async def test_every_refusal_has_the_one_shape(
    api: httpx.Client, base: str, method: str, path: str, body: object, status: int
) -> None:
    """Also those that no handler of ours has written: unknown paths, wrong methods."""
    answer = api.request(method, base + path, json=body)
    assert answer.status_code == status
    assert list(answer.json()) == ["statusCode", "error", "message", "truto_is_remote_error"]
    assert (answer.json()["statusCode"], answer.headers.get("allow")) == (
        status,
        "GET, POST" if status == 405 else None,
    )


async def test_the_document_describes_the_management_api(api: httpx.Client, contracts: Contracts) -> None:
    """With its own token and its own refusals; no name of the contract's document is taken over by another thing."""
    document = api.get("/openapi.json").json()
    create = document["paths"]["/integrated-account/{account_id}/mcp"]["post"]
    refusal = {"$ref": "#/components/schemas/ManagementRefusal"}
    assert create["security"] == [{"ApiToken": []}]
    assert create["responses"]["4XX"]["content"]["application/json"]["schema"] == refusal
    assert set(create["responses"]) == {"201", "4XX"}
    promised = openapi(contracts)["components"]["schemas"]
    assert {name: document["components"]["schemas"][name] for name in promised} == promised
