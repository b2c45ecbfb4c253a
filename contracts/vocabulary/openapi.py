"""The keys of OpenAPI 3.1 that a resource's document uses: paths, operations, parameters, bodies, answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.model import ANSWER_WORDS, METHODS
from kustomer_sandbox.contracts.vocabulary.calls import OPERATION_EXTENSIONS
from kustomer_sandbox.contracts.vocabulary.facts import DOCUMENT_EXTENSIONS
from kustomer_sandbox.contracts.vocabulary.forms import Either, Form, KnownKey, Listing, Names, Referable
from kustomer_sandbox.contracts.vocabulary.schema import REFERENCE_TEXT, SCHEMA, SCHEMA_NAME, SCHEMA_OR_NAME
from kustomer_sandbox.contracts.vocabulary.shapes import Flag, Name, Text, Word

MEDIA_TYPES = (
    "application/json", "application/json-patch+json", "application/octet-stream", "application/x-www-form-urlencoded",
    "multipart/form-data", "application/xml", "text/xml",
)  # fmt: skip
_NAME = Text("a name (letters and digits)", r"[A-Za-z][A-Za-z0-9]*")
_ID = Text("an operation's id (`GetTags`)", r"[A-Za-z][A-Za-z0-9]*")
_PATH = Text("a path (`/v1/tags/{id}`)", r"(/p)?/v[1-9](\.[1-9])?(/[A-Za-z0-9_-]+|/([A-Za-z0-9]+=:?)?\{[A-Za-z_]+\})+")
_STATUS = Text("a status (`200`) or `default`", r"[1-5][0-9]{2}|default")
REFERENCE = Form(
    "Reference", "A component used here.", (KnownKey("$ref", REFERENCE_TEXT, "Where it stands.", required=True),)
)

MEDIA_TYPE = Form(
    "Media type", "A body of one media type.",
    (KnownKey("schema", SCHEMA_OR_NAME, "What the decoded body may be.", required=True),),
)  # fmt: skip
_CONTENT = Names("media types", MEDIA_TYPE, Word(MEDIA_TYPES), least=1)
_BODIES = Names(
    "media types", Either((SCHEMA_NAME, Referable(SCHEMA, MEDIA_TYPE, key="schema"))), Word(MEDIA_TYPES), least=1
)


def _in_the_path(parameter: Mapping[str, Any]) -> str | None:
    if parameter.get("in") == "path" and parameter.get("required", True) is not True:
        return "required must be true: a path without the parameter is another path"
    return None


PARAMETER = Form(
    "Parameter",
    "One value that a call gives in its path or query.",
    (
        KnownKey("name", Text("a parameter's name", r"[A-Za-z][A-Za-z0-9_]*(\[[A-Za-z]+\])*"),
            "The name on the wire.", required=True),
        KnownKey("in", Word(("path", "query")),
            "Where it stands; in the path if a brace of the path has its name, else in the query.", filled=True),
        KnownKey("description", Text(), "What it means, for readers and models."),
        KnownKey("required", Flag(), "Whether a call must give it; a path parameter always must."),
        KnownKey("schema", SCHEMA_OR_NAME, "What the decoded value may be.", required=True),
        KnownKey("example", Text(),
            "A path parameter's value in the demo world, or a record's name there (see `x-example`); for `id` the"
            " record that the path is about, unless given."),
    ),
    (_in_the_path,),
)  # fmt: skip


def _one_body(body: Mapping[str, Any]) -> str | None:
    return None if ("schema" in body) != ("content" in body) else "needs either schema or content"


REQUEST_BODY = Form(
    "Request body",
    "What a call sends.",
    (
        KnownKey("required", Flag(), "Whether a call must send it; true unless given."),
        KnownKey(
            "content",
            _BODIES,
            "The body by media type; that of JSON makes the tool's arguments.",
            filled=True,
        ),
        KnownKey("schema", SCHEMA_OR_NAME, "The body, when JSON is the only media type."),
    ),
    (_one_body,),
)
HEADER = Form(
    "Header",
    "A header of an answer.",
    (
        KnownKey("description", Text(), "What it means."),
        KnownKey("required", Flag(), "Whether every such answer has it."),
        KnownKey("schema", SCHEMA_OR_NAME, "What the value may be.", required=True),
    ),
)
RESPONSE = Form(
    "Response",
    "One answer.",
    (
        KnownKey("description", Text(), "What it is, in a sentence.", required=True),
        KnownKey("content", _CONTENT, "The body by media type; none for an answer without a body."),
        KnownKey("headers", Names("headers", Referable(HEADER, REFERENCE)), "The headers that belong to it."),
    ),
)
SECURITY_SCHEME = Form(
    "Security scheme",
    "How calls prove who they are.",
    (
        KnownKey("type", Word(("http",)), "The kind.", required=True),
        KnownKey("scheme", Word(("bearer",)), "The scheme of the Authorization header.", required=True),
        KnownKey("description", Text(), "What to send."),
    ),
)

_PARAMETERS = Listing(Either((Name("parameters", "a parameter's name"), Referable(PARAMETER, REFERENCE))))
_ANSWER = Name(
    "responses",
    "`record`, `page`, `record-or-page`, `none`, an answer's name or a record's schema",
    ANSWER_WORDS,
)
_ANSWERS = Names("statuses", Either((_ANSWER, Referable(RESPONSE, REFERENCE))), _STATUS, least=1)


def _stated(operation: Mapping[str, Any]) -> str | None:
    """An alias may take these from the operation that it is an alias of."""
    missing = next((key for key in ("x-source", "x-roles") if key not in operation), None)
    return f"{missing} is missing" if missing and "x-alias-of" not in operation else None


OPERATION = Form(
    "Operation",
    "One method of one path.",
    (
        KnownKey("operationId", _ID, "Its name; no other operation has it.", required=True),
        KnownKey("summary", Text(), "What it does, in a sentence.", required=True),
        KnownKey("description", Text(), "What the summary leaves out."),
        KnownKey("tags", Listing(Text(), least=1),
            "The vendor's headings it stands under; the document's title unless given.",
            filled=True),
        KnownKey("parameters", _PARAMETERS,
            "What a call gives in path and query. `{id}` of the path and what pages need are added."),
        KnownKey("requestBody", Either((SCHEMA_NAME, Referable(REQUEST_BODY, REFERENCE))),
            "What a call sends; a schema's name alone is JSON that must be sent."),
        KnownKey("responses", Either((_ANSWER, _ANSWERS)),
            "The answer, by a word or by its status; one 2xx. Unless given `none` for DELETE, a `page` with `x-page`,"
            " else `record`. `default`, for every refusal, is added.", filled=True),
        *OPERATION_EXTENSIONS,
    ),
    (_stated,),
)  # fmt: skip
PATH_ITEM = Form(
    "Path item",
    "The operations of one path.",
    (
        KnownKey("parameters", _PARAMETERS, "Parameters of all its operations."),
        *(KnownKey(method, OPERATION, f"What {method.upper()} does.") for method in METHODS),
    ),
)
COMPONENTS = Form(
    "Components",
    "Parts that operations refer to. Names are shared by all documents; each part is used somewhere.",
    (
        KnownKey("schemas", Names("names", SCHEMA_OR_NAME, _NAME),
            "What values may be; those that the field table makes need not stand here."),
        KnownKey("parameters", Names("names", PARAMETER, _NAME), "Values of paths and queries."),
        KnownKey("requestBodies", Names("names", REQUEST_BODY, _NAME), "What calls send."),
        KnownKey("responses", Names("names", RESPONSE, _NAME), "Answers."),
        KnownKey("headers", Names("names", HEADER), "Headers of answers."),
        KnownKey("securitySchemes", Names("names", SECURITY_SCHEME, _NAME), "How calls prove who they are."),
    ),
)  # fmt: skip
INFO = Form(
    "Info",
    "What the document is called.",
    (
        KnownKey("title", Text(), "The resource's name for people.", required=True),
        KnownKey("version", Text(), "The document's version.", required=True),
    ),
)
DOCUMENT = Form(
    "Document",
    "One file of `contracts/resources`: a resource with its operations, or parts that others share.",
    (
        KnownKey("openapi", Word(("3.1.0",)), "The version of OpenAPI; 3.1.0 unless given.", filled=True),
        KnownKey("info", INFO, "What the document is called.", required=True),
        *DOCUMENT_EXTENSIONS,
        KnownKey("paths", Names("paths", PATH_ITEM, _PATH), "The operations by path."),
        KnownKey("components", COMPONENTS, "The parts they are made of."),
    ),
)
