"""What `--store` adds to a served sandbox: its worlds are written down before anybody is answered.

The keeping itself is imported only where a store was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kustomer_sandbox.command.asked_world import SandboxSettings, UpError
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.simulator.api import Api

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi

_STATE = ".state"


def kept_in(url: str, api: Api) -> KeptApi:
    """The simulator with the worlds of a store, from now on kept there. Raises `UpError`."""
    from kustomer_sandbox.simulator.keeping.database import CannotOpenStore  # noqa: PLC0415 - only if asked for
    from kustomer_sandbox.simulator.keeping.opening import open_kept  # noqa: PLC0415

    try:
        return open_kept(url, api, random_hex=random_hex)
    except CannotOpenStore as refusal:
        raise UpError(str(refusal)) from None


@contextmanager
def store_errors(settings: SandboxSettings) -> Iterator[None]:
    """Turns a store that cannot be written into an `UpError`."""
    if not settings.store and settings.state is None:
        yield
        return
    from kustomer_sandbox.simulator.keeping.database import StoreUnavailable  # noqa: PLC0415 - only if asked for

    try:
        yield
    except StoreUnavailable as fault:
        raise UpError(f"{fault}; nothing is served") from None


def state_of(settings: SandboxSettings) -> Path | str | None:
    """Where what is the tool server's is kept: in the directory that was named, beside the store or in its database."""
    if settings.state is not None or not settings.store:
        return settings.state
    from kustomer_sandbox.simulator.keeping.opening import is_shared  # noqa: PLC0415 - only if asked for
    from kustomer_sandbox.simulator.keeping.sqlite import path_of  # noqa: PLC0415

    if is_shared(settings.store):
        return settings.store
    path = path_of(settings.store)
    return path.with_name(path.name + _STATE)


def keeping(api: Api, app: ASGIApp) -> ASGIApp:
    """The application, whose answers wait until what was done to worlds is kept; just that without a store."""
    kept = _kept(api)
    if kept is None:
        return app
    from kustomer_sandbox.web.keeping import KeepingApp  # noqa: PLC0415 - only if asked for

    return KeepingApp(app, kept)


def begin_keeping(api: Api, under_way: Collection[tuple[str, str]]) -> None:
    """Whoever sends to webhooks is there, and tells what is `under_way`: what an earlier process had is dealt with."""
    kept = _kept(api)
    if kept is not None:
        kept.end_attempts(under_way)


def tick_kept(api: Api, tick: Callable[[], None]) -> None:
    """Do what is done now and then, and keep what it has changed."""
    kept = _kept(api)
    if kept is None:
        tick()
    else:
        kept.tick(tick)


def end_keeping(api: Api) -> None:
    """The process ends."""
    kept = _kept(api)
    if kept is not None:
        kept.close()


def _kept(api: Api) -> KeptApi | None:
    if type(api) is Api:
        return None
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi  # noqa: PLC0415 - only if asked for

    return api if isinstance(api, KeptApi) else None
