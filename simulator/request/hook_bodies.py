"""What is sent to a hook: JSON as everywhere, and what web pages send, forms and XML, read into the same shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from kustomer_sandbox.simulator.values.errors import WHOLE_BODY, BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON

MOST_FIELDS = 1_000
"""How many fields a form may have, and how many elements a document (assumed)."""
DEEPEST = 50
"""How deep elements may stand in one another (assumed)."""

_MULTIPART = "multipart/form-data"
_XML = ("application/xml", "text/xml")


def read_payload(headers: Mapping[str, str], raw: bytes) -> JSON:
    """The body as an object of names and values; None where it is JSON, or says nothing of what it is.

    A name given several times has a list of values. Of a file its name, type and size are kept. Raises `BadRequest`.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("", "application/json") or kind.endswith("+json"):
        return None
    if kind == "application/x-www-form-urlencoded":
        return _gathered(_pairs(raw))
    if kind == _MULTIPART:
        return _gathered(_parts(headers["content-type"], raw))
    if kind in _XML:
        return _elements(raw)
    words = "A hook takes JSON, a form (urlencoded or multipart) or XML."
    raise BadRequest(Problem(message=words, parameter="Content-Type"), rule="hook-media-types")


def _pairs(raw: bytes) -> list[tuple[str, JSON]]:
    try:
        found = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise _unreadable("form") from None
    return list(found)


def _parts(content_type: str, raw: bytes) -> list[tuple[str, JSON]]:
    """The fields of a multipart form, files included."""
    from email.parser import BytesParser  # noqa: PLC0415 - few calls are forms
    from email.policy import HTTP  # noqa: PLC0415 - as above

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + raw)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts or len(parts) > MOST_FIELDS or message.defects:
        raise _unreadable("form")
    found: list[tuple[str, JSON]] = []
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise _unreadable("form")
        file = part.get_filename()
        if file is None:
            found.append((name, content.decode(errors="replace")))
        else:
            found.append((name, {"filename": file, "contentType": part.get_content_type(), "size": len(content)}))
    return found


def _gathered(pairs: Iterable[tuple[str, JSON]]) -> dict[str, JSON]:
    values: dict[str, list[JSON]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: held[0] if len(held) == 1 else held for name, held in values.items()}


class _Elements:
    """Builds the object of an XML document from the events of a parser, which never looks anywhere else.

    A document type is refused, for it can make a small document endless or have files read.
    """

    def __init__(self) -> None:
        self.root: JSON = None
        self._open: list[tuple[str, dict[str, JSON], list[str]]] = []
        self._count = 0

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_FIELDS:
            raise _unreadable("XML")
        self._open.append((name, {f"@{key}": value for key, value in attributes.items()}, []))

    def text(self, data: str) -> None:
        if self._open:
            self._open[-1][2].append(data)

    def end(self, _: str) -> None:
        name, fields, texts = self._open.pop()
        said = "".join(texts).strip()
        value: JSON = fields or said
        if not self._open:
            self.root = fields or {name: said}
            return
        siblings = self._open[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]

    def refuse(self, *_: Any) -> None:  # noqa: ANN401 - whatever the parser tells of it
        raise _unreadable("XML")


def _elements(raw: bytes) -> JSON:
    from xml.parsers import expat  # noqa: PLC0415 - few calls are XML

    reading, parser = _Elements(), expat.ParserCreate()
    parser.StartElementHandler = reading.begin
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.refuse
    try:
        parser.Parse(raw, True)  # noqa: FBT003 - that this is all of it
    except (expat.ExpatError, ValueError, LookupError):
        raise _unreadable("XML") from None
    return reading.root


def _unreadable(what: str) -> BadRequest:
    return BadRequest(
        Problem(message=f"The body is no {what} that can be read.", pointer=WHOLE_BODY), rule="hook-media-types"
    )
