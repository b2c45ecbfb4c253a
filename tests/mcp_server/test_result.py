"""Upstream answers as tool results: lists, single records, errors, rate limits, sizes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.mcp_server.model import JSON, RESULT_CHARS, UpstreamResponse
from kustomer_sandbox.mcp_server.tools.answers import ratelimits
from kustomer_sandbox.mcp_server.tools.answers.result import Answer, text, translate
from kustomer_sandbox.mcp_server.tools.cursor import Position
from kustomer_sandbox.mcp_server.tools.definitions import Definition

Tools = Mapping[str, Definition]
NOW = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
GET = "get_single_kustomer_customer_by_id"
LIST = "list_all_kustomer_customers"
FIRST = Position(query=(("page", "1"), ("pageSize", "100")))


def reply(status: int, body: JSON = None, **headers: str) -> UpstreamResponse:
    raw = b"" if body is None else orjson.dumps(body)
    return UpstreamResponse(
        status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=body, raw=raw
    )


def answer(
    tools: Tools,
    name: str,
    got: UpstreamResponse,
    *,
    position: Position | None = None,
    arguments: dict[str, Any] | None = None,
) -> Answer:
    return translate(tools[name], got, arguments=arguments or {}, position=position, now=NOW)


def test_a_single_record_comes_unwrapped(tools: Tools) -> None:
    """A model should not have to dig through an envelope."""
    record = {"type": "customer", "id": "1", "attributes": {"name": "x"}}
    assert answer(tools, GET, reply(200, {"data": record})).result.document == record


def test_an_empty_success_says_so(tools: Tools) -> None:
    """An empty text would look like a failure."""
    got = answer(tools, "delete_a_kustomer_customer_by_id", reply(204))
    assert got.result.document == {"success": True, "statusCode": 204}


def test_a_list_ends_without_a_next_link(tools: Tools) -> None:
    """Null is the end; a model must not guess it from a short page."""
    body = {"data": [{"id": "1"}], "meta": {"total": 1}, "links": {"next": None}}
    got = answer(tools, LIST, reply(200, body), position=FIRST)
    assert got.next is None
    assert got.result.document == {"result": [{"id": "1"}], "next_cursor": None, "result_count": 1, "total": 1}


def test_a_next_link_becomes_the_next_position(tools: Tools) -> None:
    """Only the page parameters are taken over from the upstream's link."""
    body = {"data": [{"id": "1"}], "links": {"next": "/v1/customers?page=2&pageSize=100&evil=1"}}
    got = answer(tools, LIST, reply(200, body), position=FIRST)
    assert got.next == Position(query=(("page", "2"), ("pageSize", "100")))


def test_a_next_link_to_the_same_page_ends_the_list(tools: Tools) -> None:
    """Otherwise a model would read one page for ever."""
    body = {"data": [{"id": "1"}], "links": {"next": "/v1/customers?page=1&pageSize=100"}}
    assert answer(tools, LIST, reply(200, body), position=FIRST).next is None


def test_the_last_page_of_a_search_is_told_as_such(tools: Tools) -> None:
    """The upstream links to a page it does not serve."""
    name = "list_all_kustomer_search_conversations"
    paging = tools[name].operation.paging
    assert paging is not None
    assert paging.last_page is not None
    last = Position(query=(("page", str(paging.last_page)), ("pageSize", "100")))
    body = {"data": [], "links": {"next": f"/v1/customers/search?page={paging.last_page + 1}&pageSize=100"}}
    got = answer(tools, name, reply(200, body), position=last)
    assert got.next is None
    assert "narrow the search" in got.result.document["note"]


@given(st.lists(st.integers(1, 25_000), max_size=40), st.integers(1, 50))
def test_a_page_read_in_parts_loses_and_repeats_nothing(tools: Tools, sizes: list[int], limit: int) -> None:
    """Results are cut to size; the cursor goes on in the middle of the page. Each record fits an answer by itself."""
    records = [{"id": str(n), "attributes": {"x": "y" * size}} for n, size in enumerate(sizes)]
    got = reply(200, {"data": records, "links": {"next": None}})
    position: Position | None = FIRST
    seen: list[Any] = []
    while position is not None:
        part = answer(tools, LIST, got, position=position, arguments={"limit": limit})
        assert len(text(part.result.document)) <= RESULT_CHARS
        seen += part.result.document["result"]
        position = part.next
    assert seen == records


def test_a_record_too_large_keeps_its_identity_and_names_what_is_left_out(tools: Tools) -> None:
    """The model must know that something is missing, and what."""
    record = {"type": "t", "id": "1", "attributes": {"big": "x" * 200_000, "name": "n"}}
    got = answer(tools, GET, reply(200, {"data": record})).result.document
    assert "Ask for some of them with fields" in got.pop("note")
    assert got == {"type": "t", "id": "1", "attributes": {"name": "n"}, "omitted": ["big"], "truncated": True}


def test_an_upstream_error_is_an_envelope_with_everything_in_it(tools: Tools) -> None:
    """Some clients show a model the text only, and only of errors."""
    errors = {"errors": [{"code": "too_many_requests", "message": "Slow down."}]}
    got = answer(
        tools,
        GET,
        reply(
            429,
            errors,
            x_ratelimit_limit="1000",
            x_ratelimit_remaining="0",
            x_ratelimit_reset="1781006460",
            date="Tue, 09 Jun 2026 12:00:00 GMT",
        ),
    ).result
    limits = {
        "ratelimit-limit": "1000",
        "ratelimit-remaining": "0",
        "ratelimit-scope": "organisation",
        "ratelimit-reset": "60",
    }
    assert got.is_error
    assert got.meta == limits
    assert got.document == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "Slow down.",
        "truto_is_remote_error": True,
        "raw_response": errors,
        "headers": limits,
        "hint": "Not retried. Wait `ratelimit-reset` seconds before calling again, and call less often.",
    }


