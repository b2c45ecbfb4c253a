"""Checks of chat as a server takes part in it."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

SESSIONS, MESSAGES = "/v2.1/chat/sessions", "/v2.1/chat/messages"


def customer(target: Target) -> str:
    """A new customer's id."""
    return str(expect_status(target.call("POST", "/v1/customers", {"name": target.unique("Ada")}), 201).data["id"])


@check("chat-session-is-a-conversation")
def a_chat_session_is_a_conversation(target: Target) -> None:
    ada = customer(target)
    session = expect_status(target.call("POST", SESSIONS, {"customerId": ada}), 201)
    id = session.data["id"]
    expect(session.attributes["active"] is True, "a new session is active")
    said = {"customerId": ada, "session": id, "body": "Hello"}
    message = expect_status(target.call("POST", MESSAGES, said), 201).data["id"]
    talk = expect_status(target.call("GET", f"/v1/conversations/{id}"), 200)
    expect(talk.attributes["channels"] == ["chat"], "it is on the chat channel")
    for path in (f"/v1/conversations/{id}/messages", f"{SESSIONS}/{id}/messages"):
        found = expect_status(target.call("GET", path), 200)
        expect([one["id"] for one in found.data] == [message], "the message is the same, seen from both sides")


@check("chat-session-identity")
def chat_sessions_are_listed_by_customer_or_visitor(target: Target) -> None:
    ada, visitor = customer(target), target.unique("visitor")
    body = {"customerId": ada, "trackingId": visitor}
    id = expect_status(target.call("POST", SESSIONS, body), 201).data["id"]
    for query in (f"customerId={ada}", f"trackingId={visitor}", f"customerId={ada}&trackingId={visitor}"):
        found = expect_status(target.call("GET", SESSIONS, query=query), 200)
        expect([one["id"] for one in found.data] == [id], "the session is found by either, once")
    expect_status(target.call("GET", SESSIONS), 400)


@check("chat-session-of-customer", "chat-message-content")
def a_chat_message_is_of_its_sessions_customer_and_has_content(target: Target) -> None:
    ada, bob = customer(target), customer(target)
    session = expect_status(target.call("POST", SESSIONS, {"customerId": ada}), 201).data["id"]
    expect_status(target.call("POST", MESSAGES, {"customerId": bob, "session": session, "body": "Hello"}), 400)
    expect_status(target.call("POST", MESSAGES, {"customerId": ada, "session": session}), 400)


@check("chat-handoff")
def a_handoff_has_messages_of_both_sides(target: Target) -> None:
    ada = customer(target)
    asked = {"direction": "in", "date": "2026-01-05T09:00:00Z", "body": "Where is it?"}
    told = {"direction": "out", "date": "2026-01-05T09:01:00Z", "body": "On its way."}
    body = {"customerId": ada, "messages": [told, asked]}
    session = expect_status(target.call("POST", "/v2.1/chat/handoff", body), 201).data["id"]
    found = expect_status(target.call("GET", f"{SESSIONS}/{session}/messages"), 200)
    bodies = [one["attributes"]["body"] for one in found.data]
    expect(bodies == ["Where is it?", "On its way."], "they stand in the order of their dates")
    for messages in ([asked], [asked, asked]):
        expect_status(target.call("POST", "/v2.1/chat/handoff", {**body, "messages": messages}), 400)
