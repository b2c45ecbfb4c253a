"""After: no answer is written; the world knows what a window is, and what was opened and seen."""

from __future__ import annotations

import pytest
from phones import phone_of

from kustomer_sandbox import Kustomer


@pytest.mark.usefixtures("kustomer_respx")
def test_a_number_is_read(kustomer: Kustomer) -> None:
    """And it is masked again, and was written nowhere."""
    jane = kustomer.client().get("/v1/customers/email=jane.doe@example.com").json()["data"]["id"]
    assert phone_of(jane, kustomer.api_key).startswith("+1")
    kustomer.no_open_windows()
    kustomer.no_pii_leaks()
