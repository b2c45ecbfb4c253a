"""One operation from call to document. The order of work is the two lists at the end of this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.journal_steps import BUDGET, budget_step, unknown_parameter_step
from kustomer_sandbox.simulator.operations.perform import carry_out
from kustomer_sandbox.simulator.operations.registry import Presenter, Rule
from kustomer_sandbox.simulator.request import envelope, mask_guard, rendering
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.request.hook_bodies import read_payload
from kustomer_sandbox.simulator.request.validation import RequestValidator
from kustomer_sandbox.simulator.values.auth import check_roles
from kustomer_sandbox.simulator.values.errors import Refusal, TooManyRequests
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.faults import Crashed
from kustomer_sandbox.simulator.world.journal import Step
from kustomer_sandbox.simulator.world.limits import ORG, counters, shared_budgets, shared_counter, told_object

_ROLE_OK: Step = ("role", "ok", (), ())
_RULE_OK: Step = ("rule", "ok", (), ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """The steps every call goes through, and what they need."""

    rules: Mapping[str, Rule]
    presenters: Mapping[str, Presenter]
    validator: RequestValidator

    def run(self, x: RequestContext, operation: Operation) -> None:
        """Fill in outcome and response body.

        Raises `Refusal`, and gives back the object budgets it drew on; `Crashed` at the point an armed fault names.
        """
        name = ""
        try:
            for name, step in CHECKS:  # noqa: B007 - read where a step has raised
                step(self, x, operation)
            if x.crash_at == "before_rule":
                raise Crashed  # noqa: TRY301 - ends the call as any failure would
            with x.unit.reading() if operation.method == "GET" else x.unit.transaction():
                for name, step in IN_TRANSACTION:  # noqa: B007 - as above
                    step(self, x, operation)
                if x.crash_at == "before_commit":
                    raise Crashed  # noqa: TRY301 - as above
        except BaseException as end:
            x.ended_in = name
            _give_back(x, end)
            raise
        # What is committed has been paid for, whatever comes after.
        x.trace.append(_RULE_OK)
        if x.crash_at == "after_rule":
            raise Crashed


def authorise(_: Pipeline, x: RequestContext, operation: Operation) -> None:
    """One of the operation's roles. Raises `Forbidden`."""
    check_roles(x.principal, operation.roles, x.path)
    x.trace.append(_ROLE_OK)


def charge_shared(_: Pipeline, x: RequestContext, operation: Operation) -> None:
    """One request of the organisation's minute, or of its hooks', its person's, its searches. `TooManyRequests`."""
    budgets = x.world.budgets
    for name in shared_budgets(operation, x.principal):
        state = budgets.take(name, shared_counter(name, x.principal), x.now)
        x.trace.append(("budget", "ok", BUDGET, (name, state.used, budgets.ceilings[name])))
        if name == ORG:
            x.request_budget = state


def charge_objects(_: Pipeline, x: RequestContext, operation: Operation) -> None:
    """One unit of each budget that the call's objects have. Raises `TooManyRequests`."""
    if operation.spends:
        x.body = _body_if_readable(x.request.body)
        budgets = x.world.budgets
        for name, counter in counters(operation, x.principal, x.path, x.body, x.unit):
            limit = budgets.ceilings[name]
            state = budgets.take(name, counter, x.now)
            x.charged_counters.append(counter)
            x.trace.append(budget_step(name, state.used, limit, told_object(counter)))
            if x.object_budget is None or limit - state.used < x.object_budget[1]:
                x.object_budget = (limit, limit - state.used)


def _give_back(x: RequestContext, end: BaseException) -> None:
    """Return what the call that ended so took of its objects' budgets; its headers tell what remains of them."""
    if x.charged_counters and isinstance(end, Refusal) and x.world.reads("refused-creations-do-not-count", "counted"):
        return
    for counter in x.charged_counters:
        x.world.budgets.give_back(counter, x.now)
    if isinstance(end, TooManyRequests) and end.budget in x.world.budgets.limits.budgets:
        x.object_budget = (end.limit, 0)
    elif x.object_budget is not None:
        limit, remaining = x.object_budget
        x.object_budget = (limit, remaining + 1)


def _body_if_readable(raw: bytes) -> JSON:
    """The body as far as it can be read: budgets come before validation."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def read_input(pipeline: Pipeline, x: RequestContext, operation: Operation) -> None:
    """Path, query and body, checked against the contract. Raises `BadRequest` or `PayloadTooLarge`.

    Unknown query parameters are ignored, and the journal warns of each; a strict world refuses them.
    """
    pipeline.validator.path(operation, x.path)
    ignored: list[str] | None = None if x.world.strict else []
    x.query = pipeline.validator.query(operation, x.request.query, ignored=ignored, reads=x.world.reads)
    if ignored:
        x.trace += [unknown_parameter_step(name) for name in dict.fromkeys(ignored)]
    if operation.is_hook:
        pipeline.validator.size(operation, x.request.body)  # before a form or XML is read
        x.body = read_payload(x.request.headers, x.request.body)
    x.body = pipeline.validator.body(operation, x.request.body, x.body)


def guard_masks(_: Pipeline, x: RequestContext, operation: Operation) -> None:
    """No mask in place of what it hides. Raises `BadRequest`."""
    mask_guard.refuse_masks(x, operation)


def run_rule(pipeline: Pipeline, x: RequestContext, operation: Operation) -> None:
    """The operation's rule. Raises whatever `Refusal` it gives."""
    call = Call(
        world=x.world,
        principal=x.principal,
        now=x.now,
        records=x.unit,
        operation=operation,
        path=x.path,
        query=x.query,
        body=x.body,
        trace=x.trace,
        origin=x.origin,
    )
    x.outcome = carry_out(call, pipeline.rules[operation.id])


def render(pipeline: Pipeline, x: RequestContext, _: Operation) -> None:
    """What the reader gets to see of the outcome's records: computed attributes, masks."""
    rendering.render_outcome(x, pipeline.presenters)


def put_in_envelope(_: Pipeline, x: RequestContext, __: Operation) -> None:
    """The response's document, encoded. A cached one is whole already; an outcome may have none."""
    if x.response_body is None and x.outcome is not None:
        request = x.request
        document = envelope.document_of(x.outcome, x.data, x.included, path=request.path, query=request.query)
        x.response_body = None if document is None else orjson.dumps(document)


PipelineStep = Callable[[Pipeline, RequestContext, Operation], None]

CHECKS: tuple[tuple[str, PipelineStep], ...] = (
    ("role", authorise),  # 403
    ("budget", charge_shared),  # 429
    ("budget", charge_objects),  # 429
    ("input", read_input),  # 400, 413
    ("input", guard_masks),  # 400
)
"""Each step after the name that the journal gives it."""

IN_TRANSACTION: tuple[tuple[str, PipelineStep], ...] = (
    ("rule", run_rule),  # 404, 409 and the rules' own 400s
    ("rule", render),
    ("rule", put_in_envelope),
)
"""The steps that happen whole or not at all: what cannot be shown has not happened."""
