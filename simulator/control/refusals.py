"""The control API's refusals, in the form of the vendor's errors page; what was sent is never repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

MOST_FAULTS = 20
"""Of more faults in one request the first ones are told."""
_NO_OBJECT = ("missing", "dict_type", "model_attributes_type")
_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)


def add_refusals(app: FastAPI) -> None:
    """Answer every HTTP exception and every invalid request as `{errors: [{code, message, meta?}]}`."""

    @app.exception_handler(StarletteHTTPException)
    async def refused(_: Request, refusal: HTTPException) -> JSONResponse:
        error = {"code": _code(refusal.status_code), "message": str(refusal.detail)}
        return JSONResponse({"errors": [error]}, refusal.status_code, headers=refusal.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, fault: RequestValidationError) -> JSONResponse:
        errors = [
            {
                "code": "bad_request",
                "message": _message(error),
                "meta": {"in": str(error["loc"][0])},
            }
            for error in fault.errors()[:MOST_FAULTS]
        ]
        return JSONResponse({"errors": errors}, 400)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        message = "Something went wrong in the sandbox's control; nothing of it is shown here."
        return JSONResponse({"errors": [{"code": "internal_error", "message": message}]}, 500)


def sentence(words: str) -> str:
    """With a full stop, unless it ends in a question."""
    return words if words.endswith("?") else f"{words}."


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"The body cannot be read as JSON in UTF-8, from its character {error['loc'][-1]} on."
    if tuple(error["loc"]) == ("body",) and error["type"] in _NO_OBJECT:
        return "The body must be a JSON object, sent with `content-type: application/json`."
    return sentence(f"{_place(error['loc'][1:])}: {_words(error)}")


def _words(error: Mapping[str, Any]) -> str:
    """Pydantic's own words, but for those that repeat what was sent."""
    if error["type"] == "union_tag_invalid":
        return f"Input should have as {error['ctx']['discriminator']} one of {error['ctx']['expected_tags']}"
    if error["type"] == "union_tag_not_found":
        return f"Input should have {error['ctx']['discriminator']}"
    return str(error["msg"]).removeprefix("Value error, ")


def _place(loc: Sequence[str | int]) -> str:
    """Where in the request; a key that does not look like a name may be a value and is not repeated."""
    parts = (str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "*" for part in loc)
    return ".".join(parts) or "The body"


def _code(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_")
