"""What everybody may ask without a key: whose name it is, and the public side of the knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

LIST, SEARCH = "/p/v3/kb/articles", "/p/v3/kb/articles/search"
SITE, NOBODY = "0123456789abcdef0123abcd", ""


@pytest.fixture
def reader(shared_api: Api) -> Iterator[WorldClient]:
    """Somebody who has no key for most of what is asked here."""
    with opened(shared_api, WorldSpec(name="public")) as client:
        yield client


def published(client: WorldClient, title: str, body: str = "", lang: str = "en_us", **shared: Any) -> str:
    """The id of an article that is published in one language."""
    id: str = client.post("/v1/kb/articles", shared).data["id"]
    path, texts = f"/v1/kb/articles/{id}/versions/{lang}", {"title": title, "htmlBody": body}
    if lang != "en_us":
        assert client.post(path, texts).status == 201
    assert client.put(path, {**texts, "publishedAt": "2026-01-01T00:00:00Z"}).status == 200
    return id


def ids(client: WorldClient, path: str = LIST, query: str = "") -> list[str]:
    answer = client.call("GET", path, query=query, key=NOBODY)
    assert answer.status == 200, answer.json
    return [article["id"] for article in answer.data]


def test_only_published_public_articles_are_read_without_a_key(reader: WorldClient) -> None:
    """A draft, an article for agents and a removed one are nobody's; nor is the draft of a published one."""
    shown = published(reader, "Returns", "<p>Thirty days.</p>")
    published(reader, "For agents", scope="internal")
    gone = published(reader, "Old")
    reader.put(f"/v1/kb/articles/{gone}", {"deleted": True})
    reader.post("/v1/kb/articles", {})
    reader.post(f"/v1/kb/articles/{shown}/versions/en_us", {"htmlBody": "<p>Ninety days.</p>"})

    (article,) = reader.call("GET", LIST, key=NOBODY).data
    assert article["id"] == shown
    assert article["attributes"]["langVersions"]["en_us"]["currentVersion"]["id"]["htmlBody"] == "<p>Thirty days.</p>"


def test_public_articles_are_those_of_a_language_and_of_a_knowledge_base(reader: WorldClient) -> None:
    english = published(reader, "Returns", knowledgeBases=[{"id": SITE}])
    german = published(reader, "Rückgabe", lang="de_de")
    assert (ids(reader), ids(reader, query="lang=de_de"), ids(reader, query="lang=fr")) == ([english], [german], [])
    assert (ids(reader, query=f"knowledgeBaseId={SITE}"), ids(reader, query=f"knowledgeBaseId={'0' * 24}")) == (
        [english],
        [],
    )


def test_public_articles_are_searched_by_their_published_texts(reader: WorldClient) -> None:
    """What a draft says finds nothing before it is published."""
    id = published(reader, "Returns", "<p>Thirty days.</p>")
    published(reader, "Delivery")
    reader.post(f"/v1/kb/articles/{id}/versions/en_us", {"htmlBody": "<p>Ninety days.</p>"})
    assert (ids(reader, SEARCH, "term=THIRTY"), ids(reader, SEARCH, "term=ninety")) == ([id], [])
    assert len(ids(reader, SEARCH)) == len(ids(reader)) == 2


def test_an_organisation_is_found_by_its_name_without_a_key(reader: WorldClient) -> None:
    """A client that knows a name alone learns the id and where its host is."""
    org = reader.get("/v1/orgs/current").data
    answer = reader.call("GET", f"/v1/domains/{org['attributes']['name']}", key=NOBODY)
    assert answer.status == 200
    assert (answer.attributes["orgId"], answer.attributes["pod"]) == (org["id"], "prod1")
    assert reader.call("GET", "/v1/domains/nobody", key=NOBODY).status == 404
