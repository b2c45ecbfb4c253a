"""What the pages load: one stylesheet, our few lines of script, and the library, as files of this server."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES: Final = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_ASSETS: Final = frozenset({"console.css", "console.js", "mark.svg", "vendor/htmx.min.js", "vendor/htmx-sse.min.js"})
_HEADERS: Final = {"cache-control": "no-cache"}


async def asset(request: Request) -> Response:
    """One of the files. Raises a 404."""
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404)
    return Response(_content(name), media_type=_TYPES[name.rpartition(".")[2]], headers=_HEADERS)


@cache
def _content(name: str) -> bytes:
    return files("kustomer_sandbox.web.console").joinpath("static", *name.split("/")).read_bytes()
