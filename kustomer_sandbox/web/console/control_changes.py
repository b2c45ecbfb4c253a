"""Tells open pages that the control or the management API has done something: the journal does not note that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ControlChanges:
    """The application, and whoever wants to hear of each of its calls that is no reading, once it is answered.

    `acts` counts these calls.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._listeners: list[Callable[[], None]] = []
        self.acts = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] not in _READING:
            self.acts += 1
            for tell in tuple(self._listeners):
                tell()

    @contextmanager
    def heard_by(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have somebody told."""
        self._listeners.append(tell)
        try:
            yield
        finally:
            self._listeners.remove(tell)
