"""Pure: the worked examples of operations and tools, in which records of the demo world stand by name.

`@customer` stands for the id of the customer that examples name, `@team:Billing` for that of the first team with this
value among its attributes, `@team.members.0` for a value in that record. Who has a world finds them there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import JSON, Contracts, Operation, Tool

_NAME = re.compile(r"@([a-z][a-z_]*)((?:\.[A-Za-z0-9]+)*)(?::(.+))?")


@dataclass(frozen=True, slots=True)
class RecordName:
    """A record of the demo world: its type, the way to a value in its attributes (none: its id), and a value it has."""

    type: str
    path: tuple[str, ...] = ()
    text: str = ""

    def value_in(self, record: Mapping[str, Any]) -> JSON:
        """The value that the path leads to in a record, as it is stored or as it is answered.

        That is its id without a path; a value among its attributes; where it has no such attribute, the id of what a
        relationship leads to. None if there is neither.
        """
        if not self.path:
            return record["id"]
        value: Any = record["attributes"]
        if self.path[0] not in value:
            return _related(record, self.path[0])
        for step in self.path:
            if isinstance(value, list):
                value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
            else:
                value = value.get(step) if isinstance(value, Mapping) else None
        return value


def is_known_by(text: str, record: Mapping[str, Any]) -> bool:
    """Whether the text is the class of a record, or a value among its attributes."""
    return text in [record.get("klass"), *record["attributes"].values()]


def _related(record: Mapping[str, Any], name: str) -> JSON:
    related = record.get("relationships", {}).get(name)
    if isinstance(related, Mapping):
        related = related.get("data", related)
    return related.get("id") if isinstance(related, Mapping) else None


Find = Callable[[RecordName], JSON]
"""The value a name stands for; None if there is no such record."""


def record_name(value: JSON) -> RecordName | None:
    """The name that a text is, or None for any other value."""
    found = _NAME.fullmatch(value) if isinstance(value, str) else None
    return found and RecordName(found[1], tuple(found[2].split(".")[1:]), found[3] or "")


def filled(example: JSON, find: Find) -> JSON:
    """An example with values for names."""
    if isinstance(example, Mapping):
        return {key: filled(value, find) for key, value in example.items()}
    if isinstance(example, list | tuple):
        return [filled(value, find) for value in example]
    name = record_name(example)
    return example if name is None else find(name)


def body_example(contracts: Contracts, operation: Operation) -> JSON:
    """The body of an operation, whatever its media type; None if it takes none."""
    return _entry(contracts, operation).get("x-example")


def parameters_example(contracts: Contracts, operation: Operation) -> dict[str, str]:
    """The parameters of an operation that a call must give."""
    entry, item = _entry(contracts, operation), contracts.document["paths"][operation.path]
    given = [*item.get("parameters", ()), *entry.get("parameters", ())]
    found = {p["name"]: p["example"] for p in (resolve(contracts.document, one) for one in given) if "example" in p}
    about = operation.about or (operation.alias_of and contracts.operations[operation.alias_of].about)
    usual = {"id": f"@{about}"} if about else {}
    named = {**usual, **found, **entry.get("x-example-parameters", {})}
    return {p.name: named[p.name] for p in operation.parameters if p.required and p.name in named}


def tool_example(contracts: Contracts, tool: Tool) -> dict[str, JSON]:
    """The arguments of a tool: those of its operation's example that it takes, with what it says of its own."""
    operation = contracts.operations[tool.operation_id]
    entry, body = _entry(contracts, operation), body_example(contracts, operation)
    values: dict[tuple[str, str], JSON] = {}
    given = parameters_example(contracts, operation)
    values |= {(p.place, p.name): given[p.name] for p in operation.parameters if p.name in given}
    if tool.whole_body:
        values["body", "body"] = body
    elif isinstance(body, Mapping):
        values |= {("body", name): value for name, value in body.items()}
    taken = {a.name: values[a.place, a.wire] for a in tool.arguments if (a.place, a.wire) in values}
    own: Mapping[str, JSON] = next((one.get("example", {}) for one in entry["x-tools"] if one["name"] == tool.name), {})
    return {name: value for name, value in {**taken, **own}.items() if value is not None}


def _entry(contracts: Contracts, operation: Operation) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = contracts.document["paths"][operation.path][operation.method.lower()]
    return entry
