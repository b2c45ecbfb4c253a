"""What a rule is given: where and when it acts and for whom, and the validated call. Nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.operations.journal_steps import budget_step, warning_step
from kustomer_sandbox.simulator.records.unit_of_work import UnitOfWork
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.journal import Step
from kustomer_sandbox.simulator.world.limits import ALL
from kustomer_sandbox.simulator.world.world import World


@dataclass(kw_only=True, slots=True)
class Context:
    """Where and when something is done, and by whom; `records` is what it may read, `operations.changes` writes.

    `job` is the kind of job it is, if it is one. For reading only. Not frozen, as each call of the API makes one: a
    frozen one takes three times as long to make.
    """

    world: World
    principal: Principal
    now: datetime
    records: UnitOfWork
    job: str = ""

    @property
    def operation_id(self) -> str:
        """What changes are made by: an operation's id, or a job's kind; empty where a world is set up."""
        return self.job

    def reads(self, rule: str, reading: str) -> bool:
        """Whether the world has this other reading of a rule of the ledger."""
        return self.world.reads(rule, reading)

    def spend(self, budget: str) -> None:
        """Count something against a budget that whoever acts has for everything. Raises `TooManyRequests`."""
        budgets, user = self.world.budgets, self.principal.user_id
        taken = budgets.take(budget, f"{budget}:{user}:{ALL}", self.now)
        self.steps.append(budget_step(budget, taken.used, budgets.ceilings[budget], user))

    @property
    def steps(self) -> list[Step]:
        """Where the journal is told what was decided."""
        return self.world.job_notes.trace


@dataclass(kw_only=True, slots=True)
class Call(Context):
    """One validated call of an operation. `now` is read once; `path` and `query` hold typed values.

    `trace` is what the journal says of the call; a rule may add what it decided. `origin` gives the address by which
    the sandbox was called, such as `http://127.0.0.1:8000`, for links to files.
    """

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: JSON = None
    trace: list[Step] = field(default_factory=list)
    origin: Callable[[], str] = str

    @property
    def operation_id(self) -> str:
        """The operation's id."""
        return self.operation.id

    @property
    def steps(self) -> list[Step]:
        """The call's trace."""
        return self.trace

    def warn(self, words: str, field: str) -> None:
        """Let the journal warn of a field of the body, although the call goes on; no value is kept."""
        self.trace.append(warning_step("rule", words, field))


def acting_as(context: Context, principal: Principal) -> Context:
    """The same place and time, in the name of somebody else."""
    return Context(
        world=context.world, principal=principal, now=context.now, records=context.records, job=context.operation_id
    )
