"""Pure: the one error envelope, whatever went wrong: bad arguments, a refused token, an upstream error.

The whole envelope is the text of the tool result: some clients give a model nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from kustomer_sandbox.mcp_server.model import JSON, ToolResult, UpstreamResponse

_RAW_CHARACTERS: Final = 20_000
_FROZEN: Final = (
    "Not retried, and waiting does not help: this sandbox's time stands still. Ask the operator to move it on, as the"
    " message says; then call again."
)
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
    advice = _FROZEN if _stands_still(response) else _ADVICE.get(response.status)
    if advice:
        document["hint"] = advice
    return ToolResult(document=document, is_error=True, meta=limits, upstream_status=response.status)


def _stands_still(response: UpstreamResponse) -> bool:
    """Whether a budget of a sandbox world is used up whose time does not pass by itself; the API says so in `meta`."""
    errors = response.body.get("errors") if isinstance(response.body, Mapping) else None
    metas = [error.get("meta") for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    is_frozen = any(isinstance(meta, Mapping) and meta.get("clock") == "frozen" for meta in metas)
    return response.status == HTTPStatus.TOO_MANY_REQUESTS and is_frozen


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
    """What an error says and where: its message, or else what its title, its detail and its faults say."""
    text = _first(error, "message") or _titled(error) or _first(error, "code")
    place = _place(error)
    return f"{text} ({place})" if text and place and place not in text else text


def _titled(error: Mapping[str, Any]) -> str:
    """Title and detail, of which older entries have the one without the other, and every fault of the request."""
    meta = error.get("meta")
    faults = meta.get("subErrors") if isinstance(meta, Mapping) else None
    listed = [fault for fault in faults if isinstance(fault, Mapping)] if isinstance(faults, list) else []
    told = [_first(error, "title"), _first(error, "detail"), "; ".join(filter(None, map(_fault, listed)))]
    return ": ".join(dict.fromkeys(filter(None, told)))


def _fault(fault: Mapping[str, Any]) -> str:
    title, place = _first(fault, "title"), _place(fault)
    return title if not place or place in title else f"{place} {title}".rstrip()


def _place(error: Mapping[str, Any]) -> str:
    """The place an error names; that it is the whole body says nothing."""
    source = error.get("source")
    place = _first(source, "pointer", "parameter") if isinstance(source, Mapping) else ""
    return "" if place == "/" else place


def _first(members: Mapping[str, Any], *names: str) -> str:
    """The first of these members that is a text."""
    return next((members[name] for name in names if isinstance(members.get(name), str)), "")


def _raw(response: UpstreamResponse) -> JSON:
    if len(response.raw) <= _RAW_CHARACTERS:
        return response.body
    return response.raw[:_RAW_CHARACTERS].decode(errors="replace") + "…"
