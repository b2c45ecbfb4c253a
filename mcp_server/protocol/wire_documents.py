"""The document of an answer, put as bytes into the JSON-RPC reply that the MCP SDK has written around a stand-in.

Context: the SDK copies a reply once more and writes it with Python's `json`, which with a customer's document inside
takes as long as the call of the API. Choice: it is given two stand-ins, for the text and for the structured content,
and what they stand for goes into the body it sends, letter for letter as the SDK would have written it. Cost: the head
of an answer is held back until its body is there, since that becomes longer.
"""

from __future__ import annotations

import json
from typing import Any, Final

import orjson
from starlette.types import Message, Send

DOCUMENT: Final = "kustomer.document"
"""Scope key of the `WireDocument` of a request."""

STAND_IN: Final = "(the document stands here)"
_MARK: Final = json.dumps(STAND_IN).encode()
_BOTH: Final = 3
_OF_NUMBERS: Final = b"-+.0123456789"
_EXPONENTS: Final = (b":e", b",e", b"[e")


class WireDocument:
    """What goes into the answer to one request, if anything."""

    __slots__ = ("_structured", "_text")

    def __init__(self) -> None:
        self._text = self._structured = b""

    def put(self, document: Any, result: dict[str, Any]) -> bool:  # noqa: ANN401 - decoded JSON
        """Let stand-ins stand for a document in a result; False if it has to be put in as it is."""
        try:
            told = orjson.dumps(document)
        except TypeError:  # a number beyond 64 bits
            return False
        is_plain = told.isascii() and b"\x7f" not in told
        text = told.decode()
        # The SDK escapes all but ASCII, and DEL.
        self._text = orjson.dumps(text) if is_plain else json.dumps(text).encode()
        is_same = is_plain and not _has_odd_numbers(told)
        written = told if is_same else json.dumps(document, separators=(",", ":")).encode()
        self._structured = written if isinstance(document, dict) else b'{"result":%b}' % written
        result["content"][0]["text"] = result["structuredContent"] = STAND_IN
        return True

    def sending(self, send: Send) -> Send:
        """`send`, with the document in the place of its stand-ins."""
        head: Message | None = None

        async def sender(message: Message) -> None:
            nonlocal head
            if not self._text:
                await send(message)
            elif message["type"] == "http.response.start":
                head = message
            else:
                given = message.get("body", b"")
                body = self._filled(given)
                if head is not None:
                    await send(_longer(head, len(body) - len(given)))
                    head = None
                await send({**message, "body": body})

        return sender

    def _filled(self, body: bytes) -> bytes:
        parts = body.split(_MARK)
        if len(parts) == _BOTH:
            return b"".join((parts[0], self._text, parts[1], self._structured, parts[2]))
        return body if len(parts) == 1 else self._filled_by_place(body)

    def _filled_by_place(self, body: bytes) -> bytes:
        """The same where the words of a stand-in are found elsewhere, too: a client may call its request so."""
        start, end = body.index(b"{"), body.rindex(b"}") + 1
        reply = json.loads(body[start:end])
        reply["result"]["content"][0]["text"] = json.loads(self._text)
        reply["result"]["structuredContent"] = json.loads(self._structured)
        return b"".join((body[:start], json.dumps(reply, separators=(",", ":")).encode(), body[end:]))


def _has_odd_numbers(told: bytes) -> bool:
    """Whether JSON may hold a number that orjson and `json` write differently: 1e16 and 1e+16, 0.00001 and 1e-05.

    Without the signs that numbers are made of, an exponent's `e` stands where a value begins, as nothing else does
    outside of texts; what is found within a text costs time alone.
    """
    left = told.translate(None, _OF_NUMBERS)
    return b"0.0000" in told or left[:1] == b"e" or any(begun in left for begun in _EXPONENTS)


def _longer(head: Message, by: int) -> Message:
    headers = [
        (name, str(int(value) + by).encode() if name == b"content-length" else value) for name, value in head["headers"]
    ]
    return {**head, "headers": headers}
