"""The routes of the control API, put together; each module adds those of one concern."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from kustomer_sandbox.contracts.call_headers import tool_names
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access import guard
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.control.bounds import BoundedRoute
from kustomer_sandbox.simulator.control.faults import add_faults, add_triggers
from kustomer_sandbox.simulator.control.history.spent import add_spent
from kustomer_sandbox.simulator.control.history.webhooks import add_webhooks
from kustomer_sandbox.simulator.control.history.windows import add_windows_history
from kustomer_sandbox.simulator.control.models import Health
from kustomer_sandbox.simulator.control.promises.coverage import add_coverage
from kustomer_sandbox.simulator.control.promises.fidelity import add_fidelity
from kustomer_sandbox.simulator.control.snapshots import add_snapshots
from kustomer_sandbox.simulator.control.time import add_time
from kustomer_sandbox.simulator.control.views import add_recordings, add_views
from kustomer_sandbox.simulator.control.worlds import add_worlds


def control_router(api: Api, access: Access) -> APIRouter:
    """All control routes over one simulator, for those who have access."""
    router = APIRouter(
        prefix="/_sandbox", tags=["Sandbox control"], dependencies=[Depends(guard(access))], route_class=BoundedRoute
    )
    _add_health(router, api)
    add_fidelity(router, api.contracts)
    add_coverage(router, api)
    add_worlds(router, api)
    add_snapshots(router, api)
    add_time(router, api)
    add_faults(router, api)
    add_triggers(router, api)
    add_views(router, api)
    add_spent(router, api)
    add_windows_history(router, api)
    add_webhooks(router, api)
    add_recordings(router, api)
    return router


def _add_health(router: APIRouter, api: Api) -> None:
    @router.get("/health")
    async def health() -> Health:
        """Whether the sandbox is up."""
        return Health(
            status="ok",
            worlds=len(list(api.worlds)),
            operations=len(api.contracts.operations),
            tools=len(tool_names(api.contracts)),
        )
