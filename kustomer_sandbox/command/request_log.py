"""One line for each call on the terminal, taken from the journals: templates and ids, never a value.

Decision: nothing is written while a call is answered. The server's tick, ten times a second, looks for new entries,
so a call costs the same with and without the log. Nor does the log ever wait for its reader: while nobody reads, as
a script that forgets one of its pipes, entries stay in the journal, and what the journal forgets is told as a number.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TextIO

from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.world.journal import Journal, JournalEntry, line
from kustomer_sandbox.simulator.world.spending.filling import Fillings

if TYPE_CHECKING:
    from collections.abc import Iterator

LogForm = Literal["text", "json"]

CHUNK = 4096
"""Bytes that a pipe which can be written to takes without waiting, by POSIX (`PIPE_BUF`, on Linux)."""

NOBODY = "unknown key"
"""Stands in a world's place where a call came with no key, or one that no world knows."""


@dataclass(slots=True)
class RequestLog:
    """Call `show` now and then; `main_world` is the one that is not named in each line."""

    worlds: Worlds
    stream: TextIO
    form: LogForm = "text"
    main_world: str = ""
    _seen: dict[str, tuple[Journal, int]] = field(default_factory=dict)

    def show(self) -> None:
        """Write the entries made since the last time, as far as the stream takes them at once."""
        journals = [(world.name, world.journal) for world in self.worlds]
        for name, journal in [*journals, (NOBODY, self.worlds.strangers)]:
            held, seen = self._seen.get(name, (journal, 0))
            if held is not journal or seen > journal.total:
                seen = 0
            if seen < journal.total:
                seen = self._show_since(name, journal, seen)
            self._seen[name] = (journal, seen)
        if len(self._seen) > len(journals) + 1:
            kept = {name for name, _ in journals} | {NOBODY}
            self._seen = {name: held for name, held in self._seen.items() if name in kept}

    def skip(self) -> None:
        """Count what was made so far as shown: calls of an earlier process."""
        self._seen = {world.name: (world.journal, world.journal.total) for world in self.worlds}

    def _show_since(self, name: str, journal: Journal, seen: int) -> int:
        """Gives the number of the last entry that was written."""
        for text, last in _chunks(self._lines(name, journal, seen)):
            if not self._write(text):
                break
            seen = last
        return seen

    def _lines(self, name: str, journal: Journal, seen: int) -> Iterator[tuple[str, int]]:
        fillings = Fillings(journal, self.worlds.contracts.limits)
        for entry in journal.find(since=seen):
            if entry.seq > seen + 1 and self.form == "text":
                yield f"({entry.seq - seen - 1} calls are not shown)\n", entry.seq - 1
            seen = entry.seq
            yield self._told(name, entry, fillings) + "\n", seen

    def _told(self, name: str, entry: JournalEntry, fillings: Fillings) -> str:
        if self.form == "json":
            return json.dumps({"world": name, **fillings.shown(entry)}, separators=(",", ":"))
        text = line(entry) + fillings.told(entry)
        return text if name == self.main_world else f"[{name}] {text}"

    def _write(self, text: str) -> bool:
        """Whether it could be written without waiting."""
        try:
            if not _takes_more(self.stream):
                return False
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            # Nobody will read it any more; the journal is still there.
            return True
        return True


def _chunks(lines: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Lines put together to what can be written at once, each with the number of its last entry."""
    text, last = "", 0
    for one, number in lines:
        if text and len((text + one).encode()) > CHUNK:
            yield text, last
            text = ""
        text, last = text + one, number
    if text:
        yield text, last


def _takes_more(stream: TextIO) -> bool:
    if not hasattr(select, "poll") or os.name != "posix":
        return True
    with contextlib.suppress(OSError, ValueError):
        waiting = select.poll()
        waiting.register(stream.fileno(), select.POLLOUT)
        return bool(waiting.poll(0))
    return True
