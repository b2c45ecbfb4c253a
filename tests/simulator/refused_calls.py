"""Calls that are refused, at least one for each place in the simulator that refuses; for `test_every_refusal.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import orjson

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient

MOST_CALLS = 2_500
NOBODY = "0123456789abcdef01234567"
SEARCH = "/v1/customers/search"
CONTEXT = {"queryContext": "customer"}
EMAIL = {"channel": "email", "app": "postmark", "preview": "Hello"}
FILE = {"name": "a.png", "contentType": "image/png", "contentLength": 1}
CHAT, SAID = "/v2.1/chat/sessions", {"direction": "in", "date": "2026-01-01T00:00:00Z", "body": "B"}
WHATSAPP = {"channel": "whatsapp", "app": "whatsapp", "body": "Hi", "sendAt": "now", "scheduled": True}


READINGS = {
    "page-size-clamped": "refused",
    "window-delete-without-window": "not-found",
    "system-role-groups": "forbidden",
    "known-references": "not-found",
    "team-names-may-repeat": "unique",
    "password-reset-tells-nothing": "not-found",
    "one-default-schedule": "refused",
    "draft-sent-at-once": "refused",
    "draft-other-channel": "refused",
}
"""The other readings of rules under which `DOUBTED` is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedCall:
    """One call; `{name}` in path and body stands for an id of the stocked world. `raw` is a body as it is sent.

    `again` sends it until it is refused, for budgets; `key` names another key than the all-powerful one.
    """

    status: int
    method: str = "POST"
    path: str
    query: str = ""
    body: JSON = None
    raw: bytes | None = None
    key: str | None = None
    again: bool = False
    content_type: str = ""

    def sent(self, client: WorldClient, ids: dict[str, str]) -> Answer:
        """The answer that refuses it."""
        path = self.path
        raw = self.raw if self.raw is not None else b"" if self.body is None else orjson.dumps(self.body)
        for name, id in ids.items():
            path, raw = path.replace(f"{{{name}}}", id), raw.replace(b"{%s}" % name.encode(), id.encode())
        key = ids.get(self.key or "", self.key)
        answer = client.call(self.method, path, query=self.query, raw=raw, key=key, content_type=self.content_type)
        for _ in range(MOST_CALLS if self.again else 0):
            if answer.status == self.status:
                break
            answer = client.call(self.method, path, query=self.query, raw=raw, key=key, content_type=self.content_type)
        return answer


def stock(client: WorldClient) -> dict[str, str]:
    """The records that the calls name, by the names they have there; and two keys."""
    made = partial(new_id, client)
    jane = made("/v1/customers", {"name": "Jane", "externalId": "jane", "phones": [{"phone": "+15555550100"}]})
    john = made("/v1/customers", {"name": "John"})
    talk = made("/v1/conversations", {"customer": jane})
    other = made("/v1/conversations", {"customer": john})
    order = made("/v1/klasses", {"name": "order"})
    made("/v1/klasses", {"name": "return"})
    client.put(
        "/v1/metadata/customer",
        {"standardProperties": {"phones": {"sensitive": True}, "username": {"sensitive": True}}},
    )
    client.put("/v1/metadata/kobject.order", {"properties": {"sizeStr": {"enumeration": ["S"]},
               "itsOwnerId": {"target": "customer"}}})  # fmt: skip
    note = {"channel": "note", "body": "N", "conversation": talk}
    return {
        "jane": jane,
        "john": john,
        "talk": talk,
        "other": other,
        "tagged": made("/v1/conversations", {"customer": jane, "tags": [f"T{number}" for number in range(20)]}),
        "order": order,
        "object": made("/v1/klasses/order", {"title": "A", "customer": jane}),
        "message": made(f"/v1/conversations/{talk}/messages", EMAIL),
        "draft": made(f"/v1/customers/{jane}/drafts", note),
        "whatsapp": made(f"/v1/customers/{jane}/drafts", {"channel": "whatsapp", "app": "whatsapp", "body": "Hi"}),
        "group": system_group(client),
        "hook": client.post("/v1/hooks/form", {"title": "Contact"}).attributes["hash"],
        "ended": ended_session(client),
        "article": made("/v1/kb/articles", {}),
        "published": published_article(client),
        "queue": client.get("/v1/routing/queues", "key=DEFAULT_QUEUE").data[0]["id"],
        "masked": client.new_key("org"),
        "survey": survey_too_many(client),
        **chatted(client, jane),
        "kview": kview_of_customers(client),
        "setting": made_setting(client),
        "weak": client.new_key("org.user.note.read"),
    }


