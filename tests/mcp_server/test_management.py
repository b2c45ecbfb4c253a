"""The management API: what is created, found, changed and refused, in one error shape."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.clock import iso
from kustomer_sandbox.mcp_server.management.management import create_router
from tests.mcp_server.conftest import ACCOUNT
from tests.mcp_server.fakes import JANE, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

BASE = "/integrated-account/acme/mcp"
SEED = {
    "name": "Claude Omnichannel Agent",
    "config": {"methods": ["read", "write"], "tags": ["conversations", "customers"]},
    "expires_at": "2026-12-31T23:59:59Z",
}


@pytest.fixture
async def api(server: McpServer) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the API with a valid API token."""
    server.provisioning.put_account(ACCOUNT)
    app = FastAPI()
    app.include_router(create_router(server))
    app.router.routes += server.routes()
    token = server.provisioning.create_api_token("test", server.clock.now())
    headers = {"authorization": f"Bearer {token}"}
    async with server.lifespan():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700", headers=headers) as client:
            yield client


async def created(api: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await api.post(BASE, json={"name": "x", **body})
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()
    return record


async def test_the_published_request_works_as_printed(api: httpx2.AsyncClient) -> None:
    """Whoever follows the guide starts with this body."""
    answer = await api.post(BASE, json=SEED)
    record = answer.json()
    assert answer.status_code == 201
    assert record["url"] == f"http://127.0.0.1:8700/mcp/{record['token']}"
    assert len(record["token"]) == 32
    assert record["integrated_account_id"] == "acme"
    read = (await api.get(f"{BASE}/{record['id']}")).json()
    assert read == {key: value for key, value in record.items() if key not in {"token", "url"}}


async def test_a_token_works_until_the_second_it_expires(api: httpx2.AsyncClient, clock: HandClock) -> None:
    """Not a second longer, and the record is gone then too."""
    record = await created(api, expires_at=iso(clock.now() + timedelta(seconds=60)))
    clock.advance(59.999)
    assert (await api.post(f"/mcp/{record['token']}", json={})).status_code == 400
    clock.advance(0.001)
    assert (await api.post(f"/mcp/{record['token']}", json={})).status_code == 401
    assert (await api.get(f"{BASE}/{record['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"config": {"tags": ["no such tag"]}}, "body `config.tags[0]`: is known to no tool; known are "),
        (
            {"config": {"methods": ["read", "reed"]}},
            "body `config.methods[1]`: is known to no tool; known are read, write, custom, ",
        ),
        ({"config": {"methods": []}}, "No tool passes"),
        ({"config": {"methods": ["read"], "tags": ["privacy"], "tool_exposure": "discovery"}}, "No tool passes"),
        ({"config": {"tool_exposure": "some"}}, "body `config.tool_exposure`:"),
        ({"config": {"method": ["read"]}}, "body `config.method`: is not known here"),
        ({"expires_at": "2026-06-09T12:00:59Z"}, "at least 60 seconds ahead"),
        ({"expires_at": "tomorrow"}, "body `expires_at`: is not a valid value"),
        ({"name": ""}, "body `name`:"),
        ([], "body"),
    ],
    ids=["tag", "unknown-method", "method", "both", "exposure", "unknown", "soon", "no-date", "no-name", "array"],
)
async def test_a_bad_creation_is_a_400_that_names_the_field(
    api: httpx2.AsyncClient, body: dict[str, Any], message: str
) -> None:
    """Nothing is made, and the operator learns what to change."""
    answer = await api.post(BASE, json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert (await api.get(BASE)).json() == {"result": [], "next_cursor": None}


async def test_no_refusal_repeats_what_was_sent(api: httpx2.AsyncClient) -> None:
    """A body may hold a secret in the wrong place."""
    for body in ({"name": ["canary"]}, {"expires_at": "canary"}, {"canary value": 1}, {"config": "canary"}):
        assert "canary" not in (await api.post(BASE, json=body)).text
    assert "canary" not in (await api.post(BASE, content=b"{canary")).text


async def test_a_patch_merges_the_config_and_null_lifts_the_expiry(api: httpx2.AsyncClient, clock: HandClock) -> None:
    """What is left out stays."""
    config = {"methods": ["read"], "tags": ["customers"]}
    record = await created(api, config=config, expires_at=iso(clock.now() + timedelta(hours=1)))
    answer = await api.patch(f"{BASE}/{record['id']}", json={"config": {"tags": None}, "expires_at": None})
    assert answer.json()["config"]["methods"] == ["read"]
    assert answer.json()["config"]["tags"] is None
    assert answer.json()["expires_at"] is None
    refused = await api.patch(f"{BASE}/{record['id']}", json={"config": {"tags": ["nothing"]}})
    assert refused.status_code == 400
    assert (await api.get(f"{BASE}/{record['id']}")).json() == answer.json()


async def test_every_answer_tells_what_the_filters_let_pass(api: httpx2.AsyncClient, server: McpServer) -> None:
    """Created, read, listed, changed and rotated: the same counts."""
    record = await created(api, config={"methods": ["read"]})
    own = f"{BASE}/{record['id']}"
    passing = ("tool_count", "sufficient_for", "missing")
    told = [record, (await api.get(own)).json(), (await api.get(BASE)).json()["result"][0]]
    told.append((await api.post(f"{own}/rotate")).json())
    assert [[one[name] for name in passing] for one in told] == [[record[name] for name in passing]] * 4
    assert 0 < record["tool_count"] < len(server.catalogue)
    changed = (await api.patch(own, json={"config": {"methods": None}})).json()
    assert (changed["tool_count"], len(changed["sufficient_for"])) == (len(server.catalogue), 2)


async def test_servers_are_paged_oldest_first(api: httpx2.AsyncClient, clock: HandClock) -> None:
    """Each once, in the order of their making."""
    made = []
    for _ in range(3):
        clock.advance(1)
        made.append((await created(api))["id"])
    first = (await api.get(BASE, params={"limit": 2})).json()
    second = (await api.get(BASE, params={"limit": 2, "next_cursor": first["next_cursor"]})).json()
    assert [record["id"] for page in (first, second) for record in page["result"]] == made
    assert second["next_cursor"] is None


async def test_deleting_a_server_ends_its_url_and_closes_its_windows(
    api: httpx2.AsyncClient, server: McpServer, upstream: FakeUpstream
) -> None:
    """Nobody could close the window through a URL that is gone."""
    record = await created(api)
    grant = server.provisioning.grant(record["token"], server.clock.now())
    assert grant is not None
    caller = Caller(grant=grant, connection="c")
    await server.calls.call(caller, "create_a_kustomer_customer_unmasking_window", {"customer_id": JANE})
    assert (await api.delete(f"{BASE}/{record['id']}")).status_code == 204
    assert upstream.open_windows == set()
    assert (await api.post(f"/mcp/{record['token']}", json={})).status_code == 401


@pytest.mark.parametrize("path", [BASE, f"{BASE}/x", "/integrated-account/acme/tools", "/log"])
async def test_nothing_is_shown_without_an_api_token(api: httpx2.AsyncClient, path: str) -> None:
    """The MCP URL's token is not one."""
    record = await created(api)
    for token in ("", "Bearer ", "Bearer x", f"Bearer {record['token']}", "Basic eDp5"):
        answer = await api.get(path, headers={"authorization": token})
        assert answer.status_code == 401
        assert answer.json()["statusCode"] == 401


async def test_unknown_accounts_and_servers_are_a_404(api: httpx2.AsyncClient) -> None:
    """In the same envelope as everything."""
    for path in ("/integrated-account/other/mcp", f"{BASE}/other", "/integrated-account/other/tools"):
        answer = await api.get(path)
        assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


async def test_an_api_token_is_shown_once_and_works_until_it_is_deleted(api: httpx2.AsyncClient) -> None:
    """The list must not give away what the creation showed."""
    made = (await api.post("/api-token", json={"name": "ci"})).json()
    headers = {"authorization": f"Bearer {made['token']}"}
    listed = await api.get("/api-token", headers=headers)
    assert [token["name"] for token in listed.json()["result"]] == ["test", "ci"]
    assert made["token"] not in listed.text
    assert (await api.delete(f"/api-token/{made['id']}")).status_code == 204
    assert (await api.get("/api-token", headers=headers)).status_code == 401
    assert (await api.delete(f"/api-token/{made['id']}")).status_code == 404


async def test_a_body_too_large_is_refused(api: httpx2.AsyncClient) -> None:
    """A management call is small."""
    answer = await api.post(BASE, content=b" " * 70_000)
    assert (answer.status_code, answer.json()["statusCode"]) == (413, 413)


async def test_tools_and_capabilities_tell_the_same_catalogue(api: httpx2.AsyncClient, server: McpServer) -> None:
    """Frameworks build from one and operators choose from the other."""
    tools = (await api.get("/integrated-account/acme/tools")).json()
    capabilities = (await api.get("/integrated-account/acme/capabilities")).json()
    listed = [method["tool"] for methods in capabilities["resources"].values() for method in methods]
    assert [tool["name"] for tool in tools] == sorted(listed) == sorted(server.catalogue)
    reads = (await api.get("/integrated-account/acme/tools", params={"methods": "read", "tags": "customers"})).json()
    assert {tool["kind"] for tool in reads} == {"read"}


async def test_the_log_tells_who_called_what_and_how_it_ended(
    api: httpx2.AsyncClient, server: McpServer, caller: Caller, clock: HandClock
) -> None:
    """Enough to find a fault or a misuse; not one argument."""
    await server.calls.call(caller, "kustomer_customers_using_email", {"email": "jane.doe@example.com"})
    clock.advance(1)
    await server.calls.call(caller, "list_all_kustomer_customers", {"limit": "many"})
    clock.advance(1)
    answer = await api.get("/log", params={"log_type": "mcp"})
    assert [(line["tool_name"], line["outcome"], line["http_status_code"]) for line in answer.json()["result"]] == [
        ("list_all_kustomer_customers", "refused", None),
        ("kustomer_customers_using_email", "ok", 200),
    ]
    assert "jane" not in answer.text
    filtered = (await api.get("/log", params={"outcome": "ok", "mcp_server_id": "server-1", "limit": 1})).json()
    assert [line["method"] for line in filtered["result"]] == ["using_email"]
    assert (await api.get("/log", params={"log_type": "proxy"})).status_code == 400
    assert (await api.get("/log", params={"created_after": "2026-01-01T00:00:00Z"})).status_code == 400


async def test_the_audit_trail_shows_who_read_in_clear_and_why(
    api: httpx2.AsyncClient, server: McpServer, caller: Caller
) -> None:
    """Unmasking is the one thing that must be accounted for."""
    await server.calls.call(caller, READ_UNMASKED, {"customer_id": JANE, "reason": "verify the phone"})
    (lease,) = (await api.get("/integrated-account/acme/unmasking-leases")).json()["result"]
    assert (lease["customer_id"], lease["reason"], lease["status"], lease["reads"]) == (
        JANE,
        "verify the phone",
        "closed",
        1,
    )
    assert [event["event"] for event in lease["events"]] == ["opening", "opened", "read", "closing", "closed"]


async def test_a_window_is_closed_by_its_lease(
    api: httpx2.AsyncClient, server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """By hand, once, and by nobody who names another account."""
    await server.calls.call(caller, "create_a_kustomer_customer_unmasking_window", {"customer_id": JANE})
    leases = "/integrated-account/acme/unmasking-leases"
    (lease,) = (await api.get(leases)).json()["result"]
    assert (await api.post(f"{leases}/unknown/close")).status_code == 404
    assert upstream.open_windows == {JANE}
    for _ in range(2):
        closed = (await api.post(f"{leases}/{lease['id']}/close")).json()
        assert (closed["status"], closed["close_reason"]) == ("closed", "closed by hand")
        assert [event["event"] for event in closed["events"]] == ["opening", "opened", "closing", "closed"]
    assert upstream.open_windows == set()


async def test_the_size_of_answers_and_strictness_are_set_per_server(api: httpx2.AsyncClient) -> None:
    """Both are kept, merged key by key, and have a default that suits most clients."""
    made = await created(api)
    assert (made["config"]["max_result_chars"], made["config"]["strict_arguments"]) == (30_000, False)
    for config in ({"max_result_chars": 200_000}, {"strict_arguments": True}):
        answer = await api.patch(f"{BASE}/{made['id']}", json={"config": config})
        assert answer.status_code == 200
    kept = (await api.get(f"{BASE}/{made['id']}")).json()["config"]
    assert (kept["max_result_chars"], kept["strict_arguments"]) == (200_000, True)


@pytest.mark.parametrize("size", [0, 9_999, 500_001, "many"])
async def test_a_size_that_no_client_takes_is_refused(api: httpx2.AsyncClient, size: Any) -> None:
    """Less leaves no room for words, and more is heeded by nobody."""
    answer = await api.post(BASE, json={"name": "x", "config": {"max_result_chars": size}})
    assert answer.status_code == 400
    assert "max_result_chars" in answer.json()["message"]
