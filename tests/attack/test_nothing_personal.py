"""Nothing personal at rest or in passing: reasons hold no value that was read, and answers not the key they came by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from kustomer_sandbox.mcp_server.bounded_http import Bounds
from kustomer_sandbox.mcp_server.unmasking.reasons import without_personal_data
from tests.attack.doors import Door, up
from tests.attack.hands import ACCOUNT, GET, Hand
from tests.mcp_server.fakes import JANE, KEY, PHONE, FakeUpstream

pytestmark = pytest.mark.anyio

READ_UNMASKED = "kustomer_customers_read_unmasked"

REASONS = {
    f"call {PHONE} back": "call *** back",
    "call (415) 555-0100": "call (***",
    "4155550100 rang twice": "*** rang twice",
    "is jane.doe@example.com still hers?": "is *** still hers?",
    "Jane.Doe@Example.com": "***",
    "card 4111 1111 1111 1111": "card ***",
    "order 1234, two items": "order 1234, two items",
    "verify the phone number": "verify the phone number",
    "opened on 2026-06-09": "opened on ***",
}


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("reason", REASONS)
async def test_a_reason_is_kept_without_what_looks_personal(hand: Hand, state: Path, reason: str) -> None:
    """A model writes down why, and with it whom: the file outlives the customer's wish to be forgotten."""
    await hand(READ_UNMASKED, customer_id=JANE, reason=reason)
    ((lease, _),) = hand.server.windows.book.history(ACCOUNT.id, limit=9)
    assert lease.reason == REASONS[reason] == without_personal_data(reason)
    if lease.reason != reason:
        assert reason.encode() not in everything_in(state)


async def test_a_reason_does_not_repeat_what_was_read(hand: Hand, upstream: FakeUpstream) -> None:
    """A name, a street, a code: no form gives them away, only that the customer's record holds them."""
    record = {
        "name": "Zoë Quartermain",
        "firstName": "Zoë",
        "phones": [{"type": "mobile", "phone": "***"}],
        "lastName": "Quartermain",
        "custom": {"doorStr": "Blue Gate", "pinNum": 4711},
    }
    data = {"data": {"type": "customer", "id": JANE, "attributes": record}}
    upstream.script = [upstream.as_usual, lambda _: upstream.reply(200, data)]
    reason = "does the customer QUARTERMAIN live at the blue gate, pin 4711 or 47112? Quartermains do"
    got = await hand(READ_UNMASKED, customer_id=JANE, reason=reason)
    assert got.document["customer"]["attributes"] == record
    ((lease, _),) = hand.server.windows.book.history(ACCOUNT.id, limit=9)
    assert lease.reason == "does the customer *** live at the ***, pin *** or 47112? Quartermains do"


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("key", [KEY, "a/key+with=signs"], ids=["plain", "signs"])
async def test_an_answer_that_repeats_the_key_is_cut(hand: Hand, upstream: FakeUpstream, status: int, key: str) -> None:
    """A proxy in between shows the request it could not pass on, and the model would pass the key on to anybody."""
    hand.server.windows._upstream._secrets = {ACCOUNT.key_env: key}  # noqa: SLF001
    echo = f"Bearer {key} / {quote(key, safe='')}"
    escaped = json.dumps({"errors": [{"message": echo}], "data": {"type": "customer", "id": JANE, "note": echo}})
    upstream.script = [lambda _: httpx.Response(status, content=escaped.replace("/", "\\/").encode())]
    got = await hand(GET, id=JANE)
    shown = json.dumps(got.document)
    assert key not in shown
    assert quote(key, safe="") not in shown
    assert "***" in shown


LINES = {
    "another line": ("Claude\nok", "Claudeok"),
    "colours": ("\x1b[31mClaude\x1b[0m", "[31mClaude[0m"),
    "an end": ("Claude\x00\x85\u2028", "Claude"),
    "right to left": ("Cl\u202eaude", "Claude"),
    "length": ("C" * 10_000, "C" * 100),
    "a usual name": ("Claude Desktop (via mcp-remote 0.1)", "Claude Desktop (via mcp-remote 0.1)"),
}
IDS = {
    "jane.doe@example.com": "",
    "+14155550100": "",
    "call\nanother": "",
    "x" * 10_000: "",
    "7": "7",
    "req_0-1.a:2": "req_0-1.a:2",
    "0f8fad5b-d9cb-469f-a165-70867728950e": "0f8fad5b-d9cb-469f-a165-70867728950e",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with up(Bounds()) as opened:
        yield opened


def logged(door: Door, *, client: str, id: str) -> dict[str, str]:
    """The log's line for a tool call of a client that so calls itself and its request."""
    about = {"name": client, "version": client}
    meta = {f"io.modelcontextprotocol/{name}": value for name, value in
            {"protocolVersion": "2026-07-28", "clientInfo": about, "clientCapabilities": {}}.items()}  # fmt: skip
    call = {"name": "list_all_kustomer_tags", "arguments": {}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call}).encode()
    lines = ("Mcp-Protocol-Version: 2026-07-28", "Mcp-Method: tools/call", "Mcp-Name: list_all_kustomer_tags")
    answer = door.send(door.head("POST", door.mcp, *lines, f"Content-Length: {len(body)}") + body)
    assert answer.status == 200, answer
    return dict(door.send(door.head("GET", "/log?limit=1")).document["result"][0])


@pytest.mark.parametrize("kind", LINES)
def test_a_client_cannot_write_lines_of_the_log(door: Door, kind: str) -> None:
    """It names itself, and what it names is read in terminals."""
    client, kept = LINES[kind]
    line = logged(door, client=client, id="1")
    assert (line["client_name"], line["client_version"]) == (kept, kept)


@pytest.mark.parametrize("id", IDS, ids=lambda id: id[:20])
def test_the_id_of_a_request_is_kept_if_it_is_one(door: Door, id: str) -> None:
    """A client may number its calls by anything, by its customers for instance."""
    assert logged(door, client="c", id=id)["request_id"] == IDS[id]