def new_id(client: WorldClient, path: str, body: JSON) -> str:
    """The id of a new record."""
    answer = client.post(path, body)
    assert answer.status in (200, 201), (path, answer.json)
    id: str = answer.data["id"]
    return id


def system_group(client: WorldClient) -> str:
    """A role group that the organisation has not made itself."""
    context = system_context(client.world)
    record = new_record(context, "role_group", {"name": "Agent", "system": True})
    return str(changes.create(context, record)["id"])


def survey_too_many(client: WorldClient) -> str:
    """A survey that is not enabled, on a channel that has all it may have."""
    context = system_context(client.world)
    made = [
        changes.create(
            context, new_record(context, "satisfaction_form", {"name": "S", "channel": "sms", "enabled": on})
        )
        for on in (*(True,) * 30, False)
    ]
    return str(made[-1]["id"])


def chatted(client: WorldClient, customer: str) -> dict[str, str]:
    """A customer's chat session, and the answer to its survey."""
    conversation = new_id(client, CHAT, {"customerId": customer, "trackingId": "visitor"})
    context = system_context(client.world)
    of = {
        "customer": {"type": "customer", "id": customer},
        "conversation": {"type": "conversation", "id": conversation},
    }
    facts = {"status": "offered", "channel": "chat", "answers": []}
    answer = changes.create(context, new_record(context, "satisfaction_response", facts, relationships=of))
    return {"chat": conversation, "answer": answer["id"]}


def made_setting(client: WorldClient) -> str:
    """A setting of the caller that is a text."""
    return str(client.put("/v1/users/current/settings/a/b/c", {"value": "text"}).data["id"])


def kview_of_customers(client: WorldClient) -> str:
    """A KView, which no call makes."""
    context = system_context(client.world)
    facts = {"name": "a.b", "resource": "customer", "context": "smartbar-card"}
    return str(changes.create(context, new_record(context, "kview", facts))["id"])


def ended_session(client: WorldClient) -> str:
    """A work session that is over."""
    context = system_context(client.world)
    return str(changes.create(context, new_record(context, "work_session", {"active": False}))["id"])


def published_article(client: WorldClient) -> str:
    """An article without a draft."""
    id: str = client.post("/v1/kb/articles", {}).data["id"]
    client.put(f"/v1/kb/articles/{id}/versions/en_us", {"publishedAt": "2026-06-01T00:00:00Z"})
    return id


def searches(*bodies: dict[str, JSON]) -> list[RefusedCall]:
    return [RefusedCall(status=400, path=SEARCH, body={**CONTEXT, **body}) for body in bodies]


GATE = [
    RefusedCall(status=401, method="GET", path="/v1/customers", key=""),
    RefusedCall(status=401, method="GET", path="/v1/customers", key="unknown"),
    RefusedCall(status=403, method="GET", path="/v1/customers", key="weak"),
    RefusedCall(status=404, method="GET", path="/v1/no-such-thing"),
    RefusedCall(status=404, method="GET", path="/v1/routing/queue-rules-criteria"),
    RefusedCall(status=405, method="PUT", path="/v1/customers"),
    RefusedCall(status=400, method="GET", path="/v1/customers/jane"),
    RefusedCall(status=400, method="GET", path="/v1/customers", query="page=first"),
    RefusedCall(status=400, method="GET", path="/v1/customers", query="%2B15555550100=1"),
    RefusedCall(status=413, path="/v1/customers", raw=b'{"name": "A"' + b" " * 100_000 + b"}"),
    RefusedCall(status=400, path="/v1/customers", raw=b'{"name": '),
    RefusedCall(status=400, path="/v1/customers", raw=b"[" * 101 + b"]" * 101),
    RefusedCall(status=400, path="/v1/customers", body={"name": 1, "nickname": "B"}),
    RefusedCall(status=400, path="/v1/customers", body={"custom": {"shoeSize": 43}}),
    RefusedCall(status=400, method="PUT", path="/v1/customers/{jane}", body={"username": "***"}),
    RefusedCall(status=400, path="/v1/customers/{jane}/unmasking-windows", body={"duration": 1}),
]

