"""What a built site leads to: every link to a page, file and heading of it, and nothing that loads from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""Tag -> the attribute by which a browser loads something without being asked."""


class Page(HTMLParser):
    """The ids of a page, its links, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := given.get(name))}
        if tag == "a" and (href := given.get("href")):
            self.links.append(href)
        if (name := LOADING.get(tag)) and (address := given.get(name)) and given.get("rel") != "canonical":
            self.loads.append(address)


def faults_of(site: Path) -> list[str]:
    """What is wrong with a site in this folder, a line each."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site)}: {fault}"
        for path, page in pages.items()
        if path.name != "404.html"  # its links start at the root of a host
        for fault in (*dead(path, page, pages), *foreign(page))
    ]


def dead(path: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Links to what is not there."""
    for link in [*page.links, *page.loads]:
        address = urlsplit(link)
        if address.scheme or address.netloc:
            continue
        target = (path.parent / unquote(address.path)).resolve() if address.path else path
        target = target / "index.html" if target.is_dir() else target
        anchor = unquote(address.fragment)
        if not target.is_file():
            yield f"{link} is not there"
        elif anchor and target in pages and anchor not in pages[target].ids:
            yield f"{link} has no such heading"


def foreign(page: Page) -> Iterator[str]:
    """What is loaded from another host."""
    yield from (f"{address} is loaded from elsewhere" for address in page.loads if urlsplit(address).netloc)
