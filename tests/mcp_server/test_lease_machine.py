"""Random histories of opening, reading, failing, crashing and restarting: no window is ever forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import Account, ToolResult
from kustomer_sandbox.mcp_server.unmasking.leases import HARD, SLIDING
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.mcp_server.fakes import JANE, JOHN, KEY, PHONE, Counted, FakeUpstream, HandClock

ACCOUNT = Account(id="acme", base_url="https://acme.api.example", key_env="ACME_KEY")
GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"
CUSTOMERS = st.sampled_from([JANE, JOHN])
# Boundaries of the lease's life, and steps just before and after them.
STEPS = [0.5, 1, 5, 30, SLIDING.total_seconds() - 0.5, SLIDING.total_seconds(), HARD.total_seconds()]


class Killed(BaseException):
    """The process is gone: nothing below this line runs any more."""


class LeaseMachine(RuleBasedStateMachine):
    """One upstream that lives on, and a tool server that may die at any request and starts again on its state."""

    contracts: ClassVar[Contracts] = load()

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = HandClock()
        self.random = Counted()
        self.upstream = FakeUpstream()
        self.start()

    def start(self) -> None:
        """What a start does: open the state, then sweep."""
        self.died = False
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
        self.call(OPEN, customer_id=customer)

    @rule(customer=CUSTOMERS)
    def close(self, customer: str) -> None:
        self.call(CLOSE, id=customer)

    @rule(customer=CUSTOMERS)
    def read(self, customer: str) -> None:
        """Clear values only through an open lease of one's own that has not run out."""
        snapshot = self.server.windows.snapshot(ACCOUNT, self.caller.grant.server_id)
        may = any(lease.customer_id == customer and snapshot.is_mine(lease) for lease in snapshot.leases)
        got = self.call(GET, id=customer)
        assert (PHONE in str(got.document)) <= may

    @rule(customer=CUSTOMERS)
    def read_unmasked(self, customer: str) -> None:
        got = self.call(READ_UNMASKED, customer_id=customer, reason="a test of the machine")
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

    @rule()
    def client_leaves(self) -> None:
        self.run(self.server.windows.close_connection(self.caller.connection))

    @rule()
    def graceful_restart(self) -> None:
        self.run(self.server.aclose())
        self.start()

    @rule()
    def crash(self) -> None:
        self.die()
        self.start()

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
        with contextlib.suppress(Killed):
            self.call(tool, **arguments)
        self.upstream.script = []
        if self.died:
            self.start()

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
        """In the end, with a healthy upstream, time alone closes everything."""
        if not hasattr(self, "server"):
            return
        self.upstream.failing_deletes = 0
        for _ in range(4):
            self.clock.advance(HARD.total_seconds() / 2)
            self.run(self.server.housekeeping.sweep())
        assert self.upstream.open_windows == set()
        assert self.server.windows.book.live() == []
        self.run(self.server.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)


LeaseMachine.TestCase.settings = settings(stateful_step_count=25)
test_no_sequence_of_crashes_leaves_a_window_open = LeaseMachine.TestCase
