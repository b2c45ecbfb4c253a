"""Pure: the one error envelope, whatever went wrong: bad arguments, a refused token, an upstream error.

The whole envelope is the text of the tool result: some clients give a model nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from kustomer_sandbox.mcp_server.model import JSON, ToolResult, UpstreamResponse

_RAW_CHARACTERS: Final = 8_000
"""Of an upstream error: some clients cut the text of an error at 11,000 characters."""

_ADVICE: Final[Mapping[int, str]] = {
    400: "Correct the request; the same call will fail again.",
    401: "The upstream API key is not accepted. Do not retry; ask the operator to check the account's key.",
    403: "The upstream API key lacks a permission for this. Do not retry.",
    404: "Check the id with a list, search or look-up tool; the record may have been deleted.",
    409: "The record has changed or the value is taken: read the record again before retrying.",
    413: "Send less in one call.",
    429: "Not retried. Wait `ratelimit-reset` seconds before calling again, and call less often.",
    502: "The upstream API gave no usable answer. A read may be tried again; check before repeating a write.",
    503: "The upstream API is not available. Try again later; check before repeating a write.",
    504: "The upstream API did not answer in time. A read may be tried again; check before repeating a write.",
}


def envelope(status: int, message: str, **more: JSON) -> dict[str, Any]:
    """`{statusCode, error, message, truto_is_remote_error: false}` and whatever else is given."""
    return {
        "statusCode": status,
        "error": phrase(status),
        "message": message,
        "truto_is_remote_error": False,
        **more,
    }


def refused(problems: Sequence[str]) -> ToolResult:
    """Arguments were refused; nothing was sent upstream."""
    message = "The arguments were refused; nothing was sent. " + "; ".join(problems)
    return ToolResult(document=envelope(400, message, problems=list(problems)), is_error=True)


def failed(status: int, message: str, **more: JSON) -> ToolResult:
    """An error of this server's own."""
    return ToolResult(document=envelope(status, message, **more), is_error=True)


def unexpected() -> ToolResult:
    """The result for a fault in this server, without internals."""
    return failed(500, "The tool server met an unexpected fault; the call may have reached the upstream API.")


def remote(response: UpstreamResponse, limits: Mapping[str, str]) -> ToolResult:
    """An upstream error, passed on once as it came, with the normalised rate-limit values."""
    document = {
        "statusCode": response.status,
        "error": phrase(response.status),
        "message": response.fault or _message(response.body) or phrase(response.status),
        "truto_is_remote_error": True,
        "raw_response": None if response.fault else _raw(response),
        "headers": dict(limits),
    }
    advice = _ADVICE.get(response.status)
    if advice:
        document["hint"] = advice
    return ToolResult(document=document, is_error=True, meta=limits, upstream_status=response.status)


def phrase(status: int) -> str:
    """The reason phrase of a status, known or not."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _message(body: JSON) -> str:
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if not isinstance(errors, list):
        return ""
    texts = [_text(error) for error in errors if isinstance(error, Mapping)]
    return "; ".join(text for text in texts if text)[:2000]


def _text(error: Mapping[str, Any]) -> str:
    text = next((error[key] for key in ("message", "detail", "title", "code") if isinstance(error.get(key), str)), "")
    source = error.get("source")
    place = source.get("pointer") or source.get("parameter") if isinstance(source, Mapping) else None
    return f"{text} ({place})" if text and isinstance(place, str) else text


def _raw(response: UpstreamResponse) -> JSON:
    if len(response.raw) <= _RAW_CHARACTERS:
        return response.body
    return response.raw[:_RAW_CHARACTERS].decode(errors="replace") + "…"
