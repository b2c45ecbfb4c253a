"""The `kustomer` fixture in a test's hands: clients, time, faults, views, seeding, other fixtures on the same world."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from mcp.client import Client

from kustomer_sandbox.simulator.world.faults import LostAnswer
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.patches.respx_router import KustomerRouter
from kustomer_sandbox.testkit.server.thread import KustomerServer
from kustomer_sandbox.testkit.tools import KustomerMcp, ToolFailed

BY_EMAIL = "kustomer_customers_using_email"
JANE = "/v1/customers/email=jane.doe@example.com"
LOOKUP = "kustomer_customers_using_email"
OPEN_WINDOW = "create_a_kustomer_customer_unmasking_window"


def jane(kustomer: Kustomer) -> str:
    """The id of the demo world's first customer."""
    id: str = kustomer.client().get(JANE).json()["data"]["id"]
    return id


def test_a_sync_client_speaks_to_the_world(kustomer: Kustomer) -> None:
    """One line in a test, and the masked demo customer is there."""
    answer = kustomer.client().get(JANE)
    assert (answer.status_code, answer.json()["data"]["attributes"]["phones"][0]["phone"]) == (200, "***")
    assert kustomer.base_url == "https://demo.api.kustomerapp.com"


async def test_an_async_client_speaks_to_the_same_world(kustomer: Kustomer) -> None:
    """What one made, the other sees."""
    made = kustomer.client().post("/v1/customers", json={"name": "Ann"}).json()["data"]["id"]
    async with kustomer.async_client() as client:
        assert (await client.get(f"/v1/customers/{made}")).json()["data"]["attributes"]["name"] == "Ann"


def test_a_client_takes_another_key_and_other_headers(kustomer: Kustomer) -> None:
    """Roles and the right to see through masks are part of what is tested."""
    seeing = kustomer.client(key=kustomer.key(read_sensitive=True), headers={"x-mcp-tool": BY_EMAIL})
    assert seeing.get(JANE).json()["data"]["attributes"]["phones"][0]["phone"].startswith("+1")
    limited = kustomer.client(key=kustomer.key(roles=["org.user.team.read"]))
    assert (limited.get(JANE).status_code, kustomer.client(key="").get(JANE).status_code) == (403, 401)
    assert kustomer.journal.count(tool=BY_EMAIL) == 1


def test_time_stands_still_until_it_is_moved(kustomer: Kustomer) -> None:
    """By seconds, by an ISO 8601 duration, by a timedelta, or to an instant; never back."""
    clock = kustomer.clock
    assert clock.now == datetime(2026, 6, 9, 12, tzinfo=UTC)
    assert clock.advance(61) == datetime(2026, 6, 9, 12, 1, 1, tzinfo=UTC)
    assert clock.advance("PT59S") == clock.now
    assert clock.advance(timedelta(hours=1)) == datetime(2026, 6, 9, 13, 2, tzinfo=UTC)
    assert clock.set("2026-06-10T00:00:00Z") == clock.now
    assert clock.text == "2026-06-10T00:00:00.000Z"
    with pytest.raises(ValueError, match="never goes back"):
        clock.set("2026-06-09T00:00:00Z")
    for step in (-1, "soon"):
        with pytest.raises(ValueError, match=r"never goes back|not an ISO 8601 duration"):
            clock.advance(step)


def test_time_can_run(kustomer: Kustomer) -> None:
    """For code that measures; freezing it keeps the instant it has come to."""
    kustomer.clock.run()
    assert kustomer.world.clock.mode == "real"
    kustomer.clock.freeze()
    assert kustomer.clock.now == kustomer.clock.now >= datetime(2026, 6, 9, 12, tzinfo=UTC)


def test_moving_time_ends_windows_and_refills_budgets(kustomer: Kustomer) -> None:
    """What falls due has happened when the call returns; looking at it draws on no budget."""
    customer = jane(kustomer)
    kustomer.client().post(f"/v1/customers/{customer}/unmasking-windows")
    assert [window.customer for window in kustomer.windows] == [customer]
    assert (kustomer.limits.requests.used, kustomer.limits.requests.remaining) == (2, 998)
    kustomer.clock.advance("P1D")
    assert (kustomer.windows, kustomer.limits.requests.used) == ([], 0)


def test_what_falls_due_happens_without_a_call(kustomer: Kustomer) -> None:
    """A draft that the demo world has scheduled is sent when its time has come, and waits no longer."""
    assert "scheduled" in {draft.status for draft in kustomer.drafts}
    kustomer.clock.advance("P30D")
    assert "scheduled" not in {draft.status for draft in kustomer.drafts}


