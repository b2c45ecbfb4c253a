"""A window belongs to its opener, across the accounts and the states of one upstream that one machine knows of."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.mcp_server.unmasking.leases import SLIDING
from kustomer_sandbox.mcp_server.upstream.identity import identify
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.attack.hands import ACCOUNT, CLOSE, OPEN, Hand
from tests.mcp_server.fakes import JANE, JOHN, KEY, PHONE, Counted, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

TWIN = replace(ACCOUNT, id="twin", base_url="https://ACME.api.example:443/")
STRANGER = replace(ACCOUNT, id="stranger", base_url="https://other.api.example")
READ_UNMASKED = "kustomer_customers_read_unmasked"
Serve = Callable[..., McpServer]


def key_of(organisation: str) -> str:
    """An API key as Kustomer makes them: a JWT that names the organisation."""
    claims = base64.urlsafe_b64encode(json.dumps({"org": organisation}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{claims}.c2lnbmF0dXJl"


@pytest.fixture
def serve(contracts: Contracts, clock: HandClock, upstream: FakeUpstream, tmp_path: Path) -> Serve:
    """Starts a tool server on the state of that name; all meet in one folder, over one upstream."""
    random_hex = Counted()

    def start(name: str, *, key: str = KEY) -> McpServer:
        return McpServer(
            contracts=contracts,
            secrets={"ACME_KEY": key},
            clock=clock,
            random_hex=random_hex,
            directory=tmp_path / name,
            wire=HttpWire(httpx.MockTransport(upstream)),
            neighbours=tmp_path / "neighbours",
        )

    return start


def die(server: McpServer) -> None:
    """The process is gone, and with it its locks."""
    server._state.close()  # noqa: SLF001
    server._presence.end()  # noqa: SLF001
    server.windows.end()


async def test_another_account_of_the_same_upstream_does_not_read_through_a_window(serve: Serve) -> None:
    """Two accounts may have two keys, but the window opens the customer to both."""
    server = serve("state")
    mine, twin, stranger = (Hand(server, account) for account in (ACCOUNT, TWIN, STRANGER))
    await mine(OPEN, customer_id=JANE)
    assert await twin.phone() == "refused"
    assert (await twin("kustomer_customers_using_email", email="jane.doe@example.com")).is_error
    assert await mine.phone() == PHONE
    assert await twin.phone(JOHN) == "***"
    assert await stranger.phone() != "refused"
    await mine(CLOSE, id=JANE)
    assert await twin.phone() == "***"


async def test_another_state_of_the_same_upstream_does_not_read_through_a_window(serve: Serve) -> None:
    """Two desktop clients, each with a tool server of its own."""
    mine, other = Hand(serve("one")), Hand(serve("two"))
    await mine(OPEN, customer_id=JANE)
    assert await other.phone() == "refused"
    assert (await other(OPEN, customer_id=JANE)).document["statusCode"] == 409
    assert (await other(READ_UNMASKED, customer_id=JANE, reason="a neighbour")).document["statusCode"] == 409
    assert await other.phone(JOHN) == "***"
    assert await mine.phone() == PHONE
    await mine(CLOSE, id=JANE)
    assert await other.phone() == "***"
    assert not (await other(OPEN, customer_id=JANE)).is_error
    assert await mine.phone() == "refused"


async def test_a_refused_opening_leaves_no_note(serve: Serve, upstream: FakeUpstream) -> None:
    """Otherwise the customer could be read by nobody."""
    mine, other = Hand(serve("one")), Hand(serve("two"))
    upstream.script = [lambda _: upstream.reply(403, {"errors": [{"message": "no"}]})]
    await mine(OPEN, customer_id=JANE)
    assert await other.phone() == "***"


async def test_a_window_that_a_dead_neighbour_has_left_is_closed(
    serve: Serve, upstream: FakeUpstream, clock: HandClock
) -> None:
    """Its state may never be started again; until it is closed nobody reads the customer."""
    dead, other = Hand(serve("one")), Hand(serve("two"))
    await dead(OPEN, customer_id=JANE)
    await other.server.housekeeping.sweep()
    assert upstream.open_windows == {JANE}, "it lives, and its window is its own"
    die(dead.server)
    assert await other.phone() == "refused"
    upstream.failing_deletes = 1
    await other.server.housekeeping.sweep()
    assert await other.phone() == "refused"
    clock.advance(5)
    await other.server.housekeeping.sweep()
    clock.advance(6)
    await other.server.housekeeping.sweep()
    assert upstream.open_windows == set()
    assert await other.phone() == "***"
    assert other.statuses() == ["closed left behind"]


async def test_the_state_of_a_dead_neighbour_finds_its_window_closed(serve: Serve, upstream: FakeUpstream) -> None:
    """Both close it, and neither minds."""
    dead, other = Hand(serve("one")), Hand(serve("two"))
    await dead(OPEN, customer_id=JANE)
    die(dead.server)
    await other.server.housekeeping.sweep()
    again = Hand(serve("one"))
    await again.server.housekeeping.sweep()
    assert upstream.open_windows == set()
    assert again.statuses() == ["closed owner died"]


async def test_nothing_is_opened_where_no_note_can_be_left(
    serve: Serve, upstream: FakeUpstream, tmp_path: Path
) -> None:
    """Like a window without a lease, only for the neighbours."""
    (tmp_path / "neighbours").write_text("in the way")
    hand = Hand(serve("one"))
    refused = await hand(OPEN, customer_id=JANE)
    assert refused.document["statusCode"] == 503
    assert "neighbours" in refused.document["message"]
    assert upstream.sent() == []
    assert hand.statuses() == ["closed not opened"]


async def test_a_folder_that_others_can_change_is_not_trusted(
    serve: Serve, upstream: FakeUpstream, tmp_path: Path
) -> None:
    """In a directory for everybody someone else may have made it first."""
    (tmp_path / "neighbours").mkdir()
    (tmp_path / "neighbours").chmod(0o777)
    assert (await Hand(serve("one"))(OPEN, customer_id=JANE)).document["statusCode"] == 503
    assert upstream.sent() == []


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        (("https://acme.api.example", "k"), ("https://ACME.api.example:443/", "l"), True),
        (("https://acme.api.example", "k"), ("https://acme.api.example/prefix", "l"), True),
        (("http://localhost:8700", "k"), ("http://127.0.0.1:8700", "k"), True),
        (("http://[::1]:8700", "k"), ("http://127.0.0.1:8700", "k"), True),
        (("https://acme.api.example", "k"), ("https://other.api.example", "k"), False),
        (("http://127.0.0.1:8700", "k"), ("http://127.0.0.1:8701", "k"), False),
        (("https://acme.api.example", key_of("a")), ("https://api.example", key_of("a")), True),
        (("https://api.example", key_of("a")), ("https://api.example", key_of("b")), False),
        (("https://api.example", key_of("a")), ("https://api.example", "k"), True),
        (("https://api.example", "a.b.c"), ("https://api.example", "a.bm8.c"), True),
    ],
    ids=["spelling", "path", "localhost", "ipv6", "host", "port", "one-org", "two-orgs", "unknown-org", "no-jwt"],
)
def test_upstreams_are_told_apart_by_organisation_and_else_by_address(
    one: tuple[str, str], other: tuple[str, str], *, may_be: bool
) -> None:
    """Where it is not known it is taken for the same: a refusal too many shows nothing."""
    assert identify(*one).may_be(identify(*other)) is may_be


async def test_two_organisations_behind_one_address_do_not_block_each_other(serve: Serve) -> None:
    """Ids may be the same in both."""
    mine, other = Hand(serve("one", key=key_of("a"))), Hand(serve("two", key=key_of("b")))
    await mine(OPEN, customer_id=JANE)
    assert await other.phone() != "refused"


async def test_of_forty_leases_no_clear_value_reaches_anyone_but_the_opener(
    serve: Serve, upstream: FakeUpstream, clock: HandClock
) -> None:
    """Two accounts, two states, two customers; opened, read, closed, expired and restarted in a fixed random order."""
    chance = random.Random("forty leases")  # noqa: S311
    servers = {name: serve(name) for name in ("one", "two")}
    hands = {(name, account.id): Hand(servers[name], account) for name in servers for account in (ACCOUNT, TWIN)}
    accounts: dict[str, Account] = {account.id: account for account in (ACCOUNT, TWIN)}
    openers: dict[str, tuple[str, str]] = {}
    opened = clear = refused = 0
    while opened < 40:
        who, customer = chance.choice(list(hands)), chance.choice([JANE, JOHN])
        step = chance.choice(["open", "open", "read", "read", "close", "expire", "restart"])
        if step == "open" and not (await hands[who](OPEN, customer_id=customer)).is_error:
            openers[customer] = who
            opened += 1
        elif step == "close" and not (await hands[who](CLOSE, id=customer)).is_error:
            openers.pop(customer, None)
        elif step == "expire":
            clock.advance(SLIDING.total_seconds())
            for server in servers.values():
                await server.housekeeping.sweep()
            openers.clear()
        elif step == "restart":
            name = who[0]
            await servers[name].aclose()
            servers[name] = serve(name)
            hands |= {(name, key): Hand(servers[name], account) for key, account in accounts.items()}
            openers = {one: opener for one, opener in openers.items() if opener[0] != name}
        for reader, hand in hands.items():
            shown = await hand.phone(customer)
            clear += shown == PHONE
            refused += shown == "refused"
            assert shown != PHONE or openers.get(customer) == reader
    assert clear > 20
    assert refused > 20
    for server in servers.values():
        await server.aclose()
    assert upstream.open_windows == set()
