"""Customers: unique contact points, revisions, masks and windows."""

from __future__ import annotations

import re
from typing import Any

from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, TargetAnswer, check, expect, expect_status

CUSTOMERS = "/v1/customers"
PHONE = "+15555550142"
OBJECT_ID = re.compile("[0-9a-f]{24}")


def made(target: Target, **fields: Any) -> TargetAnswer:
    """A new customer with a name of its own."""
    return expect_status(target.call("POST", CUSTOMERS, {"name": target.unique("Customer"), **fields}), 201)


@check("unique-values")
def a_second_customer_with_the_same_e_mail_is_a_conflict(target: Target) -> None:
    email = f"{target.unique('jane')}@example.com"
    made(target, emails=[{"email": email}])
    answer = expect_status(target.call("POST", CUSTOMERS, {"emails": [{"email": email.upper()}]}), 409)
    expect(email.upper() not in str(answer.body), "the refusal does not repeat the address")


@check("unique-values")
def shared_e_mails_may_be_held_by_several(target: Target) -> None:
    shared = [{"email": f"{target.unique('family')}@example.com"}]
    made(target, sharedEmails=shared)
    made(target, sharedEmails=shared)


@check("look-up-by-value")
def a_customer_is_found_by_e_mail_whatever_its_case(target: Target) -> None:
    email = f"{target.unique('jane')}@example.com"
    customer = made(target, emails=[{"email": email}]).data["id"]
    found = expect_status(target.call("GET", f"{CUSTOMERS}/email={email.title().replace('@', '%40')}"), 200)
    expect(found.data["id"] == customer, "the look-up finds the customer")


@check("look-up-by-value", writes=False)
def a_look_up_without_a_match_is_not_found(target: Target) -> None:
    expect_status(target.call("GET", f"{CUSTOMERS}/email={target.unique('nobody')}%40example.com"), 404)


@check("optimistic-lock")
def a_stale_rev_is_a_conflict_and_changes_nothing(target: Target) -> None:
    customer = made(target)
    path = f"{CUSTOMERS}/{customer.data['id']}"
    expect_status(target.call("PUT", path, {"locale": "en_US", "rev": customer.attributes["rev"]}), 200)
    expect_status(target.call("PUT", path, {"locale": "de_DE", "rev": customer.attributes["rev"]}), 409)
    expect(target.call("GET", path).attributes["locale"] == "en_US", "the refused change is not stored")


@check("custom-merged-by-key")
def custom_attributes_are_merged_and_null_clears(target: Target) -> None:
    path = f"{CUSTOMERS}/{made(target, custom={'tierStr': 'gold', 'ordersNum': 3}).data['id']}"
    changed = expect_status(target.call("PUT", path, {"custom": {"ordersNum": 4}}), 200).attributes["custom"]
    expect(changed == {"tierStr": "gold", "ordersNum": 4}, "the other custom attribute stays")


@check("custom-suffix-types")
def a_custom_attribute_must_fit_its_suffix(target: Target) -> None:
    expect_status(target.call("POST", CUSTOMERS, {"custom": {"ordersNum": "three"}}), 400)
    expect_status(target.call("POST", CUSTOMERS, {"custom": {"orders": 3}}), 400)


@check("tags-by-name-shown-as-ids")
def tags_are_written_by_name_and_shown_as_ids(target: Target) -> None:
    name = target.unique("tag")
    (shown,) = made(target, tags=[name]).attributes["tags"]
    expect(OBJECT_ID.fullmatch(shown), "the tag is shown as an id")


@check("deleted-is-gone")
def a_deleted_customer_is_not_found(target: Target) -> None:
    path = f"{CUSTOMERS}/{made(target).data['id']}"
    expect_status(target.call("DELETE", path), 204)
    expect_status(target.call("GET", path), 404)


def masked_customer(target: Sandboxed) -> str:
    """The path of a customer whose phone is sensitive."""
    flags = {"standardProperties": {"phones": {"sensitive": True}}}
    expect_status(target.call("PUT", "/v1/metadata/customer", flags), 200)
    return f"{CUSTOMERS}/{made(target, phones=[{'phone': PHONE, 'type': 'mobile'}]).data['id']}"


def phone_at(target: Target, path: str) -> Any:
    """The customer's phone as it is shown now."""
    return expect_status(target.call("GET", path), 200).attributes["phones"][0]["phone"]


@check("masked-outside-windows", "window-unmasks", "window-delete-masks", sandbox=True)
def a_window_shows_the_phone_and_its_end_hides_it_again(target: Sandboxed) -> None:
    path = masked_customer(target)
    expect(phone_at(target, path) != PHONE, "the phone is masked before")
    opened = expect_status(target.call("POST", f"{path}/unmasking-windows"), 201)
    expect(opened.attributes["unmaskingWindow"]["endDate"], "the window's end is told")
    expect(phone_at(target, path) == PHONE, "the phone is clear inside the window")
    expect_status(target.call("DELETE", f"{path}/unmasking-windows"), 204)
    expect(phone_at(target, path) != PHONE, "the phone is masked after")


@check("window-lasts-24-hours", sandbox=True)
def a_window_ends_by_itself_to_the_second(target: Sandboxed) -> None:
    path = masked_customer(target)
    expect_status(target.call("POST", f"{path}/unmasking-windows"), 201)
    target.advance(24 * 3600 - 1)
    expect(phone_at(target, path) == PHONE, "the window is open in its last second")
    target.advance(1)
    expect(phone_at(target, path) != PHONE, "the window has ended")


@check("window-replaced", sandbox=True)
def a_second_window_runs_the_full_time_anew(target: Sandboxed) -> None:
    path = masked_customer(target)
    expect_status(target.call("POST", f"{path}/unmasking-windows"), 201)
    target.advance(20 * 3600)
    expect_status(target.call("POST", f"{path}/unmasking-windows"), 201)
    target.advance(20 * 3600)
    expect(phone_at(target, path) == PHONE, "the second window is still open")


@check("window-of-one-customer", sandbox=True)
def a_window_shows_nobody_else(target: Sandboxed) -> None:
    mine = masked_customer(target)
    other = made(target, phones=[{"phone": "+15555550143"}]).data["id"]
    expect_status(target.call("POST", f"{mine}/unmasking-windows"), 201)
    expect(phone_at(target, f"{CUSTOMERS}/{other}") != "+15555550143", "another customer stays masked")


@check("window-delete-without-window")
def closing_no_window_is_fine(target: Target) -> None:
    expect_status(target.call("DELETE", f"{CUSTOMERS}/{made(target).data['id']}/unmasking-windows"), 204)


@check("window-takes-no-body")
def a_window_takes_no_duration(target: Target) -> None:
    path = f"{CUSTOMERS}/{made(target).data['id']}/unmasking-windows"
    expect_status(target.call("POST", path, {"duration": 5}), 400)


@check("no-mask-written-back", sandbox=True)
def a_mask_written_back_is_refused(target: Sandboxed) -> None:
    flags = {"properties": {"secretStr": {"sensitive": True}}}
    path = masked_customer(target)
    expect_status(target.call("PUT", "/v1/metadata/customer", flags), 200)
    expect_status(target.call("PUT", path, {"custom": {"secretStr": "blue"}}), 200)
    mask = expect_status(target.call("GET", path), 200).attributes["custom"]["secretStr"]
    expect_status(target.call("PUT", path, {"custom": {"secretStr": mask}}), 400)
    expect_status(target.call("PUT", path, {"name": "***", "custom": {"openStr": "***"}}), 200)
    expect(target.call("GET", path).attributes["name"] == "***", "where nothing is hidden the stars are a text")
