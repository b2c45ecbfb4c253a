"""Pure: the catalogue of tools as the management API shows it, and the questions its log answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kustomer_sandbox.mcp_server.management.management_models import (
    AiReadiness,
    Capabilities,
    Instant,
    MethodRecord,
    Passing,
    ToolRecord,
)
from kustomer_sandbox.mcp_server.model import FilterName
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.ready_made import FILTERS, lacking, passes
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue

_LARGEST: Final = 2**63 - 1
"""What SQLite can count to."""

_COLUMNS: Final = {
    "mcp_server_id": "server_id",
    "tool_name": "tool",
    "mcp_method": "mcp_method",
    "resource": "resource",
    "method": "method",
    "client_name": "client_name",
    "client_version": "client_version",
    "id": "call_id",
    "request_id": "request_id",
    "integrated_account_id": "account_id",
    "outcome": "outcome",
    "http_status_code": "upstream_status",
}


class LogQuestion(BaseModel):
    """The query of `GET /log`: a time of at most a month and any of the filters."""

    model_config = ConfigDict(extra="forbid")

    log_type: Literal["mcp"] = "mcp"
    mcp_server_id: str | None = None
    tool_name: str | None = None
    mcp_method: str | None = None
    resource: str | None = None
    method: str | None = None
    client_name: str | None = None
    client_version: str | None = None
    id: str | None = None
    request_id: str | None = None
    integrated_account_id: str | None = None
    outcome: str | None = None
    http_status_code: int | None = Field(default=None, ge=0, le=999)
    created_after: Instant | None = None
    created_before: Instant | None = None
    limit: int = Field(default=100, ge=1, le=100)
    next_cursor: int | None = Field(default=None, ge=1, le=_LARGEST)

    def filters(self) -> dict[str, str | int]:
        """The given filters by the log's own column names."""
        given = self.model_dump(include=set(_COLUMNS), exclude_none=True)
        return {_COLUMNS[name]: value for name, value in given.items()}


class FilterRecord(Passing):
    """A ready-made filter and what it lets pass."""

    name: FilterName
    ceiling: int = Field(description="It never lets more tools pass.")
    purpose: str


def split_values(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """A repeated or comma-separated query parameter as words; None when it was not given."""
    return None if given is None else tuple(word for text in given for word in text.split(",") if word)


def records(tools: ToolCatalogue) -> list[ToolRecord]:
    """Tools as they are listed for models, with their arguments also split into query (and path) and body."""
    return [_record(definition) for definition in tools.values()]


def capabilities(tools: ToolCatalogue) -> Capabilities:
    """Resources and methods; every tool here has a description, or it would not be one."""
    resources: dict[str, list[MethodRecord]] = {}
    for definition in tools.values():
        resources.setdefault(definition.tool.resource, []).append(_method(definition))
    described = sum(bool(definition.description) for definition in tools.values())
    readiness = AiReadiness(
        proxy_methods=len(tools),
        proxy_methods_with_descriptions=described,
        ai_ready_score=described / len(tools) if tools else 0.0,
    )
    return Capabilities(resources=dict(sorted(resources.items())), ai_readiness=readiness)


def passing(names: Collection[str]) -> Passing:
    """What these tools come to."""
    missing = lacking(names)
    sufficient_for = [scenario for scenario, lack in missing.items() if not lack]
    return Passing(tool_count=len(names), sufficient_for=sufficient_for, missing=missing)


def filters(tools: ToolCatalogue) -> list[FilterRecord]:
    """The ready-made filters, and what they let pass of these tools."""
    found = []
    for made in FILTERS.values():
        names = [name for name, definition in tools.items() if passes(made.name, definition.tool)]
        found.append(
            FilterRecord(
                name=made.name,
                ceiling=made.ceiling,
                purpose=made.purpose,
                **passing(names).model_dump(),
            )
        )
    return found


def _record(definition: Definition) -> ToolRecord:
    tool, listed = definition.tool, definition.listed
    return ToolRecord(
        name=tool.name,
        title=tool.title,
        description=listed.description,
        resource=tool.resource,
        method=tool.method_name,
        kind=tool.kind,
        tags=list(tool.tags),
        required=list(listed.input_schema.get("required", ())),
        query_schema=_part(definition, body=False),
        body_schema=_part(definition, body=True),
        input_schema=dict(listed.input_schema),
    )


def _part(definition: Definition, *, body: bool) -> dict[str, Any]:
    in_body = {argument.name for argument in definition.tool.arguments if argument.place == "body"}
    schema = definition.listed.input_schema
    properties = {name: value for name, value in schema.get("properties", {}).items() if (name in in_body) is body}
    if not properties:
        return {}
    required = [name for name in schema.get("required", ()) if name in properties]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _method(definition: Definition) -> MethodRecord:
    places = {argument.place for argument in definition.tool.arguments}
    return MethodRecord(
        method=definition.tool.method_name,
        tool=definition.name,
        kind=definition.tool.kind,
        tags=list(definition.tool.tags),
        has_description=bool(definition.description),
        has_query_schema=bool(places - {"body"}) or definition.tool.paged,
        has_body_schema="body" in places,
        has_response_schema=definition.listed.output_schema is not None,
    )
