"""The values the tool server passes around: accounts, grants, the limits of one MCP server.

All are for reading only. Those that each call makes are not frozen: a frozen one takes three times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

from kustomer_sandbox.contracts.build.masks import MaskedSearch

JSON = Any
"""A decoded JSON value."""

RESULT_CHARS: Final = 30_000
"""The size of an answer's text: about the 10,000 tokens from which on clients warn of it."""

Exposure = Literal["all", "discovery"]
"""Whether `tools/list` shows every tool, or only the tools that find and call the others."""

DISCOVERY_PATH: Final = "/discovery"
"""What follows an MCP URL for the same tools in discovery mode."""

FilterName = Literal["support", "support_wide", "wide", "read_only", "privacy"]
"""The filters that are ready made: see `tools.ready_made`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An integrated account: one upstream Kustomer organisation.

    `base_url` is the origin (and prefix, if any) in front of `/v1/…`; `key_env` names the secret that
    holds the API key. The key itself is never stored.
    """

    id: str
    base_url: str
    key_env: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UpstreamIdentity:
    """Whom an account reaches: an origin in one spelling, and an organisation, empty where the key does not tell."""

    origin: str
    organisation: str

    @property
    def key(self) -> str:
        """One text for the same organisation by whatever address; for one that is not known, for the address."""
        return f"organisation {self.organisation}" if self.organisation else f"origin {self.origin}"

    def may_be(self, other: UpstreamIdentity) -> bool:
        """Whether both may reach the same organisation: where that is not known, the same address counts as one."""
        if self.organisation and other.organisation:
            return self.organisation == other.organisation
        return self.origin == other.origin


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Which tools an MCP server shows. None filters nothing; every filter given must pass.

    `methods` holds kinds (`read`, `write`, `custom`) and exact method names; `tags` at least one of
    which a tool must carry. `masked_search` is what searches may ask of attributes that the upstream masks.
    which a tool must carry; `filter` is the name of a ready-made one. `max_result_chars` is the size of an
    answer's text at most, in characters; `strict_arguments` refuses arguments in another form than the
    schema's, which are read as they are meant otherwise.
    """

    methods: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    filter: FilterName | None = None
    tool_exposure: Exposure = "all"
    require_api_token_auth: bool = False
    masked_search: MaskedSearch = "exact"
    max_result_chars: int = RESULT_CHARS
    strict_arguments: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What one MCP server's token stands for, read anew for every request."""

    server_id: str
    name: str
    account: Account
    scope: Scope
    expires_at: datetime | None = None

    def in_discovery(self) -> Grant:
        """The same tools, found and called through those of discovery mode."""
        return replace(self, scope=replace(self.scope, tool_exposure="discovery"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """The tool call an upstream request is made for: the tool's name and the call's id in the tool-call log."""

    tool: str
    call_id: str


@dataclass(kw_only=True, slots=True)
class UpstreamRequest:
    """One request to the upstream API. `path` is percent-encoded; `body` is None for no body at all.

    A tool knows everything but `origin` and `headers`: these `Upstream.send` fills in from the account, with the API
    key among them. `origin` has no slash at its end, header names are in lower case.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    cause: Cause | None = None
    origin: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def query_string(self) -> str:
        """The query percent-encoded, without the question mark; empty if there is none."""
        return urlencode(self.query, quote_via=quote) if self.query else ""

    @property
    def url(self) -> str:
        """Origin, path and query, as they are requested."""
        query = self.query_string
        return f"{self.origin}{self.path}?{query}" if query else self.origin + self.path


@dataclass(kw_only=True, slots=True)
class UpstreamResponse:
    """What came back: status, headers in lower case, the decoded body (None when empty) and its raw bytes.

    A wire gives status, headers and raw bytes; `Upstream.send` adds the decoded body. `fault` is set instead of a
    body when there is nothing to trust: a time-out, a refused connection, a cut or non-JSON answer. It is a sentence
    that a client may see.
    """

    status: int
    headers: Mapping[str, str]
    body: JSON = None
    raw: bytes = b""
    fault: str = ""


@dataclass(kw_only=True, slots=True)
class ToolResult:
    """The outcome of a tool call, before it becomes the MCP SDK's `CallToolResult`.

    `document` is the structured content, `meta` the rate-limit headers (see `tools.ratelimits`), `upstream_status`
    the HTTP status of the upstream's answer, None where nothing was sent.
    """

    document: JSON
    is_error: bool = False
    meta: Mapping[str, str] | None = None
    upstream_status: int | None = None
