"""What records show: the attributes and relationships that recorded traffic and clients attest."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.recordings import departures, recordings
from kustomer_sandbox.contracts.suite.records.checks_customers import made
from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, TargetAnswer, check, expect, expect_status

MAIL = {"channel": "email", "app": "postmark"}


def conversation_of(target: Target, customer: str, **body: Any) -> TargetAnswer:
    """A new conversation of a customer."""
    return expect_status(target.call("POST", "/v1/conversations", {"customer": customer, **body}), 201)


def message_in(target: Target, conversation: str, **body: Any) -> TargetAnswer:
    """A new message in a conversation; inbound unless said otherwise."""
    path = f"/v1/conversations/{conversation}/messages"
    return expect_status(target.call("POST", path, {**MAIL, "direction": "in", "preview": "Hello", **body}), 201)


def read(target: Target, path: str) -> TargetAnswer:
    return expect_status(target.call("GET", path), 200)


def expect_recorded(name: str, record: Any) -> None:
    """All that was recorded is there, of the types it had; a target may show more."""
    found = departures(recordings()[name], record)
    wrong = {path: why for path, why in found.items() if why != "was not there"}
    expect(not wrong, f"the record is as it was recorded ({name}): {wrong}")


@check("message-customer-type")
def a_messages_customer_is_of_type_customers(target: Target) -> None:
    conversation = conversation_of(target, made(target).data["id"])
    message = message_in(target, conversation.data["id"])
    expect(message.data["relationships"]["customer"]["data"]["type"] == "customers", "the type reads customers")
    expect(conversation.data["relationships"]["customer"]["data"]["type"] == "customer", "a conversation's does not")


@check("kobject-klass-link", "kobject-typed-by-klass")
def a_custom_object_links_to_its_klass_by_link_and_starts_at_revision_1(target: Target) -> None:
    found = object_of(target, made(target).data["id"])
    klass = found.data["relationships"]["klass"]
    expect(set(klass) == {"data", "link"} and set(klass["link"]) == {"self"}, "the key is link, singular")
    expect(found.attributes["rev"] == 1, "the first revision is 1")


def object_of(target: Target, customer: str) -> TargetAnswer:
    """A new custom object of a customer, of a Klass of its own."""
    klass = target.unique("parcel")
    expect_status(target.call("POST", "/v1/klasses", {"name": klass}), 200)
    return expect_status(target.call("POST", f"/v1/customers/{customer}/klasses/{klass}", {"title": "One"}), 201)


@check("customer-shows-its-objects")
def a_custom_object_shows_on_its_customer(target: Target) -> None:
    before = made(target)
    path = f"/v1/customers/{before.data['id']}"
    kobject = object_of(target, before.data["id"])
    after = read(target, path)
    item = after.attributes["recentItems"][0]
    plural = kobject.data["links"]["self"].split("/")[3]
    expect(after.data["relationships"][plural]["meta"] == {"kobject": True}, "a relationship for the Klass")
    link = after.data["relationships"][plural]["links"]["self"]
    expect([one["id"] for one in read(target, link).data] == [kobject.data["id"]], "its link lists the object")
    expect((item["type"], item["id"]) == ("kobject", kobject.data["id"]), "it is among the recent items")
    expect(item["meta"]["klassName"] == kobject.data["relationships"]["klass"]["data"]["id"], "with its Klass's name")
    expect(after.attributes["lastCustomerActivityAt"] >= before.attributes["createdAt"], "the customer was active")
    expect(after.attributes["rev"] > before.attributes["rev"], "the customer's revision has risen")


@check("customer-starts")
def a_new_customer_shows_what_was_recorded(target: Target) -> None:
    bare = expect_status(target.call("POST", "/v1/customers", {}), 201)
    expect_recorded("customer-new", bare.data)
    expect(bare.attributes["deleted"] is False, "it is not deleted")
    empty = [bare.attributes[name] for name in ("lastMessageOut", "lastMessageUnrespondedTo", "sentiment")]
    expect(empty == [{}, {}, {}], "what there is none of is empty")


@check("customer-displayed-name")
def without_a_name_a_customer_is_displayed_by_its_address_or_a_colour_and_an_icon(target: Target) -> None:
    email = f"{target.unique('nameless')}@example.com"
    known = made(target, name=None, emails=[{"email": email}])
    expect(known.attributes["displayName"] == email, "the e-mail address stands for the name")
    bare = expect_status(target.call("POST", "/v1/customers", {}), 201).attributes
    words = f"{bare['displayColor']} {bare['displayIcon']}".title()
    expect(bare["displayName"] == words, "the colour and the icon stand for the name")


@check("customer-activity", sandbox=True)
def a_customer_was_active_when_it_wrote_or_was_changed(target: Sandboxed) -> None:
    customer = made(target)
    path = f"/v1/customers/{customer.data['id']}"
    expect("lastCustomerActivityAt" not in customer.attributes, "a new customer has done nothing yet")
    target.advance(60)
    written = message_in(target, conversation_of(target, customer.data["id"]).data["id"]).attributes["sentAt"]
    after = read(target, path).attributes
    expect(after["lastCustomerActivityAt"] == written, "the customer's message is its activity")
    expect(
        customer.attributes["lastActivityAt"] < after["lastActivityAt"] == written, "and activity about the customer"
    )
    target.advance(60)
    changed = expect_status(target.call("PUT", path, {"locale": "en_US"}), 200).attributes
    expect(changed["lastActivityAt"] > written, "so is a change of the customer")
    expect(changed["lastCustomerActivityAt"] == written, "which the customer has not made")


@check("conversation-starts")
def a_new_conversation_shows_what_was_recorded(target: Target) -> None:
    me = read(target, "/v1/users/current").data["id"]
    given = {"externalId": target.unique("case"), "name": "Case", "priority": 3, "tags": ["vip"], "defaultLang": "en"}
    found = conversation_of(target, made(target).data["id"], **given, assignedUsers=[me])
    team = {"attributes.assignedTeams", "attributes.modificationHistory.assignedTeamsAt"}
    lacking = departures(recordings()["conversation-new"], found.data)
    wrong = {path for path, why in lacking.items() if why != "was not there"} - team
    expect(wrong <= {"relationships.queue", "relationships.brand"}, f"what was not given alone may lack: {wrong}")
    expect(found.attributes["phase"] == "initial", "it is in its initial phase")
    expect(found.attributes["billingStatus"] == "no_messages", "there are no messages yet")


@check("conversation-history")
def a_conversation_tells_when_its_parts_were_last_changed(target: Target) -> None:
    path = f"/v1/conversations/{conversation_of(target, made(target).data['id'], name='Case').data['id']}"
    first = read(target, path).attributes
    history = first["modificationHistory"]
    expect(history["nameAt"] == history["statusAt"] == first["createdAt"], "what it began with was changed then")
    expect(history["customAt"] is None, "what never was is null")
    expect_status(target.call("PUT", path, {"custom": {"reasonStr": "x"}}), 200)
    changed = read(target, path).attributes["modificationHistory"]
    expect(changed["customAt"] >= first["createdAt"], "a change is stamped")
    expect(changed["nameAt"] == history["nameAt"], "and nothing else is")


@check("since-last-done-marks")
def marks_since_the_last_resolution_start_anew(target: Target) -> None:
    conversation = conversation_of(target, made(target).data["id"]).data["id"]
    path = f"/v1/conversations/{conversation}"
    message_in(target, conversation)
    first = message_in(target, conversation, direction="out")
    expect_status(target.call("PUT", path, {"status": "done"}), 200)
    done = read(target, path).attributes
    expect(done["firstDone"] == done["lastDone"] and "createdAt" in done["firstDone"], "the first done is the last")
    expect("id" not in done["firstResponseSinceLastDone"], "no response since then")
    asked = message_in(target, conversation)
    waiting = read(target, path).attributes
    expect(waiting["reopenCount"] == 1, "the customer has opened it again")
    expect(waiting["lastMessageUnrespondedToSinceLastDone"]["id"] == asked.data["id"], "and waits since then")
    second = message_in(target, conversation, direction="out")
    after = read(target, path).attributes
    expect(after["firstResponse"]["id"] == first.data["id"], "the first response stays")
    expect(after["firstResponseSinceLastDone"]["id"] == second.data["id"], "the first one since is another")
    expect(after["lastMessageUnrespondedToSinceLastDone"] == {}, "nobody waits")


@check("message-starts")
def a_new_message_shows_what_was_recorded(target: Target) -> None:
    message = message_in(target, conversation_of(target, made(target).data["id"]).data["id"]).attributes
    flags = {"auto": False, "redacted": False, "reactions": [], "intentDetections": []}
    expect({name: message.get(name) for name in flags} == flags, "nothing has happened to it")
    expect(message["assignedTeams"] == message["assignedUsers"] == [], "it has its conversation's assignment")


@check("user-sign-ins")
def a_user_tells_of_its_address_its_sign_ins_and_its_password(target: Target) -> None:
    invited = {"name": "Maya Alvarez", "email": f"{target.unique('maya')}@example.com"}
    user = expect_status(target.call("POST", "/v1/users", invited), 201).attributes
    expect({"isEmailValid", "verifiedEmailStatus", "firstLoginAt", "mostRecentLoginAt"} <= user.keys(), "all are told")
    expect(user["firstLoginAt"] is None, "nobody invited has signed in")
    expect(set(user["password"]) == {"allowNew", "forceNew", "updatedAt"}, "the state of the password, not the word")


@check("team-deleted-by")
def a_deleted_team_tells_when_and_by_whom(target: Target) -> None:
    team = expect_status(target.call("POST", "/v1/teams", {"name": target.unique("Team")}), 201).data["id"]
    expect_status(target.call("DELETE", f"/v1/teams/{team}"), 204)
    listed = expect_status(target.call("GET", "/v1/teams", query="deleted=true"), 200)
    gone = next(one for one in listed.data if one["id"] == team)
    expect_recorded("team-deleted", gone)


@check("mail-undelivered")
def a_mail_to_nowhere_becomes_a_message_with_an_error(target: Target) -> None:
    customer = made(target).data["id"]
    draft = {**MAIL, "to": {"email": "nobody@nowhere.invalid"}, "body": "Hello", "sendAt": "now", "scheduled": True}
    expect_status(target.call("POST", f"/v1/customers/{customer}/drafts", draft), 200)
    message = read(target, f"/v1/customers/{customer}/messages").data[0]["attributes"]
    expect(message["status"] == "error", "the message has not arrived")
    expect((message["error"]["status"], message["error"]["code"]) == (400, "invalid-recipient"), "and says why")
    expect(message["error"]["meta"] == {"appErrorCode": 406}, "with the carrier's word")
    expect(message["errorAt"] >= message["createdAt"], "and when")


@check("included-even-if-empty")
def attachments_asked_for_are_an_empty_list_where_there_are_none(target: Target) -> None:
    conversation = conversation_of(target, made(target).data["id"]).data["id"]
    path = f"/v1/conversations/{conversation}/messages"
    asked = expect_status(target.call("GET", path, query="include=attachments"), 200)
    expect(asked.body["included"] == [], "the list is there")
    expect("included" not in read(target, path).body, "unless nothing was asked for")


@check("spam-upsert")
def a_spam_sender_stands_on_one_list(target: Target) -> None:
    address, path = f"{target.unique('spam').lower()}@example.com", "/v1/spam/senders"
    seen = set()
    for name, sender in (("blacklist", address), ("whitelist", address.upper())):
        body = {"sender": sender, "channel": "email", "list": name}
        answer = expect_status(target.call("PUT", path, body), 200)
        expect(answer.attributes["list"] == name, "it is on the list that was named last")
        seen.add(answer.data["id"])
    expect(len(seen) == 1, "it has one entry")
    expect_status(target.call("DELETE", f"{path}/{seen.pop()}"), 204)
