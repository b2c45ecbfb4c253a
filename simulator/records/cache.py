"""What stored bytes have already been turned into: the decoded record, and the documents rendered from it.

Both are found by the bytes themselves: a changed record is another entry, and worlds forked from one another
share what they share of the store. What is in here is never handed out to be changed.
"""

from __future__ import annotations

from collections.abc import Hashable

import orjson

from kustomer_sandbox.simulator.values.record import Record

CAPACITY = 4096
"""Most records in a cache; beyond it everything is dropped and begun anew."""


class RecordCache:
    """Decoded records and rendered documents, up to a bound."""

    def __init__(self) -> None:
        self._records: dict[bytes, Record] = {}
        self._rendered: dict[bytes, dict[Hashable, bytes]] = {}

    def record(self, data: bytes) -> Record:
        """The record these bytes are. For reading only: others read the same one."""
        record = self._records.get(data)
        if record is None:
            if len(self._records) >= CAPACITY:
                self._records.clear()
                self._rendered.clear()
            record = self._records[data] = orjson.loads(data)
        return record

    def rendered(self, data: bytes, appearance: Hashable) -> bytes | None:
        """The document of these bytes that looks so, if it was made before; `appearance` says all it depends on."""
        documents = self._rendered.get(data)
        return None if documents is None else documents.get(appearance)

    def put(self, data: bytes, appearance: Hashable, rendered: bytes) -> bytes:
        """Add a document, and give it back."""
        self._rendered.setdefault(data, {})[appearance] = rendered
        return rendered
