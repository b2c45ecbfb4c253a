"""Keys, roles, paths and bodies: what every call meets before a rule runs."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, check, expect, expect_code, expect_status

CUSTOMERS = "/v1/customers"
UNKNOWN = "0123456789abcdef01234567"
LARGEST_PAGE = 100


@check("key-needed", writes=False)
def a_call_without_a_key_is_unauthorized(target: Target) -> None:
    answer = expect_status(target.call("GET", CUSTOMERS, key=""), 401)
    expect_code(answer, "unauthorized")


@check("key-needed", writes=False)
def a_call_with_an_unknown_key_is_unauthorized(target: Target) -> None:
    expect_status(target.call("GET", CUSTOMERS, key="not-a-key"), 401)


@check("role-needed", writes=False, sandbox=True)
def a_key_without_the_role_is_forbidden(target: Sandboxed) -> None:
    answer = expect_status(target.call("GET", CUSTOMERS, key=target.new_key("org.user.note.read")), 403)
    expect_code(answer, "forbidden")


@check("broader-role-implies-narrower", writes=False, sandbox=True)
def a_broader_role_is_enough(target: Sandboxed) -> None:
    expect_status(target.call("GET", CUSTOMERS, key=target.new_key("org.user.customer")), 200)
    expect_status(target.call("GET", CUSTOMERS, key=target.new_key("org.user.customerx")), 403)


@check("role-before-validation", sandbox=True)
def a_missing_role_is_told_before_a_bad_body(target: Sandboxed) -> None:
    key = target.new_key("org.user.note.read")
    expect_status(target.call("POST", CUSTOMERS, {"nonsense": 1}, key=key), 403)


@check("unknown-path-404", writes=False)
def an_unknown_path_is_not_found(target: Target) -> None:
    answer = expect_status(target.call("GET", "/v1/no-such-thing"), 404)
    expect_code(answer, "not_found")


@check("trailing-slash", writes=False)
def a_trailing_slash_is_tolerated(target: Target) -> None:
    expect_status(target.call("GET", CUSTOMERS + "/"), 200)


@check("unknown-id-404", writes=False)
def an_unknown_id_is_not_found(target: Target) -> None:
    expect_status(target.call("GET", f"{CUSTOMERS}/{UNKNOWN}"), 404)


@check("malformed-id-400", writes=False)
def an_id_that_is_none_is_a_bad_request(target: Target) -> None:
    expect_status(target.call("GET", f"{CUSTOMERS}/jane"), 400)


@check("closed-bodies")
def an_unknown_field_is_refused_and_named(target: Target) -> None:
    answer = expect_status(target.call("POST", CUSTOMERS, {"name": "A", "nickname": "B"}), 400)
    expect("nickname" in str(answer.errors), "the unknown field is named")


@check("closed-bodies")
def a_body_wrapped_in_data_is_refused(target: Target) -> None:
    expect_status(target.call("POST", CUSTOMERS, {"data": {"attributes": {"name": "A"}}}), 400)


@check("invalid-json-400")
def a_body_that_is_not_json_is_refused(target: Target) -> None:
    expect_status(target.call("POST", CUSTOMERS, raw=b'{"name": '), 400)


@check("body-limit-413")
def a_body_over_the_limit_is_too_large(target: Target) -> None:
    expect_status(target.call("POST", CUSTOMERS, raw=b'{"name": "A"' + b" " * 100_000 + b"}"), 413)


@check("rate-headers", writes=False)
def every_answer_tells_the_budget(target: Target) -> None:
    first = target.call("GET", CUSTOMERS)
    second = target.call("GET", "/v1/no-such-thing")
    for answer in (first, second):
        limit = int(answer.headers["x-ratelimit-limit"])
        expect(0 <= int(answer.headers["x-ratelimit-remaining"]) < limit, "remaining lies below the limit")


@check("page-size-clamped", writes=False)
def a_page_size_above_the_maximum_is_lowered(target: Target) -> None:
    answer = expect_status(target.call("GET", CUSTOMERS, query="pageSize=100000"), 200)
    expect(answer.body["meta"]["pageSize"] == LARGEST_PAGE, "a page holds at most 100 customers")


@check("page-links", writes=False)
def the_first_page_has_no_previous_one(target: Target) -> None:
    links = expect_status(target.call("GET", CUSTOMERS, query="pageSize=1"), 200).body["links"]
    expect(links["prev"] is None, "prev is null on page 1")
    expect(links["self"].startswith("/v1/customers?"), "links are paths")
