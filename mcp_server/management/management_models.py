"""What the management API takes and gives. Unknown fields are refused, as everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.mcp_server.model import RESULT_CHARS, Exposure, FilterName

FilterValue = Annotated[str, StringConstraints(min_length=1, max_length=100)]
FilterValues = Annotated[list[FilterValue], Field(max_length=200)]
ServerName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
    ),
]
"""A name in one line: it stands in the log."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def _within_bounds(given: datetime) -> datetime:
    """Instants at the ends of the calendar cannot be told in another time zone, nor reckoned with."""
    if not _FIRST <= given < _LAST:
        raise ValueError
    return given


Instant = Annotated[AwareDatetime, AfterValidator(_within_bounds)]
"""A point in time that somebody gives, in the years 1970 to 9998."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ServerConfig(_Strict):
    """Which tools an MCP server shows and how. Leaving a filter out filters nothing; all that are given must pass."""

    methods: FilterValues | None = Field(
        default=None,
        description="`read` (get, list), `write` (create, update, delete), `custom`, or exact method names.",
    )
    tags: FilterValues | None = Field(default=None, description="A tool passes when it carries at least one of these.")
    filter: FilterName | None = Field(default=None, description="A ready-made filter; `/filters` tells what passes it.")
    tool_exposure: Exposure = Field(default="all", description="`discovery` lists search tools instead of all tools.")
    require_api_token_auth: bool = Field(default=False, description="Clients must also send a valid API token.")
    masked_search: MaskedSearch = Field(
        default="exact",
        description="What searches may ask of attributes that Kustomer masks: `exact` whole values only, `refuse` "
        "nothing, `allow` parts and order as well, by which a masked value can be found out.",
    )
    max_result_chars: int = Field(
        default=RESULT_CHARS, ge=10_000, le=500_000, description="Characters of an answer's text at most."
    )
    strict_arguments: bool = Field(
        default=False, description="Refuse arguments in another form, such as JSON text where a list is wanted."
    )


class ManagementRefusal(BaseModel):
    """The one shape of this API's errors."""

    statusCode: int  # noqa: N815 - the vendor's spelling
    error: str = Field(description="The reason phrase of the status.")
    message: str
    truto_is_remote_error: Literal[False] = Field(description="True only in tool results that pass an error on.")


class CreateServer(_Strict):
    """A new MCP server."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Readers", "config": {"methods": ["read"]}}]})

    name: ServerName = "Kustomer"
    config: ServerConfig = ServerConfig()
    expires_at: Instant | None = Field(default=None, description="At least 60 seconds ahead; null never expires.")


class PatchServer(_Strict):
    """Changes: fields left out stay. `config` is merged key by key; `expires_at: null` lifts the expiry."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Readers of customers", "config": {"tags": ["customers"]}}]}
    )

    name: ServerName | None = None
    config: ServerConfig | None = None
    expires_at: Instant | None = None


class Passing(BaseModel):
    """What some filters let pass: how many tools, and for which of the article's scenarios they suffice."""

    tool_count: int = Field(description="Tools that pass; in discovery mode those that can be found.")
    sufficient_for: list[str] = Field(description="The scenarios that can be played to their end.")
    missing: dict[str, list[str]] = Field(description="By scenario, the tools that it lacks.")


class ServerRecord(Passing):
    """A stored MCP server."""

    id: str
    name: str
    config: ServerConfig
    integrated_account_id: str
    created_by: str
    expires_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class CreatedServer(ServerRecord):
    """A new MCP server with its token and URL, which are never shown again."""

    token: str
    url: str


class ServerPage(BaseModel):
    """MCP servers, oldest first. `next_cursor` null means the end."""

    result: list[ServerRecord]
    next_cursor: str | None


class AccountRecord(BaseModel):
    """An integrated account. Accounts are made by the operator, never over HTTP: one names a secret to be sent."""

    id: str
    base_url: str
    key_env: str


class CreateApiToken(_Strict):
    """A new API token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "mine"}]})

    name: ServerName


class ApiTokenRecord(BaseModel):
    """An API token as it is stored: without the token."""

    id: str
    name: str
    created_at: AwareDatetime


class CreatedApiToken(ApiTokenRecord):
    """An API token, shown only now."""

    token: str


class ApiTokens(BaseModel):
    """All API tokens, oldest first."""

    result: list[ApiTokenRecord]


class ToolRecord(BaseModel):
    """A tool as frameworks want it: the flat argument list split by where each argument goes."""

    name: str
    title: str
    description: str
    resource: str
    method: str
    kind: str
    tags: list[str]
    required: list[str]
    query_schema: dict[str, Any]
    body_schema: dict[str, Any]
    input_schema: dict[str, Any]


class MethodRecord(BaseModel):
    """One method of a resource and the tool made from it."""

    method: str
    tool: str
    kind: str
    tags: list[str]
    has_description: bool
    has_query_schema: bool
    has_body_schema: bool
    has_response_schema: bool


class AiReadiness(BaseModel):
    """How many methods can be used by a model."""

    proxy_methods: int
    proxy_methods_with_descriptions: int
    ai_ready_score: float


class Capabilities(BaseModel):
    """Resources with their methods."""

    resources: dict[str, list[MethodRecord]]
    ai_readiness: AiReadiness


class LeaseRecord(BaseModel):
    """One unmasking window in the audit trail: who opened it, why, how often it was read, when it ended."""

    id: str
    customer_id: str
    mcp_server_id: str
    tool: str
    reason: str
    status: str
    close_reason: str
    opened_at: AwareDatetime
    expires_at: AwareDatetime
    ends_at_latest: AwareDatetime
    closed_at: AwareDatetime | None
    reads: int
    call_id: str = Field(description="The tool call that opened it: its `id` in the log.")
    events: list[dict[str, Any]]


class LeasePage(BaseModel):
    """The audit trail, newest first."""

    result: list[LeaseRecord]
    next_cursor: str | None


class UnhidingRecord(BaseModel):
    """An attribute that a tool has shown to everyone: which, of which object type, by which call."""

    id: str
    at: AwareDatetime
    mcp_server_id: str
    object_type: str
    attributes: list[str]
    call_id: str = Field(description="The tool call: its `id` in the log.")
    http_status_code: int | None = Field(description="The upstream's answer; null if none was heard.")


class UnhidingPage(BaseModel):
    """The audit trail of un-hiding, newest first."""

    result: list[UnhidingRecord]
    next_cursor: str | None


class LogRecord(BaseModel):
    """One tool call."""

    id: str = Field(description="Sent upstream as `x-mcp-call` with every request of this call.")
    created_at: str
    request_id: str = Field(description="The id the client gave its request.")
    mcp_server_id: str
    mcp_server_name: str
    integrated_account_id: str
    integration: str
    mcp_method: str
    tool_name: str
    resource: str
    method: str
    client_name: str
    client_version: str
    outcome: str
    http_status_code: int | None
    result_count: int | None
    duration: float = Field(description="Milliseconds.")
    coerced: list[str] = Field(description="Names of arguments that came in another form and were read as meant.")


class LogPage(BaseModel):
    """Log lines, newest first."""

    result: list[LogRecord]
    next_cursor: str | None
