"""Every way by which a masked value could leave, by name: what each shows, to whom, and while what is the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import orjson
import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from tests.simulator.masked_stage import MAIL, NUMBER, PHONE, VEHICLE, Stage, mark, must, shown, staged
from tests.world_client import Answer, opened


@pytest.fixture(params=get_args(Style))
def stage(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Jane in a world whose masks look in each of the three ways."""
    plan = WorldSpec(name=request.node.nodeid, plan="ultimate", masking=request.param)
    with opened(shared_api, plan) as client:
        yield staged(client)
        assert client.faults() == []


Path = Callable[[Stage], str]


def got(*paths: str) -> Path:
    """What GETs of these paths say; names in braces are Jane's records."""

    def look(stage: Stage) -> str:
        answers = [stage.client.get(*path.format(**vars(stage)).partition("?")[::2]) for path in paths]
        assert [answer.status for answer in answers] == [200] * len(paths)
        return stage.texts(*answers)

    return look


def searched(context: str, **criteria: Any) -> Path:
    def look(stage: Stage) -> str:
        answer = stage.client.post("/v1/customers/search", {"queryContext": context, **criteria})
        assert answer.data, answer.json
        return stage.texts(answer)

    return look


def written(method: str, path: str, body: Any = None) -> Path:
    def look(stage: Stage) -> str:
        answer = stage.client.call(method, path.format(**vars(stage)), body)
        must(answer)
        return stage.texts(answer)

    return look


def event(stage: Stage) -> str:
    """What a webhook is sent of a change that tells nothing itself."""
    hook = {"name": "All", "url": "https://a.example", "events": ["kustomer.customer.update"]}
    must(stage.client.post("/v1/outbound-webhooks", hook))

    def receive(request: WebhookRequest) -> int:
        stage.sent.append(request.body)
        return 200

    stage.client.world.receiver = receive
    must(stage.client.put(f"/v1/customers/{stage.jane}", {"locale": "en_GB"}))
    stage.client.advance(1)
    assert stage.sent
    return b" ".join(stage.sent).decode()


def merged(stage: Stage) -> str:
    """Joe has all that was Jane's; a window is of Joe then, and opened for both."""
    had_window = stage.client.world.unmasking_window(stage.jane, stage.client.world.clock.now())
    must(stage.client.post("/v1/customers/merges", {"source": stage.jane, "target": stage.joe}))
    if had_window and had_window.is_open:
        must(stage.client.post(f"/v1/customers/{stage.joe}/unmasking-windows"))
    return got("/v1/customers/{joe}", "/v1/customers/{joe}/conversations", "/v1/customers/{joe}/drafts")(stage)


def included(stage: Stage) -> str:
    """The customers beside the conversations that a saved search finds; nobody but the organisation saves searches."""
    context = system_context(stage.client.world)
    criteria = {"queryContext": "conversation", "and": [{"conversation_status": {"equals": "open"}}]}
    kept = changes.create(context, new_record(context, "saved_search", {"name": "Open", "data": criteria}))
    answer = stage.client.post(f"/v1/customers/searches/{kept['id']}/execution", {}, query="include=customers")
    assert [record["id"] for record in must_include(answer)] == [stage.jane]
    return stage.texts(answer)


def must_include(answer: Answer) -> list[Any]:
    must(answer)
    return list(answer.json["included"])


def company_of(stage: Stage) -> str:
    """A company is nobody's own, so no window opens it, neither by itself nor beside its customer."""
    made = must(stage.client.post("/v1/companies", {"name": "zqCompany"}))
    must(stage.client.put(f"/v1/customers/{stage.joe}", {"company": made["id"]}))
    must(stage.client.post(f"/v1/customers/{stage.joe}/unmasking-windows"))
    beside = stage.client.get("/v1/customers/email=joe@example.com", "include=company")
    assert [record["id"] for record in must_include(beside)] == [made["id"]]
    # The customer's own copy of the name is the customer's.
    return stage.texts(stage.client.get("/v1/companies")) + str(must_include(beside))


