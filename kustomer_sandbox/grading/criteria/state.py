"""Criteria about how the world is in the end."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.grading.criteria.values import differing
from kustomer_sandbox.grading.criteria.words import (
    NUMBER,
    RECORD,
    VALUES,
    Arguments,
    criterion,
    met,
    unmet,
)
from kustomer_sandbox.grading.evidence import RELATED, Evidence, is_stamp, settable
from kustomer_sandbox.grading.verdict import Ruling
from kustomer_sandbox.simulator.records.diff import AttributeChange
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW

_TYPE = {"type": "string", "description": "a type of record, such as `draft` or `kobject.shipment`"}
_BUT = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "record": RECORD,
            "type": {"type": "string", "minLength": 1},
            "attributes": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        },
        "additionalProperties": False,
        "minProperties": 1,
    },
    "description": "records (`record`) or all of a type (`type`) that may change, wholly or in `attributes`",
}


@criterion("state", required=["record", "values"], record=RECORD, values=VALUES)
def record_has(asked: Arguments, evidence: Evidence) -> Ruling:
    """In the end a record holds these values."""
    record = evidence.record(asked["record"])
    if record is None:
        return unmet(f"{asked['record']} is gone", evidence.writers(asked["record"]))
    names = frozenset(path.partition(".")[0] for path in asked["values"])
    calls = evidence.writers(record["id"], names)
    wrong = differing(record, asked["values"], evidence)
    name = f"{record['type']}/{record['id']}"
    if wrong:
        return unmet(f"{name}: {'; '.join(wrong)}", calls)
    return met(f"{name} holds what was asked for: {', '.join(asked['values'])}", calls)


@criterion("state", required=["record"], record=RECORD)
def record_gone(asked: Arguments, evidence: Evidence) -> Ruling:
    """In the end a record is there no more."""
    calls = evidence.writers(asked["record"])
    if evidence.record(asked["record"]) is None:
        return met(f"{asked['record']} is gone", calls)
    return unmet(f"{asked['record']} is still there", calls)


@criterion("state", required=["type"], type=_TYPE, values=VALUES, times=NUMBER)
def made(asked: Arguments, evidence: Evidence) -> Ruling:
    """So many new records of a type (one, unless `times` says otherwise) hold these values, and no other is new."""
    wanted, times = asked.get("values", {}), asked.get("times", 1)
    found = evidence.made(asked["type"])
    wrong = [text for record in found for text in differing(record, wanted, evidence)]
    calls = tuple(sorted({seq for record in found for seq in evidence.writers(record["id"])}))
    if len(found) != times:
        return unmet(f"new records of type {asked['type']}: {len(found)}, wanted {times}", calls)
    if wrong:
        return unmet(f"new {asked['type']}: {'; '.join(wrong)}", calls)
    return met(f"new records of type {asked['type']}: {times}, as asked for", calls)


@criterion("state", but=_BUT)
def nothing_else_changed(asked: Arguments, evidence: Evidence) -> Ruling:
    """The agent changed nothing but what is named. What the world works out or does by itself is left aside."""
    found = [(text, calls) for id, text, calls, names in _changed(evidence) if not _is_allowed(id, names, asked)]
    if found:
        calls = sorted({seq for _, seqs in found for seq in seqs})
        return unmet("; ".join(text for text, _ in found), calls)
    return met("nothing else changed")


_OWN_DOING = frozenset({WINDOW, "conversation_time", "customer_merge", "notification"})
"""Types whose records the world makes, as a consequence of calls that are judged themselves."""

_Changed = tuple[str, str, tuple[int, ...], frozenset[str]]
"""`type/id`, what happened in words, by which calls, and the attributes (`*` for a record made or deleted)."""


def _changed(evidence: Evidence) -> Iterator[_Changed]:
    users = {key.user_id for key in evidence.after.keys.values()}
    can_set = settable(evidence.after.contracts)
    for kind, found in evidence.diff.types.items():
        if kind in _OWN_DOING:
            continue
        for verb, ids in (("made", found.created), ("deleted", found.deleted)):
            for id in ids:
                calls = evidence.writers(id)
                if calls and id not in users:
                    yield f"{kind}/{id}", f"{kind}/{id} was {verb}", calls, frozenset("*")
        for id, changes in found.changed.items():
            own = can_set.get(kind.partition(".")[0], frozenset())
            names = frozenset(filter(None, (_name(change, own) for change in changes)))
            names = frozenset(name for name in names if evidence.writers(id, frozenset({name})))
            calls = evidence.writers(id, names)
            if names and calls:
                yield f"{kind}/{id}", f"{kind}/{id} changed in {', '.join(sorted(names))}", calls, names


def _name(change: AttributeChange, settable_names: frozenset[str]) -> str:
    """The attribute or relation that a call has set; empty for what the world works out."""
    where, _, rest = change.path.partition(".")
    name = rest.partition(".")[0]
    if is_stamp(change.path) or name not in settable_names:
        return ""
    return name if where == "attributes" or name in RELATED else ""


def _is_allowed(name: str, changed: frozenset[str], asked: Arguments) -> bool:
    kind, _, id = name.partition("/")
    left = set(changed)
    for but in asked.get("but", []):
        if but.get("record", id) == id and but.get("type", kind) == kind:
            left -= set(but["attributes"]) if "attributes" in but else left
    return not left