def test_a_fault_meets_as_many_calls_as_it_was_armed_for(kustomer: Kustomer) -> None:
    """Two refusals, then the answer; nothing else is met."""
    kustomer.faults.arm(operation="GetCustomerByEmail", status=503, times=2)
    client = kustomer.client()
    assert [client.get(path).status_code for path in ("/v1/teams", JANE, JANE, JANE)] == [200, 503, 503, 200]
    assert kustomer.faults.armed == []


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ({"timeout": True}, httpx.ReadTimeout),
        ({"applied_timeout": True}, httpx.ReadTimeout),
        ({"delay": "PT1M"}, httpx.ReadTimeout),
        ({"connection_reset": True}, httpx.ReadError),
        ({"lost_answer": True}, httpx.RemoteProtocolError),
        ({"cut_body": 10}, httpx.RemoteProtocolError),
        ({"crash": "before_rule"}, httpx.RemoteProtocolError),
        ({"fault": LostAnswer()}, httpx.RemoteProtocolError),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value.__name__,
)
def test_a_fault_on_the_wire_is_what_httpx_raises(
    kustomer: Kustomer, word: dict[str, object], seen: type[Exception]
) -> None:
    """Code under test meets the exceptions it would meet over a socket, at once."""
    kustomer.faults.arm(**word)  # type: ignore[arg-type]
    with pytest.raises(seen):
        kustomer.client().get(JANE)


