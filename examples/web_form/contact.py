"""The code under test: a web site with a contact page, whose form is sent to Kustomer by the visitor's browser."""

from __future__ import annotations

from pathlib import Path
from string import Template

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

PAGE = Template(Path(__file__).with_name("contact.html").read_text("utf-8"))


def create_app(hook: str) -> FastAPI:
    """The site; `hook` is the address of a form hook, which is no secret: every visitor sees it."""
    app = FastAPI()

    @app.get("/contact", response_class=HTMLResponse)
    async def contact() -> str:
        return PAGE.substitute(hook=hook)

    return app
