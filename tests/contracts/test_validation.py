"""Findings: what is wrong with a value, in words that never repeat it, and by the branch it was meant for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.schemas import closed
from kustomer_sandbox.contracts.validation import Checker, Finding, WrongValue

CHOICE: dict[str, Any] = {
    "oneOf": [
        {
            "title": "Letter",
            "type": "object",
            "properties": {"by": {"const": "post"}, "stamp": {"type": "integer"}, "size": {"enum": ["a4", "a5"]}},
            "required": ["by"],
            "additionalProperties": False,
        },
        {
            "title": "Call",
            "type": "object",
            "properties": {"by": {"const": "phone"}, "number": {"type": "string"}, "size": {"const": "short"}},
            "required": ["by", "number"],
            "additionalProperties": False,
        },
    ]
}


def findings(schema: dict[str, Any], value: object) -> list[Finding]:
    return Checker(schema, {"components": {"schemas": {}}}).findings(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"by": "post", "stamp": 1}, []),
        ({}, [Finding(("by",), "is required and must be one of phone, post")]),
        ({"by": "pigeon", "stamp": 1}, [Finding(("by",), "must be one of phone, post")]),
        ({"by": 5}, [Finding(("by",), "must be one of phone, post")]),
        ({"by": "post", "size": "short"}, [Finding(("size",), "must be one of a4, a5")]),
        ({"by": "post", "number": "1"}, [Finding(("number",), "is not a field of Letter; it belongs to Call")]),
        ({"by": "post", "nobodys": 1}, [Finding(("nobodys",), "is not a field of Letter")]),
        ({"by": "phone"}, [Finding(("number",), "is required")]),
        ([], [Finding((), "must be an object")]),
    ],
    ids=["valid", "no-tag", "unknown-tag", "ill-typed-tag", "foreign-value", "foreign", "nobodys", "missing", "list"],
)
def test_a_value_is_held_against_the_branch_that_its_tag_names(value: object, found: list[Finding]) -> None:
    """With many forms behind one field, only the form that was meant helps to put a body right."""
    assert findings(CHOICE, value) == found


@pytest.mark.parametrize(
    ("schema", "value", "reason"),
    [
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "soon",
            "must be a date-time such as 2026-06-09T12:00:00.000Z",
        ),
        ({"anyOf": [{"enum": [1, 2]}, {"type": "string", "maxLength": 0}]}, "x", "must be one of 1, 2 or empty"),
        ({"anyOf": [{"type": "array"}, {"type": "string"}]}, 5, "must be an array or a string"),
    ],
    ids=["one-way", "two-ways", "types"],
)
def test_a_plain_choice_names_every_way_to_be_right(schema: dict[str, Any], value: object, reason: str) -> None:
    """A choice between plain values has no tag; the sentence then lists what would do."""
    assert findings(schema, value) == [Finding((), reason)]


def test_a_wrong_word_does_not_hide_which_form_was_meant() -> None:
    """A change with a status that there is not is no attempt at a move, which knows no status at all."""
    change = {"properties": {"status": {"enum": ["open", "done"]}}, "additionalProperties": False}
    move = {"properties": {"customer": {"type": "string"}}, "required": ["customer"], "additionalProperties": False}
    found = findings({"oneOf": [change, move]}, {"status": "shut"})
    assert found == [Finding(("status",), "must be one of open, done")]


ACTS = {
    "oneOf": [
        {"title": "call", **closed({"call": {"enum": ["put", "post"]}, "by": {"type": "string"}}, ["call"])},
        {"title": "wait", **closed({"wait": {"type": "integer"}}, ["wait"])},
    ]
}
MANY = {"enum": [f"word-{number}" for number in range(41)]}
BESIDE = {"dependentSchemas": {"after": {"properties": {"before": False}}}}


@pytest.mark.parametrize(
    ("schema", "value", "path", "told"),
    [
        (ACTS, {}, (), "must have one of call, wait"),
        (ACTS, {"by": "jane"}, (), "must have one of call, wait"),
        (ACTS, {"call": "put", "wait": 1}, (), "must have exactly one of call, wait"),
        (ACTS, {"wait": 1, "by": "jane"}, ("by",), "is not a field of wait; it belongs to call; known: wait"),
        (ACTS, {"call": "pot"}, ("call",), "must be one of put, post; did you mean 'post'?"),
        (ACTS["oneOf"][0], {"call": "put", "bye": 1}, ("bye",), "is not a known field here; did you mean 'by'?"),
        (ACTS["oneOf"][0], {"call": "put", "zzz": 1}, ("zzz",), "is not a known field here; known: call, by"),
        (MANY, "wort-40", (), "must be one of the 41 that there are; did you mean 'word-40'?"),
        (MANY, "x", (), "must be one of the 41 that there are"),
        ({**MANY, "description": "a known word"}, "wort-40", (), "must be a known word; did you mean 'word-40'?"),
        (BESIDE, {"after": 1, "before": 2}, ("before",), "is not allowed beside after"),
    ],
)
def test_whoever_writes_by_hand_is_told_the_way_and_the_near_word(
    schema: dict[str, Any], value: object, path: tuple[str, ...], told: str
) -> None:
    """Forms that are called by their first field are told by it; the value itself is not repeated."""
    with pytest.raises(WrongValue) as wrong:
        Checker(schema).check(value, ("do", 0))
    assert (wrong.value.path, wrong.value.reason) == (("do", 0, *path), told)


SECRET = "jane.doe@example.com"


@given(
    value=st.dictionaries(
        st.sampled_from(["by", "stamp", "number", "size"]), st.sampled_from([SECRET, [SECRET], 7, None])
    )
)
def test_no_finding_repeats_a_value(value: dict[str, Any]) -> None:
    """Values may be personal data, and refusals are logged by whoever receives them."""
    assert [finding.reason for finding in findings(CHOICE, value) if SECRET in finding.reason] == []