OPENED: dict[str, Path] = {
    "a list": got("/v1/customers", "/v1/conversations", "/v1/messages", f"/v1/klasses/{VEHICLE}"),
    "a get": got("/v1/customers/{jane}"),
    "a look-up": got(f"/v1/customers/email={MAIL}"),
    "a customer's own lists": got("/v1/customers/{jane}/messages", "/v1/customers/{jane}/drafts"),
    "a search's results": searched("customer"),
    "a search for conversations": searched("conversation"),
    "a search's order": searched("customer", sort=[{"customer_name": "asc"}]),
    "what is included": included,
    "a write's answer": written("PUT", "/v1/customers/{jane}", {"locale": "en_GB"}),
    "a write of a message": written("PUT", "/v1/messages/{message}", {"externalId": "m-1"}),
    "a redaction's answer": written("POST", "/v1/messages/{message}/redactions", {"attachments": []}),
    "a tracked identity": written("POST", "/v1/tracking/identity", {"email": MAIL, "trackingId": "t"}),
    "a webhook": event,
    "a draft's to": got("/v1/customers/{jane}/drafts"),
    "a conversation's preview": got("/v1/conversations/{talk}"),
    "a message's meta": got("/v1/messages/{message}"),
    "a custom object": got(f"/v1/klasses/{VEHICLE}"),
    "a merged customer": merged,
}
"""Ways that show values, masked unless the customer's window is open or the key may see."""


def bulk(stage: Stage) -> str:
    """The job and its batch, one item refused for a value that is taken. The answer to the call repeats it."""
    made = must(stage.client.post("/v1/customers/bulk", [{"name": "zqNew"}, {"emails": [{"email": MAIL}]}]))
    stage.client.advance(1)
    return got(f"/v1/bulk/{made['id']}", f"/v1/bulk/{made['id']}/batches")(stage)


def form_hook(stage: Stage) -> str:
    """What a hook answers, and what it keeps of what came in."""
    made = must(stage.client.post("/v1/hooks/form", {"title": "Contact"}))
    must(stage.client.call("PATCH", f"/v1/hooks/form/{made['id']}", {"debug": True}))
    path = made["attributes"]["url"].partition("kustomerapp.com")[2]
    answer = stage.client.post(path, {"name": "zqJane", "email": MAIL, "message": "zqhello"})
    stage.client.advance(1)
    return stage.texts(answer, stage.client.get(f"/v1/hooks/form/{made['id']}/transactions"))


def audit_log(stage: Stage) -> str:
    change = {"name": "zqother", "phones": [{"phone": PHONE, "type": "home"}], "custom": {"secretNum": NUMBER}}
    must(stage.client.put(f"/v1/customers/{stage.jane}", change))
    answer = stage.client.get("/v1/audit-logs")
    assert len(answer.data) > 1
    return stage.texts(answer)


def refusals(stage: Stage) -> str:
    """Of values that are taken, not found, of a wrong form, in the wrong place."""
    client, jane = stage.client, stage.jane
    answers = [
        client.post("/v1/customers", {"emails": [{"email": MAIL}]}),
        client.post("/v1/customers", {"phones": [{"phone": [PHONE]}]}),
        client.post("/v1/customers", {"phones": PHONE}),
        client.post("/v1/customers", {"name": ["zqJane"], "company": "zqcompany"}),
        client.put(f"/v1/customers/{jane}", {"gender": "zqgender", "custom": {"secretNum": "zqtext"}}),
        client.get(f"/v1/customers/phone={PHONE}0"),
        client.get("/v1/customers", "filter[createdAt][gt]=zqday"),
        client.post(
            "/v1/customers/search", {"queryContext": "customer", "and": [{"customer_phone": {"nearly": PHONE}}]}
        ),
    ]
    assert all(answer.status >= 400 for answer in answers), [answer.status for answer in answers]
    return stage.texts(*answers)


