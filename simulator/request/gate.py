"""The one entry: host and key to world (401), path to operation (404, 405), rate headers on every reply."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import orjson

from kustomer_sandbox.contracts.call_headers import TOOL_HEADER
from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.request import envelope
from kustomer_sandbox.simulator.request import fault_effects as sabotage
from kustomer_sandbox.simulator.request import journalling as witness
from kustomer_sandbox.simulator.request.context import Exchange, Turn
from kustomer_sandbox.simulator.request.pipeline import Pipeline
from kustomer_sandbox.simulator.request.routing import RouteMatch, RoutingTable
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.clock import http_date
from kustomer_sandbox.simulator.values.errors import (
    InternalError,
    MethodNotAllowed,
    NotFound,
    Refusal,
    TooManyRequests,
    Unauthorized,
)
from kustomer_sandbox.simulator.values.http import Drop, Reply, Request
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.attribution import customer_of_request
from kustomer_sandbox.simulator.world.faults import Armed, Crash, Crashed, Facts, Latency, Status
from kustomer_sandbox.simulator.world.journal import BUDGET, RULE, Step, place_of
from kustomer_sandbox.simulator.world.world import World

_HOST = re.compile(r"([^.:]+)\.api\.kustomerapp\.com(?::\d+)?", re.IGNORECASE)
_JSON = ("content-type", "application/json")
FAULT = ("fault", "id")

_NO_ANSWER = Reply(status=0, headers=(), effect=Drop())

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Answers requests. Synchronous and free of I/O, so it can be called without a thread or an event loop."""

    worlds: Worlds
    table: RoutingTable
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
        armed = _armed(world, request, match, operation) if world.faults else None
        now = world.clock.now()
        world.run_due(now)
        template, path, methods = (match.template, match.path, match.operations) if match else (None, {}, {})
        turn = Turn(request, world, principal, now, template, path, methods, shape, armed)
        reply = self._answer(turn)
        if world.recording is not None:
            world.recording.keep(now, principal.key_id, request, reply)
        return reply

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

    def _answer(self, turn: Turn) -> Reply:
        try:
            reply = self._ask(turn) if turn.armed is None else self._ask_with_fault(turn, turn.armed)
        except Refusal as refusal:
            turn.trace.append(_refusal_step(turn, refusal))
            reply = _refused(refusal, turn.shape)
        except Crashed:
            turn.trace.append(("crash", turn.crash, (), ()))
            reply = _NO_ANSWER
        except Exception as unexpected:  # noqa: BLE001 - the outer edge: journalled, answered without internals
            turn.fault = place_of(unexpected)
            # A traceback ends in the exception's message, which may hold a value.
            logger.error("unexpected fault in %s: %s", turn.template or "?", turn.fault)  # noqa: TRY400
            reply = _refused(InternalError("Something went wrong in the sandbox; see its journal."), turn.shape)
        if turn.armed is not None:
            reply = sabotage.apply_to_response(turn.armed.fault, reply)
        witness.record_call(turn, reply)
        return _with_rates(reply, turn)

    def _ask(self, turn: Turn) -> Reply:
        exchange = turn.exchange = _enter(turn)
        self.pipeline.run(exchange)
        return _answered(exchange)

    def _ask_with_fault(self, turn: Turn, armed: Armed) -> Reply:
        """The call as far as the fault lets it get."""
        fault = armed.fault
        turn.trace.append(("fault", "fired", FAULT, (sabotage.kind_of(fault), armed.id)))
        refusal = sabotage.error_for(fault, now=turn.now, limit=turn.world.budgets.requests)
        if refusal is not None:
            turn.shape = (fault.shape or turn.shape) if isinstance(fault, Status) else turn.shape
            raise refusal
        effect = sabotage.connection_effect(fault)
        if effect is not None:
            return _NO_ANSWER._replace(effect=effect)
        turn.crash = fault.at if isinstance(fault, Crash) else ""
        return self._ask(turn)


def _armed(world: World, request: Request, match: RouteMatch | None, operation: Operation | None) -> Armed | None:
    """The fault this call meets. Slowness on the world's clock has passed by when it is returned."""
    path = match.path if match else {}
    facts = Facts(
        operation=operation.id if operation else "",
        method=request.method,
        template=match.template if match else "",
        path=request.path,
        tool=request.headers.get(TOOL_HEADER, ""),
        customer=lambda: customer_of_request(operation, path, request.body, world.records),
    )
    armed = world.faults.take(facts)
    if armed is not None and isinstance(armed.fault, Latency) and armed.fault.clock == "world":
        world.clock.move_to(world.clock.now() + armed.fault.duration)
    return armed


def _refusal_step(turn: Turn, refusal: Refusal) -> Step:
    """What the journal keeps of a refusal: the step it came from, and the ledger's id of the rule that decided."""
    if turn.armed is not None and turn.exchange is None:
        return ("fault", "refused", RULE, (refusal.code, ""))
    step = turn.exchange.ended_in if turn.exchange else "routing"
    if isinstance(refusal, TooManyRequests):
        used = (refusal.budget, refusal.limit, refusal.limit)
        return (step, "refused", (*BUDGET, *RULE), (*used, refusal.code, refusal.rule))
    return (step, "refused", RULE, (refusal.code, refusal.rule))


def _enter(turn: Turn) -> Exchange:
    if turn.template is None:
        raise NotFound("There is no such path; see /openapi.json for those there are.")
    operation = turn.methods.get(turn.request.method)
    if operation is None:
        allowed = ", ".join(sorted(turn.methods))
        raise MethodNotAllowed(f"This path takes {allowed}.", headers=(("allow", allowed),))
    return Exchange(
        request=turn.request,
        world=turn.world,
        principal=turn.principal,
        now=turn.now,
        operation=operation,
        template=turn.template,
        path=turn.path,
        trace=turn.trace,
        crash=turn.crash,
    )


def _answered(x: Exchange) -> Reply:
    status = getattr(x.outcome, "status", None) or x.operation.success
    if x.shown is not None:
        return Reply(status=status, headers=(_JSON,), body=x.shown)
    if x.document is None:
        return Reply(status=status, headers=())
    return Reply(status=status, headers=(_JSON,), body=orjson.dumps(x.document))


def _refused(refusal: Refusal, shape: str) -> Reply:
    document = envelope.refusal_document(refusal, "B" if shape == "B" else "A")
    headers: tuple[tuple[str, str], ...] = (_JSON, *refusal.headers)
    if isinstance(refusal, TooManyRequests):
        headers = (*headers, ("x-ratelimit-reset", str(-int(-refusal.resets_at // 1))))
    return Reply(status=refusal.status, headers=headers, body=orjson.dumps(document))


def _with_rates(reply: Reply, turn: Turn) -> Reply:
    """The organisation's budget, and the world's time; the reset only once nothing is left (client-code)."""
    budgets, spent = turn.world.budgets, turn.exchange.request_budget if turn.exchange else None
    state, limit = spent or budgets.request_state(turn.now), budgets.requests
    remaining = max(limit - state.used, 0)
    headers = dict(reply.headers)
    headers["date"] = http_date(turn.now)
    headers["x-ratelimit-limit"] = str(limit)
    # A refusal may have said more already, such as that of an armed fault.
    headers.setdefault("x-ratelimit-remaining", str(remaining))
    if not remaining:
        headers.setdefault("x-ratelimit-reset", str(-int(-state.resets_at // 1)))
    return Reply(reply.status, tuple(headers.items()), reply.body, reply.effect)
