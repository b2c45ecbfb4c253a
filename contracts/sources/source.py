"""Where a fact comes from and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Confidence = Literal["vendor-docs", "recorded", "client-code", "seed", "assumed"]
"""`vendor-docs`: published; `recorded`: seen in recorded traffic; `client-code`: attested by programs that use the API;
`seed`: given with the task; `assumed`: our reading."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a fact comes from and how sure it is; `parts` are those parts of it that are known otherwise, by name."""

    confidence: Confidence
    pages: tuple[str, ...] = ()
    note: str = ""
    parts: Mapping[str, Source] = field(default_factory=dict, hash=False)

    def confidences(self) -> frozenset[Confidence]:
        """How sure the whole and its parts are."""
        return frozenset({self.confidence, *(part.confidence for part in self.parts.values())})
