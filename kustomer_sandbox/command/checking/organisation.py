"""A real organisation: asked slowly, changed only where that is allowed, and never more than what the run has made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx

from kustomer_sandbox.command.checking.asking import HttpTarget
from kustomer_sandbox.command.checking.pace import Pace
from kustomer_sandbox.command.checking.places import PlaceError
from kustomer_sandbox.contracts.suite.running import NoAnswer, shown_path
from kustomer_sandbox.contracts.suite.target import NotApplicable, TargetAnswer

_FEW_EXAMPLES = 5
"""How many generated examples a law is tried with where each call is one of somebody's budget."""
_FORBIDDEN, _UNAUTHORIZED, _TOO_MANY = 403, 401, 429
_TRIES = 3


class Guard(Protocol):
    """Decides what may be sent; raises `NotAllowed`. `answered` is told what became of it."""

    @property
    def may_write(self) -> bool: ...

    def admit(self, method: str, path: str, body: Any, *, is_raw: bool) -> None: ...  # noqa: ANN401
    def answered(self, method: str, answer: TargetAnswer) -> None: ...


class OrganisationTarget(HttpTarget):
    """An organisation behind one key, within a pace and a guard."""

    def __init__(self, client: httpx.Client, key: str, *, mark: str, pace: Pace, guard: Guard) -> None:
        super().__init__(client, key, mark=mark, examples=_FEW_EXAMPLES)
        self._pace, self._guard = pace, guard

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - whatever a check sends
        *,
        query: str = "",
        raw: bytes | None = None,
        key: str | None = None,
    ) -> TargetAnswer:
        self._guard.admit(method, path, body, is_raw=raw is not None)
        for _ in range(_TRIES):
            self._pace.wait(is_search=path.endswith("/search"))
            answer = super().call(method, path, body, query=query, raw=raw, key=key)
            self._pace.learn(answer.headers)
            if answer.status != _TOO_MANY:
                return self._looked_at(method, path, answer)
            self._pace.rest()
        raise NotApplicable("the organisation's budget is used up by others")

    def _looked_at(self, method: str, path: str, answer: TargetAnswer) -> TargetAnswer:
        self._guard.answered(method, answer)
        if answer.status == _FORBIDDEN:
            raise NotApplicable(f"the key has no role for {method} {shown_path(path)}")
        return answer


class Organisation:
    """Where the checks of an organisation are run. Raises `PlaceError` where none answers to the key."""

    has_control = False

    def __init__(self, target: OrganisationTarget, guard: Guard, *, origin: str) -> None:
        self.name, self._target, self.may_write = origin, target, guard.may_write
        try:
            answer = target.call("GET", "/v1/users/current")
        except NoAnswer as why:
            raise PlaceError(f"{origin} does not answer: {why}") from None
        except NotApplicable:
            return
        if answer.status == _UNAUTHORIZED:
            raise PlaceError(f"{origin} does not know the key")

    @contextmanager
    def target(self) -> Iterator[OrganisationTarget]:
        self._target.begin()
        yield self._target
