"""Scenarios of one's own: a YAML file of a few lines becomes a seeded world. The format is told in docs/scenarios.md.

Sections are played in a fixed order, every entry through the rule of the operation that would have made it, and
its body is held to that operation's schema first. So what a file can make is what calls can make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from kustomer_sandbox.simulator.scenarios.files.copies import COPIES, MOST, expanded, total
from kustomer_sandbox.simulator.scenarios.files.kinds import RECORDS
from kustomer_sandbox.simulator.scenarios.files.player import Play
from kustomer_sandbox.simulator.scenarios.files.sections import NESTED, SECTIONS, ScenarioError, Section, SectionEntry
from kustomer_sandbox.simulator.scenarios.files.yaml_places import YamlDocument, YamlFault, read
from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.limits import MOST_CALLS, is_ceiling
from kustomer_sandbox.simulator.world.world import World

_HEAD = ("organisation", "clock", "errors", "ratelimit_reset", "strict", "limits", "tags")
_BY_TYPE = "records"
_TAIL = (_BY_TYPE, "prompt", "criteria", "when")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_EARLIEST, _LATEST = 1970, 2100
_TELL_EVERY = 200


def _untold(made: int, of: int) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileScenario:
    """A scenario read from a file: call it to fill an empty world.

    `start` is the file's clock, `errors` its choice of error codes and `ratelimit_reset` of when that header is sent,
    if it sets them.

    `strict` and `limits` are the options of that name, for worlds that are not told otherwise. `prompt` is what an
    agent is to be asked to do, `criteria` say what it must have done then, `when` what happens at its calls.
    `progress` is told now and then how many entries of how many are made, and of all at the end, however it ends.
    """

    file: str
    organisation: str | None
    start: datetime | None
    errors: ErrorVocabulary | None
    ratelimit_reset: RateLimitReset | None
    strict: bool | None
    limits: Mapping[str, int]
    tags: tuple[str, ...]
    prompt: str | None
    criteria: tuple[JSON, ...]
    when: tuple[JSON, ...]
    entries: tuple[SectionEntry, ...]
    document: YamlDocument
    progress: Callable[[int, int], None] = _untold

    @property
    def name(self) -> str:
        """What the scenario is called: the file's name without its ending."""
        return Path(self.file).stem

    def __call__(self, world: World) -> None:
        """Seed the world; raises `ScenarioError` for what contract or rules do not allow."""
        if self.start is not None:
            world.clock.move_to(self.start)
        world.org_name = self.organisation or world.org_name
        self.play(world)

    def play(self, world: World) -> Play:
        """Set the options, make the records, and tie to calls what is to happen. Raises `ScenarioError`."""
        self.configure(world)
        play = Play(world=world, file=self.file, document=self.document)
        play.tag(self.tags)
        self._enter_all(play)
        criteria = tuple(play.named(("criteria", number), told) for number, told in enumerate(self.criteria))
        world.configure(criteria=criteria or None)
        for number, told in enumerate(self.when):
            play.tie(("when", number), told)
        return play

    def _enter_all(self, play: Play) -> None:
        of = total(self.entries)
        try:
            for made, entry in enumerate(expanded(self.entries)):
                if made % _TELL_EVERY == 0:
                    self.progress(made, of)
                play.enter(entry)
        finally:
            self.progress(of, of)

    def configure(self, world: World) -> None:
        """Set the options that the file gives. Raises `ScenarioError` for a limit that is no budget's."""
        known = world.budgets.ceilings
        for name in self.limits:
            if name not in known:
                line = self.document.line(("limits", name))
                raise ScenarioError(self.file, line, f"limits.{name} is no budget; known: {', '.join(sorted(known))}")
        world.configure(
            errors=self.errors,
            ratelimit_reset=self.ratelimit_reset,
            strict=self.strict,
            limits={**world.limits, **self.limits},
            prompt=self.prompt,
        )


def load_scenario(path: str | Path) -> FileScenario:
    """Read a scenario file. Raises `ScenarioError` with file and line, `OSError` if the file cannot be read."""
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise ScenarioError(str(path), data.count(b"\n", 0, fault.start) + 1, "is not UTF-8") from None
    return scenario_of(text, file=str(path))


def scenario_of(text: str, *, file: str) -> FileScenario:
    """A scenario from the text of a file; `file` is what errors call it. Raises `ScenarioError`."""
    try:
        document = read(text)
    except YamlFault as fault:
        raise ScenarioError(file, fault.line, fault.reason) from None
    return _ScenarioReader(file, document).scenario()


def scenario_of_mapping(mapping: Mapping[str, JSON], *, name: str) -> FileScenario:
    """A scenario from a mapping of a file's form; errors call it `name`, and no line. Raises `ScenarioError`."""
    return _ScenarioReader(name, YamlDocument(value=mapping, has_lines=False)).scenario()


