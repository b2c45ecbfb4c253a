"""Pure: a reason for reading in clear, without what looks like personal data and without what was read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from kustomer_sandbox.mcp_server.model import JSON

MASK: Final = "***"
_SHORTEST: Final = 4
"""Shorter values, such as a language or a country, stand in too many words by chance."""

_EMAIL: Final = re.compile(r"[^\s@<>,;:\"'()]+@[^\s@<>,;:\"'()]+")
_NUMBER: Final = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d){5,}")


def without_personal_data(reason: str) -> str:
    """A reason without e-mail addresses and without numbers of six digits or more, however they are set."""
    return _NUMBER.sub(MASK, _EMAIL.sub(MASK, reason))


def without_values(reason: str, documents: Iterable[JSON]) -> str:
    """A reason without any text or number of these documents, whole words that are long enough to tell something."""
    values = {text.casefold() for document in documents for text in _texts(document) if len(text) >= _SHORTEST}
    for value in sorted(values, key=len, reverse=True):
        if value in reason.casefold():
            reason = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, reason, flags=re.IGNORECASE)
    return reason


def _texts(document: JSON) -> Iterator[str]:
    """Every text and number of a document, but for what says of which kind a thing is (`customer`, `mobile`)."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name != "type":
                yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)
    elif isinstance(document, str):
        yield document
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield str(document)
