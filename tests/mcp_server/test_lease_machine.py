"""Random histories of opening, reading, failing, crashing and restarting: no window is ever forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import Account, ToolResult
from kustomer_sandbox.mcp_server.unmasking.leases import HARD, SLIDING
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.mcp_server.fakes import JANE, JOHN, KEY, PHONE, Counted, FakeUpstream, HandClock
from tests.stateful.exploring import Machine, PlantedFault, assert_found, explore
from tests.stateful.reference import Leases

ACCOUNT = Account(id="acme", base_url="https://acme.api.example", key_env="ACME_KEY")
GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"
CUSTOMERS = st.sampled_from([JANE, JOHN])
# Boundaries of the lease's life, and steps just before and after them.
STEPS = [0.5, 1, 5, 30, SLIDING.total_seconds() - 0.5, SLIDING.total_seconds(), HARD.total_seconds()]

QUICK_DISK = next((folder for folder in ("/dev/shm",) if Path(folder).is_dir()), None)  # noqa: S108
"""Here no power is cut, so nothing needs to reach a real disk; waiting for one would be most of the machine's time."""


class Killed(BaseException):
    """The process is gone: nothing below this line runs any more."""


class LeaseMachine(Machine):
    """One upstream that lives on, and a tool server that may die at any request and starts again on its state."""

    contracts: ClassVar[Contracts] = load()

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(dir=QUICK_DISK))
        self.clock = HandClock()
        self.random = Counted()
        self.upstream = FakeUpstream()
        self.began = self.clock.now()
        self.start()

    def start(self) -> None:
        """What a start does: open the state, then sweep."""
        self.died = False
        self.leases = Leases()
        self.server = McpServer(
            contracts=self.contracts,
            secrets={"ACME_KEY": KEY},
            clock=self.clock,
            random_hex=self.random,
            directory=self.folder / "state",
            wire=HttpWire(httpx.MockTransport(self.upstream)),
        )
        token = self.server.default_token(ACCOUNT)
        grant = self.server.provisioning.grant(token, self.clock.now())
        assert grant is not None
        self.caller = Caller(grant=grant, connection=f"connection-{self.random.count}")
        self.sweep()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run(work)

    def call(self, tool: str, **arguments: str) -> ToolResult:
        result: ToolResult = self.run(self.server.calls.call(self.caller, tool, arguments))
        return result

    @rule(customer=CUSTOMERS)
    def open(self, customer: str) -> None:
        self.note(OPEN, customer, self.call(OPEN, customer_id=customer))

    def note(self, tool: str, customer: str, got: ToolResult) -> None:
        """Have the reference know what a call that came to its end has done."""
        if tool == GET:
            self.leases.read(customer, self.since)
        elif tool != OPEN:
            self.leases.close(customer)
        elif not got.is_error:
            self.leases.open(customer, self.since)

    @property
    def since(self) -> timedelta:
        """The time as the reference has it."""
        return self.clock.now() - self.began

    @rule(customer=CUSTOMERS)
    def close(self, customer: str) -> None:
        """An upstream that is well has no window of the customer any more."""
        healthy = self.upstream.failing_deletes == 0
        self.note(CLOSE, customer, self.call(CLOSE, id=customer))
        assert not healthy or customer not in self.upstream.open_windows

    @rule(customer=CUSTOMERS, times=st.integers(1, 4))
    def open_and_fail_to_close(self, customer: str, times: int) -> None:
        """What is still open upstream is read by nobody; apart from each other the three seldom meet."""
        self.open(customer)
        self.upstream_fails(times)
        self.close(customer)
        self.read(customer)
        self.upstream.failing_deletes = 0

    @rule(customer=CUSTOMERS)
    def open_and_let_expire(self, customer: str) -> None:
        """Read and swept just before its end, and at the end which that read has put off."""
        self.open(customer)
        for seconds in (SLIDING.total_seconds() - 0.5, SLIDING.total_seconds()):
            self.clock.advance(seconds)
            self.read(customer)
            self.sweep()
        if self.upstream.failing_deletes == 0:
            self.wait(30)
            self.sweep()
            assert customer not in self.upstream.open_windows

    @rule(customer=CUSTOMERS)
    def read(self, customer: str) -> None:
        """Clear values while the reference says so, and only then."""
        may = self.leases.may_read(customer, self.since)
        got = self.call(GET, id=customer)
        assert (PHONE in str(got.document)) is may, got.document
        self.note(GET, customer, got)

    @rule(customer=CUSTOMERS)
    def read_unmasked(self, customer: str) -> None:
        got = self.call(READ_UNMASKED, customer_id=customer, reason="a test of the machine")
        self.note(READ_UNMASKED, customer, got)
        if got.document.get("window_closed"):
            assert customer not in self.upstream.open_windows

    @rule(seconds=st.sampled_from(STEPS))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def sweep(self) -> None:
        """After a sweep with a healthy upstream only windows of leases of this very process are open."""
        healthy = self.upstream.failing_deletes == 0
        self.run(self.server.housekeeping.sweep())
        live = self.server.windows.book.live()
        if healthy and not any(lease.is_due(self.clock.now()) for lease in live):
            snapshot = self.server.windows.snapshot(ACCOUNT, self.caller.grant.server_id)
            waiting = {lease.customer_id for lease in snapshot.leases if lease.status == "closing"}
            ours = [lease for lease in snapshot.leases if lease.owner == self.server.owner]
            living = {lease.customer_id for lease in ours if snapshot.is_mine(lease)}
            assert self.upstream.open_windows <= living | waiting

    @rule(times=st.integers(1, 4))
    def upstream_fails(self, times: int) -> None:
        self.upstream.failing_deletes = times

    @rule(customer=CUSTOMERS, first=st.booleans())
    def client_leaves(self, customer: str, *, first: bool) -> None:
        """What it opened is closed, or known as uncertain where the upstream does not say so."""
        if first:
            self.open(customer)
        healthy = self.upstream.failing_deletes == 0
        self.run(self.server.windows.close_connection(self.caller.connection))
        self.leases.forget()
        mine = [lease for lease in self.server.windows.book.live() if lease.connection == self.caller.connection]
        assert all(lease.status == "closing" for lease in mine)
        assert not healthy or self.upstream.open_windows <= self.waiting()

    def waiting(self) -> set[str]:
        """The customers whose windows are known to be closed later: it was tried before, and failed."""
        return {lease.customer_id for lease in self.server.windows.book.live() if lease.status == "closing"}

    @rule(customer=CUSTOMERS, first=st.sampled_from([True, True, True, False]))
    def graceful_restart(self, customer: str, *, first: bool) -> None:
        if first:
            self.open(customer)
        healthy, waiting = self.upstream.failing_deletes == 0, self.waiting()
        self.run(self.server.aclose())
        assert not healthy or self.upstream.open_windows <= waiting
        self.start()

    @rule(customer=CUSTOMERS, first=st.booleans())
    def crash(self, customer: str, *, first: bool) -> None:
        """The next start closes what was left open."""
        if first:
            self.open(customer)
        healthy = self.upstream.failing_deletes == 0
        self.die()
        self.start()
        assert not healthy or self.upstream.open_windows <= self.waiting()

    @precondition(lambda self: not self.upstream.script)
    @rule(
        customer=CUSTOMERS,
        tool=st.sampled_from([OPEN, CLOSE, GET, READ_UNMASKED]),
        at=st.integers(0, 2),
        arrives=st.booleans(),
    )
    def crash_during_a_call(self, customer: str, tool: str, at: int, *, arrives: bool) -> None:
        """Killed at the first, second or third request of a call, before or after the upstream got it."""
        self.upstream.script = [*[self.upstream.as_usual] * at, self.killer(arrives=arrives)]
        arguments = {"customer_id": customer} if tool in {OPEN, READ_UNMASKED} else {"id": customer}
        if tool == READ_UNMASKED:
            arguments["reason"] = "a test of the machine"
        got = None
        with contextlib.suppress(Killed):
            got = self.call(tool, **arguments)
        self.upstream.script = []
        if self.died or got is None:
            self.start()
        else:
            self.note(tool, customer, got)

    def killer(self, *, arrives: bool) -> Callable[[httpx.Request], httpx.Response]:
        def kill(request: httpx.Request) -> httpx.Response:
            if arrives:
                self.upstream.as_usual(request)
            self.die()
            self.upstream.script = [self.dead] * 20
            raise Killed

        return kill

    def dead(self, _request: httpx.Request) -> httpx.Response:
        raise Killed

    def die(self) -> None:
        """Neither the state nor the upstream hears of this process again; its lock is dropped."""
        self.died = True
        self.server._state.close()  # noqa: SLF001
        self.server._presence.end()  # noqa: SLF001

    @invariant()
    def no_window_without_a_lease(self) -> None:
        """Whatever is open upstream stands in the state as something still to be closed."""
        if hasattr(self, "server"):
            known = {lease.customer_id for lease in self.server.windows.book.live()}
            assert self.upstream.open_windows <= known

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        try:
            self.let_time_close_everything()
        finally:
            self.run(self.server.aclose())
            self.loop.close()
            shutil.rmtree(self.folder)

    def let_time_close_everything(self) -> None:
        """In the end, with a healthy upstream, nothing else is needed."""
        self.upstream.failing_deletes = 0
        for _ in range(4):
            self.clock.advance(HARD.total_seconds() / 2)
            self.run(self.server.housekeeping.sweep())
        assert self.upstream.open_windows == set()
        assert self.server.windows.book.live() == []


