"""What the MCP SDK's transports refuse, in the forms of this server and without what was sent.

The SDK answers some refusals in plain words, and repeats of a message that is none whatever was in it.
"""

from __future__ import annotations

from typing import Final

import orjson
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from kustomer_sandbox.mcp_server.tools import failures

_JSON: Final = "application/json"
_REFUSED_FROM: Final = 400
_WITHOUT_WHAT_WAS_SENT: Final = {
    "Validation error": "Validation error: this is no JSON-RPC message of MCP.",
    "Parse error": "Parse error: the body is not valid JSON.",
}


def plainly(scope: Scope, receive: Receive, send: Send) -> Send:
    """A `send` for one request: refusals are held until they are whole and said anew, everything else is passed on."""
    held: list[Message] = []
    body = bytearray()

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= _REFUSED_FROM:
            held.append(message)
        elif held:
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await _said_anew(held[0], bytes(body))(scope, receive, send)
        else:
            await send(message)

    return sender


def _said_anew(start: Message, body: bytes) -> JSONResponse:
    """In JSON it is an error of JSON-RPC and stays one; words become the message of an envelope."""
    headers = Headers(raw=start["headers"])
    kept = {name: value for name, value in headers.items() if not name.startswith("content-")}
    status = start["status"]
    if headers.get("content-type", "").startswith(_JSON):
        document = _without_what_was_sent(orjson.loads(body))
    else:
        document = failures.envelope(status, body.decode(errors="replace") or "Not possible here.")
    return JSONResponse(document, status_code=status, headers=kept)


def _without_what_was_sent(document: object) -> object:
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        first = str(error.get("message", "")).partition(":")[0]
        error["message"] = _WITHOUT_WHAT_WAS_SENT.get(first, error.get("message"))
    return document
