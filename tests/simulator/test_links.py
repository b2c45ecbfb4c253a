"""No link leads nowhere: every one that a record of the demo world shows is followed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.record import JSON
from tests.contracts.seeded import Seeded, seeded
from tests.world_client import WorldClient

UNSERVED = {
    "/v1/shortcuts/categories/{}": "No way to read one category is published; they are listed.",
    "/v1/routing/statuses/{}": "No way to read one status of agents is published; they are listed.",
    "/v1/satisfaction/{}": "No way to read one survey is published; they are listed.",
    "/v1/snoozes/{}": "No way to read one choice for snoozing is published; they are listed.",
    "/v1/drafts/{}": "No way to read one draft is published; they are listed by customer.",
    "/v1/slas/versions/{}": "No way to read one version by itself is published; agreements include theirs.",
    "/v1/bulk/batches/{}": "No way to read one batch is published; a job lists its own.",
    "/v1/spam/senders/{}": "No way to read one sender is published; they are listed.",
    "/v1/customers/{}": "Who was merged into another is gone; the merge goes on naming both.",
    **dict.fromkeys(
        [
            f"/v1/kb/{kind}/{{}}"
            for kind in ("categories", "forms", "routes", "tags", "templates", "themes", "versions")
        ],
        "Parts of the knowledge base are attested as lists alone.",
    ),
    "/v1/routing/work-items/{}": "No way to read one work item is published; they are listed by conversation.",
    "/v1/workflow-processes/{}": "No way to read one failed run is published; they are listed by workflow.",
    "/v1/cards/{}": "No way to read one card is published; they are listed.",
    **dict.fromkeys(
        ["/v1/kviews/customer/{}", "/v1/kviews/kobject.shipment/{}"],
        "A KView is changed there; no way to read one is published, they are listed.",
    ),
    "/v2.1/chat/messages/{}": "No way to read one by itself is published; it is the conversation's message.",
    "/v1/routing/settings/{}": "That settings are addressed by team is published, reading one is not; they are listed.",
    "/v1/tags/{}": "No way to read one tag is attested; they are listed.",
}
"""The links that nothing answers, each with why."""
ID = re.compile(r"(?<=/)[0-9a-f]{24}(?=/|$)")


@pytest.fixture(scope="module")
def world(contracts: Contracts) -> Seeded:
    return seeded(contracts)


def records(world: Seeded) -> Iterator[JSON]:
    """Every record of the lists, and one or more of each other read."""
    for operation, path, _ in world.reads():
        pages = 8 if operation.paging and "{" not in operation.path else 1
        for number in range(1, pages + 1):
            answer = world.get(path, f"page={number}&pageSize=100" if pages > 1 else "").json
            data = answer.get("data", []) if isinstance(answer, dict) else []
            yield from data if isinstance(data, list) else [data]


def links_of(record: JSON) -> Iterator[str]:
    """The links of a record and of its relationships; that of a file only once there is one."""
    if record.get("attributes", {}).get("uploaded") is False:
        record = {**record, "links": {"self": record["links"]["self"]}}
    related = record.get("relationships", {}).values()
    for part in [record, *(one for value in related for one in (value if isinstance(value, list) else [value]))]:
        for links in (part.get("links", {}), part.get("link", {})):
            yield from (links[name] for name in ("self", "related") if links.get(name))


def test_every_link_that_a_record_shows_leads_somewhere(world: Seeded) -> None:
    """A client that follows them must not meet a 404 that the real API would not give."""
    links = sorted({link for record in records(world) for link in links_of(record)})
    assert len(links) > 1000
    plain = WorldClient(world.client.api, world.client.world, world.client.key)
    nowhere = set()
    for link in links:
        plain.advance(0.04)
        path, _, query = link.removeprefix("https://api.kustomerapp.com").partition("?")
        headers = {"authorization": f"Bearer {plain.key}"}
        if plain.api.handle(Request("GET", path, query, headers)).status != 200:
            nowhere.add(ID.sub("{}", link))
    assert nowhere == set(UNSERVED)
