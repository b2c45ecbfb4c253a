"""What may be sent to an organisation that is somebody's: reads, and, where it is allowed, changes of the run's own."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.suite.laws.promised import promised
from kustomer_sandbox.contracts.suite.running import NEEDS_WRITES
from kustomer_sandbox.contracts.suite.target import NotAllowed, TargetAnswer
from kustomer_sandbox.simulator.request.routing import RoutingTable

_READS = ("GET", "HEAD")


class Routes:
    """Which operation a call is of."""

    def __init__(self) -> None:
        self._table = RoutingTable(promised().operations.values())

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation; None if the contracts know none."""
        found = self._table.match(path)
        return found[0].operations.get(method) if found else None

    def only_reads(self, method: str, path: str) -> bool:
        """Whether a call changes nothing, whatever is sent."""
        operation = self.operation(method, path)
        return method in _READS or (operation is not None and operation.searches)


class ReadsAlone:
    """Lets reads and searches through and nothing else: a target that departs might do what it should refuse."""

    may_write = False

    def __init__(self) -> None:
        self._routes = Routes()

    def admit(self, method: str, path: str, body: Any, *, is_raw: bool) -> None:  # noqa: ANN401, ARG002 - as `Guard`
        if not self._routes.only_reads(method, path):
            raise NotAllowed(NEEDS_WRITES)

    def answered(self, method: str, answer: TargetAnswer) -> None:
        """A read leaves nothing behind."""
