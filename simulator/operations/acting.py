"""What happens at a call: the acts of triggers are done, each whole or not at all, and told to the journal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.perform import Performer
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.values.auth import ALL_ROLES
from kustomer_sandbox.simulator.values.clock import LATEST, iso
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.values.errors import BadRequest, Refusal
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.attribution import journal_fields
from kustomer_sandbox.simulator.world.journal import REFUSAL, ChangeNotes, JournalEntry, RecordChange, Step, place_of
from kustomer_sandbox.simulator.world.journal_summary import WHEN
from kustomer_sandbox.simulator.world.waiting.calls import Facts, Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import Act, Trigger
from kustomer_sandbox.simulator.world.world import World

logger = logging.getLogger(__name__)


def meet_call(performer: Performer, world: World, facts: Facts, caller: Principal) -> Callable[[], None] | None:
    """Count a call that is about to be made, and do what happens before it; gives what does the rest after it."""
    world.triggers, due = world.triggers.meet(facts)
    happen = partial(_happen, performer, world, facts.operation or facts.method, caller)
    happen([one for one in due if one.what.side == "before"])
    later = [one for one in due if one.what.side == "after"]
    return partial(happen, later) if later else None


def _happen(performer: Performer, world: World, call: str, caller: Principal, due: list[Waiting[Trigger]]) -> None:
    for one in due:
        for act in one.what.do:
            world.journal.add(_done(performer, world, act, caller, one.id, (one.what.side, one.seen, call)))


def _done(
    performer: Performer, world: World, act: Act, caller: Principal, id: str, cause: tuple[str, int, str]
) -> JournalEntry:
    """Do one act; what is refused, or fails, has not happened, and the acts behind it are done all the same."""
    [word, *_], (side, nth, call) = act, cause
    said = act["operation"] if word == "operation" else word
    told: Step = ("when", "happened", ("act", side, "call"), (said, nth, call))
    at, changed = iso(world.clock.now()), ChangeNotes()
    entry = JournalEntry(at=at, method=WHEN, path=id, operation="", status=200, key=SYSTEM.key_id, trace=(told,))
    try:
        with world.subscribed(changed.add), world.store.transaction():
            entry = replace(entry, **_DO[word](performer, world, act, caller))
    except Refusal as refusal:
        step: Step = ("rule", "refused", REFUSAL, (refusal.code, refusal.rule, ()))
        return replace(entry, status=refusal.status, trace=(told, step))
    except Exception as unexpected:  # noqa: BLE001 - the call that is made is not to blame
        fault = place_of(unexpected)
        logger.error("unexpected fault in %s: %s", said, fault)  # noqa: TRY400 - as in the gate
        return replace(entry, status=500, fault=fault)
    return replace(entry, changes=tuple(RecordChange(*change) for change in changed))


def _perform(performer: Performer, world: World, act: Act, _: Principal) -> dict[str, Any]:
    """The call, in the name of a user or of the system: it needs no role and draws on no budget."""
    by = SYSTEM
    if "by" in act:
        by = Principal(key_id=WHEN, user_id=act["by"], roles=ALL_ROLES, read_sensitive=True, user_type="user")
    context = Context(world=world, principal=by, now=world.clock.now(), records=world.unit_of_work())
    operation = world.contracts.operations[act["operation"]]
    outcome = performer.perform_checked(context, operation.id, path=act["path"], body=act["body"])
    if not isinstance(outcome, Single):
        return {"status": operation.success}
    return {"status": outcome.status or operation.success, **journal_fields(outcome.record)}


def _configure(_: Performer, world: World, act: Act, __: Principal) -> dict[str, Any]:
    if "plan" in act:
        world.configure(plan=act["plan"])
    else:
        world.configure(limits={**world.limits, **act["limits"]})
    return {}


def _use_up(_: Performer, world: World, act: Act, caller: Principal) -> dict[str, Any]:
    """Somebody else draws on a budget: the organisation's, or one that whoever calls has, as with the same key."""
    told = act["use_up"]
    world.budgets.use_up(told["budget"], caller, told.get("object"), world.clock.now(), leave=told["leave"])
    return {}


def _advance(_: Performer, world: World, act: Act, __: Principal) -> dict[str, Any]:
    """Time goes on, and what falls due by then is done before the next call."""
    left = LATEST - world.clock.now()
    if (duration := parse_duration(act["advance"])) >= left:
        raise BadRequest("A world's time lies in the years 1970 to 2099.")
    world.clock.move_to(world.clock.now() + duration)
    return {}


_DO: dict[str, Callable[[Performer, World, Act, Principal], dict[str, Any]]] = {
    "operation": _perform,
    "plan": _configure,
    "limits": _configure,
    "use_up": _use_up,
    "advance": _advance,
}
