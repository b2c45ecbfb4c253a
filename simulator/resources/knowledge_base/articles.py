"""Articles: what the versions of a text share. The texts are in `versions`."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.defaults import rewrite
from kustomer_sandbox.simulator.operations.pages import page, page_of_records
from kustomer_sandbox.simulator.operations.registry import job, rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.knowledge_base.versions import (
    SOURCE_LANG,
    current,
    drafts,
    publish,
    versions_of,
    write_draft,
)
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.moments import kept
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_JOB = "publish_article"
_SHOWN = ("title", "slug", "status", "scope", "createdAt", "updatedAt")


@rule("articles.list_articles")
def list_articles(call: Call) -> Outcome:
    """A page of articles; with `includeLang` each shows its current version of the language, if it has one."""
    found = page(call, "live")
    lang = call.query.get("includeLang")
    if lang is None:
        return found
    with_body = bool(call.query.get("includeBody"))
    shown = [
        shown_in(article, lang, current(versions_of(call, article["id"], lang)), with_body=with_body)
        for article in found.records
    ]
    return Page(records=shown, page=found.page, size=found.size, more=found.more)


def shown_in(article: Record, lang: str, version: Record | None, *, with_body: bool) -> Record:
    """An article with a version of the language, if it has one, and its text if that is wanted."""
    names = (*_SHOWN, "htmlBody") if with_body else _SHOWN
    shown: dict[str, JSON] = {}
    if version is not None:
        facts = {"_id": version["id"], **{name: version["attributes"][name] for name in names}}
        shown = {lang: {"currentVersion": {"id": facts}}}
    return {**article, "attributes": {**article["attributes"], "langVersions": shown}}


@rule("articles.search")
def search(call: Call) -> Outcome:
    """A page of the articles of which a current version has the words in its title or text; of all without words."""
    term = call.query.get("term", "").lower()
    found = [article for article in call.records.find("kb_article", "live") if _holds(call, article, term)]
    return page_of_records(call, found)


def _holds(call: Call, article: Record, term: str) -> bool:
    versions = call.records.find("kb_version", "article", article["id"])
    langs = dict.fromkeys(version["attributes"]["lang"] for version in versions)
    texts = (current([one for one in versions if one["attributes"]["lang"] == lang]) for lang in langs)
    return any(term in text["attributes"][name].lower() for text in texts if text for name in ("title", "htmlBody"))


@rule("articles.create")
def create(call: Call) -> Outcome:
    """A new article and its empty draft in the source language."""
    return Single(record=new_article(call, call.body))


def new_article(context: Context, body: dict[str, Any]) -> Record:
    """Store an article made from a validated body, and its empty draft."""
    record = new_record(context, "kb_article", body)
    record["attributes"]["hash"] = record["id"][-10:]
    article = changes.create(context, record)
    write_draft(context, article, SOURCE_LANG, {})
    return article


@rule("articles.update")
def update(call: Call) -> Outcome:
    """Change an article; `deleted` leaves a tombstone, which the answer shows and nothing finds."""
    article = call.records.get_or_404("kb_article", call.path["id"])
    if not call.body.get("deleted"):
        return Single(record=rewrite(call, article))
    call.world.unschedule(_JOB, article["id"])
    fields = {**call.body, "deletedAt": iso(call.now)}
    return Single(record=changes.update_by_caller(call, {**article, "deleted": True}, fields))


@rule("articles.schedule")
def schedule(call: Call) -> Outcome:
    """Have the article's drafts published at the time given, in place of an earlier plan."""
    article = call.records.get_or_404("kb_article", call.path["id"])
    at = kept(call.body["date"], field="date")
    if at <= iso(call.now):
        raise BadRequest(Problem(message="date must lie in the future.", pointer="/date"), rule="article-schedule")
    if not drafts(call, article["id"]):
        raise BadRequest(
            Problem(message="The article has no draft to publish.", parameter="id"), rule="article-schedule"
        )
    call.world.schedule(_JOB, article["id"], at)
    return Single(record=article)


@job(_JOB)
def publish_due(context: Context, id: str) -> Record | None:
    """The time has come: what is a draft is published."""
    article = context.records.get("kb_article", id)
    if article is None:
        return None
    for draft in drafts(context, id):
        publish(context, draft, {}, iso(context.now))
    return context.records.get("kb_article", id)
