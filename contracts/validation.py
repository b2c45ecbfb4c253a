"""Checks values against contract schemas and says what is wrong without repeating the value.

A value may be personal data, so messages are made here from the rule that failed, never from the instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Literal

import jsonschema_rs

from kustomer_sandbox.contracts.messages import (
    OPTIONS_SHOWN,
    either,
    needed,
    of_type,
    shown,
    type_names,
    wants_id,
    words,
)
from kustomer_sandbox.contracts.model import Schema
from kustomer_sandbox.contracts.schemas import bundle
from kustomer_sandbox.contracts.union_errors import (
    Branch,
    branches,
    is_meant,
    is_missing,
    knowing,
    leading,
    missing,
    pins,
    tag,
)
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

ValuePath = tuple[str | int, ...]

_FEW = 3
_SEVERAL = 12
_PLAIN = ("format", "pattern", "const", "enum", "minLength", "maxLength", "minimum", "maximum")


About = Literal["", "missing", "unknown", "id", "type"]
"""What a finding is about, for those who know a way out.

Nothing is there, nobody knows the field, it should be an id and is none, or its value is of another type.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: where (keys and positions from the root) and why, in words."""

    path: ValuePath
    reason: str
    about: About = field(default="", compare=False, kw_only=True)
    known: tuple[str, ...] = field(default=(), compare=False, kw_only=True)

    def told(self, value: Any) -> str:
        """The reason, with the known word that is near the one in the checked `value`, or, of few, all known fields.

        For whoever writes by hand; what comes of programs, in any number, is told the reason alone.
        """
        if not self.known:
            return self.reason
        is_field = self.about == "unknown"
        word = self.path[-1] if is_field else reduce(lambda node, part: node[part], self.path, value)
        hint = f"; known: {', '.join(self.known)}" if is_field and len(self.known) <= _SEVERAL else ""
        return self.reason + (nearest(word, self.known) or hint)


class WrongValue(ValueError):
    """Something written by hand that cannot be as it is: where (`path`) and why (`reason`). Values are not repeated."""

    def __init__(self, path: ValuePath, reason: str) -> None:
        super().__init__(f"{'.'.join(map(str, path)) or 'it'} {reason}")
        self.path = path
        self.reason = reason


class Checker:
    """A compiled schema, with the document it refers to if it does. `findings` is empty for a valid value."""

    def __init__(self, schema: Schema, document: Mapping[str, Any] | None = None) -> None:
        self._root = dict(schema) if document is None else bundle(schema, document)
        self._validator = jsonschema_rs.validator_for(self._root, validate_formats=True)
        self._known = _names_of_open(self._root)

    def is_valid(self, value: Any) -> bool:
        return bool(self._validator.is_valid(value))

    def unknown(self, value: Any) -> list[str]:
        """The fields of a valid value that an open object allows and does not name; a closed one has none."""
        if self._known is None or not isinstance(value, Mapping):
            return []
        return [name for name in value if name not in self._known]

    def findings(self, value: Any) -> list[Finding]:
        """What is wrong with a value, outermost first; a failed choice is explained by its nearest branch."""
        if self._validator.is_valid(value):
            return []
        found: list[Finding] = []
        for error in self._validator.iter_errors(value):
            found.extend(_explain(error, self._root))
        return list(dict.fromkeys(found)) or [Finding((), "is not what the contract allows")]

    def check(self, value: Any, place: ValuePath = ()) -> None:
        """Refuse a value that was written by hand, at some place in what was. Raises `WrongValue`."""
        for finding in self.findings(value):
            raise WrongValue((*place, *finding.path), finding.told(value))


def _names_of_open(root: Schema) -> frozenset[str] | None:
    """The names an object schema knows if it allows others beside them, else None."""
    node: Any = root
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    is_open = "properties" in node and node.get("additionalProperties", True) is True
    return frozenset(node["properties"]) if is_open else None


def _explain(error: Any, root: Schema) -> Iterator[Finding]:
    kind = error.kind.as_dict() if hasattr(error.kind, "as_dict") else {}
    name = error.kind.name
    path = tuple(error.instance_path)
    if name in ("anyOf", "oneOfNotValid", "oneOf") and kind.get("context"):
        yield from _nearest(error, path, root)
    elif name in ("additionalProperties", "unevaluatedProperties"):
        for key in error.kind.unexpected:
            known = tuple(_owner(root, error).get("properties", ()))
            yield Finding((*path, key), "is not a known field here", about="unknown", known=known)
    elif name == "required":
        name = missing(error)
        yield Finding((*path, name), needed(_field(root, error, name)), about="missing")
    else:
        yield Finding(path, _said(root, error) or words(name, error), about=_about(error), known=_options(error))


def _said(root: Schema, error: Any) -> str:
    """What a schema says itself of more words than can be listed; empty for all else."""
    said = _owner(root, error).get("description") if len(_options(error)) > OPTIONS_SHOWN else None
    return f"must be {said}" if said else ""


def _options(error: Any) -> tuple[str, ...]:
    options = error.kind.options if error.kind.name == "enum" else ()
    return tuple(option for option in options if isinstance(option, str))


def _about(error: Any) -> About:
    return "id" if wants_id(error) else "type" if error.kind.name == "type" else ""


def _owner(root: Schema, error: Any) -> Schema:
    """The schema that has the rule which was failed; nothing where that is not plainly written."""
    node: Any = reduce(lambda node, part: node[part], error.schema_path[:-1], root)
    return node if isinstance(node, Mapping) else {}


def _field(root: Schema, error: Any, name: str) -> Schema:
    """What the schema that asks for a field says of it; nothing where that is not plainly written."""
    found = _owner(root, error).get("properties", {}).get(name, {})
    return dict(found) if isinstance(found, Mapping) else {}


def _nearest(error: Any, path: ValuePath, root: Schema) -> Iterator[Finding]:
    """Explain by the branch the value was meant for, else by the one that fits best."""
    every = branches(root, error)
    found = [branch for branch in every if not _wrong_type_at(branch.errors, path)] or every
    name = tag(found)
    if not found:
        yield Finding(path, "matches none of the allowed forms")
    elif len(found) > 1 and all(_wrong_type_at(branch.errors, path) for branch in found):
        kinds = sorted({str(t) for branch in found for t in _types(branch.errors)})
        yield Finding(path, f"must be {of_type(kinds)}", about="type")
    elif name is None and all(_is_about(branch.errors, path) for branch in found):
        errors = [error for branch in found for error in branch.errors]
        about: About = "id" if any(wants_id(error) for error in errors) else ""
        yield Finding(path, _either_of([words(error.kind.name, error) for error in errors]), about=about)
    elif name is None and (led := leading(found)):
        meant = [branch for word, branch in led.items() if not is_missing(branch, path, word)]
        if len(meant) == 1:
            yield from _by_branch(meant, found, path, root)
        else:
            about = "" if meant else "missing"
            yield Finding(path, f"must have {'exactly ' * bool(meant)}one of {', '.join(led)}", about=about)
    elif name is None:
        yield from _by_branch(_without_constants(found), found, path, root)
    elif meant := [branch for branch in found if is_meant(branch, path, name)]:
        yield from _by_branch(meant, found, path, root)
    else:
        yield Finding((*path, name), _choices(found, path, name))


def _by_branch(likely: list[Branch], found: list[Branch], path: ValuePath, root: Schema) -> Iterator[Finding]:
    """What is wrong in the likely branch with the fewest complaints; fields of other branches say whose they are."""
    best = min(likely, key=Branch.misfit)
    for error in best.errors:
        for finding in _explain(error, root):
            if error.kind.name == "additionalProperties" and finding.path[:-1] == path and "title" in best.schema:
                words = _foreign(best, found, str(finding.path[-1]))
                yield replace(finding, reason=words)
            else:
                yield finding


def _foreign(best: Branch, found: list[Branch], field: str) -> str:
    """The words for a field the branch does not know: whose it is, unless it is many a branch's or nobody's."""
    owners = knowing(found, field)
    whose = f"; it belongs to {either(owners)}" if 0 < len(owners) <= _FEW else ""
    return f"is not a field of {best.schema['title']}{whose}"


def _choices(found: list[Branch], path: ValuePath, name: str) -> str:
    """The words for a tag that names no branch."""
    known = sorted({shown(value) for branch in found for value in pins(branch.fields[name])})
    must = "is required and must" if all(is_missing(branch, path, name) for branch in found) else "must"
    return f"{must} be one of {', '.join(known)}"


def _without_constants(found: list[Branch]) -> list[Branch]:
    """The branches whose constants all hold, or all branches if none is like that.

    One of several words is no constant: a wrong word says nothing of which branch was meant.
    """
    return [branch for branch in found if not any(map(_is_constant, branch.errors))] or found


def _is_constant(error: Any) -> bool:
    return error.kind.name == "const" or (error.kind.name == "enum" and len(error.kind.options) == 1)


def _is_about(errors: Sequence[Any], path: ValuePath) -> bool:
    """Whether the only thing wrong is one about the value itself, told without looking into it."""
    return len(errors) == 1 and tuple(errors[0].instance_path) == path and errors[0].kind.name in _PLAIN


def _either_of(reasons: list[str]) -> str:
    """Several ways to be right, in one sentence."""
    distinct = list(dict.fromkeys(reasons))
    shared = "must be " if all(reason.startswith("must be ") for reason in distinct) else ""
    return shared + " or ".join(reason.removeprefix(shared) for reason in distinct)


def _wrong_type_at(errors: Sequence[Any], path: ValuePath) -> bool:
    return any(e.kind.name == "type" and tuple(e.instance_path) == path for e in errors)


def _types(errors: Sequence[Any]) -> Iterator[str]:
    for error in errors:
        if error.kind.name == "type":
            yield from type_names(error)


def pointer(path: ValuePath) -> str:
    """A finding's path as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
