"""What the vendor's pages of 2026 settle: prerequisites, filters, the system's queue, what deletion leaves."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_values import CUSTOMERS, MAIL, SEARCH, conversation, customer, found
from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, check, expect, expect_status

QUEUES = "/v1/routing/queues"
SMS = {"channel": "sms", "app": "twilio", "to": "+15555550100", "body": "Hello"}
TEMPLATE = "0123456789abcdef01234567"
BUTTON = {"sub_type": "url", "1": {"type": "text", "text": "42"}}


@check("search-context-needed", writes=False)
def a_search_without_a_context_is_told_which_there_are(target: Target) -> None:
    for body in ({}, {"and": [{"customer_name": {"equals": "Jane"}}]}):
        answer = expect_status(target.call("POST", SEARCH, body), 400)
        expect("conversation" in str(answer.errors), "the refusal names the contexts")


@check("deleted-is-gone", "deleted-leaves-a-tombstone")
def a_deleted_record_is_found_by_searches_that_include_deleted_ones_alone(target: Target) -> None:
    klass = target.unique("parcel")
    expect_status(target.call("POST", "/v1/klasses", {"name": klass}), 200)
    parcel = expect_status(target.call("POST", f"/v1/klasses/{klass}", {"title": "Parcel"}), 201).data["id"]
    talk = conversation(target)["id"]
    person = customer(target)["id"]
    for context, id, path in (
        ("customer", person, f"{CUSTOMERS}/{person}"),
        ("conversation", talk, f"/v1/conversations/{talk}"),
        (f"kobject_{klass}", parcel, f"/v1/klasses/{klass}/{parcel}"),
    ):
        expect_status(target.call("DELETE", path), 204)
        expect_status(target.call("GET", path), 404)
        expect(id not in found(target, context), "an ordinary search does not find it")
        expect(id in found(target, context, includeDeleted=True), "a search that includes deleted records does")


@check("user-filters-alone", writes=False)
def filters_of_users_stand_alone_but_deleted_with_the_type(target: Target) -> None:
    for query, status in (
        ("pending=true", 200),
        ("deleted=true&userType=machine", 200),
        ("pending=true&userType=user", 400),
        ("email=jane%40example.com&deleted=true", 400),
    ):
        expect_status(target.call("GET", "/v1/users", query=query), status)


@check("default-queue", "queue-by-key")
def every_organisation_has_a_queue_of_the_system(target: Target) -> None:
    queues = expect_status(target.call("GET", QUEUES), 200).data
    (queue,) = [entry for entry in queues if entry["attributes"]["system"]]
    expect(queue["attributes"]["name"] == "DEFAULT_QUEUE", "its name is DEFAULT_QUEUE")
    path = queue["links"]["self"]
    expect_status(target.call("PUT", path, {"name": "Mine"}), 400)
    expect_status(target.call("PUT", path, {"restrictTransfersByUsers": False}), 200)
    key = queue["attributes"]["key"]
    same = expect_status(target.call("GET", QUEUES, query=f"key={key}"), 200).data
    expect([entry["id"] for entry in same] == [queue["id"]], "its key finds it alone")


@check("message-belongs-somewhere")
def a_message_needs_a_conversation_but_on_the_customers_own_path(target: Target) -> None:
    person = customer(target)["id"]
    message = {**MAIL, "direction": "in", "preview": "Hello"}
    expect_status(target.call("POST", "/v1/messages", {**message, "customer": person}), 400)
    own = expect_status(target.call("POST", f"{CUSTOMERS}/{person}/messages", message), 201).data
    talk = own["relationships"]["conversation"]["data"]["id"]
    expect_status(target.call("POST", "/v1/messages", {**message, "conversation": talk}), 201)


@check("draft-one-template-button")
def a_template_draft_has_one_button_at_most(target: Target) -> None:
    path = f"{CUSTOMERS}/{customer(target)['id']}/drafts"
    for count, status in ((1, 200), (2, 400)):
        buttons = [{**BUTTON, "index": at} for at in range(count)]
        meta = {"template": TEMPLATE, "components": {"buttons": buttons}}
        expect_status(target.call("POST", path, {"channel": "whatsapp", "app": "whatsapp", "meta": meta}), status)


@check("draft-twitter-send-at")
def drafts_for_twitter_take_no_null_as_their_time(target: Target) -> None:
    path = f"{CUSTOMERS}/{customer(target)['id']}/drafts"
    for channel in ("twitter-dm", "twitter-tweet"):
        expect_status(target.call("POST", path, {"channel": channel, "body": "Hello", "sendAt": None}), 400)
    expect_status(target.call("POST", path, {**SMS, "sendAt": None}), 200)


@check("outbound-accounts-bare", writes=False)
def outbound_accounts_come_with_an_empty_meta_and_one_link(target: Target) -> None:
    body = expect_status(target.call("GET", "/v1/outboundAccounts"), 200).body
    expect((body["meta"], list(body["links"])) == ({}, ["self"]), "meta is empty and self the only link")


@check("window-names-requester", sandbox=True)
def opening_a_window_shows_who_asked_for_it(target: Sandboxed) -> None:
    path = f"{CUSTOMERS}/{customer(target)['id']}"
    key = target.new_key("org")
    me = expect_status(target.call("GET", "/v1/users/current", key=key), 200).data["id"]
    opened = expect_status(target.call("POST", f"{path}/unmasking-windows", key=key), 201).data
    expect(opened["relationships"]["modifiedBy"]["data"]["id"] == me, "the answer names the requester")
    expect(opened["attributes"]["unmaskingWindow"]["requestedBy"] == me, "the window names the requester")


@check("access-bodies-open")
def bodies_of_access_management_pass_over_what_they_do_not_know(target: Target) -> None:
    body = {"name": target.unique("Team"), "nickname": "T"}
    made = expect_status(target.call("POST", "/v1/teams", body), 201)
    expect("nickname" not in made.attributes, "an unknown field is not kept")


@check("tags-replaced-whole", "conversation-tags-append-remove")
def tags_of_an_update_replace_the_list_and_both_tag_calls_make_missing_ones(target: Target) -> None:
    path = f"/v1/conversations/{conversation(target)['id']}"
    first, second, third = (target.unique("tag") for _ in range(3))
    before = expect_status(target.call("PUT", path, {"tags": [first, second]}), 200).attributes["tags"]
    after = expect_status(target.call("PUT", path, {"tags": [second]}), 200).attributes["tags"]
    expect(after == before[1:], "the list is replaced as a whole")
    left = expect_status(target.call("DELETE", f"{path}/tags", [third]), 200).attributes["tags"]
    expect(left == after, "an unknown tag is passed over")
    names = [tag["attributes"]["name"] for tag in expect_status(target.call("GET", "/v1/tags"), 200).data]
    expect({first, second, third} <= set(names), "it is made all the same")


@check("klass-by-name", "klass-name-unique", "klass-name-stays")
def custom_objects_are_addressed_by_the_name_of_their_klass(target: Target) -> None:
    name = target.unique("parcel")
    klass = expect_status(target.call("POST", "/v1/klasses", {"name": name}), 200).data["id"]
    parcel = expect_status(target.call("POST", f"/v1/klasses/{name}", {"title": "Parcel"}), 201).data["id"]
    expect_status(target.call("GET", f"/v1/klasses/{name}/{parcel}"), 200)
    expect_status(target.call("GET", f"/v1/klasses/{klass}/{parcel}"), 404)
    expect_status(target.call("POST", "/v1/klasses", {"name": name}), 409)
    expect_status(target.call("PUT", f"/v1/klasses/{klass}", {"name": f"{name}-2"}), 400)


@check("metadata-type-by-suffix")
def an_attributes_type_follows_from_its_suffix(target: Target) -> None:
    answer = target.call("PUT", "/v1/metadata/customer", {"properties": {"ordersNum": {}}})
    facts = expect_status(answer, 200).attributes["properties"]["ordersNum"]
    expect(facts["type"] == "number", "Num is a number")


@check("metadata-types")
def notes_and_users_have_custom_attributes_too(target: Target) -> None:
    for kind in ("company", "conversation", "customer", "message", "note", "user"):
        expect_status(target.call("GET", f"/v1/metadata/{kind}"), 200)


@check("token-acts-on-itself", writes=False, sandbox=True)
def a_token_may_always_look_at_itself(target: Sandboxed) -> None:
    mine, others = target.new_key("org.user.note.read"), target.new_key("org.admin.security")
    token: Any = expect_status(target.call("GET", "/v1/auth/tokens/current", key=mine), 200).data
    path = token["links"]["self"]
    expect(expect_status(target.call("GET", path, key=mine), 200).data["id"] == token["id"], "self leads to the token")
    expect_status(target.call("GET", path, key=others), 200)
    expect_status(target.call("GET", path, key=target.new_key("org.user.note.read")), 403)
