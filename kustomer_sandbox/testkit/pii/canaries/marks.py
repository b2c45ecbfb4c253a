"""Canaries: values that occur nowhere else, in the form of what they stand for, and found wherever they get to.

Decision: every canary begins with one of a few marks, so that one search for these tells of nearly every answer that
there is nothing in it. The thorough search of `pii`, which takes encodings off, follows where a mark is seen in an
encoding, and for some texts anyway.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.testkit.pii.readings import readings, texts_of

_WORD, _DIGITS, _YEAR = "qzcanary", "881724", 2881
_FIRST_INSTANT = datetime(_YEAR, 1, 1, tzinfo=UTC)
_PLAIN = re.compile(rf"{_WORD}(\d{{6}})|{_DIGITS}(\d{{6}})|({_YEAR}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[\d ().-]{7,}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?")
_SEPARATORS = re.compile(r"(?<=\d)[\s().\-]+(?=\d)")
MOST = 1_000_000
"""How many canaries there can be at once: six digits tell them apart."""
EVERY = 40
"""Every so manieth text is searched thoroughly though no mark is seen in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryHome:
    """Where a canary lies: the type of the record, the dotted path of the attribute, and whose window opens it."""

    type: str
    path: tuple[str, ...]
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.type} {'.'.join(self.path)}"


@dataclass(slots=True)
class Canaries:
    """All canaries of a world: makes them, knows where each lies, and finds them in texts."""

    count: int = 0
    homes: dict[int, list[CanaryHome]] = field(default_factory=dict)
    _made_of: dict[str, str | float] = field(default_factory=dict)
    _searched: int = 0

    def fresh(self, like: JSON, home: CanaryHome) -> JSON:
        """A new canary in the form of a value: an address, a number, an instant, a text. Booleans stay as they are."""
        if like is None or isinstance(like, bool):
            return like
        self.count += 1
        self.homes[self.count] = [home]
        return _in_form_of(like, self.count)

    def instead_of(self, value: JSON, home: CanaryHome) -> JSON:
        """The canary that stands for a value, the same wherever the value lies."""
        if value is None or isinstance(value, bool) or value in ("", 0):
            return value
        known = self._made_of.get(str(value))
        if known is None:
            made = self.fresh(value, home)
            self._made_of[str(value)] = self._made_of[str(made)] = made
            return made
        for serial in self.named_in(str(known)):
            if home not in self.homes[serial]:
                self.homes[serial].append(home)
        return known

    def found_in(self, data: bytes) -> set[int]:
        """The canaries in an answer or a file, in whatever encoding."""
        self._searched += 1
        is_encoded = data.startswith(_GZIP) or any(mark in data for mark in _ENCODED)
        if not is_encoded and self._searched % EVERY:
            return self.named_in(data.decode("utf-8", "replace"))
        return {serial for _, text in texts_of(data) for _, read in readings(text) for serial in self.named_in(read)}

    def named_in(self, text: str) -> set[int]:
        """The canaries in a text as it is."""
        alike = text.lower()
        # Most texts have none, and to look for a few words takes a tenth of the time of the pattern.
        if not any(mark in alike for mark in _PARTS):
            return set()
        found = set(self._serials(text))
        if not found and _DIGITS[:3] in text:
            found = set(self._serials(_SEPARATORS.sub("", text)))
        return found

    def _serials(self, text: str) -> Iterator[int]:
        for word, digits, day, time in _PLAIN.findall(text):
            serial = int(word or digits) if word or digits else _serial_of(day, time)
            if serial in self.homes:
                yield serial

    def where(self, serials: Iterable[int]) -> str:
        """The homes of canaries, in words: `customer phones.*.phone`."""
        return ", ".join(sorted({str(self.homes[serial][0]) for serial in serials}))


def _in_form_of(like: JSON, serial: int) -> JSON:
    if isinstance(like, int):
        return int(f"{_DIGITS}{serial:06d}000")
    if isinstance(like, float):
        return float(f"1.{_DIGITS}{serial:06d}5")
    return _text_in_form_of(str(like), serial)


def _text_in_form_of(text: str, serial: int) -> str:
    if "@" in text:
        return f"{_WORD}{serial:06d}zq@canary.example"
    if "://" in text:
        return f"https://canary.example/{_WORD}{serial:06d}zq"
    if _INSTANT.fullmatch(text):
        return iso(_FIRST_INSTANT + timedelta(seconds=serial))
    if _NUMBER.fullmatch(text):
        return f"+{_DIGITS}{serial:06d}000"
    return f"{_WORD}{serial:06d}zqxx"


def _serial_of(day: str, time: str) -> int:
    try:
        return int((datetime.fromisoformat(f"{day}T{time}+00:00") - _FIRST_INSTANT).total_seconds())
    except ValueError:
        return 0


def _encoded_marks() -> Iterator[bytes]:
    """What is left of the marks in base64, wherever they begin in it, in hexadecimal, and as escapes."""
    for mark in (_WORD, _DIGITS, f"{_YEAR}-0"):
        for start in range(3):
            encoded = base64.b64encode(b"\0" * start + mark.encode())
            whole = -(-start * 8 // 6), (start + len(mark)) * 8 // 6
            yield encoded[whole[0] : whole[1]]
        for form in ("{:02x}", "{:02X}", "%{:02X}", "%{:02x}", "\\u{:04x}", "&#{};", "&#x{:x};", "\\x{:02x}"):
            yield "".join(form.format(byte) for byte in mark.encode()).encode()


_ENCODED = tuple(_encoded_marks())
_GZIP = b"\x1f\x8b"
_PARTS = (_WORD, _DIGITS[:3], f"{_YEAR}-")
