"""What is not written of an operation: parameters of its path, its body's envelope, its answers, its aliases' facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.expand.names import Names, Node
from kustomer_sandbox.contracts.expand.narrowing import narrowing_parameters
from kustomer_sandbox.contracts.expand.responses import ResponseExpander
from kustomer_sandbox.contracts.expand.schemas import SchemaExpander
from kustomer_sandbox.contracts.expand.tools import plain_tools
from kustomer_sandbox.contracts.model import METHODS, ContractError
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

_IN_PATH = re.compile(r"\{([^}]+)\}")
_JSON = "application/json"
_USUAL = {"id": "Id"}
"""Which shared parameter a name in a path's braces is, unless the path or the operation declares it."""
_PAGE = {"default": 100, "maximum": 100}
_PAGE_PARAMETERS = ("Page", "PageSize")
_OWN = {"operationId", "summary", "description", "x-tools"}
"""What an alias does not take from the operation that it is an alias of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationExpander:
    """Turns the written operations of one document into plain ones."""

    names: Names
    document: str
    resource: Mapping[str, Any]
    tags: tuple[str, ...]
    tool_defaults: Mapping[str, Any]
    schemas: SchemaExpander

    def plain(self, paths: Mapping[str, Any]) -> Node:
        """All paths of the document in full. Raises `ContractError` with document, method and path."""
        by_id = {
            entry.get("operationId"): entry
            for item in paths.values()
            if isinstance(item, Mapping)
            for entry in item.values()
            if isinstance(entry, Mapping)
        }
        return {path: self._item(path, item, by_id) for path, item in paths.items()}

    def _item(self, path: str, item: Any, by_id: Mapping[Any, Any]) -> Any:
        if not isinstance(item, Mapping):
            return item
        plain: Node = dict(item)
        if "parameters" in item:
            plain["parameters"] = self._parameters(path, item["parameters"], f"{self.document}: {path}")
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                place = f"{self.document}: {method.upper()} {path}"
                entry = self._inherited(item[method], by_id, place)
                plain[method] = self._operation(path, method, entry, plain.get("parameters", []), place)
        return plain

    def _inherited(self, entry: Mapping[str, Any], by_id: Mapping[Any, Any], place: str) -> Node:
        """An alias says only what differs from the operation that it is an alias of."""
        if "x-alias-of" not in entry:
            return dict(entry)
        original = by_id.get(entry["x-alias-of"])
        if original is None or original is entry:
            known = [str(key) for key in by_id if key is not None and by_id[key] is not entry]
            words = f"this document has no other operation {entry['x-alias-of']!r}"
            raise ContractError(f"{place} x-alias-of: {words}{nearest(entry['x-alias-of'], known)}")
        return {key: value for key, value in original.items() if key not in _OWN} | dict(entry)

    def _operation(self, path: str, method: str, entry: Node, of_path: list[Node], place: str) -> Node:
        answers = ResponseExpander(names=self.names, document=self.document, resource=self.resource, place=place)
        if self.tags:
            entry.setdefault("tags", list(self.tags))
        if entry.get("responses") == "page" or isinstance(entry.get("x-page"), Mapping):
            page = entry.get("x-page", {})
            entry["x-page"] = page if page.get("style") == "cursor" else {**_PAGE, **page} if self._pages() else page
        parameters = self._all_parameters(path, entry, of_path, place)
        if parameters:
            entry["parameters"] = parameters
        if "requestBody" in entry:
            entry["requestBody"] = self._body(entry["requestBody"], entry.get("x-fixed", {}), f"{place} requestBody")
        included = any(self._name(parameter) == "include" for parameter in parameters)
        entry["responses"] = answers.plain(method, entry, included=included)
        if entry["responses"] is None:
            del entry["responses"]
        if "x-tools" in entry:
            entry["x-tools"] = plain_tools(entry, method, self.tool_defaults, self.schemas, place)
        return entry

    def _pages(self) -> bool:
        return all(self.names.where("parameters", name, self.document) for name in _PAGE_PARAMETERS)

    def _all_parameters(self, path: str, entry: Node, of_path: list[Node], place: str) -> list[Node]:
        """Those of the path's braces that nobody declares, those of paging and narrowing, and the operation's own."""
        own = self._parameters(path, entry.get("parameters", []), place)
        declared = {self._name(parameter) for parameter in [*of_path, *own]}
        wanted = [_USUAL[name] for name in _IN_PATH.findall(path) if name in _USUAL and name not in declared]
        if entry.get("x-page", {}).get("style", "page") == "page" and "x-page" in entry and self._pages():
            wanted += [name for name in _PAGE_PARAMETERS if not {"page", "pageSize"} & declared]
        usual = [name for name in wanted if self.names.where("parameters", name, self.document)]
        refs = [self.names.ref("parameters", name, self.document, place) for name in usual]
        narrowing = narrowing_parameters(entry.get("x-default"), self.names, self.document, place)
        return [*refs, *(one for one in narrowing if one["name"] not in declared), *own]

    def _parameters(self, path: str, written: Any, place: str) -> list[Node]:
        return [self._parameter(path, part, place) for part in written]

    def _parameter(self, path: str, written: Any, place: str) -> Node:
        """A parameter by its component's name, or one described here: in the path's braces, else in the query."""
        if isinstance(written, str):
            return self.names.ref("parameters", written, self.document, place)
        if not isinstance(written, Mapping) or "$ref" in written:
            return dict(written)
        plain = dict(written)
        plain.setdefault("in", "path" if plain.get("name") in _IN_PATH.findall(path) else "query")
        if plain["in"] == "path":
            plain.setdefault("required", True)
        if "schema" in plain:
            plain["schema"] = self.schemas.plain(plain["schema"], f"{place} parameters/{plain.get('name')}")
        return plain

    def _name(self, parameter: Node) -> Any:
        file, _, pointer = str(parameter.get("$ref", "")).partition("#")
        document = self.names.documents.get(file or self.document, {})
        parts = document.get("components", {}).get("parameters", {})
        return parameter.get("name") or parts.get(pointer.rsplit("/", 1)[-1], {}).get("name")

    def _body(self, written: Any, fixed: Mapping[str, Any], place: str) -> Any:
        """A body by its schema's name; needed unless it says `required: false`, JSON unless it has `content`."""
        if not isinstance(written, str) and (not isinstance(written, Mapping) or "$ref" in written):
            return written
        body: Node = {"content": {_JSON: written}} if isinstance(written, str) else dict(written)
        if "schema" in body:
            body["content"] = {_JSON: body.pop("schema")}
        content = body.get("content")
        if not isinstance(content, Mapping):
            raise ContractError(f"{place}: names neither a schema nor its content by media type")
        return (
            {"required": body.get("required", True)}
            | body
            | {"content": {kind: self._media(part, fixed, f"{place}/content/{kind}") for kind, part in content.items()}}
        )

    def _media(self, written: Any, fixed: Mapping[str, Any], place: str) -> Any:
        if isinstance(written, Mapping) and set(written) & {"schema", "encoding", "example", "examples"}:
            return {**written, "schema": self.schemas.plain(written.get("schema", {}), place)}
        schema = self.schemas.plain(written, place)
        return {"schema": self._given_the_rest(schema, fixed, place) if fixed else schema}

    def _given_the_rest(self, schema: Node, fixed: Mapping[str, Any], place: str) -> Node:
        """A body of which some fields are fixed by the path need not repeat them."""
        found = self.names.target(schema.get("$ref", ""), self.document)
        whole = dict(self.schemas.plain(found[1], place)) if found else dict(schema)
        needed = [name for name in whole.pop("required", ()) if name not in fixed]
        return whole | ({"required": needed} if needed else {})
