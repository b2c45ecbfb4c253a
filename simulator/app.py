"""The simulator as a FastAPI application: the API under `/v1`, the control API, the documents, `/docs` offline."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from kustomer_sandbox.contracts.openapi import openapi
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.asgi import answer, is_api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.control.refusals import add_refusals
from kustomer_sandbox.simulator.control.routes import control_router


class ApiRoute(BaseRoute):
    """Matches every path below `/v1`, known or not."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL, {}) if is_api(scope) else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(self._api, scope, receive, send)


def create_app(api: Api | None = None, access: Access | None = None) -> FastAPI:
    """An application without worlds, unless an `Api` that has some is given; `access` is to its control."""
    api = api or create_api()
    app = FastAPIOffline(title="Kustomer Sandbox", version="1", redoc_url=None)
    mount_api(app, api, access or Access())
    return app


def mount_api(app: FastAPI, api: Api, access: Access) -> None:
    """Add the API and its control to an application, the API's paths first."""
    app.include_router(control_router(api, access))
    app.router.routes.insert(0, ApiRoute(api))
    add_refusals(app)
    whole: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not whole:
            whole.update(_merged(app, api))
        return whole

    app.openapi = document  # type: ignore[method-assign]


def _merged(app: FastAPI, api: Api) -> dict[str, Any]:
    """The contracts' document with the application's own paths and schemas added."""
    whole = openapi(api.contracts)
    own = get_openapi(title=app.title, version=app.version, routes=app.routes[1:])
    whole["info"] = own["info"]
    whole["paths"] |= own.get("paths", {})
    for kind, parts in own.get("components", {}).items():
        whole["components"].setdefault(kind, {}).update(parts)
    return whole
