"""What happens at calls: told by a scenario file, the control API or the test kit, held to the contract, and done.

`{match: {operation: GetConversation}, after: 2, times: 1, do: [act, …]}` has a schema; what that cannot say is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kustomer_sandbox.contracts.build.masks import sensitive_metadata
from kustomer_sandbox.contracts.schemas import closed
from kustomer_sandbox.contracts.validation import Checker, ValuePath, WrongValue
from kustomer_sandbox.simulator.operations.perform import InvalidBody, Performer
from kustomer_sandbox.simulator.operations.system import SYSTEM, in_the_name_of, system_context
from kustomer_sandbox.simulator.values.clock import LATEST, iso
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.values.errors import BadRequest, Refusal
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.values.record import DEPTH, JSON, Principal, is_deep
from kustomer_sandbox.simulator.world.attribution import journal_fields
from kustomer_sandbox.simulator.world.journal import REFUSAL, ChangeNotes, JournalEntry, Step
from kustomer_sandbox.simulator.world.journal_summary import WHEN
from kustomer_sandbox.simulator.world.scheduler import happened
from kustomer_sandbox.simulator.world.waiting.calls import Facts, FaultMatch, Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import METADATA, Act, Side, Trigger, trigger_schema
from kustomer_sandbox.simulator.world.world import World

_DURATION = "must be a duration of weeks, days, hours, minutes and seconds, such as PT61S or P1DT2H"


def tie(told: JSON, world: World, performer: Performer) -> Waiting[Trigger]:
    """Have something happen at calls of a world. Raises `WrongValue`."""
    if is_deep(told):
        raise WrongValue((), f"is nested more than {DEPTH} levels deep")
    Checker(trigger_schema(world.contracts)).check(told)
    side: Side = "before" if "before" in told else "after"
    acts = [act for at, one in enumerate(told["do"]) for act in _acts(("do", at), one, world, performer)]
    match, what = FaultMatch(**told.get("match", {})), Trigger(side, tuple(acts))
    world.triggers = world.triggers.add(match, what, nth=told.get(side, 1), times=told.get("times", 1))
    return world.triggers.waiting[-1]


def _acts(place: ValuePath, act: Act, world: World, performer: Performer) -> Iterator[Act]:
    """An act as it will be done: what becomes sensitive, as calls that mark it, one for each type."""
    if "operation" in act:
        yield _call(place, act, world, performer)
    elif "sensitive" in act:
        for kind, names in act["sensitive"].items():
            call = {"operation": METADATA, "path": {"resource": kind}, "body": sensitive_metadata(names)}
            yield _call(place, call, world, performer)
    else:
        try:
            parse_duration(act.get("advance", "PT0S"))
        except ValueError:
            raise WrongValue((*place, "advance"), _DURATION) from None
        yield act


def _call(place: ValuePath, act: Act, world: World, performer: Performer) -> Act:
    """A call of an operation. What its rule says of it is known only when it is made."""
    operation, path = world.contracts.operations[act["operation"]], act.get("path", {})
    named = {it.name: it.schema for it in operation.parameters if it.place == "path"}
    Checker(closed(named, named), world.contracts.document).check(path, (*place, "path"))
    if "by" in act and world.records.get("user", act["by"]) is None:
        raise WrongValue((*place, "by"), "must be the id of a user")
    try:
        return {**act, "path": path, "body": performer.checked(operation, act.get("body"))}
    except InvalidBody as invalid:
        wrong, *_ = invalid.findings
        raise WrongValue((*place, "body", *wrong.path), wrong.told(act.get("body"))) from None


def meet_call(performer: Performer, world: World, facts: Facts, caller: Principal) -> Callable[[], None]:
    """Count a call that is about to be made, and do what happens before it; gives what does the rest after it."""
    world.triggers, due = world.triggers.meet(facts)

    def happen(side: Side) -> None:
        for one in due:
            for act in one.what.do if one.what.side == side else ():
                _happen(performer, world, caller, one, act, facts.operation or facts.method)

    happen("before")
    return lambda: happen("after")


def _happen(performer: Performer, world: World, caller: Principal, one: Waiting[Trigger], act: Act, call: str) -> None:
    """Do one act, and tell the journal; those behind it are done all the same, whatever becomes of it."""
    said = act.get("operation") or next(iter(act))
    told: Step = ("when", "happened", ("act", one.what.side, "call"), (said, one.seen, call))
    at, changed = iso(world.clock.now()), ChangeNotes()
    entry = JournalEntry(at=at, method=WHEN, path=one.id, operation="", status=200, key=SYSTEM.key_id, trace=(told,))

    def do() -> Mapping[str, Any]:
        try:
            with world.subscribed(changed.add):
                outcome = _perform(performer, world, act) if "operation" in act else _set(world, act, caller)
        except Refusal as refusal:
            step = ("rule", "refused", REFUSAL, (refusal.code, refusal.rule, ()))
            return {"status": refusal.status, "trace": (told, step)}
        return {**outcome, "changes": changed.told()}

    world.journal.add(happened(world.store, entry, said, do))


def _perform(performer: Performer, world: World, act: Act) -> Mapping[str, Any]:
    """The call, in the name of a user or of the system: it needs no role and draws on no budget."""
    context = replace(system_context(world), principal=in_the_name_of(act.get("by"), key=WHEN))
    operation = world.contracts.operations[act["operation"]]
    outcome = performer.perform_checked(context, operation.id, path=act["path"], body=act["body"])
    if not isinstance(outcome, Single):
        return {"status": operation.success}
    return {"status": outcome.status or operation.success, **journal_fields(outcome.record)}


def _set(world: World, act: Act, caller: Principal) -> Mapping[str, Any]:
    """What no call does: plan and budgets, what others draw on these with the caller's key, and time that goes on."""
    now = world.clock.now()
    match act:
        case {"plan": plan}:
            world.configure(plan=plan)
        case {"limits": limits}:
            world.configure(limits={**world.limits, **limits})
        case {"use_up": told}:
            given: Act = {"budget": told} if isinstance(told, str) else told
            world.budgets.use_up(given["budget"], caller, given.get("object"), now, leave=given.get("leave", 0))
        case {"advance": duration}:
            if (step := parse_duration(duration)) >= LATEST - now:
                raise BadRequest("A world's time lies in the years 1970 to 2099.")
            world.clock.move_to(now + step)
    return {}
