"""Hooks and outbound webhooks as far as a client of the API alone can see them."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

WEBHOOKS = "/v1/outbound-webhooks"
TYPES = ("customer", "conversation", "message", "user", "team", "tag")


@check("webhook-events")
def the_twelve_events_are_listed(target: Target) -> None:
    found = expect_status(target.call("GET", f"{WEBHOOKS}/events"), 200).body["events"]
    wanted = {f"kustomer.{kind}.{verb}" for kind in TYPES for verb in ("create", "update")}
    expect(set(found) == wanted, "the events are create and update of six types")


@check("webhook-address")
def webhooks_are_made_changed_and_deleted(target: Target) -> None:
    body = {"name": target.unique("CRM"), "url": "https://receiver.example.com/in", "events": ["kustomer.tag.create"]}
    made = expect_status(target.call("POST", WEBHOOKS, body), 201)
    path = f"{WEBHOOKS}/{made.data['id']}"
    try:
        expect(bool(made.attributes["token"]), "a new webhook has a token")
        again = expect_status(target.call("GET", path), 200)
        expect(again.attributes["token"] == made.attributes["token"], "which can be read again")
        off = expect_status(target.call("PUT", path, {"enabled": False}), 200)
        expect(off.attributes["enabled"] is False, "it can be switched off")
        expect_status(target.call("POST", WEBHOOKS, {**body, "url": "http://receiver.example.com/in"}), 400)
    finally:
        expect_status(target.call("DELETE", path), 204)
    expect_status(target.call("GET", path), 404)


@check("form-hook-keyless")
def a_form_hook_takes_a_form_without_a_key(target: Target) -> None:
    made = expect_status(target.call("POST", "/v1/hooks/form", {"title": target.unique("Contact form")}), 201)
    path = "/v1/hooks/" + made.attributes["url"].partition("/v1/hooks/")[2]
    expect_status(target.call("POST", path, {"note": "nothing to make anything of"}, key=""), 200)
