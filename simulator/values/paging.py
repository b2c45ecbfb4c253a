"""Page parameters, slices and the links between pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kustomer_sandbox.contracts.model import Paging


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRequest:
    """Which page is asked for: `number` from 1, `size` records each."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


def page_of(query: Mapping[str, Any], paging: Paging) -> PageRequest:
    """The page a query asks for. A size above the maximum is lowered to it (assumed; unpublished).

    A size of 0 asks for the first page, of the usual size (client-code).
    """
    size = query.get("pageSize", paging.default)
    if not size:
        return PageRequest(number=1, size=paging.default)
    return PageRequest(number=query.get("page", 1), size=min(size, paging.maximum))


def pages_of(total: int, size: int) -> int:
    """How many pages there are; none where a page holds nothing."""
    return -(-total // size) if size else 0


def page_links(
    path: str, query: Iterable[tuple[str, str]], page: PageRequest, *, more: bool, pages: int | None
) -> dict[str, Any]:
    """Links as paths: other parameters first, then `page` and `pageSize`; null where there is no such page."""
    rest = [(key, value) for key, value in query if key not in ("page", "pageSize")]

    def link(number: int) -> str:
        pairs = [*rest, ("page", str(number)), ("pageSize", str(page.size))]
        return path + "?" + "&".join(f"{quote(key, safe='')}={quote(value, safe=':')}" for key, value in pairs)

    links: dict[str, Any] = {
        "self": link(page.number),
        "first": link(1),
        "prev": link(page.number - 1) if page.number > 1 else None,
        "next": link(page.number + 1) if more else None,
    }
    if pages is not None:
        links["last"] = link(max(pages, 1))
    return links
