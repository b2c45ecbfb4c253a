"""Mistakes in worked examples: each is refused in one line that says where and what was meant."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts import ContractError
from kustomer_sandbox.contracts.build.examples import is_known_by, record_name
from tests.contracts.planted import changed, read

MAKE = "things.yaml: POST /v1/things"
EXAMPLE = "x-example: {name: table, owner: '@customer:Ann'}"
TOOL = "hide: [importedAt]"

# what is wrong: (what the document says, what is planted instead, what the refusal says)
MISTAKES: dict[str, tuple[str, str, str]] = {
    "a body without one": (f"      {EXAMPLE}\n", "", f"{MAKE} x-example: is missing: after requestBody write"),
    "one without a body": (
        "x-rule: things.delete", "x-rule: things.delete\n      x-example: {}",
        "things.yaml: DELETE /v1/things/{id} x-example: the operation has no body",
    ),
    "a value that does not fit": ("{name: table", "{name: 7", f"{MAKE} x-example: does not fit the schema at /name"),
    "a field that is missing": ("name: table, ", "", "/name: is required"),
    "a field that is unknown": ("{name: table", "{name: table, nmae: x", "/nmae: is not a known field here"),
    "a record of no type": ("'@customer:Ann'", "'@custmer'", "'custmer' is no record type; did you mean 'customer'?"),
    "a parameter that the path has not": (
        EXAMPLE, f"{EXAMPLE}\n      x-example-parameters: {{id: '@thing'}}",
        f"{MAKE} x-example-parameters: 'id' is no parameter that must be given",
    ),
    "an argument that the tool has not": (
        TOOL, f"{TOOL}\n          example: {{nam: table}}",
        f"{MAKE} x-tools/0/example: 'nam' is no argument; did you mean 'name'?",
    ),
    "an argument of a wrong value": (
        TOOL, f"{TOOL}\n          example: {{name: 7}}", f"{MAKE} x-tools/0/example/name: does not fit the schema at /",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_an_example_is_refused_with_document_and_place(mistake: str) -> None:
    """An example that cannot work would be the first thing a user sees fail."""
    old, new, expected = MISTAKES[mistake]
    with pytest.raises(ContractError) as refusal:
        read(changed("things.yaml", old, new))
    assert expected in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_parameter_that_may_be_left_out_has_no_example() -> None:
    """The page would send it with every call that is tried."""
    with pytest.raises(ContractError, match="may be left out: it has no example"):
        read(changed("customers.yaml", "in: query, schema: string}", "in: query, schema: string, example: a}"))


STORED = {"owner": {"type": "user", "id": "u"}, "team": None, "tags": {"type": "tag", "id": "hidden"}}
RECORD = {
    "id": "t", "klass": "order", "relationships": STORED,
    "attributes": {"name": "table", "parts": [{"name": "leg"}, "top"], "tags": ["a"], "empty": None},
}  # fmt: skip
ANSWERED = RECORD | {"relationships": {name: {"data": related} for name, related in STORED.items()}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("@thing", "t"), ("@thing.name", "table"), ("@thing.parts.0.name", "leg"), ("@thing.parts.1", "top"),
        ("@thing.parts.2", None), ("@thing.parts.leg", None), ("@thing.name.first", None), ("@thing.empty", None),
        ("@thing.owner", "u"), ("@thing.team", None), ("@thing.unknown", None), ("@thing.tags.0", "a"),
    ],
)  # fmt: skip
def test_a_name_leads_to_a_value_of_a_record_or_to_the_id_of_a_related_one(name: str, value: str | None) -> None:
    """Attributes come before relationships, of a record as it is stored or answered, or without any relation."""
    named = record_name(name)
    assert named is not None
    assert [named.value_in(record) for record in (RECORD, ANSWERED)] == [value, value]
    alone = {part: held for part, held in RECORD.items() if part != "relationships"}
    assert named.value_in(alone) == (None if name == "@thing.owner" else value)


def test_a_record_is_known_by_its_class_or_a_value_of_its_attributes() -> None:
    """By the whole of it."""
    assert [is_known_by(text, RECORD) for text in ("order", "table", "tab", "name", "t")] == [True, True] + [False] * 3
