"""Answers by a word: `record`, `page`, `record-or-page`, `none`, or the schema of another document's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.expand.names import SHARED, Names, Node, resources
from kustomer_sandbox.contracts.expand.schemas import SchemaExpander
from kustomer_sandbox.contracts.model import ANSWER_WORDS as WORDS
from kustomer_sandbox.contracts.model import ContractError

_STATUS = {"get": "200", "post": "201", "put": "200", "patch": "200", "delete": "204"}
"""The status of a success, by method, unless the operation says another."""
_DESCRIPTIONS = {
    "record": "One {one}.",
    "page": "A page of {many}.",
    "record-or-page": "One {one}, or a list when several ids were given.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseExpander:
    """The answers of one operation in full."""

    names: Names
    document: str
    resource: Mapping[str, Any]
    place: str

    def plain(self, method: str, entry: Mapping[str, Any], *, included: bool) -> Node | None:
        """Answers by status, with the refusal; None if nothing is written and no schema is known to make one of."""
        written = entry.get("responses")
        if written is None:
            written = "none" if method == "delete" else "page" if "x-page" in entry else "record"
            if written != "none" and "schema" not in self.resource:
                return None
        if isinstance(written, str):
            written = {_STATUS[method]: written}
        if not isinstance(written, Mapping):
            raise ContractError(f"{self.place} responses: must not be {written!r}: it is a word or answers by status")
        found = {
            code: self._answer(part, included=included) if isinstance(part, str) else self._whole(part, code)
            for code, part in written.items()
        }
        if found and self.names.where("responses", "Refusal", SHARED):
            found.setdefault("default", self.names.ref("responses", "Refusal", SHARED, self.place))
        return found

    def _whole(self, written: Any, code: str) -> Any:
        schemas = SchemaExpander(names=self.names, document=self.document)
        return plain_response(written, schemas, f"{self.place} responses/{code}")

    def _answer(self, word: str, *, included: bool) -> Node:
        if word == "none":
            return self.names.ref("responses", "Done", SHARED, self.place)
        if word not in WORDS and self.names.where("responses", word, self.document):
            return self.names.ref("responses", word, self.document, self.place)
        owner, resource = self._owner(word)
        schema = self._schema(word if word in WORDS else "record", resource["schema"], included=included)
        return {
            "description": _description(word if word in WORDS else "record", owner, resource),
            "content": {"application/json": {"schema": schema}},
        }

    def _owner(self, word: str) -> tuple[str, Mapping[str, Any]]:
        """Whose record is answered: this document's, or that of the document whose record's schema is named."""
        if word in WORDS:
            if "schema" not in self.resource:
                raise ContractError(f"{self.place} responses: {word!r} needs x-resource to name the record's schema")
            return self.document, self.resource
        found = next((pair for pair in resources(self.names.documents) if pair[1].get("schema") == word), None)
        if found is None:
            raise ContractError(
                f"{self.place} responses: {word!r} is neither {', '.join(WORDS)} nor an answer or a record's schema"
            )
        return found

    def _schema(self, word: str, name: str, *, included: bool) -> Node:
        if word == "record-or-page":
            return {"anyOf": [self._schema(one, name, included=included) for one in ("record", "page")]}
        record = self.names.ref("schemas", name, self.document, self.place)
        others: Node = {"included": self.names.ref("schemas", "Included", SHARED, self.place)} if included else {}
        if word == "record":
            return _closed({"data": record, **others}, "data")
        shared = {part: self.names.ref("schemas", part, SHARED, self.place) for part in ("PageMeta", "PageLinks")}
        fields: Node = {"meta": shared["PageMeta"], "data": {"type": "array", "items": record}}
        return _closed({**fields, **others, "links": shared["PageLinks"]}, "meta", "data", "links")


def plain_response(written: Any, schemas: SchemaExpander, place: str) -> Any:
    """An answer that is written in full, with the schemas of its contents and headers in full."""
    if not isinstance(written, Mapping):
        return written
    whole = dict(written)
    for kind in ("content", "headers"):
        if isinstance(written.get(kind), Mapping):
            whole[kind] = {key: _part(part, schemas, f"{place}/{kind}/{key}") for key, part in written[kind].items()}
    return whole


def _part(written: Any, schemas: SchemaExpander, place: str) -> Any:
    has_schema = isinstance(written, Mapping) and "schema" in written
    return {**written, "schema": schemas.plain(written["schema"], place)} if has_schema else written


def _description(word: str, document: str, resource: Mapping[str, Any]) -> str:
    """What `answers` of x-resource says, else a sentence with the record's type or the document's name."""
    told = resource.get("answers", {}).get(word)
    one, many = str(resource["type"]), document.removesuffix(".yaml")
    return str(told or _DESCRIPTIONS[word].format(one=one.replace("_", " "), many=many.replace("-", " ")))


def _closed(properties: Node, *required: str) -> Node:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
