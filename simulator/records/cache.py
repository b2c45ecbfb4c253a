"""What stored bytes have already been turned into: the decoded record, and its forms as readers see it.

Kept by the bytes themselves, so a changed record is another entry, and worlds forked from one another share
what they share of the store. What is kept here is never handed out to be changed.
"""

from __future__ import annotations

from collections.abc import Hashable

import orjson

from kustomer_sandbox.simulator.values.record import Record

CAPACITY = 4096
"""Records kept; beyond it everything is forgotten and begun anew."""


class RecordCache:
    """A bounded memory of decoded and shown records."""

    def __init__(self) -> None:
        self._records: dict[bytes, Record] = {}
        self._forms: dict[bytes, dict[Hashable, bytes]] = {}

    def record(self, data: bytes) -> Record:
        """The record these bytes are. For reading only: others read the same one."""
        record = self._records.get(data)
        if record is None:
            if len(self._records) >= CAPACITY:
                self._records.clear()
                self._forms.clear()
            record = self._records[data] = orjson.loads(data)
        return record

    def rendered(self, data: bytes, key: Hashable) -> bytes | None:
        """The record as it was shown under a key, which says all that its look depends on."""
        forms = self._forms.get(data)
        return None if forms is None else forms.get(key)

    def put(self, data: bytes, key: Hashable, rendered: bytes) -> bytes:
        """Remember a form."""
        self._forms.setdefault(data, {})[key] = rendered
        return rendered
