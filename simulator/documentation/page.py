"""The page at `/docs`: Swagger UI from this machine, dark where the system is, with a filter and a key filled in.

Decision: Swagger UI as `fastapi-offline` brings it, since it is kept up to date, tries operations out as prefilled and
has a dark theme; the page around it is ours, since what that package makes starts with a script in the page, which a
policy without inline scripts refuses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, Response

_TYPES: Final = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
_ASSETS: Final = {
    "swagger-ui-bundle.js": "fastapi_offline",
    "swagger-ui.css": "fastapi_offline",
    "favicon.png": "fastapi_offline",
    "page.js": "kustomer_sandbox.simulator.documentation",
    "page.css": "kustomer_sandbox.simulator.documentation",
}
"""What the page loads, by the package that has it in its folder `static`."""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The library sets styles; scripts are files of this server."""
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
<body data-secrets="{secrets}">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>
"""


def add_docs_page(app: FastAPI, secrets: Mapping[str, str]) -> None:
    """Serve the page and what it loads; `secrets` are filled in by the name of their security scheme."""
    shown = _PAGE.format(title=escape(app.title), secrets=escape(json.dumps(dict(secrets))))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
        return HTMLResponse(shown, headers=headers)

    @app.get("/docs/{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise HTTPException(404)
        return Response(_content(name), media_type=_TYPES[name.rpartition(".")[2]])


@cache
def _content(name: str) -> bytes:
    return files(_ASSETS[name]).joinpath("static", name).read_bytes()
