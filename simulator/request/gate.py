"""One call from bytes to bytes. The order of work is the two lists at the end of this module."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from kustomer_sandbox.contracts.call_headers import TOOL_HEADER, cause_of
from kustomer_sandbox.contracts.sources.unserved import UnservedOperation
from kustomer_sandbox.simulator.hosting.keyless import NOBODY, world_without_key
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.operations.perform import Performer
from kustomer_sandbox.simulator.operations.when import meet_call, tie
from kustomer_sandbox.simulator.request import fault_effects, journalling
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.request.pipeline import Pipeline
from kustomer_sandbox.simulator.request.responses import (
    NO_ANSWER,
    UNEXPECTED,
    error_reply,
    success_reply,
    with_rate_headers,
)
from kustomer_sandbox.simulator.request.routing import RoutingTable
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.errors import MethodNotAllowed, NotFound, Problem, Refusal, Unauthorized
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.attribution import customer_of_request
from kustomer_sandbox.simulator.world.faults import Armed, Crash, Crashed, Latency
from kustomer_sandbox.simulator.world.journal import place_of
from kustomer_sandbox.simulator.world.waiting.calls import Facts, Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import Trigger
from kustomer_sandbox.simulator.world.world import World

_HOST = re.compile(r"([^.:]+)\.api\.kustomerapp\.com(?::\d+)?", re.IGNORECASE)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Answers requests. Synchronous and free of I/O, so it can be called without a thread or an event loop."""

    worlds: Worlds
    table: RoutingTable
    pipeline: Pipeline
    performer: Performer
    tools: frozenset[str]
    """The tools that a call may say it acts for."""

    def handle(self, request: Request) -> Reply:
        """The reply to a request. Never raises: what nobody foresaw is a 500 and a line of the journal.

        One call at a time: nothing here or below is safe to call from two threads at once.
        """
        x = RequestContext(request)
        try:
            reply = self._answer(x)
        except Exception as unexpected:  # noqa: BLE001 - the outer edge
            reply = _unexpected(x, unexpected)
        if not x.is_identified:
            self.worlds.strangers.keep(journalling.stranger_entry(x, reply))
            return reply
        for step in FINISHING:
            try:
                reply = step(x, reply)
            except Exception as unexpected:  # noqa: BLE001 - the outer edge, once for each step
                reply = _unexpected(x, unexpected)
                x.entry = journalling.shortest_entry(x, reply)
        return reply

    def tie(self, world: World, told: JSON) -> Waiting[Trigger]:
        """Have something happen at calls of a world, as a scenario file's `when` tells it. Raises `WrongValue`."""
        return tie(told, world, self.performer)

    def _answer(self, x: RequestContext) -> Reply:
        try:
            for step in STEPS:
                reply = step(self, x)
                if reply is not None:
                    return reply
        except Refusal as refusal:
            x.trace.append(journalling.refusal_step(x, refusal))
            return error_reply(refusal, x.error_vocabulary)
        except Crashed:
            x.trace.append(("crash", x.crash_at or "", (), ()))
        return NO_ANSWER


def _unexpected(x: RequestContext, unexpected: Exception) -> Reply:
    """The 500 that tells no internals; class and place of the exception are for the journal and the log."""
    place = place_of(unexpected)
    x.fault = x.fault or place
    # A traceback ends in the exception's message, which may hold a value.
    logger.error("unexpected fault in %s: %s", x.template or "?", place)
    return UNEXPECTED[x.error_vocabulary]


def route(gate: Gate, x: RequestContext) -> None:
    """The path's template, parameters and operations. That there are none is a 404, but not before the key is known."""
    found = gate.table.match(x.request.path)
    if found is None:
        x.path, x.operations = {}, {}
        x.unknown_path = gate.table.shown(x.request.path)
        return
    node, x.path = found
    x.template, x.operations = node.template, node.operations
    x.operation = node.operations.get(x.request.method)
    if x.operation is None:
        x.unserved = node.unserved.get(x.request.method)


def identify(gate: Gate, x: RequestContext) -> None:
    """World and principal of the key, and the world's present instant. Raises `Unauthorized`.

    Where no key is needed the world is found otherwise; raises `NotFound` where it is not.
    """
    headers = x.request.headers
    if x.operation is not None and x.operation.keyless is not None:
        called = _HOST.fullmatch(headers.get("host", ""))
        org_name = called.group(1).lower() if called else "api"
        named_org = None if org_name == "api" else org_name
        _enter(gate, x, world_without_key(gate.worlds, x.operation, x.path, headers, named_org), NOBODY)
        return
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if not key:
        raise _unauthorized("Send the API key as `Authorization: Bearer <key>`.")
    if scheme.lower() != "bearer":
        raise _unauthorized("The authorization scheme must be Bearer.")
    found = gate.worlds.by_key(digest(key.strip()))
    if found is None:
        raise _unauthorized("This API key is not known.")
    world, principal = found
    host = headers.get("host")
    named = _HOST.fullmatch(host) if host else None
    if named is not None and named.group(1).lower() not in ("api", world.org_name):
        raise _unauthorized("This API key belongs to another organisation than the host names.", header="Host")
    _enter(gate, x, world, principal)


