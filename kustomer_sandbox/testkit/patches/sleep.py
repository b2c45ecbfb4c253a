"""Sleeping moves the world's time, and takes none: `time.sleep`, `asyncio.sleep`, `anyio.sleep`, and all upon them."""

from __future__ import annotations

import asyncio
import asyncio.tasks
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

import anyio
import anyio.lowlevel

from kustomer_sandbox.testkit.patches.replaced import replaced

KIT_THREADS = "kustomer-sandbox"
"""How the names of the kit's own threads begin. They sleep as ever: a server waits for calls, not for the world."""

_OWN = ("kustomer_sandbox.", "asyncio.", "anyio.", "_pytest.")


@contextmanager
def patched_sleep(advance: Callable[[float], object]) -> Iterator[None]:
    """Within, every sleep of the code under test calls `advance` with its seconds instead, from whatever thread.

    A module that has `from time import sleep` is served as well. Async sleeps let other tasks run, once.
    """
    instead = {
        id(time.sleep): _sleep(time.sleep, advance),
        id(asyncio.sleep): _asyncio_sleep(asyncio.sleep, advance),
        id(anyio.sleep): _anyio_sleep(anyio.sleep, advance),
    }
    with ExitStack() as stack:
        for module, name, value in _holders(instead):
            stack.enter_context(replaced(module, name, instead[id(value)]))
        yield


def _sleep(real: Callable[[float], None], advance: Callable[[float], object]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        if _is_kits_own():
            real(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            advance(seconds)

    return sleep


def _asyncio_sleep(real: Callable[..., Awaitable[Any]], advance: Callable[[float], object]) -> Callable[..., Any]:
    async def sleep(delay: float, result: Any = None) -> Any:  # noqa: ANN401 - as asyncio has it
        if delay > 0 and not _is_kits_own():
            advance(delay)
            delay = 0
        return await real(delay, result)

    return sleep


def _anyio_sleep(real: Callable[[float], Awaitable[None]], advance: Callable[[float], object]) -> Callable[..., Any]:
    async def sleep(delay: float) -> None:
        if _is_kits_own():
            await real(delay)
            return
        if delay > 0:
            advance(delay)
        await anyio.lowlevel.checkpoint()

    return sleep


def _is_kits_own() -> bool:
    return threading.current_thread().name.startswith(KIT_THREADS)


def _holders(instead: dict[int, Any]) -> list[tuple[ModuleType, str, object]]:
    """Where the functions are known by a name: their own modules, and those that have imported them."""
    homes = {time, asyncio, asyncio.tasks, anyio}
    # A program may have put anything there.
    entries: list[object] = list(sys.modules.values())
    modules = [entry for entry in entries if isinstance(entry, ModuleType)]
    return [
        (module, name, value)
        for module in modules
        if module in homes or not module.__name__.startswith(_OWN)
        for name, value in list(vars(module).items())
        if id(value) in instead
    ]
