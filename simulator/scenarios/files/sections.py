"""The sections of a scenario file: which operation makes their entries, and which fields name other entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TIMED = ("ago", "at", "by")
"""Fields of every entry that say when and by whom it was made. They are no part of the body."""


class ScenarioError(Exception):
    """A scenario that cannot be used: `file:line: what is wrong`. Values are not repeated.

    Line 0 is that of no line: of a mapping, or of a file that is not there.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One kind of entry. An empty `operation` is a record no call can make; it is stored as it is told.

    `path` says where each value of the operation's path comes from: a field of the entry, which leaves the body,
    `(name)` for the entry's own name, `(parent)` for the entry it stands in. `refs` maps a field to the section
    whose entries it names; `[]` behind the field marks a list, `.id` a field that becomes `{id: …}`. `by_type` is one
    of the section `records`, where `in` says what the path names and `@section.entry` stands for an id anywhere.
    """

    name: str
    kind: str
    operation: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    named: bool = False
    any_body: bool = False
    by_type: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionEntry:
    """One entry as the file tells it; `place` is its path in the file, `parent` the name of the entry around it.

    `copies` is how many there are of it, 0 for one as it is, `number` which of them this is, from 1.
    """

    section: Section
    place: tuple[str | int, ...]
    name: str | int
    body: Any
    parent: str | int | None
    copies: int = 0
    number: int = 0


_ALL = (
    Section(name="users", kind="user", operation="CreateInviteNewUser"),
    Section(name="teams", kind="team", operation="CreateTeam", refs={"members[]": "users"}),
    Section(name="queues", kind="queue", named=True),
    Section(name="klasses", kind="klass", operation="CreateKlass", named=True),
    Section(
        name="metadata",
        kind="metadata",
        operation="UpdateCustomAttributeMetadata",
        path={"resource": "(name)"},
    ),
    Section(
        name="sensitive",
        kind="metadata",
        operation="UpdateCustomAttributeMetadata",
        path={"resource": "(name)"},
        any_body=True,
    ),
    Section(name="companies", kind="company", operation="CreateCompany"),
    Section(name="customers", kind="customer", operation="CreateCustomer", refs={"company": "companies"}),
    Section(
        name="conversations",
        kind="conversation",
        operation="CreateConversation",
        refs={"customer": "customers", "assignedUsers[]": "users", "assignedTeams[]": "teams", "queue.id": "queues"},
    ),
    Section(
        name="notes",
        kind="note",
        operation="CreateNote",
        refs={"conversation": "conversations"},
    ),
    Section(
        name="objects",
        kind="kobject",
        operation="CreateKObject",
        path={"name": "klass"},
        refs={"customer": "customers", "company": "companies"},
    ),
    Section(
        name="drafts",
        kind="draft",
        operation="CreateDraftByCustomer",
        path={"id": "customer"},
        refs={"customer": "customers", "conversation": "conversations"},
    ),
)
SECTIONS: Mapping[str, Section] = {section.name: section for section in _ALL}
"""All sections by name, in the order they are played."""

NESTED: Mapping[str, Mapping[str, Section]] = {
    "conversations": {
        "messages": Section(
            name="messages",
            kind="message",
            operation="CreateMessageFromConversation",
            path={"id": "(parent)"},
        ),
        "notes": Section(
            name="notes",
            kind="note",
            operation="CreateNoteWithinConversation",
            path={"id": "(parent)"},
        ),
    }
}
"""Lists inside an entry that are entries themselves, played right after it."""