def _enter(gate: Gate, x: RequestContext, world: World, principal: Principal) -> None:
    x.world, x.principal, x.now = world, principal, world.clock.now()
    x.unit = world.unit_of_work(x.changes.add)
    if TOOL_HEADER in x.request.headers:
        x.tool, x.tool_call = cause_of(x.request.headers, gate.tools)
    x.is_identified = True


def _unauthorized(message: str, *, header: str = "Authorization") -> Unauthorized:
    return Unauthorized(Problem(message=message, parameter=header), rule="key-needed")


def arm_fault(_: Gate, x: RequestContext) -> None:
    """The fault this call meets, if any. Slowness on the world's clock has passed by when this returns."""
    if not x.world.faults:
        return
    x.armed = x.world.faults.take(_facts(x))
    if x.armed is None:
        return
    x.ended_in = "fault"
    if isinstance(x.armed.what, Latency) and x.armed.what.clock == "world":
        x.world.clock.move_to(x.world.clock.now() + x.armed.what.duration)
        x.now = x.world.clock.now()


def _facts(x: RequestContext) -> Facts:
    return Facts(
        operation=x.operation.id if x.operation else "",
        method=x.request.method,
        template=x.template or "",
        path=x.request.path,
        tool=x.tool,
        customer=lambda: customer_of_request(x.operation, x.path, x.request.body, x.world.records),
    )


def run_due_jobs(_: Gate, x: RequestContext) -> None:
    """What has fallen due in the world happens before the call."""
    x.world.run_due(x.now)


def stand_in_for_call(_: Gate, x: RequestContext) -> Reply | None:
    """What an armed fault puts in the place of the call: a refusal, an ended connection, or nothing yet."""
    return None if x.armed is None else _fault_instead(x, x.armed)


def _fault_instead(x: RequestContext, armed: Armed) -> Reply | None:
    fault = armed.what
    x.trace.append(journalling.fault_step(armed.id, fault_effects.kind_of(fault)))
    refusal = fault_effects.error_for(fault, now=x.now, limit=x.world.budgets.requests)
    if refusal is not None:
        raise refusal
    reply = fault_effects.reply_instead(fault)
    if reply is not None:
        return reply
    x.crash_at = fault.at if isinstance(fault, Crash) else None
    return None


def _let_happen(gate: Gate, x: RequestContext) -> None:
    """What is tied to this call happens before it, or is kept until it is in the journal."""
    x.then = meet_call(gate.performer, x.world, _facts(x), x.principal)
    x.now = x.world.clock.now()
    x.world.run_due(x.now)


def call_operation(gate: Gate, x: RequestContext) -> Reply:
    """The pipeline's answer. Raises `NotFound`, `MethodNotAllowed`, and what the pipeline refuses.

    The call is made from here on, so what is tied to it happens.
    """
    if x.world.triggers.waiting:
        _let_happen(gate, x)
    if x.template is None:
        raise NotFound("There is no such path; see /openapi.json for those there are.", rule="unknown-path-404")
    if x.unserved is not None:
        raise _unserved(x.unserved)
    if x.operation is None:
        allowed = ", ".join(sorted(x.operations))
        raise MethodNotAllowed(f"This path takes {allowed}.", headers=(("allow", allowed),))
    gate.pipeline.run(x, x.operation)
    return success_reply(x, x.operation)


def _unserved(operation: UnservedOperation) -> NotFound:
    meta = {"operation": f"{operation.method} {operation.path}", "served": False, "coverage": "/_sandbox/coverage"}
    message = "Kustomer has this operation and the sandbox does not serve it; GET /_sandbox/coverage lists them all."
    return NotFound(Problem(message=message, meta=meta), rule="unserved-operation-404")


def apply_fault(x: RequestContext, reply: Reply) -> Reply:
    """The reply as an armed fault lets it out."""
    return reply if x.armed is None else fault_effects.apply_to_response(x.armed.what, reply)


STEPS: tuple[Callable[[Gate, RequestContext], Reply | None], ...] = (
    route,  # before the key: armed faults and the journal name the operation
    identify,  # 401
    arm_fault,
    run_due_jobs,
    stand_in_for_call,
    call_operation,  # 404, 405, and what the pipeline refuses
)
"""How a call is answered: the first step that gives a reply ends it, and so does a refusal."""

FINISHING: tuple[Callable[[RequestContext, Reply], Reply], ...] = (
    apply_fault,
    with_rate_headers,
    journalling.describe_call,  # after the last step that changes a reply: the journal says what goes out
    journalling.record_call,
    journalling.journal_call,
)
"""What is done with every reply to a known key; where one of them fails, the others go on with a 500."""
