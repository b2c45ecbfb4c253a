"""What is said about a wrong value never holds the value: it may be personal data."""

from __future__ import annotations

import json
import string

from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.model import Schema
from kustomer_sandbox.contracts.validation import Checker

CONTRACTS = load()
JSON = object
"""A decoded JSON value."""

MARK = "Zq7"
"""No schema holds this: where it appears, it comes from a value."""

BODIES = {operation.id: operation.body for operation in CONTRACTS.operations.values() if operation.body is not None}
PARAMETERS = {
    f"{operation.id}.{parameter.name}": parameter.schema
    for operation in CONTRACTS.operations.values()
    for parameter in operation.parameters
}
SCHEMAS: dict[str, Schema] = {**BODIES, **PARAMETERS}
COMPILED: dict[str, Checker] = {}
FIELDS = sorted(
    name for schema in CONTRACTS.document["components"]["schemas"].values() for name in (schema.get("properties") or {})
)

NAMES = st.sampled_from(FIELDS)
TEXTS = st.text(string.ascii_letters + string.digits + "@.+- '\"\\{}%", max_size=12).map(lambda text: MARK + text)
NUMBERS = st.integers(10**9, 10**12).map(lambda number: number * 1000 + 737)
LEAVES = TEXTS | NUMBERS | NUMBERS.map(lambda number: number / 8) | st.none() | st.booleans()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


def checker(name: str) -> Checker:
    if name not in COMPILED:
        COMPILED[name] = Checker(SCHEMAS[name], CONTRACTS.document)
    return COMPILED[name]


def scalars(value: JSON) -> list[JSON]:
    """Every text and number in a value."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in scalars(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in scalars(item)]
    return [] if value is None or isinstance(value, bool) else [value]


@given(st.sampled_from(sorted(SCHEMAS)), VALUES)
def test_no_finding_repeats_a_value(name: str, value: JSON) -> None:
    """Whatever schema refuses whatever value, the words are made of the schema; only names of fields are shown."""
    words = " ".join(finding.reason for finding in checker(name).findings(value))
    assert [leaf for leaf in scalars(value) if (leaf if isinstance(leaf, str) else json.dumps(leaf)) in words] == []
    assert MARK not in words


@given(st.sampled_from(sorted(SCHEMAS)), VALUES)
def test_findings_and_validity_agree(name: str, value: JSON) -> None:
    """A valid value has nothing wrong with it, any other at least one thing, each told once."""
    findings = checker(name).findings(value)
    assert (findings == []) == checker(name).is_valid(value)
    assert len(set(findings)) == len(findings)


def test_a_value_that_is_repeated_would_be_seen() -> None:
    """The mark is in no schema, so the properties above look for something that can only come from a value."""
    assert MARK not in json.dumps(SCHEMAS, default=str)
    assert scalars({"a": [MARK, 7, None, True]}) == [MARK, 7]
