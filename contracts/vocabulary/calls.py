"""The `x-` keys of an operation: who may call it, what serves it, what it draws on, which tools are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from kustomer_sandbox.contracts.model import Keyless, Kind, PagingStyle, ParameterPlace, Unmasking
from kustomer_sandbox.contracts.sources.source import Confidence
from kustomer_sandbox.contracts.vocabulary.forms import Cases, Either, Form, KnownKey, Listing, Names
from kustomer_sandbox.contracts.vocabulary.schema import SCHEMA_OR_NAME, TYPE_NAME
from kustomer_sandbox.contracts.vocabulary.shapes import Anything, Flag, Number, Text, Word

CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
FROM_PAGES = ("vendor-docs", "recorded", "client-code")
"""What is published or attested can be looked up, so it names where."""

INDEX = Text("an index's name", r"[a-z][A-Za-z]*")
FIELD = Text("a field's name", r"[A-Za-z][A-Za-z0-9]*")
PARAMETER_NAME = Text("a parameter's name", r"[A-Za-z][A-Za-z0-9_]*")
TYPE = TYPE_NAME
ROLE = Text(
    "a role (`org.permission.tag.read`; `{name}` stands for a path parameter)",
    r"org\.(hooks|outbound_webhooks|tracking|(permission|user|admin)(\.([a-z_]|\{[a-z]+\})+)+)",
)
_WORD = Text("a word in lower case", r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_AT = Text("a path parameter (`path.id`)", r"path\.[A-Za-z]+")


def _pages(source: Mapping[str, Any]) -> str | None:
    if source["confidence"] in FROM_PAGES and not source.get("pages"):
        return f"pages must not be empty: {source['confidence']} says that the fact can be looked up"
    return None


def _parts_differ(source: Mapping[str, Any]) -> str | None:
    """A part is named because it is known otherwise than the whole."""
    for name, part in source.get("parts", {}).items():
        if (part if isinstance(part, str) else part["confidence"]) == source["confidence"]:
            return f"part {name!r} is as sure as the whole: leave it out, or put its pages there"
    return None


_WHERE = (
    KnownKey("confidence", Word(CONFIDENCES),
        "`vendor-docs`: published; `recorded`: seen in recorded traffic of the real API; `client-code`: attested by"
        " programs that use the API; `seed`: given with the task; `assumed`: our reading.", required=True),
    KnownKey("pages", Listing(Text()), "Where to look it up; all but `seed` and `assumed` need one."),
    KnownKey("note", Text(), "What is inferred, and from what."),
)  # fmt: skip
_SHORT = Word(tuple(word for word in CONFIDENCES if word not in FROM_PAGES))
PART = Form("Part of a source", "Where one part of a fact comes from.", _WHERE, (_pages,))
SOURCE = Form(
    "Source",
    "Where a fact comes from and how sure it is.",
    (
        *_WHERE,
        KnownKey("parts", Names("parts of the fact (`roles`, `status`)", Either((_SHORT, PART)), least=1),
            "Where the parts come from that are known otherwise than the whole."),
    ),
    (_pages, _parts_differ),
)  # fmt: skip
SHORT_SOURCE = Either((_SHORT, SOURCE))


def _do(verb: str) -> KnownKey:
    return KnownKey("do", Word((verb,)), f"`{verb}`.", required=True)


def _at_an_index(default: Mapping[str, Any]) -> str | None:
    return "at needs an index: it is the key to look under" if "at" in default and "index" not in default else None


def _by_all(default: Mapping[str, Any]) -> str | None:
    clash = next((key for key in ("at", "sort") if key in default), None)
    return (
        f"{clash} must not be given with by: such a list reads the indexes it is filtered and sorted by"
        if (clash and "by" in default)
        else None
    )


DEFAULTS: Mapping[str, Form] = {
    "get": Form("Default get", "The record of the path's `id`; several for ids with commas.", (_do("get"),)),
    "list": Form(
        "Default list",
        "A page of records: of all by id, or of those under one key of an index.",
        (
            _do("list"),
            KnownKey("index", INDEX, "The index to read; `id` unless given."),
            KnownKey("at", _AT, "The path parameter that is the key; without it the whole index is read."),
            KnownKey("to", TYPE, "The type of record the path's `id` names; 404 if there is none."),
            KnownKey("sort", Word(("asc", "desc")), "The order when the query does not say; `asc` unless given."),
            KnownKey(
                "by",
                Listing(INDEX, least=1),
                "Indexes of instants to filter by (`filter[createdAt][gt]`, `gte`, `lt`, `lte`) and to sort by"
                " (`sort=createdAt`, `-createdAt`); these parameters are added.",
            ),
        ),
        (_at_an_index, _by_all),
    ),
    "lookup": Form(
        "Default lookup",
        "The record that holds the path's value in a unique index; 404 if none does.",
        (
            _do("lookup"),
            KnownKey("index", INDEX, "The index, which bears the path parameter's name.", required=True),
            KnownKey("at", _AT, "The path parameter that is the key.", required=True),
        ),
    ),
    "create": Form("Default create", "A new record from the body.", (_do("create"),)),
    "update": Form(
        "Default update", "Changes what the body names; `replace=true` replaces the document.", (_do("update"),)
    ),
    "delete": Form("Default delete", "Forgets the record of the path's `id`.", (_do("delete"),)),
}
USUAL_PAGE = 100
WITHOUT_OPTIONS = ("get", "list", "create", "update", "delete")


def _page_sizes(page: Mapping[str, Any]) -> str | None:
    return "default is larger than maximum" if page.get("default", 0) > page.get("maximum", USUAL_PAGE) else None


def _cursors(page: Mapping[str, Any]) -> str | None:
    given = next((key for key in ("totals", "last") if key in page), None)
    return f"{given} belongs to pages, not to a cursor" if given and page.get("style") == "cursor" else None


PAGE = Form(
    "Page",
    "How a list is cut into pages, by the query's `page` and `pageSize`, or by a cursor.",
    (
        KnownKey("default", Number(least=1), "Records on a page when the query does not say; 100 unless given."),
        KnownKey("maximum", Number(least=1), "The most; larger sizes are lowered to it; 100 unless given."),
        KnownKey("totals", Flag(), "Whether `meta` counts all records and pages; false unless given."),
        KnownKey("last", Number(least=1), "The last page that may be asked for; none unless given."),
        KnownKey(
            "style",
            Word(get_args(PagingStyle)),
            "`page` by number, `cursor` each naming the next; `page` unless given.",
        ),
    ),
    (_page_sizes, _cursors),
)
ARGUMENT = Form(
    "Argument",
    "What a tool says of one argument. Its key is the name the model sees.",
    (
        KnownKey("in", Word(get_args(ParameterPlace)), "Where it goes; found by the name unless given."),
        KnownKey(
            "name",
            Text("a wire name", r"[A-Za-z][A-Za-z0-9_]*(\[[A-Za-z]+\])*"),
            "The name upstream; the argument's own unless given.",
        ),
        KnownKey("description", Text(), "What the model is told; the parameter's own words unless given."),
        KnownKey("required", Flag(), "Whether the model must give it; as the API asks unless given."),
        KnownKey("schema", SCHEMA_OR_NAME, "What the model may give; as the API takes unless given."),
    ),
)
HINTS = Form(
    "Hints",
    "MCP annotations that do not follow from kind and method.",
    (
        KnownKey("read_only", Flag(), "Whether nothing changes; true for reads and GET unless given."),
        KnownKey("destructive", Flag(), "Whether it destroys; true for deletes unless given."),
        KnownKey(
            "idempotent",
            Flag(),
            "Whether a second call changes nothing more; true for reads, PUT, DELETE unless given.",
        ),
    ),
)
TOOL = Form(
    "Tool",
    "A tool for a model, made from the operation.",
    (
        KnownKey("name", Text("a tool's name", r"[a-z](_?[a-z0-9])*(?<!_[0-9])"),
            "Built from method and resource: `list_all_kustomer_tags`.",
            required=True),
        KnownKey("title", Text(), "Its name for people.", required=True),
        KnownKey("kind", Word(get_args(Kind)), "What may be granted; that of the method unless given.",
            filled=True),
        KnownKey("method", _WORD, "What its name says that it does; that of the default or of HTTP unless given."),
        KnownKey("resource", _WORD, "What it is about, in the plural; the document's name unless given."),
        KnownKey("tags", Listing(_WORD, least=1), "What it can be granted by; see `x-tool-defaults`.",
            filled=True),
        KnownKey("description", Text(), "What the model is told, at most 2,048 bytes.", required=True),
        KnownKey("arguments",
            Names("arguments", Either((Text("its description"), ARGUMENT)),
                Text("an argument's name", r"[a-z][A-Za-z0-9_]*")),
            "What differs from the operation's parameters and body fields."),
        KnownKey("hide", Listing(FIELD, least=1), "Parameters and body fields the model does not see."),
        KnownKey("seldom", Listing(Text("an argument's name", r"[a-z][A-Za-z0-9_]*"), least=1),
            "Arguments that `tools/list` names at the end of the description and does not describe one by one."),
        KnownKey("fixed", Names("body fields", Anything(), FIELD, least=1), "Body fields the tool sets itself."),
        KnownKey("body", Text("a schema's name", r"[A-Z][A-Za-z0-9]*"),
            "The form of the body that makes the arguments, when it is one of several."),
        KnownKey("example", Names("arguments", Anything(), Text("an argument's name", r"[a-z][A-Za-z0-9_]*"), least=1),
            "Arguments of the worked example that differ from the operation's, in the words of `x-example`; null leaves"
            " one out."),
        KnownKey("hints", HINTS, "Annotations that do not follow by themselves."),
        KnownKey("source", SHORT_SOURCE, "Where the tool comes from; see `x-tool-defaults`.", filled=True),
    ),
)  # fmt: skip
TOOL_DEFAULTS = Form(
    "Tool defaults",
    "What all tools of a document say, unless they say otherwise; those of `common.yaml` hold for all documents.",
    (
        KnownKey("resource", _WORD, "What they are about, in the plural."),
        KnownKey("tags", Listing(_WORD, least=1), "What they can be granted by."),
        KnownKey("source", SHORT_SOURCE, "Where they come from."),
    ),
)

OPERATION_EXTENSIONS = (
    KnownKey("x-source", SHORT_SOURCE, "Where the operation comes from; an alias has that of its operation.",
        filled=True),
    KnownKey("x-roles", Listing(ROLE), "Roles of which a caller needs one; an empty list lets every key in.",
        filled=True),
    KnownKey("x-rule", Text("a rule (`tags.list_tags`)", r"[a-z_]+\.[a-z_]+"), "The function that serves it; or else:"),
    KnownKey("x-default", Either((Word(WITHOUT_OPTIONS), Cases("do", DEFAULTS))), "What serves it without code."),
    KnownKey("x-page", PAGE,
        "How a list is cut into pages; needed where the answer is not `page` or the sizes are not the"
        " usual ones."),
    KnownKey("x-budgets",
        Names("budgets", Listing(Text(
            "a way to the object's id (`path.id`, `body.customer`, `conversation>customer:path.id`)",
            r"([a-z_]+>[A-Za-z]+:)?(path|body)\.[A-Za-z]+"), least=1), least=1),
        "The per-object budgets a call draws on, each with the ways to the object's id; the first that leads to one"
        " holds."),
    KnownKey("x-search-budget", Flag(), "Whether a call counts as a search of an API key."),
    KnownKey("x-fixed", Names("body fields", Anything(), FIELD, least=1),
        "Body fields the path fixes; the caller leaves them out."),
    KnownKey("x-alias-of", Text("an operation's id", r"[A-Za-z][A-Za-z0-9]*"),
        "The operation of this document that this path is another way to; what is not said here is said there."),
    KnownKey("x-bulk-of", Text("an operation's id", r"[A-Za-z][A-Za-z0-9]*"),
        "The operation of this document that is done for each item of the body, or for each id of `ids`."),
    KnownKey("x-about", TYPE, "The type of record that the path's `id` names, where the path does not tell."),
    KnownKey("x-unmasking", Word(get_args(Unmasking)),
        "Whether a success opens or closes the unmasking window of the customer in the path."),
    KnownKey("x-example", Anything(),
        "The smallest useful body that the demo world accepts; every operation with a body has one. `@customer` stands"
        " for the id of a record, `@team:Billing` for that of the first with this value among its attributes,"
        " `@team.members.0` for a value in it, `@attachment.message` for the id of what it is related to."),
    KnownKey("x-example-parameters", Names("parameters", Text(), PARAMETER_NAME, least=1),
        "Parameters of the example, of those a call must give, that differ from the parameters' own."),
    KnownKey("x-keyless", Word(get_args(Keyless)),
        "That no key is needed, and what then tells whose call it is: the hook's `hash` or the organisation's `name` in"
        " the path, or the `host`."),
    KnownKey("x-hook", Flag(),
        "Whether it takes what others send to a hook: with the hooks' budget and size, as JSON, a form or XML."),
    KnownKey("x-tools", Listing(TOOL, least=1), "The tools made from it."),
)  # fmt: skip
