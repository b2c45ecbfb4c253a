"""All that `up` serves beside MCP, as one application: the console, the API's documents, control and management.

Whoever starts a server imports this when a page is first asked for: the framework is half of a start.
"""

from __future__ import annotations

from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from kustomer_sandbox.episodes.routes import episodes_router
from kustomer_sandbox.grading.routes import grading_router
from kustomer_sandbox.mcp_server.management.management import create_router
from kustomer_sandbox.simulator.app import bare_app, mount_api
from kustomer_sandbox.web.console.control_changes import ControlChanges
from kustomer_sandbox.web.door import before_pages
from kustomer_sandbox.web.late import LatePages
from kustomer_sandbox.web.metrics.routes import metrics_router
from kustomer_sandbox.web.page_parts import PageParts


def create_pages(parts: PageParts) -> ASGIApp:
    """The pages behind their door."""
    api, mcp, access = parts.api, parts.mcp, parts.access
    app = bare_app()
    app.include_router(create_router(mcp))
    app.include_router(episodes_router(api, mcp, parts.episodes, access))
    app.include_router(grading_router(api, access))
    app.include_router(metrics_router(parts.metrics, access))
    mount_api(app, api, access, secrets=dict(zip(("ApiKey", "ApiToken"), parts.shown, strict=False)))
    news = ControlChanges(app)

    def console() -> ASGIApp:
        from kustomer_sandbox.web.console.application import create_console  # noqa: PLC0415 - templates: few open it

        return create_console(api, mcp, access, app=app, news=news, api_token=parts.api_token)

    late = LatePages(console)
    app.router.routes.append(Route("/", late))
    app.router.routes.append(Mount("/console", late))
    return before_pages(news, parts.names)
