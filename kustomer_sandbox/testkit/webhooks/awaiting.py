"""What async code gives to code that cannot await it."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context


def finished(given: object) -> object:
    """What a function gives, async or not; where a loop is running, as in an async test, on one in another thread."""
    if not inspect.iscoroutine(given):
        return given
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(given)
    with ThreadPoolExecutor(1) as another:
        return another.submit(copy_context().run, asyncio.run, given).result()
