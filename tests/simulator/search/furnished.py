"""A world in which every searchable attribute has a value: the demo, and one of each with whatever it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.search.match import match
from kustomer_sandbox.simulator.search.parse import parse
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import World
from tests.world_client import WorldClient, opened

SEARCH, ARCHIVE = "/v1/customers/search", "/v1/customers/archive/search"
WHOLE = "pageSize=500"
AT = "2026-06-01T10:00:00.000Z"
CAMPAIGN, SHORTCUT = "c" * 24, "d" * 24


@dataclass(frozen=True, kw_only=True)
class Furnished:
    """A furnished world, its records read once."""

    client: WorldClient
    _read: dict[str, list[Record]] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.client.world

    def there(self, context: str) -> list[Record]:
        """The records that a search without criteria finds."""
        if context not in self._read:
            type_name, _, klass = context.partition("_") if context.startswith("kobject_") else (context, "", "")
            found = self.world.records.find(type_name)
            self._read[context] = [
                record for record in found if not record.get("deleted") and klass in ("", record.get("klass"))
            ]
        return self._read[context]

    def ids(self, context: str, body: Mapping[str, JSON], *, path: str = SEARCH, query: str = WHOLE) -> list[str]:
        """The ids of what a search finds, in its order."""
        answer = self.client.post(path, {"queryContext": context, **body}, query=f"idsOnly=true&{query}")
        assert answer.status == 200, (body, answer.json)
        return [found["id"] for found in answer.data]

    def matched(self, context: str, body: Mapping[str, JSON], *, path: str = SEARCH) -> list[str]:
        """The ids of what a search finds, asked of the search language itself, on records that have no others."""
        body = {"queryContext": context, **body}
        query = parse(body, self.world.contracts.search, now=self.world.clock.now(), archive=path == ARCHIVE)
        return [record["id"] for record in self.there(context) if match(query, record, lambda _record, _type: ())]


@contextmanager
def furnished(api: Api, name: str) -> Iterator[Furnished]:
    """A furnished world with as many searches a minute as are asked."""
    limits = {"search": 1_000_000, "org": 1_000_000}
    with opened(api, WorldSpec(name=name, scenario="demo", plan="ultimate", limits=limits)) as client:
        furnish(client)
        yield Furnished(client=client)


def furnish(client: WorldClient) -> None:
    """Make what the demo lacks, by ordinary calls."""
    customer = made(client, "/v1/customers", **CUSTOMER)
    company = made(client, "/v1/companies", name="All Inc", importedAt=AT, defaultLang="fr")
    conversation = made(
        client,
        f"/v1/customers/{customer}/conversations",
        name="Everything",
        campaign=CAMPAIGN,
        direction="out",
        importedAt=AT,
        queue={"external": "amazon-connect"},
    )
    made(client, f"/v1/conversations/{conversation}/messages", **MESSAGE)
    redacted = made(client, f"/v1/conversations/{conversation}/messages", **MESSAGE)
    assert client.post(f"/v1/messages/{redacted}/redactions", {"preview": "[removed]"}).status == 201
    made(client, f"/v1/conversations/{conversation}/notes", body="All", externalId="n-1", lang="en", importedAt=AT)
    made(client, f"/v1/customers/{customer}/klasses/order", title="All", importedAt=AT, company=company)


def made(client: WorldClient, path: str, **body: Any) -> str:
    """The id of a new record."""
    answer = client.post(path, body)
    assert answer.status == 201, answer.json
    return str(answer.data["id"])


CUSTOMER = {
    "name": "Everything There",
    "gender": "f",
    "urls": [{"url": "https://all.example"}],
    "locations": [{"type": "home", "address": "1 Main St"}],
    "lastSeenAt": AT,
    "sharedEmails": [{"email": "shared@all.example", "type": "work"}],
    "sharedPhones": [{"phone": "+15550100001", "type": "work"}],
    "sharedExternalIds": [{"externalId": "shared-1"}],
    "socials": [{"type": "facebook", "username": "all", "userid": "f-1"}],
    "sharedSocials": [{"type": "instagram", "username": "all.shared", "userid": "i-1"}],
    "importedAt": AT,
    "defaultLang": "de",
}
MESSAGE = {
    "channel": "sms",
    "app": "twilio",
    "direction": "out",
    "preview": "Everything at once",
    "status": "error",
    "error": {"title": "No such number"},
    "errorAt": AT,
    "importedAt": AT,
    "source": "bulk",
    "auto": True,
    "lang": "en",
    "shortcuts": [SHORTCUT],
    "size": 7,
}
