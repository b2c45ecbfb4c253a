"""The opaque cursor: what was sealed comes back, anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kustomer_sandbox.mcp_server.tools.cursor import CursorRefused, Position, binding, decode, encode

KEY = b"k" * 32
POSITIONS = st.builds(
    lambda pairs, skip: Position(query=tuple(pairs), skip=skip),
    st.lists(st.tuples(st.sampled_from(["page", "pageSize", "after"]), st.text(max_size=8)), max_size=3),
    st.integers(0, 500),
)


@given(POSITIONS, st.text())
def test_a_cursor_brings_back_its_position(position: Position, bound: str) -> None:
    """A page that changes on the way would skip or repeat records."""
    assert decode(encode(position, key=KEY, binding=bound), key=KEY, binding=bound) == position


@given(POSITIONS, st.text(), st.text())
def test_a_cursor_of_another_call_is_refused(position: Position, mine: str, other: str) -> None:
    """Page 2 of one search is not page 2 of another."""
    assume(mine != other)
    with pytest.raises(CursorRefused):
        decode(encode(position, key=KEY, binding=mine), key=KEY, binding=other)


@given(st.text(max_size=200))
def test_a_made_up_cursor_is_refused(text: str) -> None:
    """Models invent cursors; none may ever be taken for a page."""
    with pytest.raises(CursorRefused):
        decode(text, key=KEY, binding="")


@given(POSITIONS, st.data())
def test_a_changed_cursor_is_refused(position: Position, data: st.DataObject) -> None:
    """One wrong character is a different cursor."""
    text = encode(position, key=KEY, binding="b")
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    assume(letter != text[at])
    with pytest.raises(CursorRefused):
        decode(text[:at] + letter + text[at + 1 :], key=KEY, binding="b")


def test_the_binding_ignores_only_how_much_is_asked_for() -> None:
    """A model may take smaller bites on the way, but may not change the question."""
    given_first = binding("t", account="a", arguments={"name": "x", "limit": 5})
    assert given_first == binding("t", account="a", arguments={"limit": 9, "next_cursor": "c", "name": "x"})
    assert given_first != binding("t", account="b", arguments={"name": "x"})
    assert given_first != binding("u", account="a", arguments={"name": "x"})
    assert given_first != binding("t", account="a", arguments={"name": "y"})