RECORDED = {"status": 404, "source": {"parameter": "externalId"}, "code": "notfound", "title": "Not Found"}
ATTRIBUTE = {
    "status": 400,
    "source": {"parameter": "shoeSize"},
    "code": "badparam",
    "title": "Additional properties not allowed",
    "detail": "/properties/custom/additionalProperties",
}
FAULTS = {"subErrors": [{"source": {"pointer": "/name"}, "title": "is missing"}, {"title": "Too long."}]}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            {"code": "bad_request", "message": "/name is required.", "source": {"pointer": "/name"}},
            "/name is required.",
        ),
        ({"code": "conflict", "message": "Taken.", "source": {"pointer": "/email"}}, "Taken. (/email)"),
        (RECORDED, "Not Found (externalId)"),
        (ATTRIBUTE, "Additional properties not allowed: /properties/custom/additionalProperties (shoeSize)"),
        ({**ATTRIBUTE, "message": "/custom/shoeSize is not known."}, "/custom/shoeSize is not known."),
        ({"title": "Bad Request", "meta": FAULTS}, "Bad Request: /name is missing; Too long."),
        ({"code": "forbidden"}, "forbidden"),
    ],
)
def test_an_error_of_either_kind_says_what_is_wrong_and_where(tools: Tools, error: JSON, message: str) -> None:
    """The upstream words its errors as its errors page or as recorded; a model must not have to know which."""
    assert answer(tools, GET, reply(400, {"errors": [error]})).result.document["message"] == message


@given(st.recursive(st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4), st.lists, max_leaves=4))
def test_no_error_body_breaks_the_translation(tools: Tools, body: JSON) -> None:
    """An upstream in trouble answers anything."""
    for wrapped in (
        body,
        {"errors": body},
        {"errors": [{"message": body, "source": body, "meta": body}]},
        {"errors": [{"title": body, "meta": {"subErrors": body}}]},
        {"errors": [{"meta": {"subErrors": [{"title": body, "source": body}]}}]},
    ):
        document = answer(tools, GET, reply(500, wrapped)).result.document
        assert json.loads(text(document))["statusCode"] == 500


@given(st.integers(1, 10**6))
def test_the_reset_is_seconds_by_the_upstreams_own_clock(ahead: int) -> None:
    """Our clock and the upstream's differ; what counts is how long to wait."""
    epoch = int(NOW.timestamp()) + ahead
    headers = {"x-ratelimit-reset": str(epoch), "date": "Tue, 09 Jun 2026 12:00:00 GMT"}
    elsewhere = datetime(2030, 1, 1, tzinfo=UTC)
    assert ratelimits.normalised(headers, elsewhere) == {"ratelimit-reset": str(ahead)}
    assert ratelimits.normalised({"x-ratelimit-reset": str(epoch)}, NOW) == {"ratelimit-reset": str(ahead)}


def headers_of(organisation: tuple[str, str], of_object: tuple[str, str]) -> dict[str, str]:
    """The upstream's limit and remaining calls of both budgets."""
    return {
        "x-ratelimit-limit": organisation[0],
        "x-ratelimit-remaining": organisation[1],
        "x-ratelimit-object-limit": of_object[0],
        "x-ratelimit-object-remaining": of_object[1],
    }


@pytest.mark.parametrize(
    ("organisation", "of_object", "told"),
    [
        (("1000", "999"), ("600", "598"), ("600", "598", "object")),
        (("1000", "5"), ("600", "598"), ("1000", "5", "organisation")),
        (("1000", "0"), ("600", "0"), ("1000", "0", "organisation")),
        (("1000", "10"), ("600", "9"), ("600", "9", "object")),
        (("1000", "10"), ("600", "many"), ("1000", "10", "organisation")),
    ],
)
def test_the_tighter_of_two_budgets_is_told_and_which_it_is(
    organisation: tuple[str, str], of_object: tuple[str, str], told: tuple[str, str, str]
) -> None:
    """That is the one a caller runs into next; numbers are compared as numbers."""
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-scope")
    assert ratelimits.normalised(headers_of(organisation, of_object), NOW) == dict(zip(names, told, strict=True))


def test_a_429_of_a_world_whose_time_stands_still_tells_the_model_not_to_wait(tools: Tools) -> None:
    """A model that waits as told would wait for ever."""
    message = 'Used up; move it on with POST /_sandbox/worlds/w/clock {"advance": "PT60S"}.'
    frozen = {"errors": [{"code": "too_many_requests", "message": message, "meta": {"clock": "frozen"}}]}
    document = answer(tools, GET, reply(429, frozen, x_ratelimit_reset="1781006460")).result.document
    assert document["message"] == message
    assert document["hint"].startswith("Not retried, and waiting does not help")


def test_a_reset_in_the_past_is_zero_and_nonsense_is_left_out() -> None:
    """A negative wait or a word would break a client's arithmetic."""
    assert ratelimits.normalised({"x-ratelimit-reset": "1000000000"}, NOW) == {"ratelimit-reset": "0"}
    for nonsense in ("soon", "nan", "inf", ""):
        assert ratelimits.normalised({"x-ratelimit-reset": nonsense}, NOW) == {}
