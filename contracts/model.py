"""What a contract document says, as frozen values for everyone; knows nothing of HTTP frameworks, stores or MCP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kustomer_sandbox.contracts.relationship import Relationship
from kustomer_sandbox.contracts.sources.source import Source

Schema = Mapping[str, Any]
"""A JSON Schema (2020-12) node; `$ref`s point into the bundled document's `#/components/schemas`."""

JSON = Any
"""A decoded JSON value."""

Kind = Literal["read", "write", "custom"]
ParameterPlace = Literal["path", "query", "body"]
Unmasking = Literal["opens", "closes"]
PagingStyle = Literal["page", "cursor"]
Keyless = Literal["hash", "host", "name"]

JSON_MEDIA_TYPE = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")  # as OpenAPI writes them
ANSWER_WORDS = ("record", "page", "record-or-page", "none")
"""The answers that need no description of their own."""


class ContractError(Exception):
    """A contract document says something the loader does not understand; names document and place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """A declared index of a record type.

    `path` is dotted inside the stored record (`attributes.emails.*.email`; `*` fans out over a list). Null and absent
    values are not indexed. `fold` lower-cases strings. `joined` are further paths whose values follow the first one's,
    with `:` between; a record without one is not indexed. `unique` refuses a second record with the same value (409).
    """

    name: str
    path: tuple[str, ...]
    joined: tuple[tuple[str, ...], ...] = ()
    unique: bool = False
    fold: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitive:
    """Which attributes of a type can be masked, and whose unmasking window opens them.

    `attributes` maps each standard attribute whose metadata may carry `sensitive` to the dotted paths, below the
    record's attributes, whose scalars are then masked; custom attributes always may be. `inherits` maps such a path to
    the attributes, of this type or as `type.attribute` of another, any of whose flags it takes; `repeats` such a path
    to attributes of this type, of which it may hold a masked value again. `owner` is the path of the owning customer's
    id in the stored record (empty: no window applies).
    """

    attributes: Mapping[str, tuple[str, ...]]
    inherits: Mapping[str, tuple[str, ...]]
    repeats: Mapping[str, tuple[str, ...]]
    owner: tuple[str, ...]
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One record type with the facts that hold for all its operations.

    `path` is the self-link's template; `{…}` may name any stored attribute or relationship id (`{klass}`). `defaults`
    are the attributes a new record starts with; `hidden` those kept in the store and never shown; `stored` says
    what the rules' own ones may be. `example` is a value in the record that examples name.
    `attributes_schema` names the schema of the attributes in answers.
    """

    name: str
    type: str
    path: str
    indexes: Mapping[str, Index]
    relationships: tuple[Relationship, ...]
    sensitive: Sensitive | None
    defaults: Mapping[str, Any]
    attributes_schema: str | None
    hidden: tuple[str, ...]
    source: Source
    stored: Mapping[str, Schema] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchAttribute:
    """One searchable attribute: its operator class and where the value lies in the stored record."""

    name: str
    operator: str
    path: tuple[str, ...] = ()
    schema: Schema = field(default_factory=dict)
    index: str | None = None
    sortable: bool = False
    archive_sortable: bool = False
    standard: bool = True
    archive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A per-object limit: `limit` successful calls per `seconds`, counted per object and calling client.

    `per` is the object, or `user` for the client alone; `exempt` a body field whose non-null presence lifts the limit.
    """

    name: str
    limit: int
    seconds: int
    per: str
    exempt: str | None
    source: Source

    @property
    def is_of_client(self) -> bool:
        """Whether it is one for all that a client does, whatever the object."""
        return self.per == "user"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spend:
    """A budget an operation draws on. `key` lists where the object's id is found.

    The first hit wins: `path.id`, `body.customer`, or `conversation>customer:path.id` (the customer related to the
    conversation that the path names).
    """

    budget: Budget
    key: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One path or query parameter. `schema` describes the decoded value."""

    name: str
    place: ParameterPlace
    required: bool
    schema: Schema
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paging:
    """A list in parts of so many: by number (`totals` adds `total`, `totalPages`, `last`), or each naming the next."""

    default: int
    maximum: int
    totals: bool = False
    last_page: int | None = None
    style: PagingStyle = "page"


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyField:
    """What a field of a JSON body means beyond its value.

    `ref` is the type of the record that it names, which must exist and becomes a relationship; `tags` are names or ids
    of tags, kept as ids; `instant` is kept in the API's form; `custom` are attributes that the metadata checks.
    """

    name: str
    ref: str | None = None
    tags: bool = False
    instant: bool = False
    custom: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """One argument of a tool: where it goes upstream and under which wire name."""

    name: str
    place: ParameterPlace
    wire: str
    required: bool
    schema: Schema
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hints:
    """MCP tool annotations that cannot be derived from the kind."""

    read_only: bool
    destructive: bool
    idempotent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A tool for a model, made from one operation.

    `arguments` is the flat list; `fixed` are body fields the tool sets itself (`channel: whatsapp`).
    `whole_body` marks the argument `body` as the entire request body (array bodies). `seldom` names the arguments that
    are listed in a word, not one by one.
    `paged` tools take `limit` and `next_cursor` instead of the upstream page parameters.
    """

    name: str
    title: str
    kind: Kind
    method_name: str
    resource: str
    tags: tuple[str, ...]
    description: str
    operation_id: str
    arguments: tuple[Argument, ...]
    fixed: Mapping[str, Any]
    whole_body: bool
    paged: bool
    hints: Hints
    source: Source
    seldom: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One method of one path: all that the pipeline needs to know before its rule runs.

    `roles`: any one suffices; empty means any valid credential. `{name}` in a role is filled from the path. Exactly one
    of `rule` (`customers.create`) and `default` (`get`, `list`, …) is set; `options` are the default's settings.
    `bodies` are the request's schemas by media type; `fields` what the JSON body's fields mean beyond their values;
    `success` is the status. `about` is the type of the record that the path's `id` names, if any. `unmasking` says that
    a success opens or closes the window of the customer in the path; `searches` marks searches of an API key.
    `bulk_of` is the id of the operation that is done for each item of a bulk operation. `keyless` says how the world is
    found of a call that needs no key; an `is_hook` draws on the hooks' budget and takes forms and XML, too.
    """

    id: str
    method: str
    path: str
    summary: str
    tags: tuple[str, ...]
    resource: Resource
    roles: tuple[str, ...]
    rule: str | None
    default: str | None
    options: Mapping[str, Any]
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Schema]
    body_required: bool
    fields: Mapping[str, BodyField]
    success: int
    paging: Paging | None
    spends: tuple[Spend, ...]
    tools: tuple[Tool, ...]
    source: Source
    searches: bool = False
    alias_of: str | None = None
    bulk_of: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    about: str | None = None
    unmasking: Unmasking | None = None
    keyless: Keyless | None = None
    is_hook: bool = False

    @property
    def body(self) -> Schema | None:
        """The schema of the JSON body; None if the operation takes none."""
        return self.bodies.get(JSON_MEDIA_TYPE)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Contracts:
    """Everything the documents promise. `document` is the merged OpenAPI 3.1 document."""

    operations: Mapping[str, Operation]
    resources: Mapping[str, Resource]
    tools: Mapping[str, Tool]
    limits: Limits
    search: Mapping[str, SearchAttribute]
    document: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Org-wide limits: requests a minute by plan, a person's, API-key searches, the largest body; hooks' own."""

    plans: Mapping[str, int]
    window_seconds: int
    searches: int
    users: int
    body_bytes: int
    budgets: Mapping[str, Budget]
    source: Source
    hooks: Mapping[str, int] = field(default_factory=dict)
    hook_body_bytes: int = 0
