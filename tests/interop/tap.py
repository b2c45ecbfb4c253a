"""A tap: a program that copies an organisation record by record, as data warehouses are filled from the real API.

Written from published facts alone: links are paths that lead from page to page, a search ends at page 100 and goes on
from the last `updated_at`, a full budget says until when in `x-ratelimit-reset`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from itertools import count, islice
from typing import Any

import httpx

Found = dict[str, Any]

LAST_PAGE = 100
SEARCH = "/v1/customers/search"
TRIES = 5
FULL = 429

LISTS: Mapping[str, tuple[str, ...]] = {
    "/v1/customers": (),
    "/v1/companies": (),
    "/v1/conversations": (),
    "/v1/messages": (),
    "/v1/notes": (),
    "/v1/klasses": (),
    "/v1/users": (),
    "/v1/teams": (),
    "/v1/tags": (),
    "/v1/brands": (),
    "/v1/schedules": (),
    "/v1/slas": (),
    "/v1/satisfaction": (),
    "/v1/shortcuts": (),
    "/v1/snippets": (),
    "/v1/snoozes": (),
    "/v1/sub-statuses": (),
    "/v1/spam/senders": (),
    "/v1/outboundAccounts": (),
    "/v1/outbound-webhooks": (),
    "/v1/role-groups": (),
    "/v1/auth/tokens": (),
    "/v1/customers/searches": (),
    "/v1/routing/queues": (),
    "/v1/queues": (),
    "/v1/routing/queue-rules": (),
    "/v1/routing/statuses": (),
    "/v1/routing/work-sessions": (),
    "/v1/workflows": (),
    "/v1/hooks/email": (),
    "/v1/hooks/form": (),
    "/v1/hooks/web": (),
    "/v1/kb/articles": (),
    "/v1/kb/articles/search": (),
    "/v1/kb/categories": (),
    "/v1/kb/forms": (),
    "/v1/kb/routes": (),
    "/v1/kb/tags": (),
    "/v1/kb/templates": (),
    "/v1/kb/themes": (),
    "/v1/apps": (),
    "/v1/apps/available": (),
    "/v1/cards": (),
    "/v1/kviews": (),
    "/v1/notifications": (),
    "/v1/routing/settings": (),
    "/p/v3/kb/articles": (),
    "/p/v3/kb/articles/search": (),
    "/v1/kviews/{resource}": ("resource",),
    "/v1/klasses/{name}": ("klass",),
    "/v1/customers/{id}/conversations": ("customer",),
    "/v1/customers/{id}/messages": ("customer",),
    "/v1/customers/{id}/notes": ("customer",),
    "/v1/customers/{id}/drafts": ("customer",),
    "/v1/customers/{id}/merges": ("customer",),
    "/v1/customers/{id}/sessions": ("customer",),
    "/v1/customers/{id}/klasses/{name}": ("customer", "klass"),
    "/v1/companies/{id}/klasses/{name}": ("company", "klass"),
    "/v1/customers/{customerId}/sessions/{sessionId}/events": ("customer", "customer_session"),
    "/v1/conversations/{id}/messages": ("conversation",),
    "/v1/conversations/{id}/notes": ("conversation",),
    "/v1/conversations/{id}/attachments": ("conversation",),
    "/v1/conversations/{id}/events": ("conversation",),
    "/v1/conversations/{id}/forwards": ("conversation",),
    "/v1/conversations/{id}/times": ("conversation",),
    "/v2/conversations/{id}/times": ("conversation",),
    "/v1/routing/conversations/{id}/work-items": ("conversation",),
    "/v1/drafts/{id}/attachments": ("draft",),
    "/v1/forwards/{id}/attachments": ("forward",),
    "/v1/users/{id}/teams": ("user",),
    "/v1/routing/users/{id}/work-sessions": ("user",),
    "/v1/workflows/{id}/processes": ("workflow",),
    "/v1/workflows/{id}/variables": ("workflow",),
    "/v1/kb/articles/{id}/versions/{lang}": ("article", "language"),
}
"""Each list, and of which records seen before the placeholders of its path take their values."""


def key_of(record: Found) -> str:
    """What a record is known by; outbound accounts have no id."""
    named = record["type"] == "klass" or "id" not in record
    return str(record["attributes"]["name"] if named else record["id"])


class Stuck(Exception):
    """A hundred pages of records were all updated at one instant, so the search cannot go on from there."""


class Tap:
    """One run over an organisation. `wait` is given seconds; `parents` is how many records' own lists are read."""

    def __init__(
        self, http: httpx.Client, *, wait: Callable[[float], object], page_size: int, parents: int = 6
    ) -> None:
        self._http, self._wait, self._page_size, self._parents = http, wait, page_size, parents
        self._seen: dict[str, dict[str, None]] = defaultdict(
            dict, language={"en_us": None}, resource={"conversation": None}
        )
        self.waits = 0

    def lists(self) -> Iterator[tuple[str, list[Found]]]:
        """Every list there is by its address, whole."""
        for template, kinds in LISTS.items():
            for path in self._paths(template, kinds):
                records = list(self.walk(path))
                for record in records:
                    self._seen[record["type"]].setdefault(key_of(record))
                yield path, records

    def _paths(self, template: str, kinds: tuple[str, ...]) -> Iterator[str]:
        """The addresses of a list: one for each of the first few records that it may belong to."""
        if not kinds:
            yield template
            return
        before, _, rest = template.partition("{")
        _, _, after = rest.partition("}")
        for value in islice(self._seen[kinds[0]], self._parents):
            yield from self._paths(f"{before}{value}{after}", kinds[1:])

    def walk(self, path: str) -> Iterator[Found]:
        """The records of a list, page by page, until there is no next; where no links lead on, until one is short."""
        following: str | None = f"{path}?page=1&pageSize={self._page_size}"
        for number in count(2):
            if following is None:
                return
            document = self._call("GET", following)
            yield from document["data"]
            is_full = len(document["data"]) == self._page_size
            unlinked = f"{path}?page={number}&pageSize={self._page_size}" if is_full else None
            following = document["links"].get("next", unlinked)

    def changed(self, context: str, *, since: str, deleted: bool = False) -> Iterator[Found]:
        """The records of a type updated since then, oldest update first; past page 100 too, each version once."""
        known: set[tuple[str, str]] = set()
        while True:
            start, further = since, False
            for record, is_last in self._pages(context, since=start, deleted=deleted):
                version = (record["id"], record["attributes"]["updatedAt"])
                since, further = version[1], is_last
                if version not in known:
                    known.add(version)
                    yield record
            if not further:
                return
            if since == start:
                raise Stuck(context)

    def _pages(self, context: str, *, since: str, deleted: bool) -> Iterator[tuple[Found, bool]]:
        """The records of at most 100 pages, each with whether it is on page 100 and more would follow."""
        name = "kobject" if context.startswith("kobject") else context
        body = {
            "queryContext": context,
            "and": [{f"{name}_updated_at": {"gte": since}}],
            "sort": [{f"{name}_updated_at": "asc"}],
            **({"includeDeleted": True} if deleted else {}),
        }
        path: str | None = f"{SEARCH}?page=1&pageSize={self._page_size}"
        while path:
            document = self._call("POST", path, json=body)
            following = document["links"]["next"]
            is_last = following == f"{SEARCH}?page={LAST_PAGE + 1}&pageSize={self._page_size}"
            yield from ((record, is_last) for record in document["data"])
            path = None if is_last else following

    def _call(self, method: str, path: str, **options: Any) -> Found:
        """One answer's document. A full budget is waited for, anything else that is not 200 ends the run."""
        for _ in range(TRIES):
            answer = self._http.request(method, path, **options)
            if answer.status_code != FULL:
                answer.raise_for_status()
                document: Found = answer.json()
                return document
            now = parsedate_to_datetime(answer.headers["date"]).timestamp()
            self.waits += 1
            self._wait(float(answer.headers["x-ratelimit-reset"]) - now)
        raise TimeoutError(path)
