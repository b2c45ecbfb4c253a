"""The one entry: host and key to world and principal (401), path to operation (404, 405), rate headers on every reply."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

import orjson

from simulator import envelope
from simulator.auth import digest
from simulator.call import Principal
from simulator.clock import iso
from simulator.errors import InternalError, MethodNotAllowed, NotFound, Refusal, TooManyRequests, Unauthorized
from simulator.exchange import Exchange, Reply, Request
from simulator.journal import Entry, place_of
from simulator.pipeline import Pipeline
from simulator.routing import Match, Table
from simulator.world import World
from simulator.worlds import Worlds

_HOST = re.compile(r"([^.:]+)\.api\.kustomerapp\.com(?::\d+)?", re.IGNORECASE)
_JSON = ("content-type", "application/json")
_ID = re.compile(r"[0-9a-f]{24}")
_LOOKUP = re.compile(r"=\{[^}]+\}")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Answers requests. Synchronous and free of I/O, so it can be called without a thread or an event loop."""

    worlds: Worlds
    table: Table
    pipeline: Pipeline

    def handle(self, request: Request) -> Reply:
        """The reply to a request; never raises for anything the request or the world can cause.

        One call at a time: nothing here or below is safe to call from two threads at once.
        """
        match = self.table.match(request.path)
        operation = match.operations.get(request.method) if match else None
        shape = operation.error_shape if operation else "A"
        try:
            world, principal = self._admit(request)
        except Refusal as refusal:
            return _refused(refusal, shape)
        now = world.clock.now()
        world.settle(now)
        return self._answer(request, match, world, principal, now)

    def _admit(self, request: Request) -> tuple[World, Principal]:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not key:
            raise Unauthorized("Send the API key as `Authorization: Bearer <key>`.")
        if scheme.lower() != "bearer":
            raise Unauthorized("The authorization scheme must be Bearer.")
        found = self.worlds.by_key(digest(key.strip()))
        if found is None:
            raise Unauthorized("This API key is not known.")
        host = _HOST.fullmatch(request.headers.get("host", ""))
        if host and host.group(1).lower() not in ("api", found[0].org_name):
            raise Unauthorized("This API key belongs to another organisation than the host names.")
        return found

    def _answer(
        self, request: Request, match: Match | None, world: World, principal: Principal, now: datetime
    ) -> Reply:
        trace: list[str] = []
        fault, shape = "", "A"
        exchange: Exchange | None = None
        try:
            exchange = _enter(request, match, world, principal, now)
            trace, shape = exchange.trace, exchange.operation.error_shape
            self.pipeline.run(exchange)
            reply = _answered(exchange)
        except Refusal as refusal:
            trace.append(f"refused {refusal.code}" + (f" by {refusal.rule}" if refusal.rule else ""))
            reply = _refused(refusal, shape)
        except Exception as unexpected:  # noqa: BLE001 - the outer edge: journalled, answered without internals
            fault = place_of(unexpected)
            logger.error("unexpected fault in %s: %s", match.template if match else "?", fault)
            reply = _refused(InternalError("Something went wrong in the sandbox; see its journal."), shape)
        _write(world, request, match, principal, now, reply, exchange, trace, fault)
        return _with_rates(reply, world, now)


def _enter(request: Request, match: Match | None, world: World, principal: Principal, now: datetime) -> Exchange:
    if match is None:
        raise NotFound("There is no such path; see /openapi.json for those there are.")
    operation = match.operations.get(request.method)
    if operation is None:
        allowed = ", ".join(sorted(match.operations))
        raise MethodNotAllowed(f"This path takes {allowed}.", headers=(("allow", allowed),))
    return Exchange(
        request=request,
        world=world,
        principal=principal,
        now=now,
        operation=operation,
        template=match.template,
        path=match.path,
    )


def _answered(x: Exchange) -> Reply:
    status = getattr(x.outcome, "status", None) or x.operation.success
    if x.document is None:
        return Reply(status=status, headers=())
    return Reply(status=status, headers=(_JSON,), body=orjson.dumps(x.document))


def _refused(refusal: Refusal, shape: Literal["A", "B"] | str) -> Reply:
    document = envelope.refusal_document(refusal, "B" if shape == "B" else "A")
    headers: tuple[tuple[str, str], ...] = (_JSON, *refusal.headers)
    if isinstance(refusal, TooManyRequests):
        headers = (*headers, ("x-ratelimit-reset", str(-int(-refusal.resets_at // 1))))
    return Reply(status=refusal.status, headers=headers, body=orjson.dumps(document))


def _with_rates(reply: Reply, world: World, now: datetime) -> Reply:
    """The organisation's budget, and the world's time; the reset only once nothing is left (client-code)."""
    state = world.budgets.request_state(now)
    limit = world.contracts.limits.plans[world.plan]
    remaining = max(limit - state.used, 0)
    headers = (
        *reply.headers,
        ("date", format_datetime(now, usegmt=True)),
        ("x-ratelimit-limit", str(limit)),
        ("x-ratelimit-remaining", str(remaining)),
    )
    if not remaining and not any(name == "x-ratelimit-reset" for name, _ in headers):
        headers = (*headers, ("x-ratelimit-reset", str(-int(-state.resets_at // 1))))
    return Reply(status=reply.status, headers=headers, body=reply.body)


def _write(
    world: World,
    request: Request,
    match: Match | None,
    principal: Principal,
    now: datetime,
    reply: Reply,
    exchange: Exchange | None,
    trace: list[str],
    fault: str,
) -> None:
    world.journal.add(
        Entry(
            at=iso(now),
            method=request.method,
            path=_shown_path(match),
            operation=exchange.operation.id if exchange else "",
            status=reply.status,
            key=principal.key_id,
            trace=tuple(trace),
            fault=fault,
        )
    )


def _shown_path(match: Match | None) -> str:
    """The path with its ids, and with `***` for any other value, which may be personal data."""
    if match is None:
        return "(unknown)"
    path = _LOOKUP.sub("=***", match.template)
    for name, value in match.path.items():
        path = path.replace(f"{{{name}}}", value if _ID.fullmatch(value) else "***")
    return path
