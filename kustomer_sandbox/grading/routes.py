"""Grading a world that runs: `GET /_sandbox/worlds/{world}/grade`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException

from kustomer_sandbox.grading.criteria.reading import WrongCriterion
from kustomer_sandbox.grading.judge import NothingToGrade, grade_world
from kustomer_sandbox.grading.shapes import VerdictShown, shown
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access import guard
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.control.bounds import BoundedRoute
from kustomer_sandbox.simulator.control.places import WorldName, find


def grading_router(api: Api, access: Access) -> APIRouter:
    """The route, for those who have access to the control API."""
    router = APIRouter(
        prefix="/_sandbox", tags=["Sandbox control"], dependencies=[Depends(guard(access))], route_class=BoundedRoute
    )

    @router.get("/worlds/{world}/grade")
    async def grade_a_world(world: WorldName) -> VerdictShown:
        """Judge what has happened in a world so far by the criteria of its scenario. It changes nothing."""
        try:
            return shown(grade_world(api.worlds, find(api, world)))
        except NothingToGrade:
            raise HTTPException(400, "The scenario of this world has no criteria: there is nothing to grade.") from None
        except WrongCriterion as wrong:
            raise HTTPException(400, f"The scenario of this world cannot be judged by: {wrong}.") from None

    return router
