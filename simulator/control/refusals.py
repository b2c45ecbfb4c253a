"""The control API's refusals in the API's own error shape; what was sent is never repeated."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException


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
                "message": f"{'.'.join(str(part) for part in error['loc'][1:]) or 'The body'}: {error['msg']}.",
                "meta": {"in": str(error["loc"][0])},
            }
            for error in fault.errors()
        ]
        return JSONResponse({"errors": errors}, 400)


def _code(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_")