def test_faults_that_are_answers_look_like_real_ones(kustomer: Kustomer) -> None:
    """A 429 says when to come back; slowness moves the world's time; a proxy's page is no JSON."""
    kustomer.faults.arm(rate_limited=30)
    kustomer.faults.arm(latency=5)
    kustomer.faults.arm(content_type="text/html")
    answers = [kustomer.client().get(JANE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 200, 200]
    assert int(answers[0].headers["x-ratelimit-reset"]) == datetime(2026, 6, 9, 12, 0, 30, tzinfo=UTC).timestamp()
    assert (kustomer.clock.now.second, answers[2].headers["content-type"]) == (5, "text/html")


@pytest.mark.parametrize("words", [{}, {"status": 503, "timeout": True}, {"state": 503}])
def test_arming_takes_exactly_one_known_fault(kustomer: Kustomer, words: dict[str, object]) -> None:
    """A misspelt fault that never fires would let the test pass for nothing."""
    with pytest.raises(TypeError, match=r"one of status, rate_limited"):
        kustomer.faults.arm(**words)  # type: ignore[arg-type]


def test_armed_faults_can_be_forgotten(kustomer: Kustomer) -> None:
    """One by its id, or all of them."""
    first = kustomer.faults.arm(status=500)
    kustomer.faults.arm(status=502)
    assert (kustomer.faults.disarm(first), [armed.id for armed in kustomer.faults.armed]) == (True, ["fault-2"])
    kustomer.faults.clear()
    assert kustomer.client().get(JANE).status_code == 200


def test_a_snapshot_is_gone_back_to(kustomer: Kustomer) -> None:
    """Records, clock and budgets; the difference is empty again."""
    kept = kustomer.snapshot()
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    kustomer.clock.advance(1)
    assert list(kustomer.diff(kept).types) == ["customer"]
    kustomer.restore(kept)
    assert (kustomer.diff().types, kustomer.clock.now.second, kustomer.limits.requests.used) == ({}, 0, 0)


def test_records_are_added_from_a_mapping_or_a_file(kustomer: Kustomer, tmp_path: Path) -> None:
    """Own data in a few lines; the ids of what was made come back by section and name."""
    file = tmp_path / "more.yaml"
    file.write_text("customers:\n  bob: {emails: [{email: bob@example.com}]}\n", "utf-8")
    made = kustomer.seed({"customers": {"ann": {"emails": [{"email": "ann@example.com"}]}}})
    made_too = kustomer.seed(file)
    found = [
        kustomer.client().get(f"/v1/customers/email={name}@example.com").json()["data"]["id"] for name in ("ann", "bob")
    ]
    assert found == [made["customers"]["ann"], made_too["customers"]["bob"]]
    with pytest.raises(ValueError, match="goes back"):
        kustomer.seed({"clock": "2020-01-01T00:00:00Z"})


def test_waiting_drafts_are_seen_without_what_they_say(kustomer: Kustomer) -> None:
    """Their channel is what a test of a reply is about."""
    before = {draft.id for draft in kustomer.drafts}
    customer = jane(kustomer)
    kustomer.client().post(f"/v1/customers/{customer}/drafts/sms", json={"channel": "sms", "body": "Hi"})
    (draft,) = [draft for draft in kustomer.drafts if draft.id not in before]
    assert (draft.channel, draft.status, draft.customer) == ("sms", "draft", customer)


def test_a_tool_is_called_from_a_sync_test(kustomer: Kustomer, kustomer_mcp: KustomerMcp) -> None:
    """The official client behind it runs elsewhere; the world is the test's."""
    found = kustomer_mcp.call(LOOKUP, email="jane.doe@example.com")
    assert found["id"] == jane(kustomer)
    assert LOOKUP in kustomer_mcp.tools()
    with pytest.raises(ToolFailed, match="get_single_kustomer_customer_by_id failed") as failed:
        kustomer_mcp.call("get_single_kustomer_customer_by_id", id="0" * 24)
    assert failed.value.result.is_error


def test_windows_that_tools_opened_end_with_the_worlds_time(kustomer: Kustomer, kustomer_mcp: KustomerMcp) -> None:
    """The MCP server's leases live on the world's clock, and are settled when the clock has moved."""
    kustomer_mcp.call(OPEN_WINDOW, customer_id=jane(kustomer))
    assert len(kustomer.windows) == 1
    kustomer.clock.advance("PT15M")
    kustomer.no_open_windows()


async def test_an_official_client_connects_in_the_tests_own_loop(kustomer: Kustomer, kustomer_mcp: KustomerMcp) -> None:
    """Without a socket, on the newest protocol and the older one; windows are closed with the connection."""
    for mode in ("auto", "legacy"):
        async with kustomer_mcp.connect(mode) as client:
            found = await client.call_tool(LOOKUP, {"email": "jane.doe@example.com"})
            assert found.structured_content is not None
            await client.call_tool(OPEN_WINDOW, {"customer_id": found.structured_content["id"]})
            assert len(kustomer.windows) == 1
        kustomer.no_open_windows()


async def test_the_fixture_stands_in_for_a_client(kustomer_mcp: KustomerMcp) -> None:
    """Agent code that is handed a client awaits the same two methods."""
    listed = await kustomer_mcp.list_tools()
    found = await kustomer_mcp.call_tool(LOOKUP, {"email": "jane.doe@example.com"})
    assert (LOOKUP in {tool.name for tool in listed.tools}, found.is_error) == (True, False)


def test_the_world_is_served_over_a_socket(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """For code in another process: the same records, and a time that the test moves."""
    headers = {"authorization": f"Bearer {kustomer_server.api_key}"}
    answer = httpx.get(kustomer_server.base_url + JANE, headers=headers)
    assert answer.content == kustomer.client().get(JANE).content
    assert kustomer.journal.total == 2


async def test_mcp_is_served_over_the_same_socket(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """For agents that are given a URL."""
    async with Client(kustomer_server.mcp_url) as client:
        found = await client.call_tool(LOOKUP, {"email": "jane.doe@example.com"})
    assert (found.is_error, kustomer.journal.count(operation="GetCustomerByEmail")) == (False, 1)


@pytest.mark.parametrize("host", ["api.kustomerapp.com", "demo.api.kustomerapp.com"])
def test_a_hard_wired_address_leads_to_the_world(kustomer: Kustomer, kustomer_respx: KustomerRouter, host: str) -> None:
    """Of any sync client, whoever made it."""
    answer = httpx.get(f"https://{host}{JANE}", headers={"authorization": f"Bearer {kustomer.api_key}"})
    assert (answer.status_code, kustomer_respx.kustomer.call_count) == (200, 1)


async def test_a_hard_wired_address_leads_an_async_client_there_too(
    kustomer: Kustomer, kustomer_respx: KustomerRouter
) -> None:
    """Faults on the wire included."""
    kustomer.faults.arm(lost_answer=True)
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {kustomer.api_key}"}) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"https://api.kustomerapp.com{JANE}")
        assert (await client.get(f"https://api.kustomerapp.com{JANE}")).status_code == 200
    assert kustomer_respx.calls.call_count == 2


def test_other_hosts_are_left_alone(kustomer_respx: KustomerRouter, kustomer_server: KustomerServer) -> None:
    """A local server answers itself, and a route of the test's own is kept."""
    kustomer_respx.get("https://hooks.example.com/").respond(201)
    assert httpx.get("https://hooks.example.com/").status_code == 201
    assert httpx.get(f"{kustomer_server.base_url}/_sandbox/health").json()["status"] == "ok"


def test_without_respx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no requirement of the package itself."""
    monkeypatch.setitem(sys.modules, "respx", None)
    monkeypatch.delitem(sys.modules, "kustomer_sandbox.testkit.patches.respx_router")
    with pytest.raises(ImportError, match=r"install kustomer-sandbox\[pytest\]"):
        importlib.import_module("kustomer_sandbox.testkit.patches.respx_router")


async def sleep_everywhere() -> None:
    time.sleep(10)  # noqa: ASYNC251 - it moves the world's time, and takes none
    await asyncio.sleep(20)
    await anyio.sleep(30)


def test_code_that_sleeps_moves_the_worlds_time(kustomer: Kustomer) -> None:
    """The code under test need not be changed for its tests; outside of the block it sleeps as ever."""
    before, real = kustomer.clock.now, (time.sleep, asyncio.sleep, anyio.sleep)
    with kustomer.clock.patch_sleep() as clock:
        asyncio.run(sleep_everywhere())
        assert (clock.now - before).total_seconds() == 60
    assert (time.sleep, asyncio.sleep, anyio.sleep) == real