def events(stage: Stage) -> str:
    """What a visitor did; who it was stands in the identity."""
    must(stage.client.post("/v1/tracking/identity", {"email": MAIL, "trackingId": "t", "sessionId": "s"}))
    assert (
        stage.client.post("/v1/tracking/event", {"trackingId": "t", "name": "viewed", "sessionId": "s"}).status == 204
    )
    sessions = stage.client.get(f"/v1/customers/{stage.jane}/sessions")
    path = f"/v1/customers/{stage.jane}/sessions/{sessions.data[0]['id']}/events"
    told = stage.client.get(path)
    assert [event["attributes"]["name"] for event in told.data] == ["viewed"]
    return stage.texts(sessions, told)


def attachments(stage: Stage) -> str:
    """A name is what was sent as one; nothing of the message or its customer gets into it, its form or its address."""
    file = {"name": "label.png", "contentType": "image/png", "contentLength": 3}
    new = stage.client.post("/v1/attachments", file)
    id = must(new)["id"]
    more = {"channel": "sms", "app": "twilio", "direction": "in", "preview": "zqfile", "attachments": [id]}
    must(stage.client.post(f"/v1/conversations/{stage.talk}/messages", more))
    shown = stage.client.get(f"/v1/conversations/{stage.talk}/attachments")
    assert shown.data
    return stage.texts(new, shown, stage.client.get(f"/v1/attachments/{id}"))


def journal(stage: Stage) -> str:
    refusals(stage)
    return orjson.dumps([entry.shown() for entry in stage.client.world.journal.entries], default=str).decode()


def differences(stage: Stage) -> str:
    """What the sandbox itself tells of changes, with which a test's failure is explained."""
    before = stage.client.world.snapshot()
    must(stage.client.put(f"/v1/customers/{stage.jane}", {"name": "zqother", "custom": {"secretStr": "zqother"}}))
    return str(stage.client.world.diff(before))


NEVER: dict[str, Path] = {
    "a bulk job's results": bulk,
    "a form hook's answers": form_hook,
    "the audit log": audit_log,
    "errors": refusals,
    "tracked events": events,
    "attachments and their names": attachments,
    "the journal": journal,
    "the differences between snapshots": differences,
}
"""Ways that show no value to anybody, whichever window is open."""


@pytest.mark.parametrize("path", OPENED | NEVER)
def test_no_way_shows_a_masked_value(stage: Stage, path: str) -> None:
    """In every style of mask, to a key without the right."""
    assert shown((OPENED | NEVER)[path](stage)) == []


@pytest.mark.parametrize("path", OPENED)
def test_a_way_shows_the_values_while_the_window_is_open(stage: Stage, path: str) -> None:
    """Or the test above would hold of ways that have nothing to show."""
    stage.open()
    assert shown(OPENED[path](stage)) != []


@pytest.mark.parametrize("path", [path for path in OPENED if path != "a webhook"])
def test_a_way_shows_the_values_to_a_key_with_the_right(stage: Stage, path: str) -> None:
    """Without any window. Of webhooks nobody knows who reads them."""
    stage.client.key = stage.client.new_key("org", read_sensitive=True)
    assert shown(OPENED[path](stage)) != []


@pytest.mark.parametrize("path", NEVER)
def test_no_window_and_no_right_opens_what_shows_nothing(stage: Stage, path: str) -> None:
    """Journal, log and differences outlast windows."""
    stage.open()
    stage.client.key = stage.client.new_key("org", read_sensitive=True)
    assert shown(NEVER[path](stage)) == []


def test_a_company_is_opened_by_no_window_and_shown_to_a_key_with_the_right(stage: Stage) -> None:
    """Wherever it stands: its customer shows its name, and answers include it."""
    assert shown(company_of(stage)) == []
    stage.client.key = stage.client.new_key("org", read_sensitive=True)
    assert shown(stage.texts(stage.client.get("/v1/companies"))) == ["zq"]


