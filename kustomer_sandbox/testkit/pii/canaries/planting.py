"""Where sensitive values lie, and how canaries get there: by calls of the API, and right into a world's store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.build.masks import CUSTOM, TYPES
from kustomer_sandbox.contracts.model import Contracts, Operation, Resource
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.records.masking import MaskedPaths
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.canaries.marks import Canaries, CanaryHome
from kustomer_sandbox.testkit.pii.canaries.values import SchemaPath

_SAMPLES: Mapping[str, JSON] = {
    "Str": "text", "Txt": "text", "Num": 7, "At": "2026-06-09T12:00:00.000Z", "Url": "https://a.example",
    "Tree": "text",
}  # fmt: skip
_BY_NAME: Mapping[str, JSON] = {
    "phone": "+15550100000", "email": "a@b.example", "url": "https://a.example", "to": "a@b.example",
    "from": "a@b.example", "cc": "a@b.example", "bcc": "a@b.example", "replyTo": "a@b.example",
}  # fmt: skip
_KLASS, _FORM_HOOK = "kobject", "form_hook"
_FROM_FORMS: Mapping[str, CanaryHome] = {
    "name": CanaryHome(type="customer", path=("name",)),
    "email": CanaryHome(type="customer", path=("emails", "*", "email")),
    "phone": CanaryHome(type="customer", path=("phones", "*", "phone")),
    "message": CanaryHome(type="message", path=("preview",)),
}
"""What becomes of the fields of a form."""


@dataclass(frozen=True, slots=True)
class SensitivePlaces:
    """Where bodies of calls put values that can be masked: as the contract says, whatever is marked now."""

    contracts: Contracts

    def home(self, operation: Operation, path: SchemaPath, *, klass: str = "") -> CanaryHome | None:
        """Where a value in a body of an operation will lie, if it can be masked there; `klass` is that of a KObject."""
        kind, rules = operation.resource.type, operation.resource.sensitive
        steps = path[1:] if path[:1] == ("*",) else path
        if kind == _FORM_HOOK and len(steps) == 1:
            return _FROM_FORMS.get(steps[0])
        if rules is None or not steps:
            return None
        kind = f"{_KLASS}.{klass}" if kind == _KLASS else kind
        if steps[0] == CUSTOM and len(steps) > 1:
            return CanaryHome(type=kind, path=steps[:2])
        known = {part for parts in rules.attributes.values() for part in parts} | rules.inherits.keys()
        for length in range(1, len(steps) + 1):
            if ".".join(steps[:length]) in known:
                return CanaryHome(type=kind, path=steps[:length])
        return None


def sample(path: SchemaPath, value: JSON) -> JSON:
    """A value in the form that the place asks for: what stands there now, unless the place's name tells."""
    name = next((step for step in reversed(path) if step != "*"), "")
    if len(path) > 1 and path[-2] == CUSTOM:
        return next((found for suffix, found in _SAMPLES.items() if name.endswith(suffix)), None)
    return _BY_NAME.get(name, value) if isinstance(value, str) else value


def flags(contracts: Contracts, metadata: Iterable[Record]) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each type the body that marks as sensitive whatever can be, among its custom attributes those it has."""
    standard = {resource.type: _standard(resource) for resource in contracts.resources.values()}
    for record in metadata:
        kind = str(record["id"]).partition(".")[0]
        if kind in TYPES:
            facts = {
                "properties": list(record["attributes"].get("properties", {})),
                "standardProperties": standard[kind],
            }
            yield (
                str(record["id"]),
                {part: {name: {"sensitive": True} for name in names} for part, names in facts.items()},
            )


def _standard(resource: Resource) -> list[str]:
    return list(resource.sensitive.attributes) if resource.sensitive else []


def plant_in(world: World, canaries: Canaries) -> None:
    """Have a canary stand for every value of a world that is masked for readers without a right."""
    context = system_context(world)
    for resource in world.contracts.resources.values():
        for record in list(world.records.find(resource.type)):
            hidden = world.masked_paths(record["type"])
            if "attributes" in record and hidden.paths and not record.get("deleted"):
                attributes = _with_canaries(record, hidden, canaries, world.owner(record) or "")
                changed = {k: v for k, v in attributes.items() if v != record["attributes"].get(k)}
                if changed:
                    changes.update_by_system(context, record, changed)


def _with_canaries(record: Record, hidden: MaskedPaths, canaries: Canaries, owner: str) -> dict[str, JSON]:
    attributes: dict[str, JSON] = dict(record["attributes"])
    for path in hidden.all:
        if path[0] in attributes:
            home = CanaryHome(type=record["type"], path=path, owner=owner)
            attributes[path[0]] = _at(attributes[path[0]], path[1:], home, canaries)
    return attributes


def _at(node: JSON, path: tuple[str, ...], home: CanaryHome, canaries: Canaries) -> JSON:
    if isinstance(node, list):
        rest = path[1:] if path[:1] == ("*",) else path
        return [_at(item, rest, home, canaries) for item in node]
    if isinstance(node, Mapping):
        if not path:
            return {name: _at(value, (), home, canaries) for name, value in node.items()}
        return {**node, path[0]: _at(node[path[0]], path[1:], home, canaries)} if path[0] in node else node
    return canaries.instead_of(node, home)
