"""A page with contact forms, and what a browser sends when one is submitted (the HTML standard, "Form submission").

It knows nothing of the project: the address of the form's hook is all that the page is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_plus

PAGE = Path(__file__).with_name("contact.html")
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


class File(NamedTuple):
    """A chosen file."""

    name: str
    kind: str
    content: bytes


Entry = tuple[str, str | File]


@dataclass
class Form:
    """A form of a page, as it is when the page has been read."""

    action: str
    enctype: str
    entries: dict[str, str | File] = field(default_factory=dict)

    def submitted(self, values: dict[str, str | File]) -> tuple[str, bytes]:
        """Content type and body once these values are filled in. Raises `LookupError` for a field that is not there."""
        if strange := values.keys() - self.entries.keys():
            raise LookupError(f"no such fields: {sorted(strange)}")
        entries = [*(self.entries | values).items()]
        if self.enctype == MULTIPART:
            return f"{MULTIPART}; boundary={BOUNDARY}", _multipart(entries)
        pairs = (f"{quote_plus(name, safe='*')}={quote_plus(_lines(str(value)), safe='*')}" for name, value in entries)
        return URLENCODED, "&".join(pairs).encode()


class FormReader(HTMLParser):
    """Reads the forms of a page, by id."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self._form = Form("", URLENCODED)
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        entries, name = self._form.entries, told.get("name", "")
        if tag == "form":
            self._form = Form(told["action"], told.get("enctype", URLENCODED))
            self.forms[told["id"]] = self._form
        elif tag == "input" and told["type"] == "file":
            entries[name] = File("", "application/octet-stream", b"")
        elif tag == "textarea" or (tag == "input" and told["type"] != "checkbox"):
            entries[name] = told.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in told:
            entries[self._select] = ""

    def handle_data(self, data: str) -> None:
        if self._select and self._form.entries.get(self._select) == "":
            self._form.entries[self._select] = data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def page(hook: str) -> str:
    """The page's text, with the address of its hook."""
    return PAGE.read_text("utf-8").replace("{hook}", hook)


def forms(text: str) -> dict[str, Form]:
    """The forms of a page."""
    reader = FormReader()
    reader.feed(text)
    return reader.forms


def _multipart(entries: list[Entry]) -> bytes:
    body = b""
    for name, value in entries:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, File):
            body += f'{head}; filename="{value.name}"\r\nContent-Type: {value.kind}\r\n\r\n'.encode() + value.content
        else:
            body += f"{head}\r\n\r\n{_lines(value)}".encode()
        body += b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def _lines(text: str) -> str:
    """Every line's end as a browser sends it."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)
