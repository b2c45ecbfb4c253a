"""Control of armed faults."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.fault_models import FaultArmed, NewFault, armed_shown, fault_of, match_of
from kustomer_sandbox.simulator.control.places import WorldName, find

FaultId = Annotated[str, Path(description="The fault's id.", max_length=64)]


def add_faults(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.post("/worlds/{world}/faults", status_code=201)
    async def arm_fault(world: WorldName, asked: NewFault) -> FaultArmed:
        """Have something go wrong with exactly the next `times` calls that match; never by chance."""
        faults = find(api, world).faults
        try:
            id = faults.arm(match_of(asked.match), fault_of(asked.fault), times=asked.times)
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
