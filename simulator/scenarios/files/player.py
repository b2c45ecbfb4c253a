"""Plays the entries of a scenario file into a world: names become ids, bodies meet their schema, rules run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Any

from kustomer_sandbox.contracts.build.masks import sensitive_metadata
from kustomer_sandbox.contracts.relationship import Relationship
from kustomer_sandbox.contracts.validation import Checker, Finding, WrongValue
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.changes import create
from kustomer_sandbox.simulator.operations.perform import InvalidBody, Performer
from kustomer_sandbox.simulator.operations.system import SYSTEM, in_the_name_of
from kustomer_sandbox.simulator.operations.when import tie
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.collect import bind, collect
from kustomer_sandbox.simulator.resources.conversations.tags import tag_ids
from kustomer_sandbox.simulator.scenarios.files.copies import name_of
from kustomer_sandbox.simulator.scenarios.files.kinds import NEEDED, PARENT, TYPES
from kustomer_sandbox.simulator.scenarios.files.sections import TIMED, ScenarioError, Section, SectionEntry
from kustomer_sandbox.simulator.scenarios.files.yaml_places import YamlDocument, YamlPath
from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.values.errors import Refusal
from kustomer_sandbox.simulator.values.ids import is_id
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.values.record import JSON, Principal, Record
from kustomer_sandbox.simulator.world.world import World

_FIELD = re.compile(r"\[\]$|\.id$")
_NAMED = re.compile(r"@(?P<section>\w+)\.(?P<name>.+)")
_STAMPS = ("createdAt", "updatedAt", "modifiedAt", "rev")
RELATED = "relationships"
_FIRST_YEAR = 1970


@dataclass(slots=True)
class Play:
    """A world being filled. `known` holds what was made by (section, name), with the instant it was made at.

    `copied` holds how many there are of entries with copies: who names such an entry means the next one each time.
    """

    world: World
    file: str
    document: YamlDocument
    known: dict[tuple[str, str | int], tuple[str, datetime]] = field(default_factory=dict)
    copied: dict[tuple[str, str | int], int] = field(default_factory=dict)
    _number: int = 0
    _performer: Performer = field(init=False)

    def __post_init__(self) -> None:
        """Entries are made by the operations that would have made them."""
        contracts = self.world.contracts
        self._performer = Performer(contracts=contracts, rules=bind(contracts.operations, collect()))

    def tag(self, names: Sequence[str]) -> None:
        """Make tags in the order of their names in the file."""
        now = self.world.clock.now()
        ids = [tag_ids(self._context(now, SYSTEM), [name])[0] for name in names]
        self.known |= {("tags", name): (id, now) for name, id in zip(names, ids, strict=True)}

    def enter(self, entry: SectionEntry) -> None:
        """Make the record of an entry. Raises `ScenarioError`."""
        section, self._number = entry.section, entry.number
        if entry.copies:
            self.copied[section.name, entry.place[-1]] = entry.number
        body = _sensitive(self, entry) if section.any_body else dict(entry.body)
        at, by = self._at(entry, body), self._by(entry, body)
        context = self._context(at, by)
        if section.by_type:
            typed = () if section.operation else (RELATED,)
            body = {key: self.named((*entry.place, key), item, is_typed=key in typed) for key, item in body.items()}
        path = {name: self._path_value(entry, body, source) for name, source in self._path(section).items()}
        body = self._referred(entry, {key: value for key, value in body.items() if key not in TIMED})
        if section.named:
            body = {"name": entry.name, **body} if isinstance(entry.name, str) else body
        record = self._make(entry, context, path, body)
        name = entry.name if entry.parent is None else f"{entry.parent}.{entry.name}"
        self.known[section.name, name] = (record["id"], at)

    def tie(self, place: YamlPath, told: JSON) -> None:
        """Have something happen at a call of this world. Raises `ScenarioError`."""
        named = self.named(place, told)
        for act in named.get("do") or () if isinstance(named, Mapping) else ():
            if isinstance(act, dict) and ("users", act.get("by")) in self.known:
                act["by"] = self.known["users", act["by"]][0]
        try:
            tie(named, self.world, self._performer)
        except WrongValue as wrong:
            raise self.wrong((*place, *wrong.path), wrong.reason) from None

    def _make(self, entry: SectionEntry, context: Context, path: Mapping[str, str], body: JSON) -> Record:
        if not entry.section.operation:
            return self._store(entry, context, body)
        try:
            outcome = self._performer.perform(context, entry.section.operation, path=path, body=body)
        except InvalidBody as invalid:
            raise self._invalid(entry, invalid.findings[0], body) from None
        except Refusal as refusal:
            raise self._refused(entry, refusal) from None
        if not isinstance(outcome, Single):
            raise self.wrong(entry.place, "makes no record")
        return outcome.record

    def _store(self, entry: SectionEntry, context: Context, body: Mapping[str, Any]) -> Record:
        """A record that no call can make, held to the schema of its attributes in answers."""
        kind = entry.section.kind
        related: Mapping[str, JSON] = {}
        resource = self.world.records.resource(kind)
        if entry.section.by_type:
            related = self._related(entry, body.get(RELATED, {}), resource.relationships)
            body = {key: value for key, value in body.items() if key != RELATED}
            if (needed := NEEDED.get(kind)) is not None and needed not in related:
                raise self.wrong(entry.place, f"needs `{RELATED}: {{{needed}: '@{needed}.…'}}`")
        shown = {"displayName": body["name"]} if kind == "queue" and isinstance(body.get("name"), str) else {}
        record = new_record(context, kind, {**shown, **body}, relationships=related)
        schema = self.world.contracts.document["components"]["schemas"][resource.attributes_schema]
        hidden = {*resource.hidden, *(stamp for stamp in _STAMPS if stamp not in schema["properties"])}
        visible = {key: value for key, value in record["attributes"].items() if key not in hidden}
        for finding in Checker(schema, self.world.contracts.document).findings(visible):
            raise self._invalid(entry, finding, visible)
        return create(context, record)

    def _related(self, entry: SectionEntry, told: JSON, known: Sequence[Relationship]) -> Mapping[str, JSON]:
        """The relationships of a record that no call makes, by the names that its type has."""
        names = {relationship.name for relationship in known}
        for name, value in told.items() if isinstance(told, Mapping) else {"": told}.items():
            if name not in names:
                raise self.wrong(
                    (*entry.place, "relationships", name), f"is no relation of it; known: {', '.join(sorted(names))}"
                )
            if not all(isinstance(item, Mapping) for item in (value if isinstance(value, list) else [value])):
                raise self.wrong((*entry.place, "relationships", name), "must name an entry, as '@customers.jane' does")
        return dict(told)

    def _invalid(self, entry: SectionEntry, finding: Finding, told: JSON) -> ScenarioError:
        return self.wrong((*entry.place, *finding.path), finding.told(told))

    def named(self, place: YamlPath, value: JSON, *, is_typed: bool = False) -> Any:  # noqa: ANN401 - JSON
        """A value with ids for `@section.entry`, with types as well if it is a relationship that no call sets."""
        if isinstance(value, Mapping):
            return {key: self.named((*place, key), item, is_typed=is_typed) for key, item in value.items()}
        if isinstance(value, list):
            return [self.named((*place, number), item, is_typed=is_typed) for number, item in enumerate(value)]
        found = _NAMED.fullmatch(value) if isinstance(value, str) else None
        if found is None or found["section"] not in TYPES:
            return value
        id = self._id(place, found["section"], found["name"])
        return {"type": TYPES[found["section"]], "id": id} if is_typed else id

    def _path(self, section: Section) -> Mapping[str, str]:
        """Where the values of the operation's path come from; in the section `records` by their own names, or `in`."""
        if not (section.by_type and section.operation):
            return section.path
        template = self.world.contracts.operations[section.operation].path
        return {name: PARENT if name == "id" else name for _, name, _, _ in Formatter().parse(template) if name}

    def _referred(self, entry: SectionEntry, body: dict[str, Any]) -> dict[str, Any]:
        """The body with local names turned into ids, and without what went into the path."""
        for source, target in entry.section.refs.items():
            name, is_list, is_object = _FIELD.sub("", source), source.endswith("[]"), source.endswith(".id")
            value = body.get(name)
            if is_list and isinstance(value, list):
                body[name] = [self._id((*entry.place, name, at), target, item) for at, item in enumerate(value)]
            elif isinstance(value, str) and not is_list:
                id = self._id((*entry.place, name), target, value)
                body[name] = {"id": id} if is_object else id
        used = self._path(entry.section).values()
        return {key: value for key, value in body.items() if key not in used}

    def _path_value(self, entry: SectionEntry, body: Mapping[str, Any], source: str) -> str:
        if source == "(name)":
            return str(entry.name)
        if source == "(parent)":
            return self.known[entry.place[0], entry.parent][0]  # type: ignore[index]
        value = body.get(source)
        if not isinstance(value, str):
            raise self.wrong((*entry.place, source), "is required")
        refers = entry.section.refs.get(source)
        return self._id((*entry.place, source), refers, value) if refers else value

    def _id(self, place: YamlPath, section: str, value: JSON) -> str:
        if isinstance(value, str) and (section, value) in self.copied:
            value = name_of(value, (max(self._number, 1) - 1) % self.copied[section, value] + 1)
        if isinstance(value, str) and (section, value) in self.known:
            return self.known[section, value][0]
        if isinstance(value, str) and is_id(value):
            return value
        names = ", ".join(str(name) for held, name in self.known if held == section) or "none"
        raise self.wrong(place, f"names no entry of {section} above it; there are: {names}")

    def _at(self, entry: SectionEntry, body: Mapping[str, Any]) -> datetime:
        """When the entry happened: `at` an instant, some time `ago`, with the entry around it, or now."""
        now = self.world.clock.now()
        name = next((name for name in ("at", "ago") if body.get(name) is not None), "")
        try:
            instant = parse(body["at"]) if name == "at" else now - parse_duration(body["ago"]) if name else None
        except (TypeError, ValueError, OverflowError):
            example = "an instant such as 2026-06-01T09:30:00Z" if name == "at" else "a duration such as P3D or PT2H"
            raise self.wrong((*entry.place, name), f"must be {example}") from None
        if instant is None:
            return now if entry.parent is None else self.known[str(entry.place[0]), entry.parent][1]
        if instant > now or instant.year < _FIRST_YEAR:
            raise self.wrong((*entry.place, name), "must lie before the world's present, and after 1970")
        return instant

    def _by(self, entry: SectionEntry, body: Mapping[str, Any]) -> Principal:
        named = body.get("by")
        user = None if named is None else self._id((*entry.place, "by"), "users", named)
        return in_the_name_of(user, key="scenario")

    def _context(self, at: datetime, by: Principal) -> Context:
        return Context(world=self.world, principal=by, now=at, records=self.world.unit_of_work())

    def _refused(self, entry: SectionEntry, refusal: Refusal) -> ScenarioError:
        problem = refusal.problems[0]
        parts = [part for part in problem.pointer.split("/") if part]
        path = tuple(int(part) if part.isdigit() else part for part in parts)
        return self.wrong((*entry.place, *path), f"is refused: {problem.message}")

    def wrong(self, place: YamlPath, reason: str) -> ScenarioError:
        """What is wrong with a part of the file."""
        where = ".".join(map(str, place))
        return ScenarioError(self.file, self.document.line(place), f"{where} {reason}")


def _sensitive(play: Play, entry: SectionEntry) -> dict[str, Any]:
    """A list of attributes as the metadata that marks them: `phones` a standard one, `custom.ssnStr` one's own."""
    names = entry.body
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise play.wrong(entry.place, "must be a list of attributes")
    return sensitive_metadata(names)
