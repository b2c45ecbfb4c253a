"""What is to happen in a world, tied to its calls: after the second read of a conversation its customer replies.

What waits is a value: it goes along with forks and snapshots, and comes back with a reset, as do the calls counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kustomer_sandbox.contracts.model import Contracts, Schema
from kustomer_sandbox.contracts.schemas import closed
from kustomer_sandbox.simulator.world.limits import MOST_CALLS, SHARED
from kustomer_sandbox.simulator.world.waiting.calls import AllWaiting, Waiting, calls_schema

METADATA = "UpdateCustomAttributeMetadata"
Side = Literal["after", "before"]
Act = Mapping[str, Any]
"""One thing that is done, as a scenario file tells it."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Acts that are done in their order, between two calls: on one side of the call that was waited for."""

    side: Side
    do: tuple[Act, ...]


Triggers = AllWaiting[Trigger]
NOTHING: Triggers = AllWaiting("when")


def told(one: Waiting[Trigger]) -> dict[str, Any]:
    """As a scenario file tells it, with `id`, the calls `seen`, and as `times` how often it is still to happen."""
    told = {"id": one.id, "match": one.match.given(), one.what.side: one.nth}
    return told | {"times": one.left, "seen": one.seen, "do": list(one.what.do)}


def trigger_schema(contracts: Contracts) -> Schema:
    """What one looks like, as a scenario file, the control API and the test kit tell it."""
    number = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    fields = {
        "match": calls_schema(contracts),
        "after": {**number, "description": "Right after the nth matching call; the first unless one is given."},
        "before": {**number, "description": "Right before the nth matching call."},
        "times": {**number, "description": "At so many matching calls, from that one on."},
        "do": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"oneOf": _acts(contracts)}},
    }
    return {**closed(fields, ["do"]), "dependentSchemas": {"after": {"properties": {"before": False}}}}


def _acts(contracts: Contracts) -> list[Schema]:
    """The forms of an act, each called by its first field."""
    limits, operations = contracts.limits, contracts.operations
    known = [id for id, it in operations.items() if it.method != "GET" and it.keyless is None]
    changing = {"enum": known, "description": "an operation that changes something"}
    text, leave = {"type": "string"}, {"type": "integer", "minimum": 0, "maximum": MOST_CALLS}
    calls = {**leave, "minimum": 1}
    names = {"type": "array", "minItems": 1, "items": text}
    masked = {it.schema["pattern"]: names for it in operations[METADATA].parameters}
    shared = {"type": "string", "enum": [*SHARED, *(name for name, it in limits.budgets.items() if it.is_of_client)]}
    own = {"enum": [name for name, it in limits.budgets.items() if not it.is_of_client]}
    of_all = closed({"budget": shared, "leave": leave}, ["budget"])
    of_object = closed({"budget": own, "object": text, "leave": leave}, ["budget", "object"])
    forms: list[dict[str, Schema]] = [
        {"operation": changing, "path": {"type": "object"}, "body": {}, "by": text},
        {"sensitive": {**closed({}), "minProperties": 1, "patternProperties": masked}},
        {"plan": {"enum": sorted(limits.plans)}},
        {"limits": {**closed(dict.fromkeys([*SHARED, *limits.budgets], calls)), "minProperties": 1}},
        {"use_up": {"oneOf": [shared, of_all, of_object]}},
        {"advance": {**text, "description": "A duration such as `PT5M`."}},
    ]
    return [{"title": word, **closed(form, [word])} for form in forms for word in list(form)[:1]]
