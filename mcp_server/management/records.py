"""Pure: what is stored, as the management API shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kustomer_sandbox.mcp_server.management import management_models as models
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.state.call_log import CallLogLine
from kustomer_sandbox.mcp_server.state.provisioning import Server
from kustomer_sandbox.mcp_server.state.unhiding_trail import Unhiding
from kustomer_sandbox.mcp_server.unmasking.leases import Lease


def server_record(server: Server, passing: models.Passing) -> models.ServerRecord:
    """`passing` is what its filters let pass."""
    return models.ServerRecord(
        **passing.model_dump(),
        id=server.id,
        name=server.name,
        config=config_of(server.scope),
        integrated_account_id=server.account_id,
        created_by=server.created_by,
        expires_at=server.expires_at,
        created_at=server.created_at,
        updated_at=server.updated_at,
    )


def config_of(scope: Scope) -> models.ServerConfig:
    return models.ServerConfig.model_validate(asdict(scope))


def scope_of(config: models.ServerConfig) -> Scope:
    given: Any = config.model_dump()
    lists = {name: None if given[name] is None else tuple(given[name]) for name in ("methods", "tags")}
    return Scope(**{**given, **lists})


def lease_record(lease: Lease, events: list[dict[str, Any]]) -> models.LeaseRecord:
    return models.LeaseRecord(
        id=lease.id,
        customer_id=lease.customer_id,
        mcp_server_id=lease.server_id,
        tool=lease.tool,
        reason=lease.reason,
        status=lease.status,
        close_reason=lease.close_reason,
        opened_at=lease.opened_at,
        expires_at=lease.expires_at,
        ends_at_latest=lease.hard_at,
        closed_at=lease.closed_at,
        reads=lease.reads,
        call_id=lease.call_id,
        events=events,
    )


def log_record(line: CallLogLine) -> models.LogRecord:
    return models.LogRecord(
        id=line.call_id,
        created_at=line.at,
        request_id=line.request_id,
        mcp_server_id=line.server_id,
        mcp_server_name=line.server_name,
        integrated_account_id=line.account_id,
        integration="kustomer",
        mcp_method=line.mcp_method,
        tool_name=line.tool,
        resource=line.resource,
        method=line.method,
        client_name=line.client_name,
        client_version=line.client_version,
        outcome=line.outcome,
        http_status_code=line.upstream_status,
        result_count=line.result_count,
        duration=line.duration_ms,
        coerced=line.coerced.split(",") if line.coerced else [],
    )


def unhiding_record(line: Unhiding) -> models.UnhidingRecord:
    return models.UnhidingRecord(
        id=line.id,
        at=line.at,
        mcp_server_id=line.server_id,
        object_type=line.object_type,
        attributes=list(line.attributes),
        call_id=line.call_id,
        http_status_code=line.upstream_status,
    )
