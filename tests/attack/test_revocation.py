"""What is revoked stays revoked, and what has leaked can be replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kustomer_sandbox.cli import app
from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.standalone import ToolServerSettings, ready_line, rotate
from kustomer_sandbox.mcp_server.state.defaults import DefaultRevoked
from kustomer_sandbox.mcp_server.state.migrations import MIGRATIONS
from kustomer_sandbox.mcp_server.state.opening import open_state
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from tests.attack.hands import ACCOUNT, OPEN, Hand, create_server
from tests.attack.managing import managing
from tests.mcp_server.fakes import JANE, Counted, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

SETTINGS = ToolServerSettings(upstream=ACCOUNT.base_url, key_env=ACCOUNT.key_env, account_id=ACCOUNT.id)
BASE = f"/integrated-account/{ACCOUNT.id}/mcp"


class Starts:
    """Starts tool servers on one state, one after the other."""

    def __init__(self, contracts: Contracts, clock: HandClock, upstream: FakeUpstream, state: Path) -> None:
        self.contracts, self.clock, self.upstream, self.state = contracts, clock, upstream, state
        self.random_hex = Counted()

    def again(self) -> McpServer:
        return create_server(
            self.contracts,
            clock=self.clock,
            upstream=self.upstream,
            directory=self.state,
            random_hex=self.random_hex,
        )

    def printed(self, server: McpServer) -> dict[str, str]:
        return ready_line(server, SETTINGS, origin="http://127.0.0.1:8702")


@pytest.fixture
def starts(contracts: Contracts, clock: HandClock, upstream: FakeUpstream, state: Path) -> Starts:
    return Starts(contracts, clock, upstream, state)


def works(server: McpServer, mcp_url: str) -> bool:
    return server.provisioning.grant(mcp_url.rpartition("/")[2], server.clock.now()) is not None


async def test_a_deleted_default_url_and_token_do_not_come_back(starts: Starts) -> None:
    """Whoever deletes a leaked URL must not find it open again after a reboot; what is printed then is another one."""
    first = starts.again()
    before = starts.printed(first)
    async with managing(first, before["api_token"]) as api:
        (server,) = (await api.get(BASE)).json()["result"]
        (token,) = (await api.get("/api-token")).json()["result"]
        assert (await api.delete(f"{BASE}/{server['id']}")).status_code == 204
        assert (await api.delete(f"/api-token/{token['id']}")).status_code == 204
    printed = []
    for _ in range(2):
        again = starts.again()
        printed.append(starts.printed(again))
        assert not works(again, before["mcp_url"])
        assert again.provisioning.api_token_id(before["api_token"]) is None
        assert works(again, printed[0]["mcp_url"])
        assert again.provisioning.api_token_id(printed[0]["api_token"]) is not None
        await again.aclose()
    assert printed[0] == printed[1]
    assert set(printed[0].values()) & set(before.values()) == {"acme"}


async def test_two_starts_at_once_print_the_same_new_url(starts: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them prints what goes on working, and one default takes the place of the deleted one."""
    first = starts.again()
    before = starts.printed(first)
    first.provisioning.delete_server(Hand(first).caller.grant.server_id)
    one, other = starts.again(), starts.again()
    with monkeypatch.context() as interrupted:
        interrupted.setattr(one.defaults, "_note", lambda *_: None)
        printed = starts.printed(one)
    assert printed == starts.printed(other) == starts.printed(one) != before
    assert len(first.provisioning.servers("acme", starts.clock.now())) == 1
    for server in (first, one, other):
        await server.aclose()


async def test_a_client_without_a_token_is_not_let_in_again(starts: Starts) -> None:
    """On standard input its settings name none: a new default would let in whoever was put out with the old one."""
    first = starts.again()
    starts.printed(first)
    first.provisioning.delete_server(Hand(first).caller.grant.server_id)
    with pytest.raises(DefaultRevoked):
        first.default_token(ACCOUNT)
    await first.aclose()


