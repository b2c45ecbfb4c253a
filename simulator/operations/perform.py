"""An operation called from inside: validated, in one transaction, by its rule. The pipeline's last steps use the same.

Who calls is the context's principal: the caller of the API for what a rule has done in turn, the system for seeding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.contracts.validation import Checker, Finding, pointer
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import Job, Rule
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.values.errors import WHOLE_BODY, BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, Single, StoredRecord, StoredRecords
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import JobHandler, World

_NO_VALUES: Mapping[str, Any] = {}


class InvalidBody(BadRequest):
    """A body that its operation's schema does not allow; `findings` say where and why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(*map(_problem, findings))
        self.findings = findings


def _problem(finding: Finding) -> Problem:
    place = pointer(finding.path)
    return Problem(
        message=f"{place or 'The body'} {finding.reason}.",
        pointer=place or WHOLE_BODY,
        is_unknown_field=finding.about == "unknown",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Performer:
    """Performs operations without HTTP: no budget is drawn on, no role is asked for, nothing is journalled."""

    contracts: Contracts
    rules: Mapping[str, Rule]
    _checkers: dict[str, Checker] = field(default_factory=dict)

    def perform(
        self,
        context: Context,
        operation_id: str,
        *,
        path: Mapping[str, str] = _NO_VALUES,
        query: Mapping[str, Any] = _NO_VALUES,
        body: JSON = None,
    ) -> Outcome:
        """What an operation does and answers in a context. Raises `InvalidBody`, or the `Refusal` its rule gives.

        In a call that is under way (`context` is a rule's) it is part of that call and is undone with it.
        """
        body = self.checked(self.contracts.operations[operation_id], body)
        return self.perform_checked(context, operation_id, path=path, query=query, body=body)

    def perform_checked(
        self,
        context: Context,
        operation_id: str,
        *,
        path: Mapping[str, str],
        query: Mapping[str, Any] = _NO_VALUES,
        body: JSON,
    ) -> Outcome:
        """The same, with a body that has met its schema elsewhere. Raises the `Refusal` that its rule gives."""
        call = Call(
            world=context.world,
            principal=context.principal,
            now=context.now,
            records=context.records,
            operation=self.contracts.operations[operation_id],
            path=path,
            query=query,
            body=body,
        )
        with call.records.transaction():
            return carry_out(call, self.rules[operation_id])

    def checked(self, operation: Operation, body: JSON) -> JSON:
        """The body with the operation's fixed fields, after its schema. Raises `InvalidBody`."""
        if operation.body is None:
            return body
        filled = {**operation.fixed, **body} if isinstance(body, Mapping) else body
        checker = self._checkers.get(operation.id)
        if checker is None:
            checker = self._checkers[operation.id] = Checker(operation.body, self.contracts.document)
        findings = checker.findings(filled)
        findings += [Finding((name,), "is not a known field here", about="unknown") for name in checker.unknown(filled)]
        if findings:
            raise InvalidBody(findings)
        return filled


def carry_out(call: Call, rule: Rule) -> Outcome:
    """What the rule answers, ready to be rendered: rendering writes into records' attributes, so none is shared.

    A record that is given out just as it is stored is answered as such, so that its document is made only once.
    """
    outcome, unit = rule(call), call.records
    if isinstance(outcome, Single):
        data = None if outcome.included is not None or outcome.meta is not None else unit.stored(outcome.record)
        if data is not None:
            return StoredRecord(record=outcome.record, data=data, status=outcome.status)
        included = _own_all(outcome.included)
        return Single(record=_own(outcome.record), included=included, meta=outcome.meta, status=outcome.status)
    if isinstance(outcome, Page):
        records = outcome.records
        if not isinstance(records, StoredRecords):
            records = [_own(record) if unit.is_shared(record) else record for record in records]
        return replace(outcome, records=records, included=_own_all(outcome.included))
    return outcome


def _own(record: Record) -> Record:
    """A record whose attributes nobody else reads."""
    return {**record, "attributes": {**record["attributes"]}}


def _own_all(records: Sequence[Record] | None) -> list[Record] | None:
    return None if records is None else [_own(record) for record in records]


def job_handler(job: Job, kind: str) -> JobHandler:
    """A job as a world runs it: in the system's name, at the instant it fell due."""

    def run(world: World, at: datetime, ref: str) -> Record | None:
        unit = world.unit_of_work()
        with unit.transaction():
            return job(Context(world=world, principal=SYSTEM, now=at, records=unit, job=kind), ref)

    return run


def job_handlers(jobs: Mapping[str, Job]) -> dict[str, JobHandler]:
    """All jobs as a world runs them."""
    return {kind: job_handler(job, kind) for kind, job in jobs.items()}
