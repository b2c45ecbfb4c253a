"""The contents of a world's files, in bounded memory. Records say by their digest which content is theirs.

What a digest stands for never changes, so snapshots, forks and restored worlds need no copies of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CAPACITY = 32_000_000
"""Bytes of all contents together; beyond it those stored first are forgotten first."""


@dataclass(slots=True)
class Files:
    """Contents by digest; `secret` signs the addresses and forms by which they are read and written."""

    secret: str = ""
    _held: dict[str, bytes] = field(default_factory=dict, repr=False)
    _size: int = 0

    def keep(self, content: bytes) -> str:
        """Keep a content of at most `CAPACITY` bytes; gives its digest."""
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self._held:
            self._size += len(content)
            while self._size > CAPACITY and self._held:
                self._size -= len(self._held.pop(next(iter(self._held))))
            self._held[digest] = content
        return digest

    def get(self, digest: str | None) -> bytes | None:
        """The content of this digest; None if there never was one, or it is forgotten."""
        return self._held.get(digest or "")

    @property
    def mark(self) -> tuple[int, int, str]:
        """Another one whenever a content was added."""
        return len(self._held), self._size, next(reversed(self._held), "")

    def held(self) -> Mapping[str, bytes]:
        """Every content by its digest, those stored first first."""
        return self._held

    @classmethod
    def of(cls, secret: str, contents: Iterable[tuple[str, bytes]]) -> Files:
        """What `held` gave."""
        held = dict(contents)
        return cls(secret=secret, _held=held, _size=sum(map(len, held.values())))

    def copy(self, secret: str) -> Files:
        """The same contents, for another world; no byte is copied."""
        return Files(secret=secret, _held=dict(self._held), _size=self._size)