REFUSED_SEARCHES: dict[str, dict[str, Any]] = {
    "order": {"sort": [{"customer_name": "asc"}]},
    "totals of parts": {"and": [{"customer_phone": {"prefix": "+1555"}}]},
    "ranges": {"and": [{"customer_custom_secretNum": {"gte": 5}}]},
    "aggregations": {"aggs": {"names": {"terms": {"field": "customer_name"}}}},
}


@pytest.mark.parametrize("asked", REFUSED_SEARCHES)
def test_a_search_tells_no_value_by_what_it_finds(stage: Stage, asked: str) -> None:
    """In a world that says so: order, totals and ranges would tell the value bit by bit. Aggregations do nowhere."""
    if asked != "aggregations":
        stage.client.world.configure(masked_search="exact")
    stage.open()
    answer = stage.client.post("/v1/customers/search", {"queryContext": "customer", **REFUSED_SEARCHES[asked]})
    assert (answer.status, shown(stage.texts(answer))) == (400, [])
    steps = list(stage.client.world.journal.entries)[-1].steps()
    rule = "search-masked-aggregations" if asked == "aggregations" else "search-masked-criteria"
    assert steps[-1]["detail"]["rule"] == rule


def test_a_flag_that_is_switched_hides_and_shows_at_once(stage: Stage) -> None:
    """Cached documents, lists and searches alike; what was hidden before is not lost."""
    ways = [OPENED[name] for name in ("a get", "a list", "a search's results", "a conversation's preview")]
    for kind in ("customer", "conversation", "message"):
        mark(stage.client, kind, on=False)
    assert all(shown(way(stage)) for way in ways)
    for kind in ("customer", "conversation", "message"):
        mark(stage.client, kind)
    assert [shown(way(stage)) for way in ways] == [[]] * len(ways)


def test_a_moved_conversation_shows_by_its_new_owners_window(stage: Stage) -> None:
    """Jane's window opens it no more, Joe's does; and the log names both."""
    stage.open()
    look = got("/v1/conversations/{talk}", "/v1/messages/{message}")
    assert shown(look(stage))
    must(stage.client.put(f"/v1/conversations/{stage.talk}", {"customer": stage.joe}))
    assert shown(look(stage)) == []

    must(stage.client.post(f"/v1/customers/{stage.joe}/unmasking-windows"))
    assert shown(look(stage))
    log = stage.client.get("/v1/audit-logs", f"filter[objectType]=conversation&filter[objectId]={stage.talk}").data
    moves = [entry["attributes"]["changes"]["relationships"].get("customer") for entry in log]
    assert {"op": "replace", "before": stage.jane, "after": stage.joe} in moves


INHERITED = {
    "name": ("firstName", "lastName", "displayName"),
    "externalIds": ("externalId",),
    "emails": ("displayName",),
}


@pytest.mark.parametrize("flag", INHERITED)
def test_what_repeats_a_marked_attribute_is_masked_with_it(stage: Stage, flag: str) -> None:
    """Alone: no other flag of the type hides it by chance."""
    client = stage.client
    mark(client, "customer", on=False)
    facts: dict[str, Any] = {"emails": [{"email": "zqsolo@example.com"}], "externalId": "zq-2"}
    facts |= {"name": "zqOne zqTwo"} if flag == "name" else {}
    made = must(client.post("/v1/customers", facts))
    path = f"/v1/customers/{made['id']}"
    names = [name for name in INHERITED[flag] if shown(str(client.get(path).attributes.get(name)))]
    must(client.put("/v1/metadata/customer", {"standardProperties": {flag: {"sensitive": True}}}))

    after = client.get(path).attributes
    assert names
    assert [name for name in names if shown(str(after[name]))] == []
