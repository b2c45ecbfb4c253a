"""What is to happen, as a scenario file, the control API and the test kit tell it; held to the contract beforehand.

`{match: {operation: GetConversation}, after: 2, times: 1, do: [act, …]}`, where an act is one of

* `operation`: a call of the API that changes something, with `path`, `body` and, as `by`, the id of who makes it;
* `sensitive`: attributes to mask from now on, by type: `{customer: [phones, custom.ssnStr]}`;
* `plan`, `limits`: the organisation's plan and budgets from now on;
* `use_up`: a budget that somebody else draws on, `org` or `{budget, object, leave}`;
* `advance`: a duration by which time goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from string import Formatter
from typing import Any

from kustomer_sandbox.contracts.validation import ValuePath
from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.simulator.operations.perform import InvalidBody, Performer
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.limits import SHARED
from kustomer_sandbox.simulator.world.waiting.calls import FaultMatch, Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import Act, Side, Trigger, WrongTrigger
from kustomer_sandbox.simulator.world.world import World

_MATCH = tuple(field.name for field in fields(FaultMatch))
_SIDES: tuple[Side, ...] = ("after", "before")
_KNOWN = ("match", *_SIDES, "times", "do")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_CUSTOM = "custom."
_METADATA = "UpdateCustomAttributeMetadata"


def tie(told: JSON, world: World, performer: Performer) -> Waiting[Trigger]:
    """Have something happen at calls of a world, as a mapping tells it. Raises `WrongTrigger`."""
    given = _mapping((), told, _KNOWN)
    sides = [side for side in _SIDES if given.get(side) is not None]
    if len(sides) > 1:
        raise WrongTrigger((sides[1],), "cannot stand beside after: give one of the two")
    side = sides[0] if sides else "after"
    acts = given.get("do")
    if not isinstance(acts, list) or not acts:
        raise WrongTrigger(("do",), "must be a list of what is done")
    world.triggers = world.triggers.add(
        _match(given.get("match") or {}, world),
        Trigger(side, tuple(act for at, told in enumerate(acts) for act in _acts(("do", at), told, world, performer))),
        nth=_number((side,), 1 if not sides else given[side]),
        times=_number(("times",), given.get("times", 1)),
    )
    return world.triggers.waiting[-1]


def sensitive_metadata(names: Sequence[str]) -> dict[str, Any]:
    """The metadata that masks attributes: `phones` a standard one, `custom.ssnStr` one of the organisation's own."""
    marked: dict[str, Any] = {"sensitive": True}
    own = {name.removeprefix(_CUSTOM): marked for name in names if name.startswith(_CUSTOM)}
    standard = {name: marked for name in names if not name.startswith(_CUSTOM)}
    groups = {"properties": own, "standardProperties": standard}
    return {group: held for group, held in groups.items() if held}


def _match(told: JSON, world: World) -> FaultMatch:
    given = _mapping(("match",), told, _MATCH)
    known = {"operation": world.contracts.operations, "tool": world.contracts.tools, "method": _METHODS}
    for name, value in given.items():
        if not isinstance(value, str):
            raise WrongTrigger(("match", name), "must be a text")
        if value and value not in known.get(name, (value,)):
            raise WrongTrigger(("match", name), f"is none that there is{nearest(value, list(known[name]))}")
    return FaultMatch(**given)


def _acts(path: ValuePath, told: JSON, world: World, performer: Performer) -> Iterator[Act]:
    given = _mapping(path, told, ())
    words = [word for word in ACTS if word in given]
    if len(words) != 1:
        raise WrongTrigger(path, f"must have exactly one of {', '.join(ACTS)}")
    if unknown := given.keys() - {words[0], *(_OF_CALLS if words == ["operation"] else ())}:
        raise WrongTrigger((*path, min(unknown)), f"is not known beside {words[0]}")
    if words == ["sensitive"]:
        for act in _hiding((*path, "sensitive"), given["sensitive"]):
            yield _call(path, act, world, performer)
    else:
        yield ACTS[words[0]](path, given, world, performer)


_OF_CALLS = ("path", "body", "by")


