"""Whether a test changed what it should have, all of it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kustomer_sandbox.simulator.records.diff import AttributeChange, Diff, TypeDiff
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.values.record import Principal

STAMPS = frozenset({
    "attributes.updatedAt", "attributes.modifiedAt", "attributes.lastActivityAt", "attributes.rev",
    "relationships.modifiedBy",
})  # fmt: skip
"""What every change of a record brings along."""

_LONGEST = 60


def violations(
    found: Diff, whole: Iterable[str], parts: Mapping[str, Iterable[str]], *, keys: Iterable[Principal] = ()
) -> list[str]:
    """What changed and was not named, and what was named and did not change.

    `whole` names types (`draft`) and records (`customer/6a…`), `parts` attributes by type: those of records that were
    there before. Unmasking windows and the users of keys are no part of an organisation's data.
    """
    users, named = {key.user_id for key in keys}, set(whole)
    allowed = {kind: frozenset(map(_full, paths)) for kind, paths in parts.items()}
    changed = list(_changed(found, users))
    unnamed = [
        text
        for kind, id, text, paths in changed
        if not {kind, f"{kind}/{id}"} & named and not _all_within(allowed.get(kind, frozenset()), paths)
    ]
    return unnamed + list(_missing(changed, named, allowed))


_Changed = tuple[str, str, str, frozenset[str]]
"""Type, id, what happened in words, and which attributes changed (`*` for a record made or deleted)."""


def _changed(found: Diff, users: set[str]) -> Iterator[_Changed]:
    for kind, type_diff in found.types.items():
        if kind != WINDOW:
            yield from (item for item in _of_type(kind, type_diff) if not (kind == "user" and item[1] in users))


def _of_type(kind: str, type_diff: TypeDiff) -> Iterator[_Changed]:
    for id in type_diff.created:
        yield kind, id, f"{kind}/{id} was made", frozenset("*")
    for id in type_diff.deleted:
        yield kind, id, f"{kind}/{id} was deleted", frozenset("*")
    for id, changes in type_diff.changed.items():
        lines = "".join(f"\n    {_shown(change)}" for change in changes if change.path not in STAMPS)
        paths = frozenset(change.path for change in changes) - STAMPS
        yield kind, id, f"{kind}/{id} was changed:{lines}", paths


def _missing(changed: list[_Changed], named: set[str], parts: Mapping[str, frozenset[str]]) -> Iterator[str]:
    seen = {kind for kind, *_ in changed} | {f"{kind}/{id}" for kind, id, *_ in changed}
    for name in sorted(named - seen):
        yield f"{name} did not change"
    for kind, paths in parts.items():
        moved = {path for other, _, _, paths_changed in changed if other == kind for path in paths_changed}
        for path in sorted(path for path in paths if not any(_is_within(path, other) for other in moved)):
            yield f"no {kind} changed in {path}"


def _all_within(allowed: frozenset[str], paths: frozenset[str]) -> bool:
    return bool(allowed) and all(any(_is_within(outer, path) for outer in allowed) for path in paths)


def _is_within(outer: str, path: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def _full(path: str) -> str:
    return path if path.startswith(("attributes.", "relationships.")) else f"attributes.{path}"


def _shown(change: AttributeChange) -> str:
    if change.hidden:
        return f"{change.path} (can be masked: values are not shown)"
    return f"{change.path}: {_cut(change.before)} -> {_cut(change.after)}"


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
