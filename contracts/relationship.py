"""How answers show what a record is related to, as a contract document says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Relationship:
    """How one stored relationship is shown: `{data: {type, id}, links: {self}}`, or links only.

    `per_klass` stands for one relationship, links only, for each Klass that the record has objects of. Several records
    stand under one `data`, or each by itself where they are `listed`. `shown_type` is the word that answers give as the
    type (`customers`), empty for the record type; `links_key` the key of the link.
    """

    name: str
    type: str
    path: str
    links_only: bool = False
    per_klass: bool = False
    listed: bool = False
    shown_type: str = ""
    links_key: str = "links"
