"""Pure: which attributes a reader may not see now, and what stands in their place.

`MaskedPaths` are compiled from the world's attribute metadata; `apply` changes a freshly decoded record. Where a
record is not shaped as the paths expect, more is hidden rather than less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from kustomer_sandbox.contracts.build.masks import CUSTOM
from kustomer_sandbox.contracts.model import Resource, Sensitive
from kustomer_sandbox.simulator.values.record import JSON

Style = Literal["stars", "object", "partial"]
STARS = "***"
MASKED_SEARCH = ("search", "masked", ("attributes",))
"""The journal's step of a search by parts or order of masked attributes, before their names: answers tell of values."""

_PARTIAL_FROM, _PARTIAL_SHOWN = 10, 4
"""A partial mask shows the end of texts long enough that the end does not give away the whole (assumed)."""


AttributePath = tuple[str, ...]
Repeat = tuple[AttributePath, tuple[AttributePath, ...]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MaskedPaths:
    """The dotted paths, below a record's attributes, whose scalars are hidden from readers without a right.

    `repeats` are paths whose text is hidden where it is the same as one at the paths beside it, which are hidden.
    `masked_paths` gives the same one for the same paths, so comparing and hashing two of them takes no time.
    """

    paths: tuple[AttributePath, ...]
    repeats: tuple[Repeat, ...] = ()

    @property
    def all(self) -> tuple[AttributePath, ...]:
        """Every path whose values may be hidden."""
        return (*self.paths, *(path for path, _ in self.repeats)) if self.repeats else self.paths

    def covers(self, path: tuple[str, ...]) -> bool:
        """Whether a path is hidden or holds hidden parts.

        The path may have `attributes` in front; `*` stands for the items of a list, `**` for all below.
        """
        path = path[1:] if path[:1] == ("attributes",) else path
        path = path[: path.index("**")] if "**" in path else path
        return any(path[: len(hidden)] == hidden or hidden[: len(path)] == path for hidden in self.all)


@lru_cache(maxsize=1024)
def masked_paths(paths: tuple[AttributePath, ...], repeats: tuple[Repeat, ...] = ()) -> MaskedPaths:
    """The one object that stands for these paths."""
    return MaskedPaths(paths=paths, repeats=repeats)


def compile_masked_paths(resource: Resource, kind: str, flagged: Callable[[str], frozenset[str]]) -> MaskedPaths:
    """What is masked of a record type. `flagged(kind)` gives the attributes marked sensitive, as `sensitive_names`."""
    own = flagged(kind)
    paths = [tuple(name.split(".")) for name in sorted(own) if name.startswith(f"{CUSTOM}.")]
    rules = resource.sensitive
    if rules is not None:
        hidden = [part for attribute, parts in rules.attributes.items() if attribute in own for part in parts]
        hidden += [path for path, sources in rules.inherits.items() if _any_flagged(sources, kind, flagged)]
        paths += [tuple(path.split(".")) for path in hidden]
    every = _outermost(paths)
    return masked_paths(every, tuple(_repeats(rules, own, every)) if rules is not None else ())


def _repeats(rules: Sensitive, own: frozenset[str], hidden: tuple[AttributePath, ...]) -> Iterator[Repeat]:
    """The paths that may repeat a hidden value and are not hidden anyway, each with where that value lies."""
    for path, attributes in rules.repeats.items():
        steps = tuple(path.split("."))
        origins = [tuple(part.split(".")) for name in attributes if name in own for part in rules.attributes[name]]
        if origins and steps not in hidden:
            yield steps, tuple(origins)


def _outermost(paths: list[AttributePath]) -> tuple[AttributePath, ...]:
    """Each path once, and none below another: a mask must not be masked again."""
    every = dict.fromkeys(paths)
    return tuple(path for path in every if not any(path[:length] in every for length in range(len(path))))


def _any_flagged(sources: tuple[str, ...], kind: str, flagged: Callable[[str], frozenset[str]]) -> bool:
    """Whether one of the attributes, of this type or as `type.attribute` of another, is marked."""
    split = (source.rpartition(".") for source in sources)
    return any(attribute in flagged(other or kind) for other, _, attribute in split)


def apply(attributes: dict[str, Any], masked_paths: MaskedPaths, style: Style) -> None:
    """Put masks over the scalars at these paths, in place. Lists keep their length, null stays null."""
    for path, origins in masked_paths.repeats:
        said = {value for origin in origins for value in _leaves(attributes, origin)}
        if said.intersection(_leaves(attributes, path)):
            attributes[path[0]] = masked(attributes[path[0]], style, path[1:])
    for path in masked_paths.paths:
        if path[0] in attributes:
            attributes[path[0]] = masked(attributes[path[0]], style, path[1:])


def _leaves(node: JSON, path: AttributePath) -> Iterator[str]:
    """The texts at a path."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from _leaves(item, path[1:] if path[:1] == ("*",) else path)
    elif isinstance(node, dict) and path and path[0] in node:
        yield from _leaves(node[path[0]], path[1:])


def masked(value: JSON, style: Style, path: AttributePath = ()) -> JSON:
    """A value with every scalar that the path leads to replaced; with all of them where there is no such way down.

    The names of fields inside an object stay.
    """
    if isinstance(value, dict):
        if not path or path[0] == "*":
            return {key: masked(item, style) for key, item in value.items()}
        step = path[0]
        return {**value, step: masked(value[step], style, path[1:])} if step in value else value
    if isinstance(value, list):
        below = path[1:] if path[:1] == ("*",) else path
        return [masked(item, style, below) for item in value]
    if value is None:
        return None
    return STARS if style == "stars" else {"isMasked": True, "maskedPresentation": _presentation(value, style)}


def _presentation(value: JSON, style: Style) -> str:
    is_long = isinstance(value, str) and len(value) >= _PARTIAL_FROM
    return "*" * 8 + (str(value)[-_PARTIAL_SHOWN:] if style == "partial" and is_long else "")
