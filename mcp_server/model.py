"""The values the tool server passes around: accounts, grants, the limits of one MCP server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

JSON = Any
"""A decoded JSON value."""

Exposure = Literal["all", "discovery"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An integrated account: one upstream Kustomer organisation.

    `base_url` is the origin (and prefix, if any) in front of `/v1/…`; `key_env` names the secret that
    holds the API key. The key itself is never kept.
    """

    id: str
    base_url: str
    key_env: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Which tools an MCP server shows. None filters nothing; both filters must pass.

    `methods` holds kinds (`read`, `write`, `custom`) and exact method names; `tags` at least one of
    which a tool must carry.
    """

    methods: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tool_exposure: Exposure = "all"
    require_api_token_auth: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What one MCP server's token stands for, read anew for every request."""

    server_id: str
    name: str
    account: Account
    scope: Scope
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """The tool call an upstream request is made for: the tool's name and the call's id in the tool-call log."""

    tool: str
    call_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UpstreamRequest:
    """One request to the upstream API. `path` is percent-encoded; `body` is None for no body at all."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    cause: Cause | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What came back: status, headers in lower case, the decoded body (None when empty) and its raw bytes.

    `fault` is set instead of a body when there is nothing to trust: a time-out, a refused connection,
    a cut or non-JSON answer. It is a sentence without internals.
    """

    status: int
    headers: Mapping[str, str]
    body: JSON = None
    raw: bytes = b""
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """The outcome of a tool call, before it is put into the words of the MCP SDK."""

    document: JSON
    is_error: bool = False
    meta: Mapping[str, str] | None = None
    upstream_status: int | None = None
