"""The demo's knowledge base: articles in their languages, and what a site is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.knowledge_base import articles, versions
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON

_AUTHOR = "Tomas Lindqvist"
_BUILT_DAYS_AGO = 210
_KINDS = {
    "categories": "kb_category",
    "forms": "kb_form",
    "tags": "kb_tag",
    "templates": "kb_template",
    "themes": "kb_theme",
}


def plan_knowledge(stage: Stage) -> None:
    """Plan that the site is built, and that each article is written, then published unless it is a draft."""
    facts = told("knowledge")
    built = stage.ago(days=_BUILT_DAYS_AGO)
    stage.plan(built, partial(_build, stage, built, facts))
    for number, article in enumerate(facts["articles"]):
        at = built + timedelta(hours=1, minutes=number)
        stage.plan(at, partial(_write, stage, at, number, article))
        if "published" in article:
            day = stage.ago(days=article["published"])
            stage.plan(day, partial(_publish, stage, day, number, article))


def _build(stage: Stage, at: datetime, facts: Mapping[str, JSON]) -> None:
    context = stage.context(at, _AUTHOR)
    for name, kind in _KINDS.items():
        for attributes in facts[name]:
            made = changes.create(context, new_record(context, kind, attributes))
            if kind == "kb_form":
                route = {"url": f"/contact/{attributes['slug']}", "routableType": "form", "routableId": made["id"]}
                changes.create(context, new_record(context, "kb_route", route))


def _write(stage: Stage, at: datetime, number: int, article: Mapping[str, JSON]) -> None:
    context = stage.context(at, _AUTHOR)
    shared = {name: article[name] for name in ("tags", "scope") if name in article}
    made = articles.new_article(context, shared)
    stage.known["kb_article", str(number)] = made["id"]
    for lang, texts in article["versions"].items():
        if lang == versions.SOURCE_LANG:
            path = {"id": made["id"], "lang": lang}
            versions.update(stage.call("UpdateArticleVersion", at, _AUTHOR, path=path, body=texts))
        else:
            versions.write_draft(context, made, lang, texts)


def _publish(stage: Stage, at: datetime, number: int, article: Mapping[str, JSON]) -> None:
    for lang in article["versions"]:
        path = {"id": stage.id("kb_article", str(number)), "lang": lang}
        body = {"publishedAt": iso(at)}
        versions.update(stage.call("UpdateArticleVersion", at, _AUTHOR, path=path, body=body))
