"""The `x-` keys of a document: record type, search, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.vocabulary.calls import FIELD, INDEX, SOURCE, TOOL_DEFAULTS, TYPE
from kustomer_sandbox.contracts.vocabulary.fields import ANSWERS, COLUMNS, FIELD_ROW
from kustomer_sandbox.contracts.vocabulary.forms import Either, Form, KnownKey, Listing, Names
from kustomer_sandbox.contracts.vocabulary.schema import SCHEMA_OR_NAME, Pattern
from kustomer_sandbox.contracts.vocabulary.shapes import Anything, Flag, Number, Text, Word

OPERATORS = (
    "any", "boolean", "datetime", "list", "number", "sort", "string", "string_notanalyzed", "text",
)  # fmt: skip
PLANS = ("business", "enterprise", "professional", "ultimate")

_STEP = r"(\*|[A-Za-z0-9]+)"
_INDEX_PATH = Text(
    "a path in the record (`attributes.emails.*.email`; `a&b` joins two, a last step `a+b` two fields)",
    rf"{_STEP}(\.{_STEP})*(\+[A-Za-z0-9]+)?(&{_STEP}(\.{_STEP})*)?",
)
_BELOW = Text("a path below the attributes (`emails.*.email`)", rf"{_STEP}(\.{_STEP})*")
_SEARCH_PATH = Text(
    "a path in the record; a last step may be `?` (there), `#` (how many) or `**` (all text below)",
    rf"{_STEP}(\.{_STEP})*(\.(\?|#|\*\*))?",
)
_FLAGGED = Text("an attribute (`emails`, or `customer.emails` of another type)", r"([a-z_]+\.)?[A-Za-z]+")
TEMPLATE = Text("a path (`/v1/tags/{id}`)", r"(/[A-Za-z0-9._-]+|/\{[A-Za-z]+\})+")

INDEX_FORM = Form(
    "Index",
    "A way to find records by a value in them. Values that are absent or null are not in it.",
    (
        KnownKey(
            "path",
            _INDEX_PATH,
            "Where the value lies in the stored record; `*` takes each item of a list.",
            required=True,
        ),
        KnownKey("unique", Flag(), "Whether a second record with the same value is refused (409)."),
        KnownKey("fold", Flag(), "Whether case does not matter."),
    ),
)
RELATIONSHIP = Form(
    "Relationship",
    "How a stored relationship is shown.",
    (
        KnownKey("type", TYPE, "The type of record it leads to.", required=True),
        KnownKey(
            "path",
            TEMPLATE,
            "The link's path; `{id}` is the other record's id, or this one's for links only. That of the"
            " type unless given.",
            filled=True,
        ),
        KnownKey("links_only", Flag(), "Whether a link alone is shown, without type and id."),
        KnownKey(
            "per_klass", Flag(), "Whether it is shown once for each Klass the record has objects of, by its plural."
        ),
        KnownKey(
            "listed", Flag(), "Whether several stand in a list, each with data and link, rather than under one `data`."
        ),
        KnownKey("shown_type", FIELD, "The word answers give as its type, where that is not the record type."),
        KnownKey("links_key", Word(("link",)), "The key its link stands under, where that is not `links`."),
    ),
)
_RELATION = Names("one name", RELATIONSHIP, FIELD, least=1)
SENSITIVE = Form(
    "Sensitive",
    "What can be masked in a record, and whose unmasking window opens it.",
    (
        KnownKey("attributes", Names("attributes", Listing(_BELOW, least=1), FIELD, least=1),
            "Attributes whose metadata may carry `sensitive`, each with the paths whose values are then masked."),
        KnownKey("inherits", Names("paths", Listing(_FLAGGED, least=1), _BELOW, least=1),
            "Paths that are masked when one of these attributes is."),
        KnownKey("repeats", Names("paths", Listing(FIELD, least=1), _BELOW, least=1),
            "Paths that are masked where they hold a value of one of these attributes and that is masked."),
        KnownKey("owner",
            Text("`id`, or a relationship's id (`relationships.customer.id`)", r"id|relationships\.[A-Za-z]+\.id"),
            "Where the id of the owning customer lies; without it no window opens anything."),
        KnownKey("source", SOURCE, "Where this comes from.", required=True),
    ),
)  # fmt: skip
RESOURCE = Form(
    "Resource",
    "A record type, with the facts that hold for all its operations.",
    (
        KnownKey("type", TYPE, "The record's `type`.", required=True),
        KnownKey("path", TEMPLATE, "The self link's path.", required=True),
        KnownKey("example", Text(), "A value among the attributes of the record of the demo world that examples name."),
        KnownKey("source", SOURCE, "Where this comes from.", required=True),
        KnownKey(
            "schema",
            Text("a schema's name", r"[A-Z][A-Za-z0-9]*"),
            "The record's schema in answers, made from the type and the fields.",
        ),
        KnownKey("fields", Names("fields", FIELD_ROW, FIELD), "The table of the record's fields."),
        KnownKey(
            "forms",
            COLUMNS,
            "What the schemas that the table makes are called, where not `TagCreate`, `TagUpdate`, `TagAttributes`.",
        ),
        KnownKey("answers", ANSWERS, "What answers are, where not `One tag.`, `A page of tags.`."),
        KnownKey(
            "attributes",
            Text("a schema's name", r"[A-Z][A-Za-z0-9]*"),
            "The schema of the attributes in answers; that of the table unless given.",
        ),
        KnownKey(
            "stored",
            Names("attributes", SCHEMA_OR_NAME, FIELD, least=1),
            "Attributes that rules keep in the record and no answer shows.",
        ),
        KnownKey(
            "hidden", Listing(FIELD, least=1), "Stamps (`rev`, `modifiedAt`, …) that this type's answers do not show."
        ),
        KnownKey("defaults", Names("attributes", Anything(), FIELD, least=1), "What a new record starts with."),
        KnownKey(
            "indexes", Names("indexes", INDEX_FORM, INDEX, least=1), "The ways to find records; `id` always is one."
        ),
        KnownKey(
            "relationships",
            Either(
                (Listing(Either((FIELD, _RELATION)), least=1), Names("relationships", RELATIONSHIP, FIELD, least=1))
            ),
            "The relationships answers show; a bare name is a record type or one of `x-relationships`.",
        ),
        KnownKey("sensitive", SENSITIVE, "What can be masked."),
    ),
)


def _values_of_enum(attribute: Mapping[str, Any]) -> str | None:
    if "values" in attribute and set(attribute["values"]) != set(attribute.get("enum", ())):
        return "values must say what each word of enum is stored as"
    return None


def _dates_have_the_format(attribute: Mapping[str, Any]) -> str | None:
    is_date = attribute["operator"] == "datetime"
    if is_date != (attribute.get("format", "date-time" if is_date else None) == "date-time"):
        return "operator datetime and format date-time go together"
    return None


SEARCH_ATTRIBUTE = Form(
    "Search attribute",
    "One attribute that searches may name, as `<type>_<name>`.",
    (
        KnownKey(
            "operator",
            Word(OPERATORS),
            "The class of operators it takes; `sort` marks names for sorting only.",
            required=True,
        ),
        KnownKey("path", _SEARCH_PATH, "Where the value lies in the stored record.", required=True),
        KnownKey("index", INDEX, "The record type's index over the same path, which may stand in for a scan."),
        KnownKey(
            "type",
            Word(("boolean", "integer", "number", "string")),
            "The type of value a search gives; that of the operator unless given.",
        ),
        KnownKey("enum", Listing(Text(), least=1), "The words a search may give."),
        KnownKey("values", Names("words", Either((Number(), Text())), least=1), "What each word is stored as."),
        KnownKey("pattern", Pattern("regular expression"), "What a given text looks like."),
        KnownKey("format", Word(("date-time", "email")), "The form of a given text, as published."),
        KnownKey("minimum", Number(), "The least number."),
        KnownKey("maximum", Number(), "The greatest number."),
        KnownKey("sortable", Flag(), "Whether results can be sorted by it; false unless given."),
        KnownKey("archive_sortable", Flag(), "Whether results of the archive alone can; false unless given."),
        KnownKey("stored", Flag(), "False for what no record of ours has yet; true unless given."),
        KnownKey("standard", Flag(), "Whether the search of recent records knows it; true unless given."),
        KnownKey("archive", Flag(), "Whether the search of the archive knows it; false unless given."),
        KnownKey("confidence", Word(("assumed", "client-code")), "How sure the path is, when it is not published."),
        KnownKey("note", Text(), "What is inferred, and from what."),
    ),
    (_values_of_enum, _dates_have_the_format),
)
SEARCH = Form(
    "Search",
    "What searches may ask for.",
    (
        KnownKey("source", SOURCE, "Where this comes from.", required=True),
        KnownKey(
            "attributes",
            Names("search attributes", SEARCH_ATTRIBUTE, Text("a name in snake case", r"[a-z]+(_[a-zA-Z]+)*")),
            "The closed list of standard attributes.",
            required=True,
        ),
    ),
)
BUDGET = Form(
    "Budget",
    "A limit on successful calls, counted per object and calling user.",
    (
        KnownKey("limit", Number(least=1), "Calls within the window.", required=True),
        KnownKey(
            "per",
            Word(("customer", "record", "user")),
            "What an object is; `user` counts the caller alone.",
            required=True,
        ),
        KnownKey("exempt", FIELD, "The body field that lifts the limit when it is not null."),
        KnownKey("source", SOURCE, "Where this comes from.", required=True),
    ),
)
LIMITS = Form(
    "Limits",
    "What an organisation may use.",
    (
        KnownKey(
            "plans",
            Names("plans", Number(least=1), Word(PLANS), least=len(PLANS)),
            "Requests within the window, by plan.",
            required=True,
        ),
        KnownKey("window_seconds", Number(least=1), "The length of the window, in seconds.", required=True),
        KnownKey("searches", Number(least=1), "Searches of API keys within the window.", required=True),
        KnownKey("users", Number(least=1), "Requests of a person within the window.", required=True),
        KnownKey("body_bytes", Number(least=1), "The largest body, in bytes.", required=True),
        KnownKey(
            "hooks",
            Names("plans", Number(least=1)),
            "Requests to hooks within the window, by plan: a budget of their own.",
        ),
        KnownKey("hook_body_bytes", Number(least=1), "The largest body that a hook takes, in bytes."),
        KnownKey(
            "budgets",
            Names("budgets", BUDGET, Text("a budget's name", r"[a-z_]+")),
            "Limits per object.",
            required=True,
        ),
        KnownKey("source", SOURCE, "Where this comes from.", required=True),
    ),
)
DOCUMENT_EXTENSIONS = (
    KnownKey("x-resource", RESOURCE, "The record type; documents of shared parts have none."),
    KnownKey("x-search", SEARCH, "What searches may ask for; one document has it."),
    KnownKey("x-limits", LIMITS, "What an organisation may use; one document has it."),
    KnownKey("x-types", Names("record types", TEMPLATE, TYPE, least=1),
        "Record types that relationships lead to and no document describes yet, with their paths."),
    KnownKey("x-tool-defaults", TOOL_DEFAULTS, "What all tools of the document say."),
    KnownKey("x-relationships", Names("relationships", RELATIONSHIP, FIELD, least=1),
        "Relationships of all documents whose type their name does not say."),
)  # fmt: skip
