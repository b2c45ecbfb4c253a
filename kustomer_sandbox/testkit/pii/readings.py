"""The ways in which bytes and texts can be read: as they are, and with what is encoded in them decoded."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote_plus

Reading = tuple[str, str]
"""How a text was read (empty for as it is), and the text."""

DEEPEST = 3
"""How many encodings within one another are taken off."""
MOST_BYTES = 64_000_000
"""How much one compressed file is unpacked to."""
SHORTEST_DECODED = 6
"""Fewer characters in a row are no text in what was decoded: they come about by chance."""

_GZIP = b"\x1f\x8b"
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MANY = 4
"""Where a quarter of the bytes are zero, a text is not in UTF-8."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]+)*")
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9a-fA-F]{2}[ :,]{0,2}){6,}")
_NO_HEX = re.compile(r"\\x|0x|[ :,]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_TEXT = re.compile(rf"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]{{{SHORTEST_DECODED},}}")
_TO_STANDARD = str.maketrans("-_", "+/", "\r\n\t ")


def readings(text: str) -> Iterator[Reading]:
    """A text as it is and with its encodings taken off, one within another too, each different text once."""
    seen, waiting = {text}, [("", text, 0)]
    for how, read, depth in waiting:
        yield how, read
        for name, decode in _DECODERS.items() if depth < DEEPEST else ():
            decoded = decode(read)
            if decoded and decoded not in seen:
                seen.add(decoded)
                waiting.append((f"{how}, {name}" if how else name, decoded, depth + 1))


def texts_of(data: bytes, depth: int = 0) -> Iterator[Reading]:
    """What bytes are as text: unpacked if they are compressed, in the encoding their beginning tells."""
    if data.startswith(_GZIP) and depth < DEEPEST:
        for how, text in texts_of(_unpacked(data), depth + 1):
            yield f"gzip, {how}" if how else "gzip", text
        return
    mark = next((name for start, name in _MARKS if data.startswith(start)), "")
    if mark:
        yield mark.upper(), data.decode(mark, "replace")
    elif data.count(0) * _MANY > len(data):
        yield "UTF-16", data.decode("utf-16-le", "replace")
        yield "UTF-16", data.decode("utf-16-be", "replace")
    else:
        yield "", data.decode("utf-8", "replace")


def plain(text: str) -> str:
    """A text with compatible characters alike (full-width, circled), digits as 0 to 9, and nothing invisible."""
    if text.isascii():
        return text
    alike = unicodedata.normalize("NFKC", text)
    return "".join(map(_plain_character, alike))


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.category(character) == "Cf":
        return ""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _unpacked(data: bytes) -> bytes:
    """What was packed, as far as it can be unpacked: every member, up to the limit."""
    found = b""
    while data.startswith(_GZIP) and len(found) < MOST_BYTES:
        member = zlib.decompressobj(31)
        try:
            found += member.decompress(data, MOST_BYTES - len(found))
        except zlib.error:
            break
        data = member.unused_data
    return found


def _percent(text: str) -> str:
    return unquote_plus(text, errors="replace") if "%" in text else ""


def _html(text: str) -> str:
    return _TAG.sub("", html.unescape(text)) if "&" in text or "<" in text else ""


def _escapes(text: str) -> str:
    """What JSON and programs write as numbers of characters."""
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text) if "\\" in text else ""


def _base64(text: str) -> str:
    # Ids, paths and names without a capital are most of what looks like base64; that of a number always has some.
    pieces = {piece: None for piece in _BASE64.findall(text) if piece != piece.lower()}
    return "\n".join(filter(None, map(_decoded, pieces)))


@lru_cache(maxsize=4096)
def _decoded(piece: str) -> str:
    """The texts in one piece, which may begin after up to three characters that do not belong to it."""
    return "\n".join(_in_piece(piece.translate(_TO_STANDARD)))


def _in_piece(piece: str) -> Iterator[str]:
    for start in range(4):
        whole = piece[start:]
        whole = whole[: len(whole) - 1] if len(whole) % 4 == 1 else whole
        yield from _texts_in(base64.b64decode(whole + "=" * (-len(whole) % 4)))


def _hex(text: str) -> str:
    pieces = (_NO_HEX.sub("", found[0]) for found in _HEX.finditer(text))
    halves = (piece[start : start + (len(piece) - start) // 2 * 2] for piece in pieces for start in (0, 1))
    return "\n".join(part for half in halves for part in _texts_in(bytes.fromhex(half)))


def _texts_in(data: bytes) -> Iterator[str]:
    for _, text in texts_of(data):
        yield from _TEXT.findall(text)


_DECODERS: dict[str, Callable[[str], str]] = {
    "percent-encoded": _percent,
    "HTML": _html,
    "escaped": _escapes,
    "base64": _base64,
    "hexadecimal": _hex,
}
