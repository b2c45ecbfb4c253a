"""The console as an application: its pages, their parts, what they do, and the streams that keep them up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.web.console import access as door
from kustomer_sandbox.web.console import rendering
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.areas.table import AREAS
from kustomer_sandbox.web.console.assets import asset
from kustomer_sandbox.web.console.calls import CallRefused, PageWire
from kustomer_sandbox.web.console.control_changes import ControlChanges
from kustomer_sandbox.web.console.live import stream

_BODY_BYTES: Final = 256 * 1024
_OWN_PARAMETERS: Final = ("block", "entry", "since", "acts")
_SIGN_IN: Final = "/console/sign-in"


def create_console(
    api: Api, mcp: McpServer, access: Access, *, app: ASGIApp, news: ControlChanges, api_token: str
) -> Starlette:
    """The pages at `/` and below `/console`, which call the control and management APIs of `app`.

    `news` tells when these have done something, `api_token` opens the management API.
    """
    return _Console(api, mcp, access, app=app, news=news, api_token=api_token).application()


class _Console:
    """What the routes share."""

    def __init__(
        self, api: Api, mcp: McpServer, access: Access, *, app: ASGIApp, news: ControlChanges, api_token: str
    ) -> None:
        self._api, self._mcp, self._app, self._news, self._api_token = api, mcp, app, news, api_token
        self._door = door.ConsoleDoor(access)
        self._areas = {area.name: area for area in AREAS}

    def application(self) -> Starlette:
        routes = [
            Route("/", self._home),
            Route("/static/{name:path}", asset),
            Route("/sign-in", self._sign_in, methods=["GET", "POST"]),
            Route("/world/{world}/{area}", self._area),
            Route("/world/{world}/{area}/live", self._live),
            Route("/world/{world}/{area}/{act}", self._act, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._error, CallRefused: self._error})

    async def _home(self, request: Request) -> Response:
        if turned_away := self._turned_away(request):
            return turned_away
        _, worlds = await self._wire(request).control("GET", "/worlds")
        return rendering.page("home.html", {**self._frame(request), "shown": worlds})

    async def _area(self, request: Request) -> Response:
        """The page of an area, or one block of it: `live`, or a panel."""
        if turned_away := self._turned_away(request):
            return turned_away
        area, visit = self._visit(request, dict(request.query_params))
        block = request.query_params.get("block", "")
        is_whole = not block or (block == "live" and area.rows is None)
        show = area.show if is_whole else area.panels.get(block)
        if show is None:
            raise HTTPException(404, "This area has no such part.")
        facts = await show(visit)
        return rendering.page(f"{area.name}.html", self._facts(request, area, visit, facts), block=block)

    async def _act(self, request: Request) -> Response:
        """Do something, and show what came of it: the panel that its form names, or what is live; and what was said."""
        if turned_away := self._turned_away(request):
            return turned_away
        if not door.may_act(request):
            raise HTTPException(403, door.NOT_A_PAGE)
        area, visit = self._visit(request, await _form(request))
        act = area.acts.get(request.path_params["act"])
        if act is None:
            raise HTTPException(404, "This area cannot do that.")
        try:
            said, is_refused = await act(visit), False
        except CallRefused as refusal:
            said, is_refused = refusal.message, True
        told = {
            "said": said,
            "is_refused": is_refused,
            "answered": visit.answered,
            "told_once": visit.told_once,
            "made": list(visit.calls),
        }
        facts = self._facts(request, area, visit, told)
        answer = rendering.text("said.html", facts)
        block = request.headers.get("hx-target", "")
        show, block = (area.panels[block], block) if block in area.panels else (area.show, "live")
        if block != "live" or area.rows is None:
            answer += rendering.text(f"{area.name}.html", {**facts, **(await show(visit))}, block=block)
        return HTMLResponse(answer, headers={"cache-control": "no-store"})

    async def _live(self, request: Request) -> Response:
        """The stream of what happens, for an area's page."""
        if turned_away := self._turned_away(request):
            return turned_away
        area, visit = self._visit(request, dict(request.query_params))
        last = request.headers.get("last-event-id") or request.query_params.get("since", "")
        since = int(last) if last.isdigit() else visit.world.journal.total
        acts = int(told) if (told := request.query_params.get("acts", "")).isdigit() else self._news.acts
        find_rows = area.rows
        if find_rows is None:
            return stream(self._api.worlds, visit.world, self._news, self._mcp.log, since=since, acts=acts)

        async def new_rows(seq: int) -> tuple[str, int]:
            facts, reached = await find_rows(visit, seq)
            return rendering.text(f"{area.name}.html", self._facts(request, area, visit, facts), block="rows"), reached

        return stream(
            self._api.worlds, visit.world, self._news, self._mcp.log, since=since, acts=acts, new_rows=new_rows
        )

    async def _sign_in(self, request: Request) -> Response:
        if refusal := self._door.refusal(request):
            raise HTTPException(403, refusal)
        is_wrong = False
        if request.method == "POST":
            if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
                raise HTTPException(403, door.NOT_A_PAGE)
            answer = RedirectResponse("/", 303)
            token = (await _form(request)).get("token", "")
            if self._door.sign_in(token, answer, is_https=request.url.scheme == "https"):
                return answer
            is_wrong = True
        return rendering.page("sign_in.html", {"is_wrong": is_wrong}, status=401 if is_wrong else 200)

    async def _error(self, _: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 502
        message = error.detail if isinstance(error, HTTPException) else str(error)
        return rendering.page("error.html", {"status": status, "message": message}, status=status)

    def _turned_away(self, request: Request) -> Response | None:
        """The answer to who may not see the console; None for who may. Raises a 403 where nobody may from there."""
        if refusal := self._door.refusal(request):
            raise HTTPException(403, refusal)
        if self._door.token_of(request) is not None:
            return None
        if request.headers.get("hx-request") == "true":
            return Response(status_code=401, headers={"hx-redirect": _SIGN_IN})
        return RedirectResponse(_SIGN_IN, 303)

    def _visit(self, request: Request, given: Mapping[str, str]) -> tuple[Area, AreaVisit]:
        """The area that is asked for, and the visit. Raises a 404."""
        area = self._areas.get(request.path_params["area"])
        world = self._api.worlds.get(request.path_params["world"])
        if area is None or world is None:
            raise HTTPException(404, "There is no such area." if world else "There is no world of this name any more.")
        wire, origin = self._wire(request), _origin(request)
        return area, AreaVisit(world=world, given=given, origin=origin, api=self._api, mcp=self._mcp, wire=wire)

    def _wire(self, request: Request) -> PageWire:
        token = self._door.token_of(request) or ""
        # The front through which acts are told to other pages.
        return PageWire(self._news, control_token=token, api_token=self._api_token, origin=_origin(request))

    def _frame(self, request: Request) -> Facts:
        """What every page shows around its area."""
        worlds = [world.name for world in self._api.worlds]
        return {"areas": AREAS, "worlds": worlds, "origin": _origin(request), "world": None, "area": None}

    def _facts(self, request: Request, area: Area, visit: AreaVisit, facts: Mapping[str, Any]) -> Facts:
        world: World = visit.world
        path = f"/console/world/{world.name}/{area.name}"
        kept = [(name, value) for name, value in request.query_params.items() if name not in _OWN_PARAMETERS]
        own = {"area": area, "world": world.name, "path": path, "query": urlencode(kept), "calls": visit.calls}
        times = {
            "now": iso(world.clock.now()),
            "mode": world.clock.mode,
            "seq": world.journal.total,
            "acts": self._news.acts,
        }
        return {**self._frame(request), **own, **times, **facts}


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, of which the last counts. Raises a 413."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise HTTPException(413, "This is too much for a form.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