async def test_a_rotated_default_is_another_one_at_this_and_every_later_start(
    starts: Starts, upstream: FakeUpstream
) -> None:
    """The old URL ends, what was opened through it is closed, and the operator's scripts print the new one."""
    first = starts.again()
    before = starts.printed(first)
    hand = Hand(first)
    await hand(OPEN, customer_id=JANE)
    async with managing(first, before["api_token"]) as api:
        rotated = await api.post(f"{BASE}/{hand.caller.grant.server_id}/rotate")
        (token,) = (await api.get("/api-token")).json()["result"]
        replaced = await api.post(f"/api-token/{token['id']}/rotate")
    assert upstream.open_windows == set()
    assert (rotated.status_code, replaced.status_code) == (200, 200)
    again = starts.again()
    after = starts.printed(again)
    assert (after["mcp_url"].rpartition("/")[2], after["api_token"]) == (
        rotated.json()["token"],
        replaced.json()["token"],
    )
    assert not works(again, before["mcp_url"])
    assert works(again, after["mcp_url"])
    assert again.provisioning.api_token_id(before["api_token"]) is None
    await again.aclose()


async def test_a_rotation_reaches_a_server_that_runs_on_the_state(starts: Starts, upstream: FakeUpstream) -> None:
    """Nobody has to stop what others work with, and nobody needs the API token that has leaked."""
    running = starts.again()
    before = starts.printed(running)
    hand = Hand(running)
    await hand(OPEN, customer_id=JANE)
    made = rotate(starts.state, "acme", clock=starts.clock)
    await running.housekeeping.sweep()
    assert upstream.open_windows == set()
    assert not works(running, before["mcp_url"])
    assert works(running, made["mcp_path"])
    assert running.provisioning.api_token_id(made["api_token"]) is not None
    assert running.provisioning.api_token_id(before["api_token"]) is None
    await running.aclose()


async def test_the_command_makes_a_deleted_default_anew(starts: Starts) -> None:
    """Deleted in an emergency, wanted again afterwards: under another URL."""
    first = starts.again()
    before = starts.printed(first)
    first.provisioning.delete_server(Hand(first).caller.grant.server_id)
    await first.aclose()
    command = ["mcp", "rotate", "--state", str(starts.state), "--account", "acme", "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    again = starts.again()
    after = starts.printed(again)
    assert after["mcp_url"].endswith(json.loads(result.output)["mcp_path"])
    assert works(again, after["mcp_url"])
    assert after["mcp_url"] != before["mcp_url"]
    await again.aclose()


@pytest.mark.parametrize("more", [["--state", "nowhere"], ["--account", "other"]], ids=["state", "account"])
def test_the_command_says_what_it_cannot_find(starts: Starts, more: list[str]) -> None:
    """And makes neither a state nor an account."""
    starts.printed(starts.again())
    result = CliRunner().invoke(app, ["mcp", "rotate", "--state", str(starts.state), *more])
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert not Path("nowhere").exists()


async def test_a_url_deleted_under_an_older_version_does_not_come_back_with_an_update(
    starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older version knew no difference between deleted and never made."""
    with monkeypatch.context() as before:
        before.setattr("kustomer_sandbox.mcp_server.state.migrations.MIGRATIONS", MIGRATIONS[:2])
        old = open_state(starts.state, random_hex=starts.random_hex)
        provisioning = Provisioning(old, random_hex=starts.random_hex)
        provisioning.put_account(ACCOUNT)
        api_token = old.digest("default api token", "")
        provisioning.create_api_token("default", starts.clock.now(), token=api_token)
        old.close()
    again = starts.again()
    with pytest.raises(DefaultRevoked):
        again.default_token(ACCOUNT)
    assert again.default_api_token() == api_token
    await again.aclose()


async def test_any_mcp_server_can_be_rotated(starts: Starts) -> None:
    """The URL is what leaks; name, filters and expiry stay."""
    server = starts.again()
    async with managing(server, server.default_api_token()) as api:
        server.provisioning.put_account(ACCOUNT)
        made = (await api.post(BASE, json={"name": "x", "config": {"methods": ["read"]}})).json()
        rotated = (await api.post(f"{BASE}/{made['id']}/rotate")).json()
        missing = await api.post(f"{BASE}/{ACCOUNT.id}/rotate")
        no_token = await api.post(f"/api-token/{ACCOUNT.id}/rotate")
        assert not works(server, made["token"])
        assert works(server, rotated["token"])
    same = {name: rotated[name] == made[name] for name in made}
    assert {name for name, is_same in same.items() if not is_same} == {"token", "url"}
    assert (missing.status_code, no_token.status_code) == (404, 404)
