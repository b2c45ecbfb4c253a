"""The simulator as a target of the shipped suite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kustomer_sandbox.contracts.suite.target import Exchange, TargetAnswer
from tests.world_client import WorldClient


class SimulatedTarget:
    """One empty world, called in process."""

    def __init__(self, client: WorldClient) -> None:
        self.client = client
        self._count = 0
        self._trail: list[Exchange] = []

    @property
    def examples(self) -> int:
        return 3

    @property
    def trail(self) -> Sequence[Exchange]:
        return self._trail

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        raw: bytes | None = None,
        key: str | None = None,
    ) -> TargetAnswer:
        answer = self.client.call(method, path, body, query=query, raw=raw, key=key)
        self._trail.append(Exchange(method, path, query, body, answer))
        return answer

    def unique(self, stem: str) -> str:
        self._count += 1
        return f"{stem}{self._count}"

    def advance(self, seconds: float) -> None:
        self.client.advance(seconds)

    def new_key(self, *roles: str, read_sensitive: bool = False) -> str:
        return self.client.new_key(*roles, read_sensitive=read_sensitive)