HOURS = {str(day): None for day in range(7)}
SCHEDULE = {"name": "S", "hours": HOURS, "timezone": "Europe/Berlin", "default": False}

RULES = [
    RefusedCall(status=404, path="/v1/hooks/form/" + "0" * 64, key="", body={}),
    RefusedCall(status=404, path="/v1/hooks/web/" + "0" * 64, body={}),
    RefusedCall(status=413, path="/v1/hooks/form/{hook}", key="", raw=b"{}".ljust(400_001)),
    RefusedCall(status=400, path="/v1/hooks/form/{hook}", key="", raw=b"A", content_type="text/plain"),
    RefusedCall(status=400, path="/v1/hooks/form/{hook}", key="", raw=b"A", content_type="text/xml"),
    RefusedCall(
        status=400,
        path="/v1/outbound-webhooks",
        body={"name": "CRM", "url": "https://crm.example.com/", "events": ["kustomer.tag.create"]},
        again=True,
    ),
    RefusedCall(status=404, method="GET", path="/v1/brands/default"),
    RefusedCall(status=404, method="GET", path="/v1/chat/settings"),
    RefusedCall(status=404, method="GET", path="/v1/schedules/default"),
    RefusedCall(status=400, path="/v1/schedules", body={**SCHEDULE, "timezone": "Mars/Olympus"}),
    RefusedCall(status=400, path="/v1/schedules", body={**SCHEDULE, "hours": {**HOURS, "1": [[600, 540]]}}),
    RefusedCall(status=409, method="DELETE", path="/v1/role-groups/{group}"),
    RefusedCall(status=409, path="/v1/kb/articles/{article}/versions/en_us", body={}),
    RefusedCall(status=404, method="PUT", path="/v1/kb/articles/{article}/versions/fr", body={}),
    RefusedCall(status=404, method="DELETE", path="/v1/kb/articles/{article}/versions/fr"),
    RefusedCall(status=400, path="/v1/kb/articles/{article}/schedules", body={"date": "2020-01-01T00:00:00Z"}),
    RefusedCall(status=400, path="/v1/kb/articles/{published}/schedules", body={"date": "2100-01-01T00:00:00Z"}),
    RefusedCall(status=409, method="PUT", path="/v1/routing/work-sessions/{ended}", body={"statusType": "busy"}),
    RefusedCall(status=404, method="GET", path=f"/v1/customers/{NOBODY}"),
    RefusedCall(status=404, method="GET", path="/v1/customers/externalId=nobody"),
    RefusedCall(status=409, path="/v1/customers", body={"externalId": "jane"}),
    RefusedCall(status=409, method="PUT", path="/v1/customers/{jane}", body={"name": "J", "rev": 99}),
    RefusedCall(status=400, path="/v1/conversations", body={"customer": NOBODY}),
    RefusedCall(status=400, method="PUT", path="/v1/conversations/{talk}",
        body={"status": "done", "snooze": {"status": "scheduled", "time": "2030-01-01T00:00:00Z"}}),
    RefusedCall(status=400, path="/v1/conversations/{tagged}/tags", body=["one-more"]),
    RefusedCall(status=400, path="/v1/conversations",
        body={"customer": "{jane}", "createdAt": "0001-01-01T00:00:00+10:00"}),
    RefusedCall(status=400, method="GET", path="/v1/customers/{jane}/conversations",
        query="fromDate=0001-01-01T00:00:00%2B10:00"),
    RefusedCall(status=400, path="/v1/messages", body={**EMAIL, "direction": "in"}),
    RefusedCall(status=400, path="/v1/conversations/{talk}/messages", body={**EMAIL, "customer": "{john}"}),
    RefusedCall(status=400, path="/v1/messages/{message}/redactions", body={"attachments": [NOBODY]}),
    RefusedCall(status=404, method="PATCH", path=f"/v1/notes/{NOBODY}", body={"body": "N"}),
    RefusedCall(status=400, method="PUT", path=f"/v1/attachments/{NOBODY}", body={"name": "a.png"}),
    RefusedCall(status=404, method="GET", path=f"/v1/drafts/{{draft}}/attachments/{NOBODY}"),
    RefusedCall(status=400, path="/v1/drafts/{whatsapp}/attachments", body={**FILE, "contentType": "image/gif"}),
    RefusedCall(status=400, path="/v1/conversations/{talk}/forwards", body={"channel": "email", "customer": "{john}"}),
    RefusedCall(status=400, path="/v1/media", body={**FILE, "name": "a.exe"}),
    RefusedCall(status=400, path="/v1/conversations/{talk}/notes", body={"body": "N", "conversation": "{other}"}),
    RefusedCall(status=400, path="/v1/notes", body={"body": "N", "userMentions": [{"team": NOBODY}]}),
    RefusedCall(status=409, path="/v1/customers/{jane}/drafts",
        body={"channel": "note", "body": "N", "conversation": "{talk}"}),
    RefusedCall(status=400, path="/v1/customers/{jane}/drafts",
        body={"channel": "chat", "body": "B", "conversation": "{other}"}),
    RefusedCall(status=400, path="/v1/customers/{jane}/drafts",
        body={"channel": "chat", "body": "B", "sendAt": "now+999999w", "scheduled": True}),
    RefusedCall(status=400, path="/v1/customers/{jane}/drafts",
        body={"channel": "chat", "body": "B", "customer": "{john}"}),
    RefusedCall(status=400, method="PUT", path="/v1/drafts/{draft}", body={"channel": "chat", "body": "B"}),
    RefusedCall(status=404, method="GET", path="/v1/klasses/nothing"),
    RefusedCall(status=409, method="DELETE", path="/v1/klasses/{order}"),
    RefusedCall(status=404, method="GET", path="/v1/klasses/order/externalId=none"),
    RefusedCall(status=404, method="GET", path="/v1/klasses/return/{object}"),
    RefusedCall(status=400, path="/v1/customers/{jane}/klasses/order", body={"title": "A", "customer": "{john}"}),
    RefusedCall(status=400, path="/v1/klasses/order", body={"title": "A", "custom": {"sizeStr": "M"}}),
    RefusedCall(status=400, path="/v1/klasses/order", body={"title": "A", "custom": {"itsOwnerId": NOBODY}}),
    RefusedCall(status=400, path="/v1/klasses/order", body={"title": "A", "custom": {"newId": NOBODY}}),
    RefusedCall(status=400, method="PUT", path="/v1/metadata/customer",
        body={"standardProperties": {"locale": {"sensitive": True}}}),
    RefusedCall(status=400, method="PUT", path="/v1/metadata/customer", body={"properties": {"otherId": {}}}),
    RefusedCall(status=404, method="PUT", path=f"/v1/teams/{NOBODY}", body={"name": "T"}),
    RefusedCall(status=404, method="PUT", path=f"/v1/companies/{NOBODY}", body={"name": "Acme"}),
    RefusedCall(status=400, path="/v1/customers/merges", body={"source": "{jane}", "target": "{jane}"}),
    RefusedCall(status=404, method="GET", path=f"/v1/customers/{NOBODY}/merges"),
    RefusedCall(status=400, path="/v1/customers/bulk", body=[{"_clientRef": "a"}, {}]),
    RefusedCall(status=400, path="/v1/customers/bulk", body=[{"_clientRef": "a"}, {"_clientRef": "a"}]),
    RefusedCall(status=400, method="PUT", path="/v1/customers/bulk", body=[{"name": "A"}]),
    RefusedCall(status=400, method="PUT", path="/v1/customers/bulk", body={"name": "A"}),
    RefusedCall(status=400, method="PUT", path="/v1/customers/bulk", query=f"ids={NOBODY}", body=[{}, {}]),
    RefusedCall(status=400, method="GET", path="/v1/users", query="email=a%40b.example&deleted=true"),
    RefusedCall(status=400, method="PUT", path="/v1/routing/queues/{queue}", body={"name": "Q"}),
    RefusedCall(status=404, method="GET", path=f"/v1/auth/tokens/{NOBODY}"),
    RefusedCall(status=401, path="/v1/auth/tokens", key="", body={"email": "a@example.com", "password": "x"}),
    RefusedCall(status=400, path="/v1/routing/queue-rules", body={"criteria": {}, "queue": "{queue}"}),
    RefusedCall(status=400, path="/v1/routing/queue-rules",
        body={"criteria": {"and": [{"conversation_channel": {}}]}, "queue": "{queue}"}),
    RefusedCall(status=422, method="PUT", path="/v1/satisfaction/{survey}", body={"enabled": True}),
    RefusedCall(status=400, method="GET", path="/v1/audit-logs", query=f"filter[objectId]={NOBODY}"),
    RefusedCall(status=404, method="GET", path=f"/v1/customers/{{jane}}/events/{NOBODY}"),
    RefusedCall(status=404, method="GET", path="/v1/customers/{jane}/events"),
    RefusedCall(status=409, path="/v1/apps/available", body={"app": "a", "version": "1.0.0", "title": "A"}, again=True),
    RefusedCall(status=404, method="GET", path="/v1/apps/a-9.9.9"),
    RefusedCall(status=404, method="GET", path="/v1/settings/kustomer/none/none"),
    RefusedCall(status=400, method="GET", path=CHAT),
    RefusedCall(status=404, method="GET", path=f"{CHAT}/{{talk}}/messages"),
    RefusedCall(status=400, path="/v2.1/chat/handoff", body={"customerId": "{jane}", "messages": [SAID, SAID]}),
    RefusedCall(status=400, path="/v2.1/chat/messages",
        body={"customerId": "{john}", "session": "{chat}", "body": "B"}),
    RefusedCall(status=400, path="/v2.1/chat/messages",
        body={"customerId": "{jane}", "session": "{chat}", "body": "B", "trackingId": "other"}),
    RefusedCall(status=400, path="/v2.1/chat/messages", body={"customerId": "{jane}", "session": "{chat}"}),
    RefusedCall(status=404, method="PUT", path="/v2.1/chat/satisfaction-responses/{answer}",
        body={"customerId": "{john}"}),
    RefusedCall(status=400, method="PUT", path="/v2.1/chat/satisfaction-responses/{answer}",
        body={"customerId": "{jane}", "trackingId": "other"}),
    RefusedCall(status=400, method="PUT", path="/v1/users/current/settings/a/b/c", body={"value": 1}),
    RefusedCall(status=404, method="PUT", path="/v1/kviews/company/{kview}", body={"enabled": False}),
    RefusedCall(status=400, method="PUT", path="/v1/kviews/customer/smartbar-card/order", body={"kviews": [NOBODY]}),
    RefusedCall(status=404, method="GET", path="/v1/customers/{jane}/sessions/none/events"),
]  # fmt: skip

