"""A visit to what is checked: the place, and what has to be done at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from mcp.client import Client as ToolClient

from kustomer_sandbox.clients import Client
from kustomer_sandbox.command.checking.asking import WAIT_SECONDS, HttpTarget
from kustomer_sandbox.command.checking.clean_up import remove_all
from kustomer_sandbox.command.checking.guard import ReadsAlone
from kustomer_sandbox.command.checking.journal import CreatedRecords
from kustomer_sandbox.command.checking.organisation import Organisation, OrganisationTarget
from kustomer_sandbox.command.checking.own_records import OwnRecords
from kustomer_sandbox.command.checking.pace import Pace
from kustomer_sandbox.command.checking.tools.tool_servers import Connect, ToolServerPlace
from kustomer_sandbox.command.checking.tools.upstream import SandboxUpstream
from kustomer_sandbox.contracts.suite.laws.promised import promised
from kustomer_sandbox.contracts.suite.running import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the options say of the target."""

    rest: str
    mcp: str
    mcp_reads: str
    key_env: str
    share: str
    journal: Path
    writes: bool


def _nothing() -> list[str]:
    return []


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """Where checks are run, its name, and its end, which gives what could not be removed."""

    place: Place
    name: str
    finish: Callable[[], list[str]] = _nothing


def visit_organisation(
    origin: str,
    key: str,
    *,
    mark: str,
    share: float,
    journal: Path,
    writes: bool,
    transport: httpx.BaseTransport | None = None,
    pace: Pace | None = None,
) -> Visit:
    """An organisation by its key. Raises `PlaceError` and `JournalError`.

    `transport` and `pace` are what lies between, and how fast it is used, if that is something else than usual.
    """
    pace = pace or Pace(share, searches=promised().limits.searches)
    client = Client(base_url=origin, timeout=WAIT_SECONDS, transport=transport)
    made = CreatedRecords(journal, origin) if writes else None
    guard = OwnRecords(mark, made) if made is not None else ReadsAlone()
    target = OrganisationTarget(client, key, mark=mark, pace=pace, guard=guard)
    place = Organisation(target, guard, origin=origin)
    if made is None:
        return Visit(place=place, name=origin)
    remover = HttpTarget(client, key)
    return Visit(place=place, name=origin, finish=lambda: remove_all(remover, made, pace))


def visit_tool_server(
    url: str, connect: Connect | None = None, *, reads: str | Connect = "", upstream: SandboxUpstream | None = None
) -> Visit:
    """An MCP server by its URL, or by another way to connect to it. Raises `PlaceError`.

    `reads` is a URL of the same server for reads alone, `upstream` the sandbox that it calls, closed at the end.
    """
    narrow = _by_url(reads) if isinstance(reads, str) else reads
    with ExitStack() as stack:
        if upstream is not None:
            stack.callback(upstream.close)
        place = ToolServerPlace(url, stack, connect or _by_url(url), reads=narrow if reads else None, upstream=upstream)
        open_until = stack.pop_all()

    def finish() -> list[str]:
        open_until.close()
        return []

    return Visit(place=place, name=place.name, finish=finish)


def _by_url(url: str) -> Connect:
    return lambda: ToolClient(url)
