"""What is known of one HTTP call: what came in, and what each step has learnt of it so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.sources.unserved import UnservedOperation
from kustomer_sandbox.simulator.records.unit_of_work import UnitOfWork
from kustomer_sandbox.simulator.store.protocol import CounterState
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.faults import Armed, CrashPoint
from kustomer_sandbox.simulator.world.journal import ChangeNotes, JournalRow, Step
from kustomer_sandbox.simulator.world.world import World


@dataclass(slots=True)
class RequestContext:
    """One call on its way through the steps of gate and pipeline, which fill it in from top to bottom.

    A field without a default is there once its step has been: `path` and `operations` after routing, `world`,
    `principal`, `now` and `unit` once `is_identified` is true, `query` when the input has been read.
    """

    request: Request

    # The gate: which path, whose key, at what instant, and which fault is in the way.
    template: str | None = None
    """The contract's path; None where there is no such path."""
    unknown_path: str = ""
    """Where there is no such path: the one asked for, as it may be told."""
    path: Mapping[str, str] = field(init=False)
    """The decoded path parameters."""
    operations: Mapping[str, Operation] = field(init=False)
    """The path's operations by method."""
    operation: Operation | None = None
    unserved: UnservedOperation | None = None
    """What Kustomer has there and the sandbox does not serve, if that is so."""
    is_identified: bool = False
    world: World = field(init=False)
    principal: Principal = field(init=False)
    now: datetime = field(init=False)
    tool: str = ""
    """The MCP tool that a tool server says the call acts for, and the id of that tool's call."""
    tool_call: str = ""
    unit: UnitOfWork = field(init=False)
    """What the call reads and writes through, from its budgets to its journal entry."""
    armed: Armed | None = None
    then: Callable[[], None] | None = None
    """Does what happens in the world after this call, if anything does."""
    crash_at: CrashPoint | None = None
    """The point at which an armed fault ends the call."""

    # The pipeline: budgets, input, the rule's outcome, and what the reader gets to see of it.
    request_budget: CounterState | None = None
    """The organisation's budget after this call's request."""
    charged_counters: list[str] = field(default_factory=list)
    """The object budgets this call drew on; given back if it is refused."""
    object_budget: tuple[int, int] | None = None
    """Limit and remaining calls of the tightest object budget that the call draws on; None if it draws on none."""
    query: Mapping[str, Any] = field(init=False)
    body: JSON = None
    outcome: Outcome | None = None
    data: Sequence[JSON] = ()
    """The outcome's records as resource objects, masked for this reader."""
    included: Sequence[JSON] | None = None
    """Further records as resource objects; None where none were asked for."""
    masked: dict[str, int] = field(default_factory=dict)
    """By record type, how many records were shown with masks."""
    response_body: bytes | None = None

    # What the journal says of the call.
    trace: list[Step] = field(default_factory=list)
    ended_in: str = "routing"
    """The step that ends the call if it is refused."""
    fault: str = ""
    """Class and place of the first unexpected exception."""
    changes: ChangeNotes = field(default_factory=ChangeNotes)
    """What the call has changed and committed."""
    entry: JournalRow = ()

    def origin(self) -> str:
        """Scheme and host by which the sandbox was called; Kustomer's own where a call names no host."""
        headers = self.request.headers
        scheme = headers.get("x-forwarded-proto", self.request.scheme)
        return f"{'https' if scheme == 'https' else 'http'}://{headers.get('host', 'api.kustomerapp.com')}"

    @property
    def error_vocabulary(self) -> ErrorVocabulary:
        """The words in which a refusal of this call is told: its world's, the errors page's while none is known."""
        return self.world.errors if self.is_identified else "page"
