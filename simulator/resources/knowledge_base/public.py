"""The public side of the knowledge base: what everybody may read, without a key."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.resources.knowledge_base.articles import shown_in
from kustomer_sandbox.simulator.resources.knowledge_base.versions import SOURCE_LANG, published_in
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.values.record import Record


@rule("articles.list_public")
def list_public(call: Call) -> Outcome:
    """A page of the public articles that are published in the language, with their texts."""
    return page_of_records(call, _public(call, ""))


@rule("articles.search_public")
def search_public(call: Call) -> Outcome:
    """A page of those that have the words in their published title or text."""
    return page_of_records(call, _public(call, call.query.get("term", "").lower()))


def _public(call: Call, term: str) -> list[Record]:
    lang, site = call.query.get("lang", SOURCE_LANG), call.query.get("knowledgeBaseId")
    found = []
    for article in call.records.find("kb_article", "live"):
        facts = article["attributes"]
        if facts["scope"] != "public" or (site and site not in [one.get("id") for one in facts["knowledgeBases"]]):
            continue
        version = published_in(call, article["id"], lang)
        if version and any(term in version["attributes"][name].lower() for name in ("title", "htmlBody")):
            found.append(shown_in(article, lang, version, with_body=True))
    return found
