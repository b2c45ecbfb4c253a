"""Chat as a server takes part in it: sessions and messages that are conversations and messages elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.promised import PromisedClient, promised
from tests.world_client import Answer, WorldClient, opened

SESSIONS, MESSAGES, OUT = "/v2.1/chat/sessions", "/v2.1/chat/messages", "/v2.1/chat/outbound/messages"
HISTORY = [
    {"direction": "out", "date": "2026-01-05T09:01:00Z", "body": "Which order?"},
    {"direction": "in", "date": "2026-01-05T09:00:00Z", "body": "Where is my order?"},
]


@pytest.fixture
def chat(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[PromisedClient]:
    with opened(shared_api, WorldSpec(name=request.node.nodeid)) as client:
        yield promised(client)


@pytest.fixture
def demo(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="chat", scenario="demo")) as client:
        yield client


def customer(client: WorldClient, **about: Any) -> str:
    id: str = client.post("/v1/customers", {"name": "Ada", **about}).data["id"]
    return id


def opened_by(client: WorldClient, who: str, **more: str) -> Answer:
    return client.post(SESSIONS, {"customerId": who, **more})


def say(client: WorldClient, who: str, session: str, body: str) -> Answer:
    client.advance(1)
    return client.post(MESSAGES, {"customerId": who, "session": session, "body": body})


def ids(client: WorldClient, query: str) -> list[str]:
    return [session["id"] for session in client.get(SESSIONS, query).data]


def test_a_session_is_a_conversation_on_the_chat_channel(chat: PromisedClient) -> None:
    """Its id is the conversation's; agents see the same words there."""
    ada = customer(chat)
    session = opened_by(chat, ada, trackingId="v-1")
    assert (session.status, session.attributes["active"], session.attributes["trackingId"]) == (201, True, "v-1")
    said = say(chat, ada, session.data["id"], "Hello")
    assert (said.status, said.attributes["body"], said.attributes["direction"]) == (201, "Hello", "in")

    talk = chat.get(f"/v1/conversations/{session.data['id']}")
    assert (talk.attributes["channels"], talk.attributes["preview"]) == (["chat"], "Hello")
    assert "chat" not in talk.attributes
    (message,) = chat.get(f"/v1/conversations/{talk.data['id']}/messages").data
    assert (message["id"], message["attributes"]["channel"]) == (said.data["id"], "chat")


def test_sessions_of_a_customer_or_of_a_visitor_are_listed_newest_message_first(chat: PromisedClient) -> None:
    ada, bob = customer(chat), customer(chat, name="Bob")
    first, second = (opened_by(chat, ada).data["id"] for _ in range(2))
    other = opened_by(chat, bob, trackingId="v-1").data["id"]
    chat.post("/v1/conversations", {"customer": ada})
    say(chat, ada, second, "Two")
    say(chat, ada, first, "One")
    say(chat, bob, other, "Three")

    assert ids(chat, f"customerId={ada}") == [first, second]
    assert ids(chat, "trackingId=v-1") == [other]
    assert ids(chat, f"customerId={ada}&trackingId=v-1") == [other, first, second]
    chat.put(f"/v1/conversations/{first}", {"ended": True})
    assert ids(chat, f"customerId={ada}&active=true") == [second]
    assert ids(chat, f"customerId={ada}&active=false") == [first]
    assert ids(chat, f"customerId={ada}&brandId={'0' * 24}") == []
    assert chat.get(SESSIONS).status == 400


def test_a_visitor_stays_the_same_from_session_to_session(chat: PromisedClient) -> None:
    ada = customer(chat)
    opened_by(chat, ada, trackingId="v-1")
    assert opened_by(chat, ada).attributes["trackingId"] == "v-1"
    assert "trackingId" not in opened_by(chat, customer(chat, name="Bob")).attributes


