"""The records a run has made at an organisation, written down before they are made, so that a crash leaves none behind.

The journal is a file of JSON lines: what will be asked for, what it has made, what has been removed. It holds paths and
the run's mark, and no value of a record.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FILE = "kustomer-sandbox-check.journal"


class JournalError(Exception):
    """The journal cannot be read or written, or is of another organisation; the message says why."""


class CreatedRecords:
    """What is there that a run has made. Each line is on the disk before the next call is sent."""

    def __init__(self, file: Path, origin: str) -> None:
        """Raises `JournalError` if the file is of another organisation, or none of ours."""
        self._file, self._origin = file, origin
        self.left: list[str] = []
        self.marks: list[str] = []
        """Marks of calls of which nobody knows what they have made."""
        for line in self._lines():
            self._take(line)

    def _lines(self) -> list[dict[str, Any]]:
        try:
            lines = [json.loads(line) for line in self._file.read_text("utf-8").splitlines() if line.endswith("}")]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as fault:
            raise JournalError(f"{self._file} cannot be read: {type(fault).__name__}") from None
        others = {line.get("origin") for line in lines} - {self._origin}
        if others:
            raise JournalError(f"{self._file} is of another organisation: {', '.join(map(str, others))}")
        return lines

    def _take(self, line: dict[str, Any]) -> None:
        if "about" in line:
            self.marks.append(line["about"])
        elif "answered" in line:
            self.marks.remove(line["answered"])
        elif "made" in line:
            self.left.append(line["made"])
        elif line.get("gone") in self.left:
            self.left.remove(line["gone"])

    def note(self, **line: str) -> None:
        """Write a line: `about` or `answered` with a mark, `made` or `gone` with a path."""
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"origin": self._origin, **line}) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise JournalError(f"{self._file} cannot be written: {fault.strerror}") from None
        self._take(line)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left, and nothing is unknown."""
        return not self.left and not self.marks

    def end(self) -> None:
        """Take the file away if nothing is left."""
        if self.is_settled:
            self._file.unlink(missing_ok=True)