CRITERION = {"customer_name": {"equals": "A"}}


def nested(value: JSON, depth: int = 1) -> dict[str, JSON]:
    """A body whose criteria stand so many groups deep; the schema looks into the outermost alone."""
    for _ in range(depth):
        value = [{"or": value}]
    return {"and": value}


SEARCHES = [
    RefusedCall(status=400, path=SEARCH, body={}),
    RefusedCall(status=400, path=SEARCH, query="page=101", body=CONTEXT),
    RefusedCall(status=400, path=SEARCH, query="page=100&pageSize=500", body=CONTEXT),
    RefusedCall(status=400, path=SEARCH, key="masked",
        body={**CONTEXT, "aggs": {"a": {"terms": {"field": "customer_phone"}}}}),
    *searches(
        {"timeZone": "Mars"},
        nested([CRITERION], depth=6),
        nested(1),
        nested([CRITERION] * 21),
        nested([1]),
        nested([]),
        {"and": [{}]},
        {"and": [{f"customer_{number}": {} for number in range(21)}]},
        {"and": [{"customer_name": 1}]},
        {"and": [{"customer_name": {"like": "A"}}]},
        {"and": [{"customer_shoes": {"equals": "A"}}]},
        {"and": [{"customer_created_at": {"gt": "soon"}}]},
        {"and": [{"customer_name": {"equals": 1}}]},
        {"and": [{"customer_any_text": {"contains": "?!"}}]},
        {"and": [{"customer_gender": {"equals": "x"}}]},
        {"and": [{"customer_phone": {"equals": "x"}}]},
        {"and": [{"customer_tags": {"equals": "no-such-tag"}}]},
        {"and": [{"conversation_priority": {"gt": "x"}}]},
        {"and": [{"conversation_priority": {"gt": 9}}]},
        {"and": [{"conversation_ended": {"equals": 1}}]},
        {"sort": [{"customer_any_text": "asc"}]},
        {"sort": [{}]},
        {"sort": {f"customer_{number}": "asc" for number in range(6)}},
        {"aggs": {"a": 1}},
        {"aggs": {"a": {"terms": {"field": 1}}}},
        {"aggs": {"a": {"terms": {"field": "customer_any_text"}}}},
        {"aggs": {"a": {"sum": {"field": "customer_gender"}}}},
        {"aggs": {"a": {"terms": {"field": "customer_gender", "size": 0}}}},
    ),
]  # fmt: skip

