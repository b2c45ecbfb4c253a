"""httpx clients that spare a call in process what need not be done for each one anew. What they do is the same.

httpx hands every answer to the standard library's cookie jar, at a sixth of the cost of a call, and parses three URLs
for every path, at an eighth. Here only an answer that sets cookies is looked at, which Kustomer's never do, and a path
that was asked for before is known.
"""

from __future__ import annotations

from typing import Any

import httpx

_URLS: dict[tuple[str, str], httpx.URL] = {}
"""The URL of a path below a base URL. httpx's URLs never change."""

_MOST_URLS = 4_096


class Cookies(httpx.Cookies):
    """A cookie jar that looks at an answer only if there is something to take."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class _Sparing:
    """A client's cookies, kept in such a jar, and its URLs, from what all clients have asked for."""

    _base: tuple[httpx.URL | None, str] = (None, "")
    """The base URL of the client as it was last used, and as a text."""

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
        base = self.base_url  # type: ignore[attr-defined] # the clients have it
        if self._base[0] is not base:
            self._base = base, str(base)
        place = self._base[1], str(url)
        found = _URLS.get(place)
        if found is None:
            if len(_URLS) == _MOST_URLS:
                _URLS.clear()
            found = _URLS[place] = super()._merge_url(url)  # type: ignore[misc] # the clients have it
        return found


class Client(_Sparing, httpx.Client):
    """A sync client; options as for `httpx.Client`."""


class AsyncClient(_Sparing, httpx.AsyncClient):
    """An async client; options as for `httpx.AsyncClient`."""
