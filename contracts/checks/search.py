"""What searches may ask for lies where the record types say, and its indexes read the same values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kustomer_sandbox.contracts.checks.values import leaves, lost, record_schema
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit
from kustomer_sandbox.contracts.model import Resource
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

OF_ANY_TYPE = ("any_text", "tracking_events")
"""The attributes whose names begin with no record type."""
_LAST = ("?", "#", "**")


def attributes(whole: AllDocuments) -> Iterator[Misfit]:
    """Each searchable attribute."""
    for name, document in whole.documents.items():
        for attribute, facts in document.get("x-search", {}).get("attributes", {}).items():
            for steps, words in _faults(whole, attribute, facts):
                yield Misfit(name, ("x-search", "attributes", attribute, *steps), words)


def _faults(whole: AllDocuments, attribute: str, facts: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    path, index = facts["path"], facts.get("index")
    if attribute in OF_ANY_TYPE:
        if index is not None:
            yield ("index",), "an attribute of any type has no index"
        return
    known = sorted({*whole.types, *whole.unserved}, key=len, reverse=True)
    kind = next((kind for kind in known if attribute.startswith(f"{kind}_")), None)
    if kind is None:
        yield (), f"its name begins with no record type{nearest(attribute.partition('_')[0], known)}"
        return
    resource = whole.types[kind][1] if kind in whole.types else None
    if resource is None:
        return
    if index is not None and index != "id":
        yield from _index_faults(resource, path, index)
    record = record_schema(whole, resource)
    steps = [step for step in path.split(".") if step not in _LAST]
    found = bool(leaves(whole, record, steps))
    if found and not facts.get("stored", True):
        yield ("stored",), f"{resource.type} records have {path}"
    elif not found and resource.attributes_schema and facts.get("stored", True):
        yield ("path",), lost(whole, record, steps)


def _index_faults(resource: Resource, path: str, index: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if index not in resource.indexes:
        yield ("index",), f"{resource.type} has no index {index!r}{nearest(index, list(resource.indexes))}"
    elif [step for step in resource.indexes[index].path if step != "*"] != [s for s in path.split(".") if s != "*"]:
        yield ("index",), f"index {index!r} reads {'.'.join(resource.indexes[index].path)}, not {path}"
