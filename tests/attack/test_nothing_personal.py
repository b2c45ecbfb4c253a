"""Nothing personal at rest or in passing: reasons hold no value that was read, and answers not the key they came by."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from kustomer_sandbox.mcp_server.unmasking.reasons import without_personal_data
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
