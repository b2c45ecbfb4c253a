"""Writes calls into the journal: what was asked, what each step decided, what came of it. Never a value."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kustomer_sandbox.contracts.call_headers import CALL_HEADER, TOOL_HEADER
from kustomer_sandbox.simulator.request.context import Exchange, Turn
from kustomer_sandbox.simulator.values.http import Reply
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.world.attribution import customer_of_request, customer_of_response, journal_fields
from kustomer_sandbox.simulator.world.journal import masks, word

_ID = re.compile(r"[0-9a-f]{24}")
_LOOKUP = re.compile(r"=\{[^}]+\}")


def record_call(turn: Turn, reply: Reply) -> None:
    """Add a call and its reply to the world's journal."""
    exchange, headers = turn.exchange, turn.request.headers
    operation, record, channel, customer = "", "", "", ""
    if exchange is None:
        operation, customer = _meant(turn)
    else:
        operation, customer = exchange.operation.id, _customer(exchange)
        if isinstance(exchange.outcome, Single):
            shown = journal_fields(exchange.outcome.record)
            record, channel = shown["record"], shown["channel"]
        if exchange.masked:
            turn.trace.append(masks(exchange.masked))
    turn.world.journal.keep(
        (
            turn.now,
            turn.request.method,
            shown_path(turn.template, turn.path),
            operation,
            reply.status,
            turn.principal.key_id,
            tuple(turn.trace),
            turn.fault,
            customer,
            record,
            channel,
            word(headers[TOOL_HEADER]) if TOOL_HEADER in headers else "",
            word(headers[CALL_HEADER]) if CALL_HEADER in headers else "",
        )
    )


def _meant(turn: Turn) -> tuple[str, str]:
    """Operation and customer of a call that a fault met before it was begun; empty if there is no such operation."""
    operation = turn.methods.get(turn.request.method)
    about = customer_of_request(operation, turn.path, turn.request.body, turn.world.records)
    return operation.id if operation else "", about


def _customer(x: Exchange) -> str:
    found = customer_of_response(x.outcome, x.path, x.operation)
    if found or (x.outcome is not None and "id" not in x.path):
        return found
    return customer_of_request(x.operation, x.path, x.request.body, x.world.records)


def shown_path(template: str | None, values: Mapping[str, str]) -> str:
    """The path with its ids, and with `***` for any other value, which may be personal data."""
    if template is None:
        return "(unknown)"
    if not values:
        return template
    path = _LOOKUP.sub("=***", template) if "={" in template else template
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value if _ID.fullmatch(value) else "***")
    return path
