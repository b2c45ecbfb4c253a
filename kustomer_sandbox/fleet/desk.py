"""The main worker's side of a fleet: places new worlds, and passes on what is asked about those of other workers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.fleet.asked import CONTROL, Asked, asked_of
from kustomer_sandbox.fleet.bodies import Answer, Answerer, read_body, replayed, with_body
from kustomer_sandbox.fleet.channel import WorkerGone
from kustomer_sandbox.fleet.directory import Directory
from kustomer_sandbox.simulator.control.access_rules import Access, forwarded
from kustomer_sandbox.web.door import refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_BEARER = "bearer "
Merge = Callable[[list[Answer]], Answer]
"""Makes one answer of those of all workers, the main one's first."""


class Desk:
    """An application in front of the main worker's own, `here`. `workers` are the others, by their numbers."""

    def __init__(
        self,
        here: ASGIApp,
        *,
        directory: Directory,
        workers: Mapping[int, Answerer],
        access: Access,
        merges: Mapping[str, Merge],
    ) -> None:
        self._here = here
        self._directory = directory
        self._workers = workers
        self._access = access
        self._merges = merges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is not of a fleet, and what the control API would refuse, is the main worker's own to answer."""
        asked = asked_of(scope["method"], scope["path"])
        if asked.kind == "own" or (scope["path"].startswith(CONTROL) and not self._is_allowed(scope)):
            await self._here(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            return
        try:
            await self._answer(asked, scope, body, receive, send)
        except WorkerGone:
            await refused(scope["path"], 410, _gone(asked.name))(scope, receive, send)

    async def _answer(self, asked: Asked, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        if asked.kind == "make":
            await self._make(scope, body, receive, send)
        elif asked.kind in {"list", "sum"}:
            await self._gather(scope, body, receive, send)
        elif asked.kind == "fork" and self._directory.worker_of(asked.name) is not None:
            await self._fork(asked.name, scope, body, receive, send)
        elif self._directory.has_lost(asked.name) is not None:
            raise WorkerGone
        else:
            await self._at(self._directory.worker_of(asked.name) or 0, scope, body, receive, send)

    async def _make(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """A worker that ends before it has answered has made nothing that is left: the next one is asked."""
        given = _object(body)
        name = ""
        if scope["path"].rstrip("/").endswith("/worlds"):
            name, scope, body = self._named(given, scope, body)
        while True:
            worker = self._directory.place(name)
            try:
                answer = await self._made(worker, name, scope, body, receive)
            except WorkerGone:
                continue
            await answer.pass_on(send)
            return

    async def _fork(self, origin: str, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        if not body:
            scope, body = _as_json(scope), b"{}"
        name, scope, body = self._named(_object(body), scope, body)
        worker = self._directory.place_beside(origin, name)
        if worker is None:
            await refused(scope["path"], 409, "A world of this name exists already.")(scope, receive, send)
            return
        answer = await self._made(worker, name, scope, body, receive)
        await answer.pass_on(send)

    async def _made(self, worker: int, name: str, scope: Scope, body: bytes, receive: Receive) -> Answer:
        answer = Answer()
        try:
            await self._at(worker, scope, body, receive, answer.send)
            if answer.status == HTTPStatus.CREATED:
                made = answer.json()
                self._directory.placed(worker, made.get("episode") or made["name"])
        finally:
            self._directory.answered(worker, name)
        return answer

    def _named(self, given: Any, scope: Scope, body: bytes) -> tuple[str, Scope, bytes]:  # noqa: ANN401 - JSON
        """The name that was asked for, or a free one of the whole fleet, with the request that says so."""
        if not isinstance(given, dict) or given.get("name") is not None:
            name = given.get("name") if isinstance(given, dict) else None
            return name if isinstance(name, str) else "", scope, body
        name = self._directory.free_name()
        body = json.dumps(given | {"name": name}).encode()
        return name, with_body(scope, body), body

    async def _gather(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        answers = await asyncio.gather(
            *(self._whole(worker, scope, body, receive) for worker in self._directory.workers())
        )
        first, *others = [answer for answer in answers if answer is not None]
        if first.status != HTTPStatus.OK:
            await first.pass_on(send)
            return
        merge = self._merges[scope["path"].strip("/").rpartition("/")[2]]
        await merge([first, *(other for other in others if other.status == HTTPStatus.OK)]).pass_on(send)

    async def _whole(self, worker: int, scope: Scope, body: bytes, receive: Receive) -> Answer | None:
        answer = Answer()
        try:
            await self._at(worker, scope, body, receive, answer.send)
        except WorkerGone:
            return None
        return answer

    async def _at(self, worker: int, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        if worker == 0:
            await self._here(scope, replayed(body, receive), send)
        else:
            await self._workers[worker](scope, body, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        """Whether the control API would answer this client."""
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        headers = dict(pairs)
        client = scope["client"][0] if scope.get("client") else ""
        token = headers.get("authorization", "")
        is_shown = token.lower().startswith(_BEARER) and self._access.is_shown(token[len(_BEARER) :])
        return is_shown or self._access.is_open_to(client, headers.get("host", ""), forwarded(pairs))


def _object(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """What a body says; None if it is no JSON, which the worker will refuse."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _as_json(scope: Scope) -> Scope:
    """A request whose body was left out has one now."""
    kept = [header for header in scope["headers"] if header[0] != b"content-type"]
    return {**scope, "headers": [*kept, (b"content-type", b"application/json")]}


def _gone(name: str) -> str:
    of = f"The world {name}" if name else "What was asked for"
    return f"{of} is gone: the worker process that held it has ended. Make it anew."
