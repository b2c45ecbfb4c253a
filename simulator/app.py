"""The simulator as a FastAPI application: the API under `/v1`, the control API, the documents, `/docs` offline."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.asgi import answer, is_api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.control.refusals import add_refusals
from kustomer_sandbox.simulator.control.routes import control_router
from kustomer_sandbox.simulator.documentation.document import TITLE, api_document, product_version, with_own
from kustomer_sandbox.simulator.documentation.page import add_docs_page


class ApiRoute(BaseRoute):
    """Matches every path below `/v1`, known or not."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL, {}) if is_api(scope) else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(self._api, scope, receive, send)


def create_app(api: Api | None = None, access: Access | None = None, *, api_key: str = "") -> FastAPI:
    """An application without worlds, unless an `Api` that has some is given; `access` is to its control.

    The page at `/docs` has the key filled in, if one is given.
    """
    api = api or create_api()
    app = bare_app()
    mount_api(app, api, access or Access(), secrets={"ApiKey": api_key} if api_key else {})
    return app


def bare_app() -> FastAPI:
    """An application of the product's name and version, without FastAPI's own pages, which load from the network."""
    return FastAPI(title=TITLE, version=product_version(), docs_url=None, redoc_url=None)


def mount_api(app: FastAPI, api: Api, access: Access, *, secrets: Mapping[str, str] = MappingProxyType({})) -> None:
    """Add the API, its control and its documentation to an application, the API's paths first.

    `secrets` are filled in at `/docs`, by the name of their security scheme.
    """
    app.include_router(control_router(api, access))
    app.router.routes.insert(0, ApiRoute(api))
    add_refusals(app)
    add_docs_page(app, secrets)
    whole: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not whole:
            own = get_openapi(title=app.title, version=app.version, routes=app.routes[1:])
            whole.update(with_own(api_document(api), own, api))
        return whole

    app.openapi = document  # type: ignore[method-assign]
