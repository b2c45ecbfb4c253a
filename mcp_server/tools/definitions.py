"""Pure: a contract's tool as an MCP tool definition with one flat, strict input schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from kustomer_sandbox.contracts import Contracts, Operation, Tool, bundle
from kustomer_sandbox.contracts.model import Argument, ContractError
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.mcp_server.tools.answers import fields
from kustomer_sandbox.mcp_server.tools.forms.leniency import Leniency
from kustomer_sandbox.mcp_server.tools.listing.listed import clearing_words, listed_schema, seldom_words
from kustomer_sandbox.mcp_server.tools.schemas import portable
from kustomer_sandbox.mcp_server.tools.teaching.shapes import Shapes

NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")
PROPERTY: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
DESCRIPTION_BYTES: Final = 2048
LIMIT: Final = "limit"
NEXT_CURSOR: Final = "next_cursor"
LIST_LIMIT: Final = 20
"""How many records a list gives if nobody says: the API's own hundred would fill a model's context."""

_CURSOR_WORDS: Final = "From the page before."

_LIST_RESULT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "result": {"type": "array", "items": {"anyOf": [{"type": "object"}, {"type": "string"}]}},
        "next_cursor": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "null: there is no more."},
        "result_count": {"type": "integer"},
        "total": {"type": "integer"},
    },
    "required": ["result", "next_cursor", "result_count"],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolListing:
    """What `tools/list` says of one tool."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    annotations: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One tool as clients see it. Schema and validators are made on first use and then reused."""

    tool: Tool
    operation: Operation
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.tool.name

    @cached_property
    def description(self) -> str:
        return _short(self.tool.description)

    @cached_property
    def annotations(self) -> dict[str, Any]:
        """MCP tool annotations; the world behind every tool is an external CRM."""
        hints = self.tool.hints
        return {
            "title": self.tool.title,
            "readOnlyHint": hints.read_only,
            "destructiveHint": hints.destructive,
            "idempotentHint": hints.idempotent,
            "openWorldHint": True,
        }

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The flat input schema in full, by which arguments are checked.

        Raises `ContractError` for a property name clients refuse.
        """
        properties = {argument.name: _property(argument) for argument in self.tool.arguments}
        if self.tool.paged:
            properties |= _paging_properties(self.operation)
        if self.takes_fields:
            properties[fields.FIELDS] = dict(fields.PROPERTY)
        # Kept even when empty: only then does a validator name the arguments that should not be there.
        root: dict[str, Any] = {"type": "object", "properties": properties}
        required = sorted(argument.name for argument in self.tool.arguments if argument.required)
        if required:
            root["required"] = required
        root["additionalProperties"] = False
        schema = portable(bundle(root, self.document))
        _check_names(self.name, schema)
        return schema

    @cached_property
    def listed(self) -> ToolListing:
        """What every model API takes, in few words; an output schema only where every success has that shape."""
        seldom = self.seldom
        parts = [self.tool.description, seldom_words(self.input_schema, seldom=seldom)]
        if self.operation.method.upper() in {"PUT", "PATCH"}:
            parts.insert(1, clearing_words(self.input_schema, seldom=seldom))
        return ToolListing(
            name=self.name,
            title=self.tool.title,
            description=_short(" ".join(part for part in parts if part)),
            input_schema=listed_schema(self.input_schema, seldom=seldom),
            annotations=self.annotations,
            output_schema=_LIST_RESULT if self.tool.paged else None,
        )

    @property
    def seldom(self) -> tuple[str, ...]:
        """Arguments that are told of in a word: those of the contract, and `fields` where one record is read.

        One record whole is seldom too much; a list is, and so is what is read in clear.
        """
        is_single = self.takes_fields and not self.tool.paged and self.tool.hints.read_only
        return (*self.tool.seldom, fields.FIELDS) if is_single else self.tool.seldom

    @property
    def takes_fields(self) -> bool:
        """Whether a caller may say what is shown of a record: where records are read, not where one is changed."""
        return self.tool.paged or self.operation.method.upper() == "GET"

    @cached_property
    def leniency(self) -> Leniency:
        """Reads arguments that came in another form than the input schema's."""
        return Leniency(
            self.input_schema,
            fixed=self.tool.fixed,
            drops_nulls=not self.tool.hints.read_only,
            clears=self.operation.method.upper() in {"PUT", "PATCH"},
        )

    @cached_property
    def shapes(self) -> Shapes:
        """Examples of what the arguments look like."""
        return Shapes(self.input_schema)

    @cached_property
    def validator(self) -> Checker:
        return Checker(self.input_schema)

    @cached_property
    def body_validator(self) -> Checker | None:
        """Checks the whole body, for rules over several fields that a flat list cannot state."""
        return None if self.operation.body is None else Checker(self.operation.body, self.document)


def catalogue(contracts: Contracts) -> dict[str, Definition]:
    """Every tool of the contracts by name, in the order of their names."""
    operations = contracts.operations
    return {
        name: Definition(tool=tool, operation=operations[tool.operation_id], document=contracts.document)
        for name, tool in sorted(contracts.tools.items())
    }


def page_size(operation: Operation) -> tuple[int, int]:
    """The default and the largest `limit` of a paged tool."""
    paging = operation.paging
    if paging is None:
        return LIST_LIMIT, 100
    return min(LIST_LIMIT, paging.default, paging.maximum), paging.maximum


def _short(text: str) -> str:
    """At most 2 KB, cut at a word: clients cut longer texts anywhere."""
    if len(text.encode()) <= DESCRIPTION_BYTES:
        return text
    return text.encode()[: DESCRIPTION_BYTES - 4].decode(errors="ignore").rsplit(" ", 1)[0] + " …"


def _property(argument: Argument) -> dict[str, Any]:
    schema = dict(argument.schema)
    if argument.description:
        schema["description"] = argument.description
    return schema


def _paging_properties(operation: Operation) -> dict[str, Any]:
    default, maximum = page_size(operation)
    return {
        LIMIT: {
            "type": "integer",
            "minimum": 1,
            "maximum": maximum,
            "default": default,
            "description": f"1 to {maximum}; {default} unless given.",
        },
        NEXT_CURSOR: {"type": "string", "minLength": 1, "maxLength": 4096, "description": _CURSOR_WORDS},
    }


def _check_names(tool: str, schema: Mapping[str, Any]) -> None:
    if NAME.fullmatch(tool) is None:
        raise ContractError(f"tool {tool!r}: clients refuse this name")
    for name in property_names(schema):
        if PROPERTY.fullmatch(name) is None:
            raise ContractError(f"tool {tool}: clients refuse the property name {name!r}; rename the argument")


def property_names(schema: Any) -> set[str]:
    """Every property name anywhere in a schema."""
    found: set[str] = set()
    _walk(schema, lambda node: found.update(node.get("properties", ())))
    return found


def _walk(node: Any, visit: Callable[[Mapping[str, Any]], object]) -> None:
    if isinstance(node, Mapping):
        if not isinstance(node.get("properties", {}), Mapping):
            node = {key: value for key, value in node.items() if key != "properties"}
        visit(node)
        for value in node.values():
            _walk(value, visit)
    elif isinstance(node, list):
        for item in node:
            _walk(item, visit)
