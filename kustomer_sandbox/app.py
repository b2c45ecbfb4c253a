"""Both servers on one port: the fake API, its control, the tool server in front of it, the console."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from starlette.types import ASGIApp

from kustomer_sandbox.episodes.episodes import Episodes
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.clock import AsyncClock, SystemClock
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.upstreams.accounts import KEY_ENV, OF_WORLD, WorldAccounts
from kustomer_sandbox.upstreams.wire import SimulatorWire
from kustomer_sandbox.web.late import LatePages
from kustomer_sandbox.web.metrics.metrics import Metrics
from kustomer_sandbox.web.page_parts import PageParts

if TYPE_CHECKING:
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi

_LOG = logging.getLogger(__name__)
_EPISODES = "episodes.sqlite3"
"""The file of a state in which the worlds of its episodes are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """A running sandbox's parts and the secrets a user needs, shown once.

    A token is None that was deleted from the tool server's state: it stays so until it is rotated.
    """

    app: ASGIApp
    api: Api
    mcp: McpServer
    episodes: Episodes
    metrics: Metrics
    world: World
    api_key: str
    account_id: str
    api_token: str
    mcp_token: str


def create_sandbox(  # noqa: PLR0913 - all that is injected
    plan: WorldSpec,
    *,
    base_url: str,
    names: HostNames | None = None,
    api: Api | None = None,
    clock: AsyncClock | None = None,
    access: Access | None = None,
    is_shared: bool = True,
    neighbours: Path | None = None,
    state: Path | str | None = None,
) -> Sandbox:
    """A world, an API key, an integrated account and an MCP server that exposes every tool.

    The world is made in `api`, if given. `clock` is the tool server's, the machine's own if left out, `access` that to
    the control API, `names` are those it may be called by. Unless it `is_shared` with other machines, its URL and
    tokens are the same at every start, and shown at `/docs`; with a `state` of the tool server's own (a directory, or a
    PostgreSQL) they are that state's, whose episodes go on. Tool servers tell of windows in `neighbours`.
    Raises `CannotOpenState`.
    """
    api, names = api or create_api(), names or HostNames(public_url=base_url)
    api = (kept := _kept(api, state)) or api
    world, key = api.opening(plan)
    secrets = _secrets(api, key)
    mcp = _tool_server(api, secrets, base_url=base_url, names=names, clock=clock, state=state, neighbours=neighbours)
    account = mcp.provisioning.put_account(Account(id=plan.name, base_url=base_url, key_env=KEY_ENV))
    accounts = WorldAccounts(api, mcp, secrets=secrets, base_url=base_url)
    _resume(accounts, kept, state=state, first=plan.name)
    episodes = Episodes(api, accounts, clock=mcp.clock, random_hex=random_hex)
    mcp.housekeeping.chores.append(episodes.sweep)
    tokens = _own_tokens(mcp, account) if is_shared or state else _derived_tokens(mcp, account, plan)
    parts = PageParts(
        api=api, mcp=mcp, episodes=episodes, metrics=Metrics(api, mcp, episodes), access=access or Access(),
        names=names, shown=() if is_shared else (key, tokens["api_token"]), api_token=tokens["api_token"],
    )  # fmt: skip
    return Sandbox(
        app=_assemble(parts), api=api, mcp=mcp, episodes=episodes, metrics=parts.metrics, world=world, api_key=key,
        account_id=account.id, **tokens,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class EmptySandbox:
    """The parts of a sandbox that has no world yet, as the workers of a fleet begin."""

    app: ASGIApp
    mcp: McpServer
    episodes: Episodes
    metrics: Metrics


def create_empty_sandbox(
    api: Api, *, base_url: str, names: HostNames, api_token: str, access: Access, neighbours: Path | None = None
) -> EmptySandbox:
    """As `create_sandbox`, without a world, for worlds and episodes to come; `api_token` opens the management API."""
    secrets: dict[str, str] = {}
    mcp = _tool_server(api, secrets, base_url=base_url, names=names, neighbours=neighbours)
    accounts = WorldAccounts(api, mcp, secrets=secrets, base_url=base_url)
    episodes = Episodes(api, accounts, clock=mcp.clock, random_hex=random_hex)
    mcp.housekeeping.chores.append(episodes.sweep)
    mcp.provisioning.create_api_token("default", mcp.clock.now(), token=api_token)
    metrics = Metrics(api, mcp, episodes)
    parts = PageParts(
        api=api, mcp=mcp, episodes=episodes, metrics=metrics, access=access, names=names, api_token=api_token
    )
    return EmptySandbox(app=_assemble(parts), mcp=mcp, episodes=episodes, metrics=metrics)


def _secrets(api: Api, key: str) -> dict[str, str]:
    """What the tool server calls worlds with: the first world's key, and where others make worlds, too, theirs."""
    known = {KEY_ENV: key}
    if type(api) is Api:
        return known
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi  # noqa: PLC0415
    from kustomer_sandbox.upstreams.keys import KeysOfStore  # noqa: PLC0415 - only if asked for

    if isinstance(api, KeptApi) and api.is_shared:
        return KeysOfStore(api, known, prefix=OF_WORLD)
    return known


def _tool_server(
    api: Api,
    secrets: dict[str, str],
    *,
    base_url: str,
    names: HostNames,
    clock: AsyncClock | None = None,
    state: Path | str | None = None,
    neighbours: Path | None = None,
) -> McpServer:
    return McpServer(
        contracts=api.contracts,
        secrets=secrets,
        clock=clock or SystemClock(),
        wire=SimulatorWire(api, origin=base_url, answers_for_others=type(secrets) is not dict),
        directory=state,
        hosts=names.given,
        neighbours=neighbours,
    )


def _kept(api: Api, state: Path | str | None) -> KeptApi | None:
    """The API, if its worlds outlive the process: all of them where it has a store, else those of a state's episodes.

    Another process may have these already: then there are none here, and what begins here is not kept.
    """
    if api.worlds.keeping is None and state is None:
        return None
    from kustomer_sandbox.simulator.keeping.database import CannotOpenStore  # noqa: PLC0415 - only if asked for
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi  # noqa: PLC0415 - the same
    from kustomer_sandbox.simulator.keeping.opening import open_for_episodes  # noqa: PLC0415

    if isinstance(api, KeptApi) or not isinstance(state, Path):
        return api if isinstance(api, KeptApi) else None
    with contextlib.suppress(CannotOpenStore, OSError):  # the tool server says what is wrong with a directory
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open_for_episodes(state / _EPISODES, api, random_hex=random_hex)
    return None


def _resume(accounts: WorldAccounts, kept: KeptApi | None, *, state: Path | str | None, first: str) -> None:
    """Go on with the accounts of worlds that were kept; `first` is the name of the world that has one already."""
    if kept:
        with kept.turn():  # another process may be about to make a world, whose account is there before it
            accounts.resume(first, kept.key_of)
    elif isinstance(state, Path):
        _LOG.warning("episodes are not kept: %s cannot be used, or another process uses it", state / _EPISODES)


class _Tokens(TypedDict):
    mcp_token: str
    api_token: str


def _own_tokens(mcp: McpServer, account: Account) -> _Tokens:
    """Those of the tool server's state: nobody can work them out who has not read it. What was deleted stays so."""
    defaults, now = mcp.defaults, mcp.clock.now()
    return _Tokens(mcp_token=defaults.working_server_token(account, now), api_token=defaults.working_api_token(now))


def _derived_tokens(mcp: McpServer, account: Account, plan: WorldSpec) -> _Tokens:
    """What was pasted into a client's settings goes on working after a restart. Anyone can work them out."""
    url, api = (hashlib.sha256(f"{plan.name}/{plan.seed}/{purpose}".encode()).hexdigest() for purpose in ("mcp", "api"))
    _, mcp_token = mcp.provision(account, name="default", token=url[:32])
    api_token = mcp.provisioning.create_api_token("default", mcp.clock.now(), token=api)
    return _Tokens(mcp_token=mcp_token, api_token=api_token)


def _assemble(parts: PageParts) -> ASGIApp:
    def pages() -> ASGIApp:
        from kustomer_sandbox.web.application import create_pages  # noqa: PLC0415 - the framework: see `LatePages`

        return create_pages(parts)

    return parts.mcp.before(LatePages(pages))
