"""What a rule may answer: one record, a page, nothing, or a document that is not made of records.

Not frozen, though nobody writes into them: every call makes one or two, and a frozen one takes three times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import orjson

from kustomer_sandbox.simulator.values.record import JSON, Record


@dataclass(kw_only=True, slots=True)
class Single:
    """Answer with one record; `included` are further ones, None if not asked for; `status` overrides the contract's."""

    record: Record
    included: Sequence[Record] | None = None
    meta: Mapping[str, Any] | None = None
    status: int | None = None


@dataclass(kw_only=True, slots=True)
class StoredRecord(Single):
    """Answer with a record just as it is stored: `data` are its bytes, `record` is for reading only."""

    data: bytes


class StoredRecords(Sequence[Record]):
    """Records just as they are stored: `data` are their bytes. Each is decoded anew whenever it is asked for."""

    __slots__ = ("data",)

    def __init__(self, data: Sequence[bytes]) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Record]:
        return map(orjson.loads, self.data)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> StoredRecords: ...
    def __getitem__(self, at: int | slice) -> Record | StoredRecords:
        if isinstance(at, slice):
            return StoredRecords(self.data[at])
        record: Record = orjson.loads(self.data[at])
        return record


@dataclass(kw_only=True, slots=True)
class Page:
    """Answer with a list. `page`/`size` make page links; `total` adds totals; `more` says a next page exists.

    `records` may be `StoredRecords`; a rule that changes what is shown of them gives a list of its own.

    `included` is None where nothing was asked to be included, and shown even if it is empty where something was.
    """

    records: Sequence[Record]
    page: int | None = None
    size: int | None = None
    total: int | None = None
    more: bool = False
    included: Sequence[Record] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class NoContent:
    """Answer with the status alone."""


@dataclass(kw_only=True, slots=True)
class RawDocument:
    """Answer with a document that is not made of records (ids only, token descriptions)."""

    document: JSON
    sensitive_of: str = ""


Outcome = Single | Page | NoContent | RawDocument
