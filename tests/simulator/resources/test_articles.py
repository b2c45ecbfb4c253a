"""The knowledge base as an agent and a synchronising client read it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world_client import WorldClient

ARTICLES = "/v1/kb/articles"
HOUR = 3600
WORDS = {"title": "Refunds", "htmlBody": "<p>Five days.</p>", "slug": "refunds"}


def article(client: WorldClient, **texts: str) -> str:
    """An article whose English draft has these texts."""
    id: str = client.post(ARTICLES, {}).data["id"]
    assert client.put(f"{ARTICLES}/{id}/versions/en_us", texts).status == 200
    return id


def shown(client: WorldClient, id: str) -> Any:
    return client.get(f"{ARTICLES}/{id}").attributes


def test_a_new_draft_begins_with_what_is_published(world_client: WorldClient) -> None:
    """Whoever corrects a word need not send the rest; until it is published readers see the old text."""
    id = article(world_client, **WORDS, publishedAt="2026-06-01T00:00:00Z")
    path = f"{ARTICLES}/{id}/versions/en_us"

    draft = world_client.post(path, {"title": "Refunds, new"})
    assert (draft.status, draft.attributes["htmlBody"], draft.attributes["status"]) == (
        201,
        "<p>Five days.</p>",
        "draft",
    )
    assert world_client.post(path, {}).status == 409
    assert shown(world_client, id)["title"] == "Refunds"
    world_client.put(path, {"publishedAt": "2026-06-02T00:00:00Z"})
    assert shown(world_client, id)["title"] == "Refunds, new"
    assert [one["attributes"]["title"] for one in world_client.get(path).data] == ["Refunds", "Refunds, new"]


def test_a_list_shows_the_version_of_a_language_when_asked(world_client: WorldClient) -> None:
    """A synchronising client reads texts from the list: `langVersions.en_us.currentVersion.id.htmlBody`."""
    id = article(world_client, **WORDS)
    version = world_client.get(f"{ARTICLES}/{id}/versions/en_us").data[0]["id"]

    (full,) = world_client.get(ARTICLES, "includeLang=en_us&includeBody=true&pageSize=500").data
    (short,) = world_client.get(ARTICLES, "includeLang=en_us").data
    (other,) = world_client.get(ARTICLES, "includeLang=fr").data
    (plain,) = world_client.get(ARTICLES).data
    facts = full["attributes"]["langVersions"]["en_us"]["currentVersion"]["id"]
    assert (facts["_id"], facts["htmlBody"], facts["slug"]) == (version, "<p>Five days.</p>", "refunds")
    assert "htmlBody" not in short["attributes"]["langVersions"]["en_us"]["currentVersion"]["id"]
    assert other["attributes"]["langVersions"] == {}
    assert "langVersions" not in plain["attributes"]


@pytest.mark.parametrize(("term", "count"), [("REFUNDS", 1), ("five", 1), ("parcel", 0)])
def test_articles_are_found_by_title_and_text(world_client: WorldClient, term: str, count: int) -> None:
    """An agent looks for a word, whatever its case."""
    article(world_client, **WORDS)
    assert len(world_client.get(f"{ARTICLES}/search", f"term={term}").data) == count


def test_a_draft_is_published_when_its_time_comes(world_client: WorldClient) -> None:
    """On the world's clock: not a second before; a later plan takes the place of the one before."""
    id = article(world_client, **WORDS)
    for hour in (13, 14):
        assert world_client.post(f"{ARTICLES}/{id}/schedules", {"date": f"2026-06-09T{hour}:00:00Z"}).status == 201
    world_client.advance(HOUR + 1)
    assert shown(world_client, id)["status"] == "draft"
    world_client.advance(HOUR)
    assert shown(world_client, id)["status"] == "published"
    assert shown(world_client, id)["publishedAt"] == "2026-06-09T14:00:00.000Z"
    assert world_client.post(f"{ARTICLES}/{id}/schedules", {"date": "2027-01-01T00:00:00Z"}).status == 400


def test_a_language_is_deleted_with_all_its_versions(world_client: WorldClient) -> None:
    """The article stays, in its other languages."""
    id = article(world_client, **WORDS, publishedAt="2026-06-01T00:00:00Z")
    world_client.post(f"{ARTICLES}/{id}/versions/de_de", {"title": "Erstattung"})

    assert world_client.delete(f"{ARTICLES}/{id}/versions/en_us").status == 204
    assert world_client.get(f"{ARTICLES}/{id}/versions/en_us").data == []
    assert len(world_client.get(f"{ARTICLES}/{id}/versions/de_de").data) == 1
    assert (shown(world_client, id)["title"], shown(world_client, id)["status"]) == ("", "draft")
    assert "publishedAt" not in shown(world_client, id)
    assert world_client.get(f"{ARTICLES}/search", "term=erstattung").data[0]["id"] == id
