"""Pure: which attributes a reader may not see now, and what stands in their place.

A plan is compiled from the world's attribute metadata; `apply` changes a freshly decoded record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts.model import Resource

Style = Literal["stars", "object", "partial"]
STARS = "***"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The dotted paths, below a record's attributes, whose scalars are hidden from readers without a right."""

    paths: tuple[tuple[str, ...], ...]

    def covers(self, path: tuple[str, ...]) -> bool:
        """Whether a path (with or without `attributes` in front, `*` for lists) is hidden or holds hidden parts."""
        path = path[1:] if path[:1] == ("attributes",) else path
        return any(path[: len(hidden)] == hidden or hidden[: len(path)] == path for hidden in self.paths)


def compile_plan(resource: Resource, kind: str, flagged: Callable[[str], frozenset[str]]) -> Plan:
    """The plan of a record type. `flagged(kind)` gives the attributes marked sensitive in its metadata."""
    own = flagged(kind)
    paths = [("custom", name) for name in sorted(own) if _is_custom(name)]
    if resource.sensitive is not None:
        for attribute, parts in resource.sensitive.attributes.items():
            if attribute in own:
                paths.extend(tuple(part.split(".")) for part in parts)
        for path, sources in resource.sensitive.inherits.items():
            if any(_is_flagged(source, kind, flagged) for source in sources):
                paths.append(tuple(path.split(".")))
    return Plan(paths=tuple(dict.fromkeys(paths)))


def _is_flagged(source: str, kind: str, flagged: Callable[[str], frozenset[str]]) -> bool:
    other, _, attribute = source.rpartition(".")
    return attribute in flagged(other or kind)


def _is_custom(name: str) -> bool:
    return name.endswith(("Str", "Txt", "Num", "At", "Bool", "Url", "Id", "Tree")) and name != "birthdayAt"


def sensitive_names(metadata: Mapping[str, Any] | None) -> frozenset[str]:
    """The attributes marked sensitive in a metadata record's attributes."""
    if metadata is None:
        return frozenset()
    groups = (metadata.get("properties", {}), metadata.get("standardProperties", {}))
    return frozenset(
        name for group in groups for name, facts in group.items() if isinstance(facts, dict) and facts.get("sensitive")
    )


def apply(attributes: dict[str, Any], plan: Plan, style: Style) -> None:
    """Put masks over the planned scalars, in place. Lists keep their length, null stays null."""
    for path in plan.paths:
        _mask_at(attributes, path, style)


def _mask_at(node: Any, path: tuple[str, ...], style: Style) -> None:
    head, rest = path[0], path[1:]
    for key in _steps(node, head):
        if rest and isinstance(node[key], dict | list):
            _mask_at(node[key], rest, style)
        else:
            node[key] = masked(node[key], style)


def _steps(node: Any, head: str) -> Iterator[Any]:
    if head == "*":
        yield from range(len(node)) if isinstance(node, list) else ()
    elif isinstance(node, dict) and head in node:
        yield head


def masked(value: Any, style: Style) -> Any:
    """A value with every scalar in it replaced."""
    if value is None:
        return None
    if isinstance(value, dict):
        return {key: masked(item, style) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, style) for item in value]
    if style == "stars":
        return STARS
    return {"isMasked": True, "maskedPresentation": _presentation(value, style)}


def _presentation(value: Any, style: Style) -> str:
    text = str(value)
    return "*" * 8 + text[-4:] if style == "partial" and isinstance(value, str) and len(text) >= 10 else "*" * 8
