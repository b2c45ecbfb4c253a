"""An application that is made when it is first asked: a start does not wait for what few will open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LatePages:
    """The pages, made in a thread by the first request for one, since calls of tools and of the API go on meanwhile."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._making = anyio.Lock()
        self._pages: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._pages is None:
            async with self._making:
                if self._pages is None:
                    self._pages = await anyio.to_thread.run_sync(self._make)
        await self._pages(scope, receive, send)