MASKED_SEARCHES = [
    RefusedCall(status=400, path=SEARCH, key="masked", body={**CONTEXT, "and": [{"customer_phone": {"prefix": "+1"}}]}),
]
"""In a world whose searches may ask for whole values alone."""

BUDGETS = [
    RefusedCall(status=429, path=SEARCH, body=CONTEXT, again=True),
    RefusedCall(status=429, method="PUT", path="/v1/customers/{jane}", body={"locale": "en_US"}, again=True),
    RefusedCall(status=429, path="/v1/conversations", body={"customer": "{jane}"}, again=True),
    RefusedCall(status=429, path="/v1/customers/{jane}/messages", body=EMAIL, again=True),
    RefusedCall(status=429, path="/v1/customers/{jane}/klasses/order", body={"title": "A"}, again=True),
    RefusedCall(status=429, path="/v1/conversations/{talk}/notes", body={"body": "N"}, again=True),
    RefusedCall(status=429, path="/v1/customers/{jane}/drafts", body={"channel": "chat", "body": "B"}, again=True),
    RefusedCall(status=429, path="/v1/hooks/form/{hook}", key="", body={}, again=True),
    RefusedCall(status=429, method="GET", path="/v1/tags", again=True),
]
"""The last one uses up the organisation's minute."""

DOUBTED = [
    RefusedCall(status=400, method="GET", path="/v1/customers", query="pageSize=5000"),
    RefusedCall(status=404, method="DELETE", path="/v1/customers/{jane}/unmasking-windows"),
    RefusedCall(status=403, method="DELETE", path="/v1/role-groups/{group}"),
    RefusedCall(status=404, path="/v1/conversations", body={"customer": NOBODY}),
    RefusedCall(status=409, path="/v1/teams", body={"name": "One"}, again=True),
    RefusedCall(status=404, path="/v1/users/passwordreset", body={"domain": "a", "email": "nobody@example.com"}),
    RefusedCall(status=409, path="/v1/schedules", body={**SCHEDULE, "default": True}, again=True),
    RefusedCall(
        status=400,
        path="/v1/customers/{jane}/drafts",
        body={"channel": "chat", "body": "B", "sendAt": "2020-01-01T00:00:00Z", "scheduled": True},
    ),
    RefusedCall(
        status=400,
        path="/v1/customers/{jane}/drafts",
        body={"channel": "chat", "body": "B", "conversation": "{talk}"},
    ),
]
