"""What a search may ask of masked attributes: parts and order, which give them away, only if a world allows it."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.build.masks import MOST_WHOLE, TYPES, MaskedSearch
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.records.masking import MASKED_SEARCH
from kustomer_sandbox.simulator.search.exposure import Exposure, exposures
from kustomer_sandbox.simulator.search.query import Attribute, Query
from kustomer_sandbox.simulator.search.values import path_in
from kustomer_sandbox.simulator.values.errors import WHOLE_BODY, BadRequest, Problem


def judge(call: Call, query: Query) -> None:
    """Whether a reader who sees masks may ask this. Raises `BadRequest`; what can tell is marked in the journal."""
    if call.principal.read_sensitive:
        return
    masked = [exposure for exposure in exposures(query) if _can_be_masked(call, exposure.attribute)]
    telling = [exposure for exposure in masked if not exposure.is_whole]
    mode = _mode(call) if masked else "allow"
    if mode == "refuse" and masked:
        raise _refused(masked[0], "searches may not name it")
    if mode == "exact" and telling:
        raise _refused(telling[0], "it is compared as a whole only, with equals or in")
    if mode == "exact" and sum(exposure.values for exposure in masked) > MOST_WHOLE:
        raise _refused(masked[0], f"one search compares it with at most {MOST_WHOLE} values")
    if telling:
        call.trace.append((*MASKED_SEARCH, (tuple(dict.fromkeys(exposure.attribute.name for exposure in telling)),)))


def _mode(call: Call) -> MaskedSearch:
    """The world's choice, else that of its reading of the rule."""
    chosen = call.world.masked_search
    others: tuple[MaskedSearch, ...] = ("exact", "refuse") if chosen == "allow" else ()
    return next((other for other in others if call.reads("search-masked-criteria", other)), chosen)


def is_masked(call: Call, attribute: Attribute, kind: str, klass: str | None) -> bool:
    """Whether a search attribute, or a part of it, is masked in records of a type; `klass` is a custom object's."""
    path = path_in(attribute, klass)
    return bool(path) and call.world.masked_paths(kind).covers(path)


def _refused(exposure: Exposure, reason: str) -> BadRequest:
    message = f"{exposure.attribute.name} is sensitive and masked for this key: {reason}."
    return BadRequest(Problem(message=message, pointer=WHOLE_BODY), rule="search-masked-criteria")


def _can_be_masked(call: Call, attribute: Attribute) -> bool:
    """Whether the attribute is masked in some record it can be asked of; `any_text` is asked of every type."""
    types = (attribute.type,) if attribute.type else TYPES
    return any(is_masked(call, attribute, kind, klass) for name in types for kind, klass in _kinds(call, name))


def _kinds(call: Call, type_name: str) -> Iterator[tuple[str, str | None]]:
    """A type of records as metadata knows it: custom objects by their Klass, which comes second."""
    if type_name == "kobject":
        names = (klass["attributes"]["name"] for klass in call.records.find("klass"))
        yield from ((f"kobject.{name}", name) for name in names)
    elif any(resource.type == type_name for resource in call.world.records.kinds()):
        yield type_name, None
