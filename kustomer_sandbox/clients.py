"""httpx clients that read cookies only from an answer that sets some: Kustomer's API never does.

httpx hands every answer to the standard library's cookie jar, at a sixth of the cost of a call in process.
What a client does is the same.
"""

from __future__ import annotations

from typing import Any

import httpx


class Cookies(httpx.Cookies):
    """A cookie jar that looks at an answer only if there is something to take."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class _WithJar:
    """A client's cookies, kept in such a jar."""

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


class Client(_WithJar, httpx.Client):
    """A sync client; options as for `httpx.Client`."""


class AsyncClient(_WithJar, httpx.AsyncClient):
    """An async client; options as for `httpx.AsyncClient`."""
