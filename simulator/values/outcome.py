"""What a rule may answer: one record, a page, nothing, or a document that is not made of records.

Not frozen, though nobody writes into them: every call makes one or two, and a frozen one takes three times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(kw_only=True, slots=True)
class Page:
    """Answer with a list. `page`/`size` make page links; `total` adds totals; `more` says a next page exists.

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