def test_an_agents_message_is_the_agents(chat: PromisedClient) -> None:
    """It answers the customer, unless a machine wrote it; who may not be found is refused."""
    ada, me = customer(chat), chat.get("/v1/users/current").data["id"]
    session = opened_by(chat, ada, assistant="greeter").data["id"]
    say(chat, ada, session, "Hello")
    body = {"customerId": ada, "session": session, "from": me, "body": "Hi"}

    assert chat.post(OUT, {**body, "auto": True}).attributes["auto"] is True
    assert "time" not in chat.get(f"/v1/conversations/{session}").attributes["firstResponse"]
    said = chat.post(OUT, body)
    assert said.data["relationships"]["createdBy"]["data"]["id"] == me
    assert "time" in chat.get(f"/v1/conversations/{session}").attributes["firstResponse"]
    assert chat.post(OUT, {**body, "from": ada}).status == 400
    typing = {"customerId": ada, "session": session, "from": me, "typing": True}
    assert chat.post("/v2.1/chat/outbound/typing", typing).status == 204


def test_a_handoff_brings_its_history_in_order(chat: PromisedClient) -> None:
    ada, me = customer(chat), chat.get("/v1/users/current").data["id"]
    body = {"customerId": ada, "from": me, "externalId": "bot-7", "messages": HISTORY}
    session = chat.post("/v2.1/chat/handoff", body)
    assert (session.status, session.attributes["externalId"]) == (201, "bot-7")
    assert session.attributes["lastMessageAt"] == "2026-01-05T09:01:00.000Z"
    said = chat.get(f"{SESSIONS}/{session.data['id']}/messages", "fields=body,direction").data
    assert [message["attributes"] for message in said] == [
        {"body": "Where is my order?", "direction": "in"},
        {"body": "Which order?", "direction": "out"},
    ]
    assert chat.post("/v2.1/chat/handoff", {**body, "messages": HISTORY[:1] * 2}).status == 400


def test_a_handoff_that_is_not_active_is_a_closed_session(chat: PromisedClient) -> None:
    ada = customer(chat)
    session = chat.post("/v2.1/chat/handoff", {"customerId": ada, "active": False, "messages": HISTORY})
    assert session.attributes["active"] is False
    talk = chat.get(f"/v1/conversations/{session.data['id']}").attributes
    assert (talk["status"], talk["ended"]) == ("done", True)
    assert chat.get(f"/v1/customers/{ada}").attributes["conversationCounts"]["done"] == 1


def answered(demo: WorldClient, status: str) -> Any:
    """The answer to a survey that has this status."""
    found = demo.world.records.find("satisfaction_response")
    return next(one for one in found if one["attributes"]["status"] == status)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"rating": 3}, "rated"),
        ({"answers": ["Fine."]}, "commented"),
        ({"rating": 3, "answers": ["Fine."]}, "commented"),
        ({"read": True}, "unresponded"),
    ],
)
def test_what_a_customer_answers_shows_on_the_conversation(
    demo: WorldClient, said: dict[str, Any], status: str
) -> None:
    """Answers make it commented, with or without a rating; to have read it is no answer."""
    response = answered(demo, "unresponded")
    who, talk = (response["relationships"][name]["id"] for name in ("customer", "conversation"))
    path = f"/v2.1/chat/satisfaction-responses/{response['id']}"
    answer = demo.call("PUT", path, {"customerId": who, **said}, query="include=satisfaction")
    assert (answer.status, answer.attributes["status"]) == (200, status)
    assert [one["type"] for one in answer.json["included"]] == ["satisfaction_form"]
    assert demo.get(f"/v1/conversations/{talk}").attributes["satisfactionLevel"]["status"] == status


def test_what_is_masked_in_a_conversation_is_masked_in_its_chat(chat: PromisedClient) -> None:
    """Otherwise the same words would be read by another way."""
    chat.put("/v1/metadata/message", {"standardProperties": {"preview": {"sensitive": True}}})
    ada, blind = customer(chat), chat.new_key("org")
    session = opened_by(chat, ada).data["id"]
    say(chat, ada, session, "My number is 4711")
    for path, query in ((SESSIONS, f"customerId={ada}"), (f"{SESSIONS}/{session}/messages", "")):
        answer = chat.get(path, query, key=blind)
        assert answer.status == 200
        assert "4711" not in str(answer.json)
