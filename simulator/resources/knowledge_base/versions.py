"""Versions of articles: a series for each language, with at most one draft, written on until it is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.values.errors import Conflict, NotFound, Problem
from kustomer_sandbox.simulator.values.moments import kept
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

SOURCE_LANG = "en_us"
"""The language that articles are written in first: the organisation's."""
_TEXTS = ("title", "htmlBody", "slug")


@rule("article_versions.list_versions")
def list_versions(call: Call) -> Outcome:
    """A page of the article's versions in the language."""
    article = call.records.get_or_404("kb_article", call.path["id"])
    return page(call, "series", _series(article["id"], call.path["lang"]))


@rule("article_versions.create")
def create(call: Call) -> Outcome:
    """A draft in the language. Raises `Conflict` where there is one."""
    article = call.records.get_or_404("kb_article", call.path["id"])
    if draft := _draft(versions_of(call, article["id"], call.path["lang"])):
        if call.reads("one-draft-of-a-language", "overwritten"):
            return Single(record=changes.update_by_caller(call, draft, call.body))
        raise Conflict("This language has a draft already; change that one.", rule="one-draft-of-a-language")
    return Single(record=write_draft(call, article, call.path["lang"], call.body))


@rule("article_versions.update")
def update(call: Call) -> Outcome:
    """Change the draft of the language, and publish it if the body says when. Raises `NotFound` without a draft."""
    article = call.records.get_or_404("kb_article", call.path["id"])
    draft = _draft(versions_of(call, article["id"], call.path["lang"]))
    if draft is None:
        raise NotFound(Problem(message="This language has no draft.", parameter="lang"))
    fields = without(call.body, "publishedAt")
    if "publishedAt" in call.body:
        return Single(record=publish(call, draft, fields, kept(call.body["publishedAt"], field="publishedAt")))
    stored = changes.update_by_caller(call, draft, fields)
    _tell(call, article["id"])
    return Single(record=stored)


@rule("article_versions.delete")
def delete(call: Call) -> Outcome:
    """Forget every version of the language. Raises `NotFound` where there is none."""
    article = call.records.get_or_404("kb_article", call.path["id"])
    versions = versions_of(call, article["id"], call.path["lang"])
    if not versions:
        raise NotFound(Problem(message="The article has no version in this language.", parameter="lang"))
    for version in versions:
        changes.delete(call, version)
    _tell(call, article["id"])
    return NoContent()


def write_draft(context: Context, article: Record, lang: str, body: Mapping[str, JSON]) -> Record:
    """Store a new draft: what is published in the language, with the texts of a validated body."""
    published = current(versions_of(context, article["id"], lang))
    texts = {name: published["attributes"][name] for name in _TEXTS} if published else {}
    fields = {**texts, **body, "lang": lang, "scope": article["attributes"]["scope"]}
    related = {"article": {"type": "kb_article", "id": article["id"]}}
    draft = changes.create(context, new_record(context, "kb_version", fields, relationships=related))
    _tell(context, article["id"])
    return draft


def publish(context: Context, draft: Record, fields: Mapping[str, JSON], at: str) -> Record:
    """Store a draft as published at an instant, with these texts; its article follows."""
    news = {**fields, "status": "published", "publishedAt": at}
    stored = changes.update_by_caller(context, draft, news)
    _tell(context, draft["relationships"]["article"]["id"])
    return stored


def versions_of(context: Context, article: str, lang: str) -> Sequence[Record]:
    """The article's versions in a language, oldest first."""
    return context.records.find("kb_version", "series", _series(article, lang))


def published_in(context: Context, article: str, lang: str) -> Record | None:
    """The version that readers of a language see, if it was ever published."""
    found = current(versions_of(context, article, lang))
    return found if found is not None and found["attributes"]["status"] == "published" else None


def drafts(context: Context, article: str) -> list[Record]:
    """The article's drafts, of each language at most one."""
    versions = context.records.find("kb_version", "article", article)
    return [version for version in versions if version["attributes"]["status"] == "draft"]


def current(versions: Sequence[Record]) -> Record | None:
    """Of the versions of one language the newest that is published, else the draft."""
    published = [version for version in versions if version["attributes"]["status"] == "published"]
    return published[-1] if published else _draft(versions)


def _draft(versions: Sequence[Record]) -> Record | None:
    return next((version for version in versions if version["attributes"]["status"] == "draft"), None)


def _series(article: str, lang: str) -> str:
    return f"{article}:{lang}"


def _tell(context: Context, article: str) -> None:
    """Let an article show what its versions say: its title, and whether and since when it is published."""
    record = context.records.get_or_404("kb_article", article)
    versions = context.records.find("kb_version", "article", article)
    source = current([version for version in versions if version["attributes"]["lang"] == SOURCE_LANG])
    times = [at for version in versions if (at := version["attributes"].get("publishedAt"))]
    facts = {"title": source["attributes"]["title"] if source else "", "status": "published" if times else "draft"}
    after = without(record["attributes"], "publishedAt") | facts | ({"publishedAt": max(times)} if times else {})
    if after != record["attributes"]:
        changes.update_by_system(context, {**record, "attributes": after})
