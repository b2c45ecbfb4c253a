"""A reason for reading in clear is kept without what looks personal, and without what was read."""

from __future__ import annotations

import pytest

from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.unmasking.reasons import without_personal_data, without_values


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("to call back", "to call back"),
        ("ask jane.doe+x@example.com, now", "ask ***, now"),
        ("call +1 (415) 555-0100 now", "call *** now"),
        ("order 123456", "order ***"),
        ("order 12345", "order 12345"),
        ("12 34 56", "***"),
    ],
)
def test_addresses_and_long_numbers_are_left_out(reason: str, kept: str) -> None:
    assert without_personal_data(reason) == kept


@pytest.mark.parametrize(
    ("documents", "kept"),
    [
        ([], "Ask Jane Doe of Paris about 4711 and true mobile"),
        ([{"name": "jane doe", "city": "Paris"}], "Ask *** of *** about 4711 and true mobile"),
        ([{"name": "Jane"}, {"name": "Jane Doe"}], "Ask *** of Paris about 4711 and true mobile"),
        ([{"phones": [{"phone": 4711, "type": "mobile"}]}], "Ask Jane Doe of Paris about *** and true mobile"),
        ([[["Paris"]], "Jane", 4711.0, None], "Ask *** Doe of *** about 4711 and true mobile"),
        (
            [{"flag": True, "short": "Doe", "part": "Jan", "more": "obile"}],
            "Ask Jane Doe of Paris about 4711 and true mobile",
        ),
        ([{"zip": "Paris", "abc": "Jane"}], "Ask *** Doe of *** about 4711 and true mobile"),
        ([{"four": "true"}], "Ask Jane Doe of Paris about 4711 and *** mobile"),
        ([{"pattern": "J..e", "other": "Ask (J"}], "Ask Jane Doe of Paris about 4711 and true mobile"),
    ],
)
def test_what_was_read_is_left_out_as_whole_words_of_four_letters_or_more(documents: list[JSON], kept: str) -> None:
    """The longest first, in whatever case; the kinds of things are no values, nor is what is true."""
    assert without_values("Ask Jane Doe of Paris about 4711 and true mobile", documents) == kept
