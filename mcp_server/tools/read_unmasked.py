"""Pure: the one tool that no single operation of the contracts gives: read a customer in clear, window and all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kustomer_sandbox.contracts import Contracts, Operation, Tool
from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.contracts.model import Argument, Hints
from kustomer_sandbox.contracts.sources.source import Source
from kustomer_sandbox.mcp_server.model import Cause, UpstreamRequest
from kustomer_sandbox.mcp_server.tools.definitions import Definition, catalogue
from kustomer_sandbox.mcp_server.unmasking.leases import HARD, SLIDING
from kustomer_sandbox.mcp_server.unmasking.windows import opens_window, request_for

PART_SIZE: Final = 25
_DESCRIPTION: Final = (
    "Reads one customer with sensitive values (that otherwise read ***) in clear, in a single call: it opens an "
    "unmasking window, reads, and closes the window again whatever happens. The recommended way to verify masked data; "
    "use the unmasking-window tools only if several different reads are needed. A window that was open for this "
    "customer before is closed too. Each call is kept in an audit trail with its reason, without the values."
)
_LEASE: Final = (
    f"This server holds the window as a lease: it closes it after {SLIDING.seconds // 60} minutes without a read, "
    f"{HARD.seconds // 60} minutes after opening at the latest, and when a client that has made more calls "
    f"disconnects. For a single look {READ_UNMASKED} does all of it in one call."
)
_CUSTOMER = "Id of the customer."
_REASON: Final = "Why clear values are needed, without personal data."
_PARTS: Final = ("conversations", "messages", "notes")


def build_catalogue(contracts: Contracts) -> dict[str, Definition]:
    """The tools of the contracts and our own, by name in the order of their names."""
    tools = {name: _with_lease_words(definition) for name, definition in catalogue(contracts).items()}
    own = _read_unmasked(contracts)
    if own is not None:
        tools[own.name] = own
    return dict(sorted(tools.items()))


def _with_lease_words(definition: Definition) -> Definition:
    """The opening tool also says what this server does with the window."""
    if not opens_window(definition.operation):
        return definition
    tool = definition.tool
    return replace(definition, tool=replace(tool, description=f"{tool.description} {_LEASE}"))


def open_operation(contracts: Contracts) -> Operation | None:
    """The operation that opens a window."""
    return next((operation for operation in contracts.operations.values() if opens_window(operation)), None)


def read_requests(
    contracts: Contracts, customer_id: str, include: tuple[str, ...], *, cause: Cause
) -> dict[str, UpstreamRequest]:
    """The requests of one unmasked read, by the name of their part."""
    found = {}
    for name, operation in _readable(contracts).items():
        if name == "customer" or name in include:
            query = (("page", "1"), ("pageSize", str(PART_SIZE))) if operation.paging else ()
            found[name] = replace(request_for(operation, customer_id, cause=cause), query=query)
    return found


def _readable(contracts: Contracts) -> Mapping[str, Operation]:
    """`customer` and the lists below it, as far as the contracts have them."""
    window = open_operation(contracts)
    if window is None:
        return {}
    base = window.path.rpartition("/")[0]
    paths = {base: "customer", **{f"{base}/{part}": part for part in _PARTS}}
    return {
        paths[operation.path]: operation
        for operation in sorted(contracts.operations.values(), key=lambda operation: len(operation.path))
        if operation.method.upper() == "GET" and operation.path in paths
    }


def _read_unmasked(contracts: Contracts) -> Definition | None:
    readable = _readable(contracts)
    customer, window = readable.get("customer"), open_operation(contracts)
    if customer is None or window is None:
        return None
    # The window's own id: reading may take several, but a window is one customer's.
    path = next(parameter for parameter in window.parameters if parameter.place == "path")
    parts = [name for name in readable if name != "customer"]
    arguments = [
        Argument(
            name="customer_id", place="path", wire=path.name, required=True, schema=path.schema, description=_CUSTOMER
        ),
        _text("reason", {"type": "string", "minLength": 3, "maxLength": 200}, required=True, description=_REASON),
    ]
    if parts:
        items = {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": parts}}
        description = f"What to read besides the customer: the newest {PART_SIZE} of each kind."
        arguments.append(_text("include", items, required=False, description=description))
    tool = Tool(
        name=READ_UNMASKED,
        title="Read a customer in clear",
        kind="custom",
        method_name="read_unmasked",
        resource="customers",
        tags=("customers", "privacy"),
        description=_DESCRIPTION,
        operation_id=customer.id,
        arguments=tuple(arguments),
        fixed={},
        whole_body=False,
        paged=False,
        # It opens and closes a window: a client should ask its user, though no record is changed.
        hints=Hints(read_only=False, destructive=False, idempotent=True),
        source=Source(confidence="assumed", note="a tool of this server, not of the vendor"),
    )
    return Definition(tool=tool, operation=customer, document=contracts.document)


def _text(name: str, schema: Mapping[str, object], *, required: bool, description: str) -> Argument:
    # The operation has no body, so what is placed there is checked but never sent.
    return Argument(name=name, place="body", wire=name, required=required, schema=schema, description=description)
