"""One operation from call to document. The order of work is the list at the end of this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.perform import carry_out
from kustomer_sandbox.simulator.operations.registry import Registered, Rule
from kustomer_sandbox.simulator.records import masking
from kustomer_sandbox.simulator.records.records import encoded
from kustomer_sandbox.simulator.request import envelope
from kustomer_sandbox.simulator.request.context import Exchange
from kustomer_sandbox.simulator.request.validation import RequestValidator
from kustomer_sandbox.simulator.values.auth import check_roles
from kustomer_sandbox.simulator.values.outcome import Page, RawDocument, Single, StoredRecord
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.values.unmasking import window_at
from kustomer_sandbox.simulator.world.faults import Crashed
from kustomer_sandbox.simulator.world.journal import BUDGET, Step
from kustomer_sandbox.simulator.world.limits import counters

_ROLE_OK: Step = ("role", "ok", (), ())
_RULE_OK: Step = ("rule", "ok", (), ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """The steps every call goes through, and what they need."""

    contracts: Contracts
    rules: Mapping[str, Rule]
    registered: Registered
    intake: RequestValidator

    def run(self, exchange: Exchange) -> None:
        """Fill in the exchange's document. A refusal gives back what the call took of object budgets."""
        step = STEPS[0]
        try:
            for step in STEPS:
                step(self, exchange)
        except BaseException:
            exchange.ended_in = DECIDES[step]
            for counter in exchange.charged_counters:
                exchange.world.budgets.give_back(counter, exchange.now)
            raise


def authorise(_: Pipeline, x: Exchange) -> None:
    check_roles(x.principal, x.operation.roles, x.path)
    x.trace.append(_ROLE_OK)


def spend_request(_: Pipeline, x: Exchange) -> None:
    budgets = x.world.budgets
    x.request_budget = budgets.take_request(x.now)
    x.trace.append(("budget", "ok", BUDGET, ("org", x.request_budget.used, budgets.requests)))


def spend_search(_: Pipeline, x: Exchange) -> None:
    if x.operation.searches and x.principal.user_type == "machine":
        taken = x.world.budgets.take_search(x.now)
        x.trace.append(("budget", "ok", BUDGET, ("search", taken.used, x.world.budgets.limits.searches)))


def spend_objects(_: Pipeline, x: Exchange) -> None:
    if x.operation.spends:
        x.body = _peek(x.request.body)
        for spend, counter in counters(x.operation, x.principal, x.path, x.body, x.unit):
            taken = x.world.budgets.take_object(spend, counter, x.now)
            x.charged_counters.append(counter)
            x.trace.append(("budget", "ok", BUDGET, (spend.budget.name, taken.used, spend.budget.limit)))


def _peek(raw: bytes) -> JSON:
    """The body as far as it can be read: budgets come before validation."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def read_input(pipeline: Pipeline, x: Exchange) -> None:
    pipeline.intake.path(x.operation, x.path)
    x.query = pipeline.intake.query(x.operation, x.request.query)
    x.body = pipeline.intake.body(x.operation, x.request.body, x.body)


def run_rule(pipeline: Pipeline, x: Exchange) -> None:
    """The rule and the document of its outcome: what cannot be shown has not happened."""
    call = Call(
        world=x.world,
        principal=x.principal,
        now=x.now,
        records=x.unit,
        operation=x.operation,
        path=x.path,
        query=x.query,
        body=x.body,
    )
    end_at(x, "before_rule")
    with x.unit.transaction():
        x.outcome = carry_out(call, pipeline.rules[x.operation.id])
        present(pipeline, x)
        end_at(x, "before_commit")
    x.charged_counters.clear()  # what is committed has been paid for, whatever comes after
    x.trace.append(_RULE_OK)
    end_at(x, "after_rule")


def end_at(x: Exchange, point: str) -> None:
    """Where an armed fault lets the call end: raises `Crashed` at the point it names."""
    if x.crash == point:
        raise Crashed


def present(pipeline: Pipeline, x: Exchange) -> None:
    """Computed attributes, masks, envelope."""
    outcome = x.outcome
    if isinstance(outcome, StoredRecord):
        x.shown = shown(pipeline, x, outcome)
    elif isinstance(outcome, Single):
        data = show(pipeline, x, outcome.record)
        x.document = envelope.one_document(outcome, data, [show(pipeline, x, r) for r in outcome.included])
    elif isinstance(outcome, Page):
        x.unit.windows_of(_owners(x, outcome.records))  # in one read
        x.document = envelope.many_document(
            outcome,
            [show(pipeline, x, record) for record in outcome.records],
            [show(pipeline, x, record) for record in outcome.included],
            path=x.request.path,
            query=parse_qsl(x.request.query, keep_blank_values=True),
        )
    elif isinstance(outcome, RawDocument):
        x.document = outcome.document


def shown(pipeline: Pipeline, x: Exchange, outcome: StoredRecord) -> bytes:
    """The document of a stored record, made once for each way it can look."""
    record, cache = outcome.record, x.world.cache
    owner = x.world.owner(record)
    window = x.unit.windows_of([owner])[owner] if owner else None
    is_open = window is not None and window_at(window, x.now).is_open
    plan = None if is_open or x.principal.read_sensitive else x.world.masked_paths(record["type"])
    hidden = (plan, x.world.masking) if plan is not None and plan.paths else None
    # What a presenter adds depends on the owner's window and on nothing else.
    key = (x.world.org, hidden, window, is_open)
    rendered = cache.rendered(outcome.data, key)
    if rendered is None:
        document = {"data": show(pipeline, x, orjson.loads(outcome.data))}
        return cache.put(outcome.data, key, encoded(document))
    if hidden:
        x.masked[record["type"]] = 1
    return rendered


def show(pipeline: Pipeline, x: Exchange, record: Record) -> dict[str, Any]:
    """A record as this reader may see it now."""
    presenter = pipeline.registered.presenters.get(record["type"])
    if presenter is not None:
        presenter(Context(world=x.world, principal=x.principal, now=x.now, records=x.unit), record)
    if not x.principal.read_sensitive:
        _mask(x, record)
    return envelope.resource_object(record, x.world.records.resource(record["type"]), x.world.org)


def _owners(x: Exchange, records: Iterable[Record]) -> Iterator[str]:
    """Whose windows decide how these records look."""
    for record in records:
        kind = record["type"]
        owner = x.world.owner(record)
        if owner and (kind == "customer" or (not x.principal.read_sensitive and x.world.masked_paths(kind).paths)):
            yield owner


def _mask(x: Exchange, record: Record) -> None:
    plan = x.world.masked_paths(record["type"])
    if not plan.paths:
        return
    owner = x.world.owner(record)
    window = x.unit.windows_of([owner])[owner] if owner else None
    if window is None or not window_at(window, x.now).is_open:
        masking.apply(record["attributes"], plan, x.world.masking)
        x.masked[record["type"]] = x.masked.get(record["type"], 0) + 1


STEPS: tuple[Callable[[Pipeline, Exchange], None], ...] = (
    authorise,  # 403
    spend_request,  # 429
    spend_search,  # 429
    spend_objects,  # 429
    read_input,  # 400, 413
    run_rule,  # 404, 409 and the rules' own 400s; then computed attributes, masks, envelope
)
DECIDES: Mapping[Callable[[Pipeline, Exchange], None], str] = {
    authorise: "role",
    spend_request: "budget",
    spend_search: "budget",
    spend_objects: "budget",
    read_input: "input",
    run_rule: "rule",
}
"""What the journal calls the step that ended a call."""
