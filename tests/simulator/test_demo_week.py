"""The demo world lives: a record of every type that answers show, each channel and status, a week at five desks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.scenarios._demo.stories.week import AGENTS
from kustomer_sandbox.simulator.values.clock import parse
from tests.contracts.seeded import Seeded
from tests.control_client import local
from tests.promised import PromisedClient

UNREAD = ("message_redaction", "identity", "customer_merge", "notification")
"""Types that no operation reads, for they are shown once, to who makes them; and what only its receiver reads."""


@pytest.fixture(scope="module")
def api(contracts: Contracts) -> Api:
    return create_api(contracts)


@pytest.fixture(scope="module", params=["0", "another seed"])
def demo(request: pytest.FixtureRequest, api: Api) -> Seeded:
    """The demo as it is, without what other tests add."""
    world = api.worlds.create(
        WorldSpec(name=f"demo {request.param}", scenario="demo", plan="ultimate", seed=request.param)
    )
    return Seeded(PromisedClient(api=api, world=world, key=issue_key(api.worlds, world, read_sensitive=True)[0]))


def types_in(document: Mapping[str, Any], node: Any, seen: set[str]) -> Iterator[str]:
    """Every record type that a part of the document shows, references followed."""
    if isinstance(node, list):
        for item in node:
            yield from types_in(document, item, seen)
    elif isinstance(node, Mapping):
        ref = node.get("$ref")
        if ref is not None and ref not in seen:
            seen.add(ref)
            found: Any = document
            for part in ref.removeprefix("#/").split("/"):
                found = found[part]
            yield from types_in(document, found, seen)
        properties = node.get("properties", {})
        if {"id", "type", "attributes"} <= properties.keys() and "const" in properties["type"]:
            yield properties["type"]["const"]
        for item in node.values():
            yield from types_in(document, item, seen)


def shown_in(node: Any) -> Iterator[str]:
    """Every record type that an answer shows."""
    if isinstance(node, list):
        for item in node:
            yield from shown_in(item)
    elif isinstance(node, Mapping):
        if isinstance(node.get("type"), str) and {"id", "attributes"} <= node.keys():
            yield node["type"]
        for item in node.values():
            yield from shown_in(item)


def test_every_type_of_every_answer_is_met_by_a_seeded_record(demo: Seeded, api: Api) -> None:
    """Derived from the document as it is served, and found by reading alone."""
    document = local(create_app(api)).get("/openapi.json").json()
    seen: set[str] = set()
    operations = [entry for path, item in document["paths"].items() if path.startswith("/v") for entry in item.values()]
    promised = {name for entry in operations for name in types_in(document, entry["responses"], seen)}
    session = demo.records("customer_session")[0]["relationships"]["customer"]["id"]
    chat = next(one for one in demo.records("conversation") if "chat" in one["attributes"]["channels"])
    more = [
        ("/v1/slas", "versions=all"),
        (f"/v1/customers/{session}/sessions", ""),
        ("/v2.1/chat/sessions", f"customerId={chat['relationships']['customer']['id']}"),
    ]
    asked = [*((path, "") for _, path, _ in demo.reads()), *more]
    read = {name for path, query in asked for name in shown_in(demo.get(path, query).json)}
    stored = {name for name in UNREAD if demo.records(name)}
    assert len(promised) > 60
    assert promised - read - stored == set()


def test_five_agents_have_conversations_of_every_status(demo: Seeded) -> None:
    """Whatever the seed: who tries a wallboard out finds something under each heading."""
    users = {record["id"]: record["attributes"]["name"] for record in demo.records("user")}
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for conversation in (record["attributes"] for record in demo.records("conversation")):
        for user in conversation["assignedUsers"]:
            held[users[user]][conversation["status"]] += 1
    assert {name: sorted(held[name]) for name in AGENTS} == {name: ["done", "open", "snoozed"] for name in AGENTS}


def test_five_agents_were_signed_in_for_a_week(demo: Seeded) -> None:
    """A shift a day, of eight hours, at about the same time; none twice at once, none in the future."""
    now = demo.client.world.clock.now()
    users = {record["attributes"]["name"]: record["id"] for record in demo.records("user")}
    for name in AGENTS:
        sessions = demo.get(f"/v1/routing/users/{users[name]}/work-sessions", "pageSize=100").data
        ended = [each["attributes"] for each in sessions if each["attributes"]["signedOutAt"]]
        spans = sorted((parse(each["createdAt"]), parse(each["signedOutAt"])) for each in ended)
        assert len({began.date() for began, _ in spans}) == 7
        assert all(out - began == timedelta(hours=8) for began, out in spans)
        assert all(before[1] < after[0] for before, after in pairwise(spans))
        assert spans[0][0] > now - timedelta(days=8)
        assert spans[-1][1] < now


def test_five_agents_wrote_on_most_days_of_the_week(demo: Seeded) -> None:
    """History, not only settings: what was worked on in the last week was worked on by several people, day by day."""
    since = demo.client.world.clock.now() - timedelta(days=7)
    said = [
        record
        for record in demo.records("message")
        if record["attributes"]["direction"] == "out" and parse(record["attributes"]["createdAt"]) > since
    ]
    assert len({record["relationships"]["createdBy"]["id"] for record in said}) >= 5
    assert len({record["attributes"]["createdAt"][:10] for record in said}) >= 6
