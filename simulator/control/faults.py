"""Control of what waits for a world's calls: armed faults, and what happens in the world."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from kustomer_sandbox.contracts.validation import WrongValue
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.fault_models import (
    FaultArmed,
    NewFault,
    NewTrigger,
    TriggerWaiting,
    armed_shown,
    fault_of,
    match_of,
)
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.world.waiting.calls import Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import Trigger, told

TriggerId = Annotated[str, Path(description="The id of what is to happen.", max_length=64)]
FaultId = Annotated[str, Path(description="The fault's id.", max_length=64)]


def add_faults(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.post("/worlds/{world}/faults", status_code=201)
    async def arm_fault(world: WorldName, asked: NewFault) -> FaultArmed:
        """Have something go wrong with exactly `times` calls that match, from the `nth` on; never by chance."""
        faults = find(api, world).faults
        try:
            id = faults.arm(match_of(asked.match), fault_of(asked.fault), nth=asked.nth, times=asked.times)
        except ValueError as refusal:
            raise HTTPException(400, str(refusal)) from None
        return next(armed_shown(armed) for armed in faults.armed() if armed.id == id)

    @router.get("/worlds/{world}/faults")
    async def list_faults(world: WorldName) -> list[FaultArmed]:
        """The faults that still wait for calls, oldest first: a call meets the first that matches it."""
        return [armed_shown(armed) for armed in find(api, world).faults.armed()]

    @router.delete("/worlds/{world}/faults", status_code=204)
    async def clear_faults(world: WorldName) -> Response:
        """Disarm all faults of a world."""
        find(api, world).faults.clear()
        return Response(status_code=204)

    @router.delete("/worlds/{world}/faults/{fault}", status_code=204)
    async def disarm_fault(world: WorldName, fault: FaultId) -> Response:
        """Disarm one fault."""
        if not find(api, world).faults.disarm(fault):
            raise HTTPException(404, "No fault of this id is armed; GET the world's /faults for those that are.")
        return Response(status_code=204)


def add_triggers(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.post("/worlds/{world}/when", status_code=201)
    async def tie_trigger(world: WorldName, asked: NewTrigger) -> TriggerWaiting:
        """Have something happen in the world right after, or right before, certain calls: the world moves meanwhile.

        Forks and snapshots take along what is still to happen, and a reset brings back what the scenario says.
        """
        try:
            trigger = api.gate.tie(find(api, world), asked.root)
        except WrongValue as wrong:
            words = str(wrong)
            raise HTTPException(400, words if words.endswith("?") else f"{words}.") from None
        return _shown(trigger)

    @router.get("/worlds/{world}/when")
    async def list_triggers(world: WorldName) -> list[TriggerWaiting]:
        """What is still to happen, oldest first."""
        return [_shown(trigger) for trigger in find(api, world).triggers.waiting]

    @router.delete("/worlds/{world}/when", status_code=204)
    async def clear_triggers(world: WorldName) -> Response:
        """Let nothing happen that still waits."""
        target = find(api, world)
        target.triggers = target.triggers.cleared()
        return Response(status_code=204)

    @router.delete("/worlds/{world}/when/{trigger}", status_code=204)
    async def forget_trigger(world: WorldName, trigger: TriggerId) -> Response:
        """Let one thing not happen."""
        target = find(api, world)
        if trigger not in {waiting.id for waiting in target.triggers.waiting}:
            raise HTTPException(404, "Nothing of this id is to happen; GET the world's /when for what is.")
        target.triggers = target.triggers.without(trigger)
        return Response(status_code=204)


def _shown(trigger: Waiting[Trigger]) -> TriggerWaiting:
    return TriggerWaiting.model_validate(told(trigger))
