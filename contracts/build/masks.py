"""Which attributes' `sensitive` flags mask what a search may ask for, and how flags are read from metadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from kustomer_sandbox.contracts.model import Contracts, Sensitive

MaskedSearch = Literal["exact", "refuse", "allow"]
"""What a search may ask of masked attributes: whole values alone, nothing, or all there is to ask."""

MOST_WHOLE: Final = 10
"""With `exact`, how many whole values one search may compare masked attributes with: more would be trying them out."""

TYPES: Final = ("company", "conversation", "customer", "message", "kobject")
"""The types of records whose attributes metadata can mark; each Klass has metadata of its own, `kobject.<klass>`."""

ANY_TEXT: Final = "any_text"
"""The search attribute that looks through records of every type."""

CUSTOM: Final = "custom"
EVERY_CUSTOM: Final = f"{CUSTOM}.*"
_OWN: Final = f"{CUSTOM}."
_LAST: Final = ("?", "#", "**")


def masked_by(contracts: Contracts) -> dict[str, frozenset[str]]:
    """For each search attribute, the attributes whose flags mask it or a part of it: `customer.phones`.

    `<type>.custom.*` stands for every custom attribute of a type. Attributes that nothing can mask are not in it.
    """
    rules = {resource.type: resource.sensitive for resource in contracts.resources.values()}
    found = {}
    for name, attribute in contracts.search.items():
        kinds = TYPES if name == ANY_TEXT else [kind for kind in TYPES if name.startswith(f"{kind}_")]
        flags = frozenset(flag for kind in kinds for flag in _flags(kind, rules.get(kind), attribute.path))
        if flags:
            found[name] = flags
    return found


def _flags(kind: str, rules: Sensitive | None, path: tuple[str, ...]) -> Iterator[str]:
    first, *steps = path
    if first != "attributes":
        return
    if steps == ["**"]:
        yield f"{kind}.{EVERY_CUSTOM}"
    steps = [step for step in steps if step not in _LAST]
    for flag, hidden in rules.attributes.items() if rules else ():
        if any(_overlap(steps, part.split(".")) for part in hidden):
            yield f"{kind}.{flag}"
    for part, sources in rules.inherits.items() if rules else ():
        if _overlap(steps, part.split(".")):
            yield from (source if "." in source else f"{kind}.{source}" for source in sources)


def _overlap(one: list[str], other: list[str]) -> bool:
    """Whether one path leads to the other, or through it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def sensitive_metadata(names: Sequence[str]) -> dict[str, Any]:
    """The metadata that masks attributes: `phones` a standard one, `custom.ssnStr` one of the organisation's own."""
    marked: dict[str, Any] = {"sensitive": True}
    own = {name.removeprefix(_OWN): marked for name in names if name.startswith(_OWN)}
    standard = {name: marked for name in names if not name.startswith(_OWN)}
    groups = {"properties": own, "standardProperties": standard}
    return {group: held for group, held in groups.items() if held}


def sensitive_names(metadata: Mapping[str, Any] | None) -> frozenset[str]:
    """The attributes marked sensitive in a metadata record's attributes; custom ones as `custom.<name>`."""
    if metadata is None:
        return frozenset()
    custom = (f"{CUSTOM}.{name}" for name in _marked(metadata.get("properties", {})))
    return frozenset([*custom, *_marked(metadata.get("standardProperties", {}))])


def is_flagged(flag: str, kind: str, names: Iterable[str]) -> bool:
    """Whether a flag of `masked_by` is among the names marked sensitive of a type."""
    name = flag.removeprefix(f"{kind}.")
    return any(marked.startswith(f"{CUSTOM}.") for marked in names) if name == EVERY_CUSTOM else name in names


def _marked(group: Mapping[str, Any]) -> Iterator[str]:
    """Names marked by `sensitive: true` or `sensitive: {enabled: true}`."""
    for name, facts in group.items():
        mark = facts.get("sensitive") if isinstance(facts, dict) else None
        if mark.get("enabled") if isinstance(mark, dict) else mark:
            yield name
