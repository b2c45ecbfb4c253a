"""Budgets: the organisation's minute, creations per customer and client, updates per record, searches."""

from __future__ import annotations

from collections.abc import Callable

from kustomer_sandbox.contracts.suite.records.checks_customers import made
from kustomer_sandbox.contracts.suite.target import (
    Sandboxed,
    Target,
    TargetAnswer,
    check,
    expect,
    expect_code,
    expect_status,
)

IMPORTED = "2020-01-01T00:00:00.000Z"


def exhaust(call: Callable[[], TargetAnswer], times: int, status: int) -> TargetAnswer:
    """The call that comes after `times` successful ones."""
    for _ in range(times):
        expect_status(call(), status)
    return call()


@check("limit-conversations_created", "imported-at-exempts", sandbox=True)
def the_121st_conversation_of_a_customer_in_a_minute_is_refused(target: Sandboxed) -> None:
    path = f"/v1/customers/{made(target).data['id']}/conversations"
    refused = expect_status(exhaust(lambda: target.call("POST", path, {"name": "x"}), 120, 201), 429)
    expect_code(refused, "too_many_requests")
    expect(int(refused.headers["x-ratelimit-reset"]) > 0, "the reset is told")
    expect_status(target.call("POST", path, {"name": "x", "importedAt": IMPORTED}), 201)
    expect_status(target.call("POST", "/v1/conversations", {"customer": path.split("/")[3]}), 429)
    target.advance(60)
    expect_status(target.call("POST", path, {"name": "x"}), 201)


@check("limit-per-client", sandbox=True)
def another_client_has_a_limit_of_its_own(target: Sandboxed) -> None:
    path = f"/v1/customers/{made(target).data['id']}/conversations"
    expect_status(exhaust(lambda: target.call("POST", path, {}), 120, 201), 429)
    expect_status(target.call("POST", path, {}, key=target.new_key("org")), 201)


@check("refused-creations-do-not-count", sandbox=True)
def a_refused_creation_does_not_count(target: Sandboxed) -> None:
    path = f"/v1/customers/{made(target).data['id']}/conversations"
    exhaust(lambda: target.call("POST", path, {"status": "snoozed"}), 30, 400)
    expect_status(exhaust(lambda: target.call("POST", path, {}), 119, 201), 201)
    expect_status(target.call("POST", path, {}), 429)


@check("limit-messages_created", sandbox=True)
def the_121st_message_of_a_customer_in_a_minute_is_refused(target: Sandboxed) -> None:
    path = f"/v1/customers/{made(target).data['id']}/messages"
    body = {"channel": "email", "app": "postmark", "preview": "Hello"}
    expect_status(exhaust(lambda: target.call("POST", path, body), 120, 201), 429)
    expect_status(target.call("POST", path, {**body, "importedAt": IMPORTED}), 201)


@check("limit-drafts_created", sandbox=True)
def the_121st_draft_of_a_customer_in_a_minute_is_refused(target: Sandboxed) -> None:
    path = f"/v1/customers/{made(target).data['id']}/drafts"
    expect_status(exhaust(lambda: target.call("POST", path, {"channel": "chat", "body": "Hi"}), 120, 200), 429)


@check("object-limit-headers")
def an_update_tells_the_budget_of_its_record(target: Target) -> None:
    path = f"/v1/customers/{made(target).data['id']}"
    answers = [expect_status(target.call("PUT", path, {"locale": "en_US"}), 200) for _ in range(2)]
    limits = {answer.headers["x-ratelimit-object-limit"] for answer in answers}
    left = [int(answer.headers["x-ratelimit-object-remaining"]) for answer in answers]
    expect(len(limits) == 1 and int(limits.pop()) > left[0], "the limit is told, and it is larger than what remains")
    expect(left[1] == left[0] - 1, "each update takes one")
    shown = expect_status(target.call("GET", path), 200)
    expect("x-ratelimit-object-limit" not in shown.headers, "a call without such a budget tells none")


@check("limit-record_updates", sandbox=True)
def an_update_past_the_limit_of_one_record_is_refused(target: Sandboxed) -> None:
    path = f"/v1/customers/{made(target).data['id']}"
    first = expect_status(target.call("PUT", path, {"locale": "en_US"}), 200)
    expect(first.headers["x-ratelimit-object-limit"] == "600", "one record may be updated 600 times a minute")
    refused = expect_status(exhaust(lambda: target.call("PUT", path, {"locale": "en_US"}), 599, 200), 429)
    expect(refused.headers["x-ratelimit-object-remaining"] == "0", "nothing remains")
    target.advance(60)
    expect_status(target.call("PUT", path, {"locale": "en_US"}), 200)


@check("limit-search", sandbox=True)
def the_101st_search_in_a_minute_is_refused(target: Sandboxed) -> None:
    target.advance(60)
    expect_status(
        exhaust(lambda: target.call("POST", "/v1/customers/search", {"queryContext": "customer"}), 100, 200), 429
    )


@check("limit-org", writes=False, sandbox=True)
def the_organisations_minute_runs_out_and_comes_back(target: Sandboxed) -> None:
    target.advance(60)
    limit = int(target.call("GET", "/v1/customers").headers["x-ratelimit-limit"])
    last = exhaust(lambda: target.call("GET", "/v1/tags"), limit - 1, 200)
    refused = expect_status(last, 429)
    expect(refused.headers["x-ratelimit-remaining"] == "0", "nothing remains")
    expect(int(refused.headers["x-ratelimit-reset"]) > 0, "the reset is told")
    expect_status(target.call("GET", "/v1/no-such-thing"), 404)
    target.advance(60)
    expect_status(target.call("GET", "/v1/customers"), 200)
