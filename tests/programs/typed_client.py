"""A client with a type for every answer, derived once from `/openapi.json` as code generators do, and a strict one.

It knows the document and nothing else of the project. A word of the document that it does not understand, an attribute
that is not documented, a number where a text was promised: each ends the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

ABOUT = {"description", "title", "example", "examples"}
PLAIN: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "null": None}
BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
    "minimum": "ge",
    "maximum": "le",
    "pattern": "pattern",
}
"""Words that bound a value, and what pydantic calls them."""
FORM = {"properties", "required", "additionalProperties", "patternProperties", "items"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Strict(BaseModel):
    """An object with the documented attributes and no others; nothing is read as something else."""

    model_config = ConfigDict(extra="forbid", strict=True, regex_engine="python-re")


@dataclass
class Types:
    """Types made of the document's schemas, each once."""

    document: Mapping[str, Any]
    known: dict[str, Any] = field(default_factory=dict)

    def of(self, schema: Any, name: str) -> Any:
        """The type of a schema. Raises `NotImplementedError` for a word it does not know."""
        if schema is True or not set(schema) - ABOUT:
            return Any
        if "$ref" in schema:
            return self._named(schema["$ref"])
        if strange := set(schema) - ABOUT - FORM - set(BOUNDS) - {"type", "anyOf", "enum", "const", "format"}:
            raise NotImplementedError(f"{name}: {sorted(strange)}")
        for word in ("enum", "const"):
            if word in schema:
                return Literal[tuple(schema["enum"]) if word == "enum" else schema["const"]]
        if "anyOf" in schema:
            return _either([self.of(form, f"{name}{at}") for at, form in enumerate(schema["anyOf"])])
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return _either([self._of_kind(kind, schema, name) for kind in kinds])

    def _named(self, ref: str) -> Any:
        if ref not in self.known:
            self.known[ref] = None
            self.known[ref] = self.of(_found(self.document, ref), ref.rpartition("/")[2])
        elif self.known[ref] is None:
            raise NotImplementedError(f"{ref} holds itself")
        return self.known[ref]

    def _of_kind(self, kind: str, schema: Mapping[str, Any], name: str) -> Any:
        bounds = {BOUNDS[word]: schema[word] for word in BOUNDS if word in schema} if kind != "null" else {}
        if kind == "object":
            made = self._object(schema, name)
            if isinstance(made, type) and issubclass(made, Strict):
                return made
        elif kind == "array":
            made = list[self.of(schema.get("items", True), f"{name}Item")]  # type: ignore[misc]
        elif kind == "number":
            made = int | float
        else:
            made = PLAIN[kind]
        if schema.get("format") == "date-time" and kind == "string":
            made = Annotated[made, AfterValidator(_instant)]
        return Annotated[made, Field(**bounds)] if bounds else made

    def _object(self, schema: Mapping[str, Any], name: str) -> Any:
        if "properties" in schema:
            required = set(schema.get("required", ()))
            fields: dict[str, Any] = {}
            for at, (key, inner) in enumerate(schema["properties"].items()):
                default = ... if key in required else None
                fields[f"field_{at}"] = (self.of(inner, f"{name}_{key}"), Field(default, alias=key))
            return create_model(name, __base__=Strict, **fields)
        if "patternProperties" in schema:
            [(pattern, inner)] = schema["patternProperties"].items()
            return dict[Annotated[str, Field(pattern=pattern)], self.of(inner, name)]  # type: ignore[misc]
        return dict[str, self.of(schema.get("additionalProperties", True), name)]  # type: ignore[misc]


@dataclass
class TypedClient:
    """Calls operations by their ids, with the document's own examples for what is not given, and types the answers."""

    http: httpx.Client
    document: Mapping[str, Any]
    types: Types = field(init=False)

    def __post_init__(self) -> None:
        self.types = Types(self.document)

    @cached_property
    def operations(self) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
        """Method, path and description of every operation of the API."""
        return {entry["operationId"]: (method, path, entry) for method, path, entry in self._entries()}

    def call(self, id: str, /, **values: str) -> httpx.Response:
        """Call an operation. Raises `pydantic.ValidationError` if its answer is not what is documented."""
        method, path, entry = self.operations[id]
        query: dict[str, str] = {}
        for parameter in (_found(self.document, given) for given in entry.get("parameters", ())):
            name = parameter["name"]
            if parameter.get("required"):
                value = values.get(name, parameter.get("example"))
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
                query |= {} if parameter["in"] == "path" else {name: value}
        body = _found(self.document, entry.get("requestBody", {})).get("content", {}).get("application/json", {})
        named = (example["value"] for example in body.get("examples", {}).values())
        given = body.get("example", next(named, None))
        sent = {} if given is None else {"json": given}
        answer = self.http.request(method.upper(), path, params=query, **sent)
        self.decode(id, answer)
        return answer

    def decode(self, id: str, answer: httpx.Response) -> Any:
        """The answer's body as its documented type. Raises `pydantic.ValidationError` or `LookupError`."""
        responses = self.operations[id][2]["responses"]
        # A success must be documented by its own number; what is refused has one form for all.
        documented = responses[str(answer.status_code)] if answer.is_success else responses["default"]
        content = _found(self.document, documented).get("content")
        if content is None:
            assert answer.content == b"", "a body where none is documented"
            return None
        kind = answer.headers["content-type"].partition(";")[0]
        name = f"{id}{answer.status_code}"
        if name not in self.types.known:
            of_answer = self.types.of(content[kind]["schema"], id)
            self.types.known[name] = create_model(name, __base__=Strict, answer=(of_answer, ...))
        return self.types.known[name].model_validate_json(b'{"answer":%b}' % answer.content).answer

    def _entries(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for path, item in self.document["paths"].items():
            if re.match(r"/(v\d+(\.\d+)?|p)/", path):
                for method, entry in item.items():
                    yield method, path, entry


def _either(forms: list[Any]) -> Any:
    made = forms[0]
    for form in forms[1:]:
        made = made | form
    return made


def _instant(text: str) -> str:
    if not INSTANT.fullmatch(text):
        raise ValueError("no instant")
    datetime.fromisoformat(text)
    return text


def _found(document: Mapping[str, Any], node: Any) -> Any:
    """What a reference, or an object that is one, leads to."""
    ref = node if isinstance(node, str) else node.get("$ref")
    if ref is None:
        return node
    found: Any = document
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return found
