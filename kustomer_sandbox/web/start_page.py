"""The page at `/`: which worlds there are and where everything is."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.world import World

_STYLE = """
 body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 52rem; padding: 0 1rem; color: #1b1f24; }
 table { border-collapse: collapse; width: 100%; }
 th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #d8dee4; }
 a { color: #0a58ca; }
 @media (prefers-color-scheme: dark) {
  body { background: #15181c; color: #e6e8eb; } th, td { border-color: #363c44; } a { color: #79b8ff; }
 }
"""
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Nothing but its own style: whatever got into the page could neither run nor be loaded."""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kustomer Sandbox</title>
<style>{style}</style>
<h1>Kustomer Sandbox</h1>
<p>A stand-in for the Kustomer REST API, with an MCP server in front of it.
Nothing here is real, and nothing leaves this machine.</p>
<h2>Worlds</h2>
<table>
<tr><th>World</th><th>Scenario</th><th>Its time</th><th>Customers</th><th>Conversations</th><th></th></tr>
{rows}
</table>
<h2>Where things are</h2>
<ul>
<li><a href="/docs">/docs</a>: every operation, to read and to try</li>
<li><a href="/openapi.json">/openapi.json</a>: the same for tools</li>
<li><code>/v1/…</code>: the API, with the key printed at the start as <code>Authorization: Bearer</code></li>
<li><code>/mcp/…</code>: the MCP URL printed at the start</li>
</ul>
</html>
"""


def add_start_page(app: FastAPI, api: Api) -> None:
    """Serve the page at `/`."""

    @app.get("/", include_in_schema=False)
    async def start() -> HTMLResponse:
        page = _PAGE.format(style=_STYLE, rows="\n".join(_row(world) for world in api.worlds))
        return HTMLResponse(page, headers={"content-security-policy": _POLICY})


def _row(world: World) -> str:
    name = escape(world.name)
    cells = (
        name,
        escape(world.scenario),
        iso(world.clock.now()),
        str(world.records.count("customer")),
        str(world.store.count("conversation")),
        f'<a href="/_sandbox/worlds/{name}/journal">journal</a>',
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
