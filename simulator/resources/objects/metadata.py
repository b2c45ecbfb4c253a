"""Attribute metadata: what is known of a type's attributes, which are sensitive, what custom values are allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.resources.objects.klasses import need_klass
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_TYPES = {
    "Str": "string", "Txt": "text", "Num": "number", "At": "date", "Bool": "boolean", "Url": "url", "Id": "id",
    "Tree": "tree",
}  # fmt: skip
"""The `type` of an attribute by the end of its name (the suffixes are published, these words assumed)."""
_SUFFIX = re.compile(rf"({'|'.join(_TYPES)})$")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_KEPT = ("relationships", "validations")


@rule("metadata.get")
def get(call: Call) -> Outcome:
    """The metadata of an object type; empty until something is written."""
    return Single(record=_metadata(call, _kind(call)))


@rule("metadata.update")
def update(call: Call) -> Outcome:
    """Add to or change the attributes the body names; masking follows at once."""
    kind, body = _kind(call), call.body or {}
    _refuse_never_sensitive(call, kind, body.get("standardProperties", {}))
    record = _metadata(call, kind)
    attributes = {**record["attributes"], **{name: body[name] for name in _KEPT if name in body}}
    for group in ("properties", "standardProperties"):
        known = attributes[group] = dict(attributes[group])
        for name, facts in body.get(group, {}).items():
            known |= _changed(call, name, known.get(name), facts)
    _refuse_unusable_target(call, attributes["properties"], body.get("properties", {}))
    record = {**record, "attributes": attributes}
    changes.put(call, "metadata", kind, record)
    call.world.forget_masked_paths()
    return Single(record=record)


def accept_custom(context: Context, kind: str, custom: Mapping[str, Any]) -> None:
    """Refuse custom values the type's metadata does not allow; learn names written for the first time.

    Raises `BadRequest`: a value outside its enumeration, an `Id` without metadata or without its target.
    """
    written = {name: value for name, value in custom.items() if value is not None}
    if not written:
        return
    record = _metadata(context, kind)
    known = record["attributes"]["properties"]
    for name, value in written.items():
        facts = known.get(name, {})
        _check(context, name, value, {} if "deletedAt" in facts else facts)
    fresh = {name: _described(name) for name in written if name not in known}
    if fresh:
        attributes = {**record["attributes"], "properties": {**known, **fresh}}
        changes.put(context, "metadata", kind, {**record, "attributes": attributes})


def display_name(name: str) -> str:
    """What people see of a custom attribute: `totalOrdersNum` -> `Total Orders`."""
    return " ".join(word[:1].upper() + word[1:] for word in _WORDS.findall(_SUFFIX.sub("", name)))


def _kind(call: Call) -> str:
    kind = call.path["resource"]
    prefix, _, klass = kind.partition(".")
    if not klass:
        return kind
    return f"{prefix}.{need_klass(call, klass, parameter='resource')['attributes']['name']}"


def _metadata(context: Context, kind: str) -> Record:
    return context.records.get("metadata", kind) or {
        "id": kind,
        "type": "metadata",
        "attributes": {"properties": {}, "standardProperties": {}},
        "relationships": {},
    }


def _changed(call: Call, name: str, old: Mapping[str, Any] | None, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """One attribute after a change. Deleting keeps `sensitive`: values already stored stay hidden."""
    now, me = iso(call.now), call.principal.user_id
    stamps = {"modifiedBy": me, "modifiedAt": now, "updatedAt": now}
    if facts is None:
        return {name: {**old, **stamps, "deletedAt": now, "deletedBy": me}} if old else {}
    kept = {key: value for key, value in (old or _described(name)).items() if key not in ("deletedAt", "deletedBy")}
    return {name: {**kept, **facts, **_sensitivity(facts), **stamps}}


def _sensitivity(facts: Mapping[str, Any]) -> dict[str, Any]:
    if "sensitive" not in facts:
        return {}
    given = facts["sensitive"]
    shown = {"enabled": given} if isinstance(given, bool) else given
    return {"sensitive": shown, "hasSensitiveAttributes": shown["enabled"]}


def _described(name: str) -> dict[str, Any]:
    """What a name alone says of its attribute."""
    suffix = _SUFFIX.search(name)
    return {**({"type": _TYPES[suffix[1]]} if suffix else {}), "displayName": display_name(name)}


def _refuse_never_sensitive(call: Call, kind: str, standard: Mapping[str, Any]) -> None:
    """Only the attributes the contract names can be hidden; the others would stay readable unnoticed."""
    table = kind.partition(".")[0]
    rules = next((r.sensitive for r in call.world.contracts.resources.values() if r.type == table), None)
    allowed = sorted(rules.attributes) if rules else []
    for name, facts in standard.items():
        if _sensitivity(facts).get("hasSensitiveAttributes") and name not in allowed:
            raise BadRequest(
                Problem(
                    message=f"This attribute cannot be sensitive; these can: {', '.join(allowed) or 'none'}.",
                    pointer=f"/standardProperties/{name}/sensitive",
                ),
                rule="sensitive-attributes-named",
            )


def _refuse_unusable_target(call: Call, properties: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """An `Id` attribute whose target is missing or no type of record could never be written."""
    types = sorted(resource.type for resource in call.world.contracts.resources.values())
    for name, facts in written.items():
        if facts is not None and _is_id(name) and properties[name].get("target", "").partition(".")[0] not in types:
            if call.reads("id-attribute-has-target", "taken"):
                return
            raise BadRequest(
                Problem(
                    message=f"An Id attribute needs a target, the type of record it names: {', '.join(types)}.",
                    pointer=f"/properties/{name}/target",
                ),
                rule="id-attribute-has-target",
            )


def _check(context: Context, name: str, value: JSON, facts: Mapping[str, Any]) -> None:
    if facts.get("enumeration") and value not in facts["enumeration"]:
        raise _wrong(name, "is not one of the values its metadata allows", rule="custom-value-in-enumeration")
    if _is_id(name):
        if "target" not in facts:
            raise _wrong(name, "needs metadata first, with its target", rule="id-attribute-defined")
        found = context.records.get(facts["target"], str(value))
        if found is None or found["type"] != facts["target"]:
            raise _wrong(name, "names no record of its target's type", rule="id-attribute-names-its-target")


def _is_id(name: str) -> bool:
    return name.endswith("Id")


def _wrong(name: str, reason: str, *, rule: str) -> BadRequest:
    return BadRequest(Problem(message=f"/custom/{name} {reason}.", pointer=f"/custom/{name}"), rule=rule)