class _ScenarioReader:
    """Turns a document into entries, or says what is wrong with it and where."""

    def __init__(self, file: str, document: YamlDocument) -> None:
        self._file = file
        self._document = document
        self._entries = 0

    def scenario(self) -> FileScenario:
        whole = self._mapping((), self._document.value or {})
        for name in whole:
            if name not in (*_HEAD, *SECTIONS, *_TAIL):
                raise self._wrong((name,), f"is no section; known: {', '.join((*_HEAD, *SECTIONS, *_TAIL))}")
        return FileScenario(
            file=self._file,
            organisation=self._organisation(whole.get("organisation")),
            start=self._clock(whole.get("clock")),
            errors=cast("ErrorVocabulary | None", self._word("errors", whole, get_args(ErrorVocabulary))),
            ratelimit_reset=cast(
                "RateLimitReset | None", self._word("ratelimit_reset", whole, get_args(RateLimitReset))
            ),
            strict=self._strict(whole.get("strict")),
            limits=self._limits(whole.get("limits") or {}),
            tags=self._tags(whole.get("tags") or []),
            prompt=self._prompt(whole.get("prompt")),
            criteria=self._list("criteria", whole, "what must be true in the end"),
            when=self._list("when", whole, "what happens at calls"),
            entries=(
                *(entry for name, each in SECTIONS.items() for entry in self._section(each, whole.get(name) or {})),
                *self._by_type(whole.get(_BY_TYPE) or {}),
            ),
            document=self._document,
        )

    def _organisation(self, value: JSON) -> str | None:
        if value is not None and not (isinstance(value, str) and _HOST.fullmatch(value)):
            raise self._wrong(("organisation",), "must be a name that can stand in a host, such as acme-shop")
        return value

    def _clock(self, value: JSON) -> datetime | None:
        try:
            instant = None if value is None else parse(value)
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(("clock",), "must be a date-time such as 2026-06-09T12:00:00Z") from None
        if instant is not None and not _EARLIEST <= instant.year < _LATEST:
            raise self._wrong(("clock",), "must lie in the years 1970 to 2099")
        return instant

    def _word(self, name: str, whole: Mapping[str, JSON], known: Sequence[str]) -> JSON:
        """What an option of the file says, if it is one of the words that are known."""
        value = whole.get(name)
        if value is not None and value not in known:
            raise self._wrong((name,), f"must be one of {', '.join(known)}")
        return value

    def _strict(self, value: JSON) -> bool | None:
        if value is not None and not isinstance(value, bool):
            raise self._wrong(("strict",), "must be true or false")
        return value

    def _limits(self, value: JSON) -> Mapping[str, int]:
        limits = self._mapping(("limits",), value)
        for name, limit in limits.items():
            if not is_ceiling(limit):
                raise self._wrong(("limits", name), f"must be a whole number from 1 to {MOST_CALLS}: calls a minute")
        return limits

    def _tags(self, value: JSON) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self._wrong(("tags",), "must be a list of names")
        return tuple(value)

    def _prompt(self, value: JSON) -> str | None:
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self._wrong(("prompt",), "must be a text")
        return value

    def _list(self, name: str, whole: Mapping[str, JSON], of: str) -> tuple[JSON, ...]:
        value = whole.get(name) or []
        if not isinstance(value, list):
            raise self._wrong((name,), f"must be a list of {of}")
        return tuple(value)

    def _by_type(self, value: JSON) -> Iterator[SectionEntry]:
        """What no section of its own makes, in the order of the file."""
        for kind, entries in self._mapping((_BY_TYPE,), value).items():
            if kind not in RECORDS:
                raise self._wrong((_BY_TYPE, kind), f"is made by no entry here; known: {', '.join(RECORDS)}")
            yield from self._section(RECORDS[kind], entries or {}, _BY_TYPE)

    def _section(self, section: Section, value: JSON, *within: str) -> Iterator[SectionEntry]:
        place = (*within, section.name)
        pairs = enumerate(value) if isinstance(value, list) else self._mapping(place, value).items()
        for name, body in pairs:
            yield from self._entry(section, (*place, name), body, parent=None)

    def _entry(
        self, section: Section, place: tuple[str | int, ...], value: JSON, *, parent: str | int | None
    ) -> Iterator[SectionEntry]:
        body = value if section.any_body else self._mapping(place, {} if value is None else value)
        nested = NESTED.get(section.name, {})
        copies = self._copies(place, body) if parent is None and not section.any_body else 0
        beside = {*nested, COPIES} if copies else nested
        own = {key: item for key, item in body.items() if key not in beside} if beside else body
        name = place[-1]
        yield SectionEntry(section=section, place=place, name=name, body=own, parent=parent, copies=copies)
        for key, inner in nested.items():
            items = body.get(key) or []
            if not isinstance(items, list):
                raise self._wrong((*place, key), "must be a list")
            for number, item in enumerate(items):
                yield from self._entry(inner, (*place, key, number), item, parent=name)

    def _copies(self, place: tuple[str | int, ...], body: Mapping[str, JSON]) -> int:
        copies = body.get(COPIES, 0)
        if COPIES in body and (type(copies) is not int or not 1 <= copies <= MOST):
            raise self._wrong((*place, COPIES), f"must be a whole number from 1 to {MOST:,}")
        self._entries += copies or 1
        if self._entries > MOST:
            raise self._wrong(place, f"is more than the file may come to, which is {MOST:,} entries")
        return int(copies)

    def _mapping(self, place: tuple[str | int, ...], value: JSON) -> Mapping[str, JSON]:
        if not isinstance(value, Mapping):
            raise self._wrong(place, "must be a mapping of names to values")
        return value

    def _wrong(self, place: tuple[str | int, ...], reason: str) -> ScenarioError:
        where = ".".join(map(str, place)) or "the file"
        return ScenarioError(self._file, self._document.line(place), f"{where} {reason}")