@pytest.mark.properties
def test_no_sequence_of_crashes_leaves_a_window_open() -> None:
    """Whatever fails and whenever the process dies, each window is known until it is closed, and read by its own."""
    explore(LeaseMachine)


_AT = "mcp_server.unmasking"
FAULTS = (
    PlantedFault("no lease expires", f"{_AT}.leases:Lease.is_overdue", "now >= self.ends_at", "False"),
    PlantedFault(
        "a closing that failed is not tried again",
        f"{_AT}.leases:Lease.is_due",
        "self.is_closing and",
        "False and",
    ),
    PlantedFault("any answer confirms a closing", f"{_AT}.windows:is_closed", "response.status in _OK", "True"),
    PlantedFault(
        "a lease is not written before its window opens",
        f"{_AT}.book:LeaseBook.begin",
        "db.execute(_ADD, _row(lease))",
        "pass",
    ),
    PlantedFault(
        "what is uncertain is let through",
        f"{_AT}.windows:LeaseSnapshot.unsafe",
        "if not self.is_mine(lease)",
        "if False",
    ),
    PlantedFault(
        "a lease is read through beyond its end",
        f"{_AT}.leases:is_safe",
        "and now < lease.ends_at",
        "",
    ),
    PlantedFault(
        "who leaves leaves the windows open",
        f"{_AT}.windows:Windows.close_connection",
        "lease.connection == connection",
        "False",
    ),
    PlantedFault(
        "a stop leaves the windows open", f"{_AT}.windows:Windows.close_owner", "lease.owner == owner", "False"
    ),
    PlantedFault(
        "nobody takes over from the dead",
        f"{_AT}.windows:Windows._reason_to_end",
        "self._is_alive(lease.owner)",
        "True",
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, LeaseMachine, monkeypatch)
