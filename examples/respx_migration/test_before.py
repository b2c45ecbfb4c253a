"""Before: every answer is written by hand, and is what its author believed."""

from __future__ import annotations

import respx
from phones import URL, phone_of


@respx.mock
def test_a_number_is_read() -> None:
    """It would pass as well if the window stayed open, or were opened on another customer."""
    respx.post(f"{URL}/c1/unmasking-windows").respond(201)
    respx.get(f"{URL}/c1").respond(json={"data": {"attributes": {"phones": [{"phone": "+15555550147"}]}}})
    closed = respx.delete(f"{URL}/c1/unmasking-windows").respond(204)
    assert phone_of("c1", "a-key") == "+15555550147"
    assert closed.called
