"""The words in which a document's fault is told: its place as a reader would say it, and the known word that is near.

Apart from the rest of the vocabulary, which is loaded only when a document is checked.
"""

from __future__ import annotations

from collections.abc import Sequence

from kustomer_sandbox.contracts.model import JSON, METHODS

Steps = tuple[str | int, ...]
"""A way into a document: keys and positions."""


def complaint(name: str, steps: Steps, words: str) -> str:
    """`tags.yaml: GET /v1/tags x-page/default: must be …`; one line, whoever reads it last."""
    place = place_of(steps)
    return f"{name}: {place}: {words}" if place else f"{name}: {words}"


def place_of(steps: Steps) -> str:
    """A way in words: keys with `/` between; operations as `GET /v1/tags`."""
    if steps[:1] == ("paths",) and len(steps) > 1:
        path, rest = str(steps[1]), steps[2:]
        if rest and rest[0] in METHODS:
            path, rest = f"{str(rest[0]).upper()} {path}", rest[1:]
        return " ".join((path, "/".join(map(str, rest)))) if rest else path
    return "/".join(map(str, steps))


def nearest(word: JSON, known: Sequence[str]) -> str:
    """`; did you mean 'x'?`, or nothing if no known word is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a fault needs it

    near = get_close_matches(str(word), known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
