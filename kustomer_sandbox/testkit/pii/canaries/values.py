"""Values for the schemas of parameters, bodies and arguments: by chance, from a seed, mostly of the right form.

Context: hypothesis makes better values, and is for tests alone. Choice: an own generator that knows the few words of
JSON Schema that the contracts use; examples come first, for no generator knows what makes sense.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import Schema
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.testkit.pii.canaries.chance import Chance
from kustomer_sandbox.testkit.pii.canaries.pool import Pool

SchemaPath = tuple[str, ...]
"""From a body to a value in it: names, and `*` for the items of lists."""
AtPath = Callable[[SchemaPath, JSON], JSON]
"""What stands at a path instead of a value."""

_ALTERNATIVES = re.compile(r"\^\(([A-Za-z]+(?:\|[A-Za-z]+)*)\)")
"""A pattern that begins with a choice of words."""
_WORDS = ("blue", "Order 7", "a text", "Ünïcode ✓", "", "x", "2026-06-09", "-1", "true", "***", "a\nb", "<b>x</b>")
_NOTHING_FITS: tuple[JSON, ...] = (None, True, 7, -1.5, "", [], {}, "nothing", [None], {"a": {"b": []}})
_DEEPEST = 5
_MOST_ITEMS = 2


@dataclass(slots=True)
class Values:
    """Makes values by chance; `pool` gives ids, `document` what a schema's references lead to."""

    chance: Chance
    pool: Pool
    document: Mapping[str, Any]

    def some(self, schema: Schema, *, name: str = "", optional: float = 0.3, depth: int = 0) -> JSON:
        """A value of a schema, with each optional field of objects as likely as `optional` says."""
        node = resolve(self.document, schema)
        for several in ("anyOf", "oneOf"):
            if several in node:
                chosen = self.chance.choice(node[several])
                return self.some(chosen, name=name, optional=optional, depth=depth)
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self.chance.choice(node["enum"])
        if "example" in node and self.chance.random() < _BY_EXAMPLE:
            return node["example"]
        return self._of_kind(self._kind(node), node, name=name, optional=optional, depth=depth)

    def none_that_fits(self) -> JSON:
        """A value that fits hardly anywhere."""
        return self.chance.choice(_NOTHING_FITS)

    def keeps(self, schema: Schema, name: str) -> bool:
        """Whether what has this schema may keep any object or list that it is given under a name."""
        node = resolve(self.document, schema)
        node = resolve(self.document, node["items"]) if "items" in node else node
        parts = [node, *(resolve(self.document, part) for part in node.get("allOf", ()))]
        return any(self._is_open(part["properties"][name]) for part in parts if name in part.get("properties", {}))

    def _is_open(self, schema: Schema) -> bool:
        node = resolve(self.document, schema)
        several = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        if several:
            return any(map(self._is_open, several))
        kinds = node.get("type", "string" if {"enum", "const"} & node.keys() else "object")
        return bool({"object", "array"} & {*([kinds] if isinstance(kinds, str) else kinds)})

    def _kind(self, node: Schema) -> str:
        kind = node.get("type", "object" if "properties" in node or "allOf" in node else "string")
        return str(self.chance.choice(kind)) if isinstance(kind, list) else str(kind)

    def _of_kind(self, kind: str, node: Schema, *, name: str, optional: float, depth: int) -> JSON:
        if kind == "object":
            return self._object(node, optional=optional, depth=depth)
        if kind == "array":
            fewest = node.get("minItems", 0)
            most = max(fewest, min(node.get("maxItems", _MOST_ITEMS), _MOST_ITEMS)) if depth < _DEEPEST else fewest
            items = node.get("items", {"type": "string"})
            many = self.chance.randint(fewest, most)
            return [self.some(items, name=name, optional=optional, depth=depth + 1) for _ in range(many)]
        if kind in {"integer", "number"}:
            low = int(node.get("minimum", node.get("exclusiveMinimum", 0)))
            return self.chance.choice([low, low + 1, int(node.get("maximum", low + 50))])
        if kind in {"boolean", "null"}:
            return None if kind == "null" else self.chance.random() < _EVEN
        return self._text(node, name)

    def _object(self, node: Schema, *, optional: float, depth: int) -> JSON:
        parts = [node, *(resolve(self.document, part) for part in node.get("allOf", ()))]
        made: dict[str, JSON] = {}
        for part in parts:
            required = part.get("required", ())
            for name, schema in part.get("properties", {}).items():
                if name in required or (depth < _DEEPEST and self.chance.random() < optional):
                    made[name] = self.some(schema, name=name, optional=optional / 2, depth=depth + 1)
        return made

    def _text(self, node: Schema, name: str) -> str:
        form, pattern = node.get("format", ""), node.get("pattern", "")
        words = _ALTERNATIVES.match(pattern)
        if words:
            return self.chance.choice(str(words[1]).split("|"))
        if "{24}" in pattern:
            return self.pool.id_of(name.removesuffix("Id")) or self.pool.any_id()
        if form in {"date-time", "date"} or name.endswith("At"):
            return self.chance.choice(("2026-06-09T12:00:00.000Z", "2020-01-01T00:00:00.000Z", "2031-05-06"))
        if form == "email" or name == "email":
            return f"somebody{self.chance.randrange(1000)}@example.org"
        if name == "phone":
            return f"+1555013{self.chance.randrange(10_000):04d}"
        return self.chance.choice(_WORDS)


_BY_EXAMPLE, _EVEN = 0.6, 0.5


def replaced(node: JSON, at: AtPath, path: SchemaPath = ()) -> JSON:
    """A value with what stands at each place of it put through `at`."""
    if isinstance(node, Mapping):
        return {key: replaced(value, at, (*path, key)) for key, value in node.items()}
    if isinstance(node, list):
        return [replaced(value, at, (*path, "*")) for value in node]
    return at(path, node)
