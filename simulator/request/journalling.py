"""What the journal says of a call: what was asked, what each step decided, what came of it. Never a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

import orjson

from kustomer_sandbox.simulator.operations.journal_steps import masks, refused_budget
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.request.refused_for import problems_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import Refusal, TooManyRequests
from kustomer_sandbox.simulator.values.http import Reply
from kustomer_sandbox.simulator.values.ids import is_id_list
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.attribution import customer_of_request, customer_of_response, journal_fields
from kustomer_sandbox.simulator.world.journal import FIELDS, REFUSAL, JournalRow, Step
from kustomer_sandbox.simulator.world.limits import ALL, counters, shared_budgets, shared_counter
from kustomer_sandbox.simulator.world.spending.run import RunCall

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""Any other word in the place of a method may be a value, or pretend to be an event of the world's own."""
LONGEST_IDS = 400
"""Characters of several ids in one path that are told."""

_LOOKUP = re.compile(r"=\{[^}]+\}")
OWN = "own"
"""How the journal calls the sandbox's own reading of a rule."""
_FAULT = ("fault", "id")


def describe_call(x: RequestContext, reply: Reply) -> Reply:
    """Make the call's entry, with the status of the reply that goes out."""
    record, channel = "", ""
    if isinstance(x.outcome, Single):
        fields = journal_fields(x.outcome.record)
        record, channel = fields["record"], fields["channel"]
    x.entry = (
        x.now,
        x.request.method if x.operation is not None or x.request.method in METHODS else "***",
        x.unknown_path or shown_path(x.template or "", x.path),
        x.operation.id if x.operation else "",
        reply.status,
        x.principal.key_id,
        _trace(x),
        x.fault,
        _customer(x),
        record,
        channel,
        x.tool,
        x.tool_call,
        tuple(x.changes),
    )
    return reply


def _trace(x: RequestContext) -> tuple[Step, ...]:
    """The steps, then what was masked, then, where somebody wants them, the rules with readings that decided."""
    trace = (*x.trace, masks(x.masked)) if x.masked else tuple(x.trace)
    notes = x.world.rule_notes
    if notes is None or not notes.in_journal or not notes.of_call:
        return trace
    rules = tuple(sorted(notes.of_call))
    notes.of_call.clear()
    return (*trace, ("readings", "ok", rules, tuple(x.world.readings.get(rule, OWN) for rule in rules)))


def shortest_entry(x: RequestContext, reply: Reply) -> JournalRow:
    """An entry of a call that could not be described: nothing is looked up or worked out for it, so it cannot fail."""
    return _short_entry(x, reply, at=x.now, key=x.principal.key_id)


def stranger_entry(x: RequestContext, reply: Reply) -> JournalRow:
    """An entry of a call whose key no world knows: it has no instant, for it belongs to no world's time."""
    return _short_entry(x, reply, at="", key="")


def _short_entry(x: RequestContext, reply: Reply, *, at: datetime | str, key: str) -> JournalRow:
    operation = x.operation.id if x.operation else ""
    path, rest = x.template or x.unknown_path, ("", "", "", "", "")
    method = x.request.method if x.request.method in METHODS else "***"
    return (at, method, path, operation, reply.status, key, tuple(x.trace), x.fault, *rest, tuple(x.changes))


def record_call(x: RequestContext, reply: Reply) -> Reply:
    """Add the whole call to the world's recording, if one is made, and to its graded calls, if there are criteria."""
    if x.world.criteria:
        x.world.graded_calls.keep(x.world.journal.total + 1, x.now, x.principal.key_id, x.request, reply)
    if x.world.recording is not None:
        x.world.recording.keep(x.now, run_call(x), x.request, reply, is_made=x.ended_in != "fault")
    return reply


def journal_call(x: RequestContext, reply: Reply) -> Reply:
    """Add the call's entry to the world's journal, and let happen what is to come between it and the next."""
    x.world.journal.keep(x.entry)
    if x.then is not None:
        x.then()
    return reply


def refusal_step(x: RequestContext, refusal: Refusal) -> Step:
    """What the journal says of a refusal: the step it came from, the rule of the ledger that decided, what is wrong."""
    if x.ended_in == "fault":
        # The words of an armed fault are the test's own, and may be anything.
        return ("fault", "refused", REFUSAL, (refusal.code, "", ()))
    told = (refusal.code, refusal.rule, problems_of(refusal))
    if isinstance(refusal, TooManyRequests):
        names, values = refused_budget(refusal.budget, refusal.limit, refusal.target, refusal.resets_at)
        return (x.ended_in, "refused", (*names, *REFUSAL), (*values, *told))
    return (x.ended_in, "refused", REFUSAL, told)


def fault_step(id: str, kind: str) -> Step:
    """That the call met an armed fault."""
    return ("fault", "fired", _FAULT, (kind, id))


def _customer(x: RequestContext) -> str:
    """The customer of the record answered, or, where none was, the one the call itself names."""
    found = customer_of_response(x.outcome, x.path, x.operation)
    if found or (x.outcome is not None and "id" not in x.path):
        return found
    return customer_of_request(x.operation, x.path, x.request.body, x.world.records)


def shown_path(template: str, values: Mapping[str, str]) -> str:
    """The path with its ids, and with `***` for any other value, which may be personal data, and for very many ids."""
    if not values:
        return template
    path = _LOOKUP.sub("=***", template) if "={" in template else template
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value if len(value) <= LONGEST_IDS and is_id_list(value) else "***")
    return path


def run_call(x: RequestContext) -> RunCall:
    """The call that has been described for the journal, without what it said."""
    entry = dict(zip(FIELDS, x.entry, strict=False))
    return RunCall(
        at=iso(x.now),
        key=entry["key"],
        method=entry["method"],
        path=entry["path"],
        operation=entry["operation"],
        status=entry["status"],
        draws=tuple(_draws(x)),
        refused_by=_refused_by(x),
    )


def _refused_by(x: RequestContext) -> str:
    """The budget that refused the call; empty if none did."""
    for _, outcome, names, values in x.trace[-1:]:
        if outcome == "refused" and "resets_at" in names:
            return str(values[names.index("budget")])
    return ""


def _draws(x: RequestContext) -> Iterator[tuple[str, str]]:
    """Budget and counter of each unit, in the order in which they are taken; none for who may not call at all."""
    if x.operation is None or not any(step == "role" and outcome == "ok" for step, outcome, _, _ in x.trace):
        return
    for name in shared_budgets(x.operation, x.principal):
        yield name, shared_counter(name, x.principal)
    refused_by = _refused_by(x)
    taken = [(counter.partition(":")[0], counter) for counter in x.charged_counters]
    if refused_by:
        taken = list(counters(x.operation, x.principal, x.path, _body(x), x.unit))
    yield from taken
    # What a rule counts by itself, as a message sent on WhatsApp.
    known = {name for name, _ in taken}
    for step, _, names, values in x.trace:
        if "object" in names and (step == "budget" or refused_by) and values[0] not in known:
            yield values[0], f"{values[0]}:{values[names.index('object')]}:{ALL}"


def _body(x: RequestContext) -> JSON:
    try:
        return orjson.loads(x.request.body)
    except orjson.JSONDecodeError:
        return None
