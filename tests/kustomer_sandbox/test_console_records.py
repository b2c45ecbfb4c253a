"""The console's areas about what a world holds: timeline and drafts, masked as for any agent; and the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kustomer_sandbox.console_stage import ConsoleStage

BUTTONS = {
    "type": "button",
    "body": {"text": "Where is it?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "here", "title": "It is here"}}]},
}
CHOICES = {
    "type": "list",
    "body": {"text": "What is it about?"},
    "action": {"button": "Choose", "sections": [{"title": "Parcels", "rows": [{"id": "late", "title": "Late"}]}]},
}


@pytest.fixture
def stage() -> ConsoleStage:
    return ConsoleStage()


def with_phone(stage: ConsoleStage) -> tuple[str, str]:
    """A customer and their phone number, read with a key that may."""
    key = stage.control("POST", "/worlds/demo/keys", {"read_sensitive": True})["api_key"]
    for customer in stage.rest("GET", "/v1/customers", key=key)["data"]:
        for phone in customer["attributes"]["phones"]:
            return customer["id"], phone["phone"]
    raise AssertionError("nobody has a telephone")


def draft(stage: ConsoleStage, **values: object) -> dict[str, Any]:
    """A new draft for the first customer."""
    customer = stage.rest("GET", "/v1/customers?pageSize=1")["data"][0]["id"]
    made: dict[str, Any] = stage.rest("POST", f"/v1/customers/{customer}/drafts", values)["data"]
    return {"id": made["id"], "customer": customer}


@pytest.mark.parametrize("style", ["stars", "object", "partial"])
def test_a_masked_value_is_shown_masked_until_a_window_is_open(stage: ConsoleStage, style: str) -> None:
    """To this page as to any agent; and then with the time that is left."""
    stage.control("PATCH", "/worlds/demo", {"masking": style})
    customer, phone = with_phone(stage)
    before = stage.page("timeline", customer=customer)
    assert phone not in before
    assert 'class="masked"' in before
    assert "masks are on" in before
    stage.rest("POST", f"/v1/customers/{customer}/unmasking-windows")
    after = stage.page("timeline", customer=customer)
    assert phone in after
    assert "data-until=" in after


def test_a_call_is_shown_with_what_it_changed(stage: ConsoleStage) -> None:
    customer = stage.rest("GET", "/v1/customers?pageSize=1")["data"][0]["id"]
    conversation = stage.rest("POST", "/v1/conversations", {"customer": customer, "name": "A new question"})["data"][
        "id"
    ]
    stage.rest("PUT", f"/v1/conversations/{conversation}", {"name": "An old question"})
    number = str(stage.sandbox.world.journal.total)
    page = stage.page("timeline", customer=customer, changed_by=number)
    assert "An old question" in page
    assert f"changed by #{number}: name" in page
    assert f"changed by #{number}" not in stage.page("timeline", customer=customer)


def test_customers_are_found_by_name(stage: ConsoleStage) -> None:
    page = stage.page("timeline", q="Jane Doe")
    assert "Jane Doe" in page
    assert "Nobody is called so" in stage.page("timeline", q="Nobody at all")


def test_a_message_to_be_tapped_is_drawn_as_the_customer_sees_it(stage: ConsoleStage) -> None:
    for interactive in (BUTTONS, CHOICES):
        draft(stage, channel="whatsapp", app="whatsapp", meta={"interactive": interactive})
    page = stage.page("drafts", channel="whatsapp")
    assert '<p class="tap">↩ <bdi>It is here</bdi></p>' in page
    assert "☰ <bdi>Choose</bdi>" in page
    assert "<strong><bdi>Late</bdi></strong>" in page
    assert "twitter-dm" not in page.partition('<ul class="cards">')[2]


def test_a_draft_is_edited_scheduled_and_sent(stage: ConsoleStage) -> None:
    """By the calls that a client makes for it, which are shown."""
    form = draft(stage, channel="chat", body="We will write.")
    said = stage.act("drafts/edit", {**form, "body": "We will write today."})
    assert "The draft says so now" in said
    assert f"PUT http://127.0.0.1:8700/v1/drafts/{form['id']}" in said
    assert "It is sent at 2030" in stage.act("drafts/schedule", {**form, "at": "2030-01-01T09:00:00"})
    assert "waits" in stage.act("drafts/schedule", {**form, "at": ""})
    assert "It is sent" in stage.act("drafts/approve", form)
    sent = stage.rest("GET", f"/v1/customers/{form['customer']}/messages")["data"]
    assert "We will write today." in [one["attributes"]["preview"] for one in sent]
    assert "no such draft any more" in stage.act("drafts/approve", form)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"channel": "note", "body": "Please call back."}, "saved as a note"),
        ({"channel": "whatsapp", "app": "whatsapp", "meta": {"interactive": BUTTONS}}, "It is sent"),
    ],
    ids=["note", "interactive"],
)
def test_each_channel_is_sent_as_it_wants_it(stage: ConsoleStage, values: dict[str, object], words: str) -> None:
    assert words in stage.act("drafts/approve", draft(stage, **values))


def test_a_draft_is_thrown_away(stage: ConsoleStage) -> None:
    form = draft(stage, channel="chat", body="Never mind.")
    assert "Never mind." in stage.page("drafts")
    assert "Never mind." not in stage.act("drafts/discard", form)
    assert "named by an id" in stage.act("drafts/discard", {"id": "../customers", "customer": form["customer"]})


def test_the_ledger_is_searched_by_words_status_and_confidence(stage: ConsoleStage) -> None:
    """Every word must stand somewhere in the rule."""
    found = stage.page("fidelity", block="ledger", q="draft-sent-at-once")
    assert "<code>draft-sent-at-once</code>" in found
    assert "<code>key-needed</code>" not in found
    assert "No rule says so" in stage.page("fidelity", block="ledger", q="no rule has these words xyzzy")


def test_operations_are_searched_too(stage: ConsoleStage) -> None:
    served = stage.page("fidelity", block="operations", operation="/v1/drafts/{id}")
    assert "DELETE /v1/drafts/{id}" in served
    assert "delete_a_kustomer_draft_by_id" in served
    assert "not served" in stage.page("fidelity", block="operations", only="unserved")