def _call(path: ValuePath, act: Act, world: World, performer: Performer) -> Act:
    """A call of an operation. What its rule says of it is known only when it is made."""
    known = {id: it for id, it in world.contracts.operations.items() if it.method != "GET" and it.keyless is None}
    operation = known.get(act["operation"]) if isinstance(act["operation"], str) else None
    if operation is None:
        near = nearest(act["operation"], list(known))
        raise WrongTrigger((*path, "operation"), f"is no operation that changes something{near}")
    names = [name for _, name, _, _ in Formatter().parse(operation.path) if name]
    given = _mapping((*path, "path"), act.get("path") or {}, names)
    for name in names:
        if not isinstance(given.get(name), str) or not given[name]:
            raise WrongTrigger((*path, "path", name), "is required, as a text")
    by = act.get("by")
    if by is not None and not (isinstance(by, str) and world.records.get("user", by)):
        raise WrongTrigger((*path, "by"), "must be the id of a user")
    try:
        body = performer.checked(operation, act.get("body"))
    except InvalidBody as invalid:
        raise WrongTrigger((*path, "body", *invalid.findings[0].path), invalid.findings[0].reason) from None
    return {"operation": operation.id, "path": given, "body": body, **({"by": by} if by else {})}


def _hiding(path: ValuePath, told: JSON) -> Iterator[Act]:
    """Attributes that become sensitive, as calls that mark them, one for each type."""
    for kind, names in _mapping(path, told, ()).items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise WrongTrigger((*path, kind), "must be a list of attributes")
        yield {"operation": _METADATA, "path": {"resource": kind}, "body": sensitive_metadata(names)}


def _plan(path: ValuePath, act: Act, world: World, _: Performer) -> Act:
    known = sorted(world.contracts.limits.plans)
    if act["plan"] not in known:
        raise WrongTrigger((*path, "plan"), f"must be one of {', '.join(known)}")
    return act


def _limits(path: ValuePath, act: Act, world: World, _: Performer) -> Act:
    for name, limit in _mapping((*path, "limits"), act["limits"], sorted(world.budgets.ceilings)).items():
        _number((*path, "limits", name), limit)
    return act


def _use_up(path: ValuePath, act: Act, world: World, _: Performer) -> Act:
    place, told = (*path, "use_up"), act["use_up"]
    given = _mapping(place, {"budget": told} if isinstance(told, str) else told, ("budget", "object", "leave"))
    name, known = given.get("budget"), sorted(world.budgets.ceilings)
    if name not in known:
        raise WrongTrigger(place, f"must name a budget: {', '.join(known)}")
    needs_object = name not in SHARED and not world.contracts.limits.budgets[name].is_of_client
    if needs_object != isinstance(given.get("object"), str):
        raise WrongTrigger((*place, "object"), "is the id that the budget is for" if needs_object else "is not needed")
    left = _number((*place, "leave"), given["leave"], least=0) if "leave" in given else 0
    return {"use_up": {**given, "leave": left}}


def _advance(path: ValuePath, act: Act, _: World, __: Performer) -> Act:
    try:
        parse_duration(act["advance"])
    except (TypeError, ValueError, OverflowError):
        raise WrongTrigger((*path, "advance"), "must be a duration such as PT61S or P1DT2H") from None
    return act


ACTS: Mapping[str, Callable[[ValuePath, Act, World, Performer], Act]] = {
    "operation": _call,
    "sensitive": _call,
    "plan": _plan,
    "limits": _limits,
    "use_up": _use_up,
    "advance": _advance,
}
"""What holds each act to what there is, by its leading word; `sensitive` has become calls by then."""


def _mapping(path: ValuePath, told: JSON, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise WrongTrigger(path, "must be a mapping")
    if known and (unknown := [name for name in told if name not in known]):
        raise WrongTrigger((*path, unknown[0]), f"is not known here; known: {', '.join(known)}")
    return told


def _number(path: ValuePath, told: JSON, *, least: int = 1) -> int:
    if type(told) is not int or told < least:
        raise WrongTrigger(path, f"must be a whole number from {least}")
    return told
