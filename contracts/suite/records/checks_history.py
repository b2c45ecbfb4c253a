"""Checks of what is told about the past: the audit log, events, times."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, check, expect, expect_status

LOG = "/v1/audit-logs"


def conversation(target: Target) -> str:
    """A new conversation's id."""
    customer = expect_status(target.call("POST", "/v1/customers", {"name": target.unique("Ada")}), 201).data["id"]
    made = expect_status(target.call("POST", "/v1/conversations", {"customer": customer, "priority": 1}), 201)
    return str(made.data["id"])


@check("audit-log-of-changes")
def a_change_of_a_conversation_is_in_the_audit_log(target: Target) -> None:
    id = conversation(target)
    expect_status(target.call("PATCH", f"/v1/conversations/{id}", {"priority": 4}), 200)
    query = f"filter[objectType]=conversation&filter[objectId]={id}"
    newest = expect_status(target.call("GET", LOG, query=query), 200).data[0]["attributes"]
    expect(newest["eventName"] == "kustomer.conversation.update", "the newest entry is the update")
    changed = newest["changes"]["attributes"]["priority"]
    expect(changed == {"op": "replace", "before": 1, "after": 4}, "it tells the priority before and after")


@check("audit-log-of-windows")
def opening_a_window_is_in_the_audit_log(target: Target) -> None:
    id = expect_status(target.call("POST", "/v1/customers", {"name": target.unique("Ada")}), 201).data["id"]
    opened = expect_status(target.call("POST", f"/v1/customers/{id}/unmasking-windows"), 201).attributes
    query = f"filter[objectType]=customer&filter[objectId]={id}"
    newest = expect_status(target.call("GET", LOG, query=query), 200).data[0]["attributes"]
    expect(newest["eventName"] == "kustomer.customer.update", "it is an update of the customer")
    changed = newest["changes"]["attributes"]["unmaskingWindow"]
    expect(changed["after"] == opened["unmaskingWindow"], "it tells the window")


@check("audit-log-cursors")
def the_audit_log_can_be_walked_by_its_links(target: Target) -> None:
    conversation(target)
    first = expect_status(target.call("GET", LOG, query="count=1"), 200)
    path, _, query = first.body["links"]["next"].partition("?")
    older = expect_status(target.call("GET", path, query=query), 200)
    expect("before=" in query, "the way to older entries is `before`")
    expect(len(older.data) == 1 and older.data[0]["id"] != first.data[0]["id"], "it leads to another entry")


@check("audit-log-filters", writes=False)
def the_id_of_an_object_needs_its_type_in_the_audit_log(target: Target) -> None:
    expect_status(target.call("GET", LOG, query=f"filter[objectId]={'0' * 24}"), 400)


def identified(target: Target, **about: str) -> str:
    """The id of the customer that an identity is tied to."""
    answer = expect_status(target.call("POST", "/v1/tracking/identity", about), 201)
    return str(answer.data["relationships"]["customer"]["data"]["id"])


@check("tracking-finds-customers")
def an_identified_visitor_is_the_customer_with_that_address(target: Target) -> None:
    email = f"{target.unique('ada')}@example.com"
    customer = expect_status(target.call("POST", "/v1/customers", {"emails": [{"email": email}]}), 201).data["id"]
    expect(identified(target, trackingId=target.unique("visitor"), email=email) == customer, "it is that customer")


@check("tracking-sessions")
def events_of_a_visit_are_one_session(target: Target) -> None:
    visitor, visit = target.unique("visitor"), target.unique("visit")
    customer = identified(target, trackingId=visitor, email=f"{target.unique('ada')}@example.com")
    for name in ("cart-opened", "order-placed"):
        event = {"trackingId": visitor, "sessionId": visit, "name": name}
        expect_status(target.call("POST", "/v1/tracking/event", event), 204)
    path = f"/v1/customers/{customer}/sessions"
    sessions = expect_status(target.call("GET", path), 200).data
    told = [(one["attributes"]["sessionId"], one["attributes"]["count"]) for one in sessions]
    expect(told == [(visit, 2)], "both events are counted in one session")
    for name in (visit, sessions[0]["id"]):
        events = expect_status(target.call("GET", f"{path}/{name}/events"), 200).data
        names = [event["attributes"]["name"] for event in events]
        expect(names == ["cart-opened", "order-placed"], "its events are listed, oldest first")


@check("conversation-events")
def a_conversation_tells_its_changes(target: Target) -> None:
    id = conversation(target)
    expect_status(target.call("PATCH", f"/v1/conversations/{id}", {"priority": 4}), 200)
    events = expect_status(target.call("GET", f"/v1/conversations/{id}/events"), 200).data
    names = [event["attributes"]["name"] for event in events]
    expect(names == ["kustomer.conversation.create", "kustomer.conversation.update"], "one event for each change")
    changed = events[-1]["attributes"]["changes"]["attributes"]["priority"]
    expect(changed == {"op": "replace", "before": 1, "after": 4}, "it tells the priority before and after")


@check("conversation-handle-sessions", "conversation-times-units", sandbox=True)
def an_assigned_conversation_has_a_handle_time_once_it_is_done(target: Sandboxed) -> None:
    id, user = conversation(target), expect_status(target.call("GET", "/v1/users"), 200).data[0]["id"]
    for change in ({"assignedUsers": [user]}, {"status": "done"}):
        target.advance(90)
        expect_status(target.call("PUT", f"/v1/conversations/{id}", change), 200)
    for version, length in (("v1", 90), ("v2", 90_000)):
        times = expect_status(target.call("GET", f"/{version}/conversations/{id}/times"), 200).data
        told = [one["attributes"]["handleTime"] for one in times]
        expect(told == [length], f"the one session took {length} in {version}")


@check("customer-events-gone")
def the_list_of_all_events_of_a_customer_is_always_a_404(target: Target) -> None:
    customer = expect_status(target.call("POST", "/v1/customers", {"name": target.unique("Ada")}), 201).data["id"]
    expect_status(target.call("GET", f"/v1/customers/{customer}/events"), 404)
