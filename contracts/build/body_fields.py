"""What the fields of a body mean beyond their values, as their schemas say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import JSON_MEDIA_TYPE, BodyField, Schema
from kustomer_sandbox.contracts.schemas import flatten


def body_fields(bodies: Mapping[str, Schema], document: Mapping[str, Any]) -> dict[str, BodyField]:
    """The fields of the JSON body that mean more than their values, by name."""
    body = bodies.get(JSON_MEDIA_TYPE)
    flat = flatten(body, document) if body is not None else None
    found = {name: _field(name, schema, document) for name, schema in (flat.properties if flat else {}).items()}
    return {name: field for name, field in found.items() if field != BodyField(name=name)}


def _field(name: str, schema: Schema, document: Mapping[str, Any]) -> BodyField:
    whole = [schema, resolve(document, schema)]
    parts = [resolve(document, part) for part in whole[1].get("anyOf", ())]
    facts = {
        key: part[key] for part in [*whole, *parts] for key in ("x-ref", "x-tags", "x-custom", "format") if key in part
    }
    return BodyField(
        name=name,
        ref=facts.get("x-ref"),
        tags=facts.get("x-tags", False),
        instant=facts.get("format") == "date-time",
        custom=facts.get("x-custom", False),
    )
