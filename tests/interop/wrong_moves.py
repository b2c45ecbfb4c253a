"""Wrong moves of a model: what it calls, with what, and the words that the answer must hold. The table grows.

A text that begins with `$` stands for an id of the demo world (`Places` in `test_wrong_moves`).
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Move(NamedTuple):
    """One call that is refused, and the words by which a model finds on from there."""

    tool: str
    arguments: dict[str, Any]
    words: tuple[str, ...]


UPDATE = "update_a_kustomer_conversation_by_id"
OBJECT = "update_a_kustomer_custom_object_by_id"
CUSTOMER = "update_a_kustomer_customer_by_id"
INTERACTIVE = "create_a_kustomer_customer_whatsapp_interactive_draft"
EMAIL = "create_a_kustomer_customer_email_draft"
MESSAGE = "create_a_kustomer_customer_message"
SEARCH = "list_all_kustomer_search_conversations"
PEOPLE = "list_all_kustomer_search_customers"
BY_EMAIL = "kustomer_customers_using_email"
BY_PHONE = "kustomer_customers_using_phone"
WINDOW = "create_a_kustomer_customer_unmasking_window"
LISTS = {name: f"list_all_kustomer_{name}" for name in ("queues", "teams", "users", "tags", "klasses")}
BUTTON = '{"type": "reply", "reply": {"id": "…", "title": "…"}}'
HERE = {"customer_id": "$whatsapp_customer", "conversation": "$whatsapp", "app": "whatsapp"}
CONVERSATION = {"id": "$whatsapp"}
SHIPMENT = {"name": "shipment", "id": "$shipment"}


def interactive(**inside: Any) -> dict[str, Any]:
    """Arguments of an interactive draft with something inside of its message."""
    return {**HERE, "meta": {"interactive": {"type": "button", "body": {"text": "Choose"}, **inside}}}


NAMES_FOR_IDS = [
    Move(UPDATE, {**CONVERSATION, "queue": "Tier 2 Technical Support"}, ('{"id": "…"}', LISTS["queues"])),
    Move(UPDATE, {**CONVERSATION, "queue": {"name": "Tier 2"}}, ('{"id": "…"}', LISTS["queues"])),
    Move(UPDATE, {**CONVERSATION, "queue": {"id": "Tier 2 Technical Support"}}, (LISTS["queues"],)),
    Move(UPDATE, {**CONVERSATION, "queue": ["$queue"]}, ('{"id": "…"}',)),
    Move(UPDATE, {**CONVERSATION, "queue": {"id": "$team"}}, (LISTS["queues"],)),
    Move(UPDATE, {**CONVERSATION, "assignee": "Tier 2"}, ('`assignedTeams` ["…"]', LISTS["teams"], LISTS["users"])),
    Move(UPDATE, {**CONVERSATION, "assignedTeams": "Tier 2"}, ('["…"]', LISTS["teams"])),
    Move(UPDATE, {**CONVERSATION, "assignedTeams": ["Tier 2"]}, (LISTS["teams"],)),
    Move(UPDATE, {**CONVERSATION, "assignedTeams": ["$queue"]}, (LISTS["teams"],)),
    Move(UPDATE, {**CONVERSATION, "assignedTeams": [{"id": "$team"}]}, ("must be a string", LISTS["teams"])),
    Move(UPDATE, {**CONVERSATION, "assignedUsers": ["Jane Agent"]}, (LISTS["users"],)),
    Move(UPDATE, {**CONVERSATION, "agent": "Jane"}, ("`assignedUsers`",)),
    Move(UPDATE, {**CONVERSATION, "team": "Tier 2"}, ("`assignedTeams`",)),
    Move(UPDATE, {"id": "6a7b8c...", "status": "open"}, ("24 hexadecimal digits", SEARCH)),
    Move("create_a_kustomer_team_member", {"team_id": "Tier 2", "members": ["$user"]}, (LISTS["teams"],)),
    Move("create_a_kustomer_team_member", {"team_id": "$team", "members": ["Jane"]}, (LISTS["users"],)),
    Move("create_a_kustomer_conversation", {"customer": "Jane Doe"}, (BY_EMAIL, BY_PHONE)),
    Move("create_a_kustomer_conversation", {"customer": "$team"}, (BY_EMAIL,)),
    Move("create_a_kustomer_conversation", {"name": "x"}, ("`customer`", BY_EMAIL)),
    Move("get_single_kustomer_customer_by_id", {"id": "jane.doe@example.com"}, (BY_EMAIL,)),
    Move("get_single_kustomer_customer_by_id", {"id": "$whatsapp"}, (BY_EMAIL, "another kind of record")),
    Move("get_single_kustomer_customer_by_id", {"customer_id": "$jane"}, ("did you mean `id`?",)),
    Move("get_single_kustomer_conversation_by_id", {"id": "$jane"}, (SEARCH,)),
    Move(WINDOW, {"customer_id": "jane.doe@example.com"}, (BY_EMAIL,)),
    Move(WINDOW, {"id": "$jane"}, ("did you mean `customer_id`?",)),
    Move(WINDOW, {"customer": "$jane"}, ("did you mean `customer_id`?",)),
    Move("create_a_kustomer_conversation_tag", {"conversation_id": "$whatsapp", "tags": ["x"]}, (LISTS["tags"],)),
]
CONTAINERS = [
    Move(
        UPDATE,
        {**CONVERSATION, "snooze": "2026-12-01T00:00:00Z"},
        ('{"status": "scheduled", "time": "2026-06-09T12:00:00Z"}',),
    ),
    Move(UPDATE, {**CONVERSATION, "snooze": {"until": "2026-12-01T00:00:00Z"}}, ('"status": "scheduled"', '"time"')),
    Move(UPDATE, {**CONVERSATION, "snooze": {"time": "2026-12-01T00:00:00Z"}}, ("one of scheduled, canceled",)),
    Move(UPDATE, {**CONVERSATION, "status": "closed"}, ("one of open, snoozed, done",)),
    Move(CUSTOMER, {"id": "$jane", "phones": ["+15550001111"]}, ('{"phone": "+15555550100"}',)),
    Move(CUSTOMER, {"id": "$jane", "phone": "+15550001111"}, ("`phones`", '[{"phone": "+15555550100"}]')),
    Move(CUSTOMER, {"id": "$jane", "emails": "a@b.co"}, ('[{"email": "name@example.com"}]',)),
    Move(EMAIL, {"customer_id": "$email_customer", "body": "Hi", "to": "a@b.co"}, ('[{"email": "name@example.com"}]',)),
    Move(EMAIL, {"customer_id": "$email_customer", "body": "Hi", "to": ["a@b.co"]}, ('{"email": "name@example.com"}',)),
    Move(EMAIL, {"customer_id": "$email_customer", "text": "Hi"}, ("did you mean `body`?",)),
    Move(EMAIL, {"customer_id": "$email_customer", "channel": "sms"}, ("create_a_kustomer_customer_sms_draft",)),
    Move("list_all_kustomer_customers", {"page": 2}, ("next_cursor",)),
]
DRAFTS = [
    Move(INTERACTIVE, {**HERE, "body": "Choose"}, ('{"interactive": {"body": {"text": "…"}}}', "whatsapp_draft")),
    Move(INTERACTIVE, {**HERE, "text": "Choose"}, ('`meta`: {"interactive": {"body": {"text": "…"}}}',)),
    Move(INTERACTIVE, {**HERE, "message": "Choose"}, ('{"interactive": {"body": {"text": "…"}}}',)),
    Move(INTERACTIVE, {**HERE, "buttons": ["A", "B"]}, ("`meta`", BUTTON)),
    Move(INTERACTIVE, {**HERE, "interactive": {"type": "button"}}, ("`meta`", BUTTON)),
    Move(INTERACTIVE, HERE, ("`meta`", '"interactive"', BUTTON)),
    Move(INTERACTIVE, interactive(action={"buttons": ["A", "B"]}), (BUTTON,)),
    Move(INTERACTIVE, interactive(action={"buttons": [{"id": "a", "title": "Earlier"}]}), (BUTTON,)),
    Move(INTERACTIVE, interactive(body="Choose", action={"buttons": []}), ('{"text": "…"}',)),
    Move(MESSAGE, {"customer_id": "$jane", "preview": "Fixed"}, ("email (gmail, postmark)", "sms (twilio", "voice")),
    Move(MESSAGE, {"customer_id": "$jane", "preview": "Fixed", "channel": "email"}, ("email (gmail, postmark)",)),
    Move(MESSAGE, {"customer_id": "$jane", "message": "Fixed"}, ("did you mean `preview`?",)),
    Move(MESSAGE, {"customer_id": "$jane", "body": "Fixed"}, ("did you mean `preview`?",)),
    Move("update_a_kustomer_draft_by_id", {"id": "$message", "body": "x"}, ("email (gmail, postmark)", "note")),
]
KINDS_OF_OBJECTS = [
    Move(
        OBJECT,
        {"klass": "Shipment", "id": "$shipment", "custom": {"delivery_status": "Delayed"}},
        ("did you mean `name`?", "`shipment`", "`deliveryStatusStr`", "Delayed"),
    ),
    Move(OBJECT, {**SHIPMENT, "custom": {"delivery_status": "Delayed"}}, ("`deliveryStatusStr`", "Out for delivery")),
    Move(OBJECT, {**SHIPMENT, "custom": {"deliveryStatusStr": "Late"}}, ("Out for delivery", "Delayed")),
    Move(OBJECT, {**SHIPMENT, "delivery_status": "Delayed"}, ("`custom`", "`deliveryStatusStr`")),
    Move(OBJECT, {**SHIPMENT, "custom": {"nonsense": 1}}, ("deliveryStatusStr", "Str, Txt, Num")),
    Move(OBJECT, {**SHIPMENT, "name": "Shipment", "custom": {}}, ("`shipment`",)),
    Move(OBJECT, {**SHIPMENT, "id": "9x8y7z..."}, ("list_all_kustomer_custom_objects",)),
    Move("list_all_kustomer_custom_objects", {"name": "Shipments"}, ("`shipment`",)),
    Move("list_all_kustomer_custom_objects", {"name": "flights"}, ("the Klasses are order, shipment",)),
    Move("list_all_kustomer_custom_objects", {}, (LISTS["klasses"],)),
    Move("list_all_kustomer_customer_custom_objects", {"customer_id": "$jane", "name": "Orders"}, ("`order`",)),
    Move("get_single_kustomer_custom_attribute_by_id", {"id": "shipment"}, ("`kobject.shipment`",)),
    Move("get_single_kustomer_custom_attribute_by_id", {"id": "kobject.Shipment"}, ("`kobject.shipment`",)),
    Move("get_single_kustomer_klass_by_id", {"id": "Shipment"}, (LISTS["klasses"],)),
    Move(CUSTOMER, {"id": "$jane", "custom": {"loyalty_tier": "gold"}}, ("`loyaltyTierStr`",)),
    Move("list_all_kustomer_orders", {}, (LISTS["klasses"], "list_all_kustomer_custom_objects")),
]
LOOK_UPS = [
    Move(BY_EMAIL, {"email": "Jane Doe"}, ("no e-mail address", "customer_name", PEOPLE)),
    Move(BY_EMAIL, {"email": "nobody@example.com"}, ("whole address", BY_PHONE)),
    Move(BY_EMAIL, {"email": "***"}, ("masked",)),
    Move(BY_PHONE, {"phone": "555 555 0101"}, ("+15555550100", BY_EMAIL)),
    Move(BY_PHONE, {"phone": "jane.doe@example.com"}, (BY_EMAIL,)),
    Move("kustomer_customers_using_external_id", {"external_id": "nobody"}, (BY_EMAIL,)),
    Move("kustomer_conversations_using_external_id", {"external_id": "nothing"}, (SEARCH,)),
]
SEARCHES = [
    Move(SEARCH, {"and": [{"conversation_tag": {"equals": "Urgent"}}]}, ("`conversation_tags`",)),
    Move(SEARCH, {"and": [{"sla_breached": {"equals": True}}]}, ("`conversation_sla_breached`",)),
    Move(SEARCH, {"and": [{"updatedAt": {"gte": "2026-01-01"}}]}, ("`conversation_updated_at`",)),
    Move(SEARCH, {"and": [{"nonsense": {"equals": 1}}]}, ("conversation_status", "conversation_assigned_teams")),
    Move(SEARCH, {"and": [{"conversation_sentiment": {"equals": "negative"}}]}, ("happy, unhappy, indifferent",)),
    Move(SEARCH, {"and": [{"conversation_status": "open"}]}, ('[{"conversation_status": {"equals": "open"}}]',)),
    Move(SEARCH, {"and": [{"conversation_updated_at": {"after": "2026-01-01"}}]}, ("gte, gt, lte, lt",)),
    Move(
        SEARCH,
        {"and": [{"field": "conversation_status", "operator": "equals", "value": "open"}]},
        ('[{"conversation_status": {"equals":',),
    ),
    Move(SEARCH, {"and": "status:open"}, ('`and` is of the form [{"conversation_updated_at"',)),
    Move(SEARCH, {"and": [{"conversation_assigned_teams": {"in": ["Tier 2"]}}]}, (LISTS["teams"],)),
    Move(SEARCH, {"and": [{"conversation_queue": {"equals": "Tier 2"}}]}, (LISTS["queues"],)),
    Move(SEARCH, {"query": "urgent"}, ("did you mean `and`?", '[{"conversation_')),
    Move(SEARCH, {"status": "open"}, ('`and`: [{"conversation_status"',)),
    Move(SEARCH, {"sort": "conversation_updated_at:desc"}, ('[{"conversation_updated_at": "desc"}]',)),
    Move(SEARCH, {"sort": {"by": "x", "order": "desc"}}, ('[{"conversation_updated_at": "desc"}]',)),
    Move(SEARCH, {"sort": [{"updatedAt": "desc"}]}, ("`conversation_updated_at`",)),
    Move(SEARCH, {"sort": [{"conversation_tags": "desc"}]}, ("`conversation_updated_at`",)),
    Move(SEARCH, {"queryContext": "customer"}, (PEOPLE,)),
    Move(PEOPLE, {"and": [{"email": {"equals": "a@b.co"}}]}, ("`customer_email`",)),
    Move(PEOPLE, {"and": [{"customer_custom_loyalty_tier": {"equals": "gold"}}]}, ("`loyaltyTierStr`",)),
    Move(PEOPLE, {"and": [{"kobject_custom_shipment_delivery_status": {"set": ""}}]}, ("`deliveryStatusStr`",)),
    Move(
        "list_all_kustomer_archive_searches",
        {"query_context": "conversation", "and": [{"conversation_status": {"equals": "open"}}]},
        ("conversation_created_at",),
    ),
]
MOVES = [*NAMES_FOR_IDS, *CONTAINERS, *DRAFTS, *KINDS_OF_OBJECTS, *LOOK_UPS, *SEARCHES]
