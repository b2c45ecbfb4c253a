"""What stored bytes have already been turned into: the decoded record, and the documents rendered from it.

Both belong to the bytes themselves: of a record that has changed nothing is found, and worlds forked from one another
share what they share of the store. What is kept here is for reading only.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import orjson

from kustomer_sandbox.simulator.store.protocol import Row
from kustomer_sandbox.simulator.values.record import Record

CAPACITY = 4096
"""Records whose forms are kept; beyond it all are forgotten and begun anew."""

DECODED = 1024
"""Decoded records kept, each as it was last read or written; beyond it all are forgotten."""


class Subject(NamedTuple):
    """What a record is and whose: its type, and the customer whose window shows its sensitive values, if any."""

    kind: str
    owner: str | None


class RecordCache:
    """Decoded records and rendered documents, up to a bound."""

    def __init__(self) -> None:
        self._decoded: dict[tuple[str, str], tuple[bytes, Record]] = {}
        self._forms: dict[bytes, dict[Hashable, bytes]] = {}
        self._subjects: dict[bytes, Subject] = {}

    def decoded(self, table: str, row: Row) -> Record:
        """The record a row holds, decoded once until it changes. For reading only: others read the same one."""
        held = self._decoded.get((table, row.id))
        # The very bytes: whatever became of the store meanwhile, they say the same as what was made of them.
        if held is not None and held[0] is row.data:
            return held[1]
        record: Record = orjson.loads(row.data)
        self.hold(table, row, record)
        return record

    def hold(self, table: str, row: Row, record: Record) -> None:
        """Remember what a row was made of, so that it need not be decoded; nobody may write into it any more."""
        if len(self._decoded) >= DECODED:
            self._decoded.clear()
        self._decoded[table, row.id] = (row.data, record)

    def subject(self, data: bytes) -> Subject | None:
        """What was said of these bytes, so that they need not be decoded to choose among their forms."""
        return self._subjects.get(data)

    def describe(self, data: bytes, subject: Subject) -> Subject:
        """Remember what a record is and whose."""
        if len(self._subjects) >= CAPACITY:
            self._subjects.clear()
        self._subjects[data] = subject
        return subject

    def rendered(self, data: bytes, key: Hashable) -> bytes | None:
        """The record as it was shown under a key, which says all that its look depends on."""
        forms = self._forms.get(data)
        return None if forms is None else forms.get(key)

    def put(self, data: bytes, key: Hashable, rendered: bytes) -> bytes:
        """Remember a form."""
        if len(self._forms) >= CAPACITY and data not in self._forms:
            self._forms.clear()
        self._forms.setdefault(data, {})[key] = rendered
        return rendered
