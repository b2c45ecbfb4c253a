"""Scenarios and grades: `GET /_sandbox/scenarios` and `GET /_sandbox/worlds/{world}/grade`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException

from kustomer_sandbox.grading.shapes import ScenarioShown, VerdictShown, scenario_shown, shown
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access import guard
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.control.bounds import BoundedRoute
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario


def grading_router(api: Api, access: Access) -> APIRouter:
    """The routes, for those who have access to the control API."""
    router = APIRouter(
        prefix="/_sandbox", tags=["Sandbox control"], dependencies=[Depends(guard(access))], route_class=BoundedRoute
    )

    @router.get("/scenarios")
    async def list_scenarios() -> list[ScenarioShown]:
        """The scenarios that have a task for an agent: what it is asked to do, and by what it is judged."""
        from kustomer_sandbox.grading.scenarios import load_scenarios  # noqa: PLC0415 - as below

        own = {name: one for name, one in api.worlds.scenarios.items() if isinstance(one, FileScenario)}
        every = {**load_scenarios(), **own}
        return [scenario_shown(name, every[name]) for name in sorted(every) if every[name].prompt]

    @router.get("/worlds/{world}/grade")
    async def grade_a_world(world: WorldName) -> VerdictShown:
        """Judge what has happened in a world so far by the criteria of its scenario. It changes nothing."""
        # Here, since few who open a page want it: the pages are waited for.
        from kustomer_sandbox.grading.criteria.reading import WrongCriterion  # noqa: PLC0415
        from kustomer_sandbox.grading.judge import NothingToGrade, grade_world  # noqa: PLC0415 - see above

        try:
            return shown(grade_world(api.worlds, find(api, world)))
        except NothingToGrade:
            raise HTTPException(400, "The scenario of this world has no criteria: there is nothing to grade.") from None
        except WrongCriterion as wrong:
            raise HTTPException(400, f"The scenario of this world cannot be judged by: {wrong}.") from None

    return router
