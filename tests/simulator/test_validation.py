"""Intake: what is read from query and body, and that nothing sent can make the simulator fail."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.contracts.schemas import flatten
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.request.validation import RequestValidator
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.record import DEPTH
from tests.world_client import WorldClient, opened

CONTRACTS = load()
OPERATIONS = CONTRACTS.operations
CUSTOMERS = "/v1/customers"
UNKNOWN = "0123456789abcdef01234567"
SECRET = "jane.doe@example.com"


@pytest.fixture(scope="module")
def client(shared_api: Api) -> Iterator[WorldClient]:
    """One world for all examples of this module."""
    with opened(shared_api, WorldSpec(name="intake", plan="ultimate")) as made:
        yield made


@pytest.fixture
def strict(shared_api: Api) -> Iterator[WorldClient]:
    """A world that refuses unknown query parameters."""
    with opened(shared_api, WorldSpec(name="strict", strict=True)) as made:
        yield made


def refused(client: WorldClient, query: str) -> dict[str, Any]:
    """The one error a query is refused with."""
    answer = client.get(CUSTOMERS, query)
    assert answer.status == 400
    (error,) = answer.errors
    return error


@pytest.mark.parametrize(
    ("query", "meta"),
    [
        ("", {"pageSize": 100, "page": 1}),
        ("pageSize=7&page=2", {"pageSize": 7, "page": 2}),
        ("page=0002", {"pageSize": 100, "page": 2}),
        ("page=%32", {"pageSize": 100, "page": 2}),
        ("&&page=2&", {"pageSize": 100, "page": 2}),
        ("page=1000000", {"pageSize": 100, "page": 1_000_000}),
    ],
)
def test_numbers_in_a_query_are_read_as_numbers(client: WorldClient, query: str, meta: dict[str, int]) -> None:
    """A query holds texts; the contract says which of them are numbers."""
    shown = client.get(CUSTOMERS, query).json["meta"]
    assert {key: shown[key] for key in meta} == meta


@pytest.mark.parametrize(
    "value",
    ["0", "-1", "1.5", "1e3", "", "one", "+1", "%201", "%D9%A3", "1_000", "--1", "-", "9" * 16, "9" * 5000, "NaN"],
)
def test_what_is_no_page_number_is_refused(client: WorldClient, value: str) -> None:
    """Nothing is guessed or cut off, and the value is not repeated."""
    error = refused(client, f"page={value}")
    assert error["source"]["parameter"] == "page"
    assert error["message"] in {"page must be an integer.", "page must be at least 1.", "page must be at most 1000000."}


def test_a_repeated_parameter_is_refused(client: WorldClient) -> None:
    """Neither of two values can be known to be meant."""
    error = refused(client, "page=1&page=1")
    assert error["message"] == "page is given more than once."


def warnings(client: WorldClient) -> list[dict[str, Any]]:
    """What the journal warns of in the last call."""
    steps = client.world.journal.entries[-1].steps()
    return [step["detail"] for step in steps if (step["step"], step["outcome"]) == ("input", "warning")]


def test_an_unknown_parameter_is_ignored_and_told_in_the_journal(client: WorldClient) -> None:
    """Real programs send some, and it does no harm; who looks for a typing error finds it, without its value."""
    answer = client.get(CUSTOMERS, f"page%5Bsize%5D=3&q={SECRET}&q=2&pageSize=7")
    assert (answer.status, answer.json["meta"]["pageSize"]) == (200, 7)
    warned = {"warning": "unknown parameter, ignored"}
    assert warnings(client) == [{**warned, "parameter": "page[size]"}, {**warned, "parameter": "q"}]
    assert SECRET not in str(client.world.journal.entries)


@pytest.mark.parametrize("query", ["jane.doe%40example.com=1", "sort=Tom&Jerry", "15555550100", "tr1=2", "=1"])
def test_what_may_be_a_lost_value_is_not_told_in_the_journal(client: WorldClient, query: str) -> None:
    """Whatever does not look like a name, and a word that has no value of its own."""
    client.get("/v1/teams", query)
    names = [warned["parameter"] for warned in warnings(client)]
    assert "***" in names
    assert set(names) <= {"***", "sort"}


def test_a_known_parameter_with_a_bad_value_is_refused_beside_an_unknown_one(client: WorldClient) -> None:
    """Only what the operation does not know is let pass."""
    assert refused(client, "size=3&page=x")["source"]["parameter"] == "page"


def test_an_unknown_parameter_is_named_with_those_there_are(strict: WorldClient) -> None:
    """A strict world finds a typing error at once."""
    error = refused(strict, "page%5Bsize%5D=3")
    assert error["message"].startswith("page[size] is not a query parameter here; known: filter[createdAt][gt], ")
    assert error["source"]["parameter"] == "page[size]"


@pytest.mark.parametrize("name", ["jane.doe%40example.com", "%2B15555550100", "15555550100", "a" * 65, "", "%FF"])
def test_an_unknown_parameter_that_is_no_name_is_not_repeated(strict: WorldClient, name: str) -> None:
    """A value that lost its name may be personal data."""
    error = refused(strict, f"{name}=1")
    assert error["message"].startswith("A parameter is not a query parameter here; known: filter[createdAt][gt], ")
    assert (error["source"], [fault["source"] for fault in error["meta"]["subErrors"]]) == ({}, [{}])


def test_a_missing_required_parameter_is_refused(contracts: Contracts) -> None:
    """What the contract requires is not the rules' to look for."""
    some = contracts.operations["GetCustomers"]
    strict = replace(some, parameters=tuple(replace(p, required=p.name == "page") for p in some.parameters))
    validator = RequestValidator(contracts)
    with pytest.raises(BadRequest) as refusal:
        validator.query(strict, "pageSize=3")
    assert refusal.value.problems == (Problem(message="page is required.", parameter="page"),)
    assert validator.query(strict, "page=3") == {"page": 3}


@pytest.mark.parametrize(("raw", "status"), [(b"", 201), (b"{}", 201), (b"\r\n", 400)])
def test_a_body_that_may_be_left_out_is_json_if_it_is_there(client: WorldClient, raw: bytes, status: int) -> None:
    """White space alone is not JSON."""
    assert client.post("/v1/tracking/identity", raw=raw).status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"name": ',
        b"{'name': 'A'}",
        b'{"name": "A"} {}',
        b'{"name": "A",}',
        b'{"importedAt": NaN}',
        b'{"importedAt": Infinity}',
        b'{"importedAt": 1e999}',
        b'\xef\xbb\xbf{"name": "A"}',
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        '{"name": "A"}'.encode("utf-16"),
        b"[" * 50_000,
    ],
)
def test_what_is_not_json_is_refused_with_its_place(client: WorldClient, body: bytes) -> None:
    """The place tells where to look; the text itself is not repeated."""
    answer = client.post(CUSTOMERS, raw=body)
    assert answer.status == 400
    (error,) = answer.errors
    assert re.fullmatch(
        r"The body is not valid JSON \(line \d+ column \d+\); send one JSON value in UTF-8\.", error["message"]
    )


@pytest.mark.parametrize("body", [b"null", b"1", b'"text"', b"[]", b"true"])
def test_json_of_another_kind_is_refused(client: WorldClient, body: bytes) -> None:
    """A customer is an object."""
    answer = client.post(CUSTOMERS, raw=body)
    assert (answer.status, [error["message"] for error in answer.errors]) == (400, ["The body must be an object."])


def test_the_last_of_two_equal_keys_counts(client: WorldClient) -> None:
    """As in the JSON readers of JavaScript, which the API runs on."""
    assert client.post(CUSTOMERS, raw=b'{"name": "A", "name": "B"}').attributes["name"] == "B"


@pytest.mark.parametrize("number", [b"123456789012345678901234567890", b"-9e307", b"1.7976931348623157e308"])
def test_a_huge_number_is_a_number(client: WorldClient, number: bytes) -> None:
    """It is stored as the double that JavaScript would read."""
    answer = client.post(CUSTOMERS, raw=b'{"custom": {"ordersNum": ' + number + b"}}")
    assert (answer.status, answer.attributes["custom"]) == (201, {"ordersNum": float(number)})


def nested(levels: int, *, list_: bool = False) -> bytes:
    """JSON of so many levels."""
    return b"[" * levels + b"]" * levels if list_ else b'{"and":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@pytest.mark.parametrize("list_", [True, False])
@pytest.mark.parametrize("levels", [DEPTH + 1, 300, 900, 1024])
def test_a_body_nested_too_deep_is_refused(client: WorldClient, levels: int, *, list_: bool) -> None:
    """Deeper values could be read but neither searched for masks nor stored."""
    for path in (CUSTOMERS, "/v1/customers/search"):
        answer = client.post(path, raw=nested(levels, list_=list_))
        words = f"The body is nested more than {DEPTH} levels deep."
        assert (answer.status, [error["message"] for error in answer.errors]) == (400, [words])


def test_a_body_of_the_deepest_level_goes_to_the_schema(client: WorldClient) -> None:
    """The limit is on depth alone: as many brackets side by side are no nesting."""
    deep = client.post(CUSTOMERS, raw=b"[" + nested(DEPTH - 1, list_=True) + b", []]")
    wide = client.post(CUSTOMERS, raw=b"[" + b",".join([b"[]"] * DEPTH) + b"]")
    assert [answer.errors[0]["message"] for answer in (deep, wide)] == ["The body must be an object."] * 2


def test_an_operation_without_a_body_takes_an_empty_one(client: WorldClient) -> None:
    """Some clients send `{}` with every POST; anything else would be lost in silence."""
    made = client.post(CUSTOMERS, {"name": "A"}).data["id"]
    path = f"{CUSTOMERS}/{made}/unmasking-windows"
    statuses = [client.post(path, raw=body).status for body in (b"", b"{}", b" {} ", b'{"duration": 5}', b"null")]
    assert statuses == [201, 201, 201, 400, 400]


def path_of(operation: Operation) -> str:
    """A path of the operation; where an id and a name stand in the same place, each in its form."""
    known = {"name": "order", "hash": "0" * 64}
    values = {p.name: known.get(p.name, UNKNOWN) for p in operation.parameters if p.place == "path"}
    return operation.path.format(**values)


def answers_of(name: str) -> set[int]:
    """The statuses that a call by a key that may do everything can have; to sign in, one needs a user's password."""
    return {200, 201, 204, 400, 404, 409} | ({401} if name == "CreateToken" else set())


def sent(api: Api, operation: Operation, body: bytes, query: bytes = b"") -> int:
    """The status of a call in a world of its own: calls may delete the very key they are made with."""
    with opened(api, WorldSpec(name="sent")) as client:
        reply = api.handle(
            Request(
                method=operation.method,
                path=path_of(operation),
                query=query.decode("latin-1"),
                headers={"authorization": f"Bearer {client.key}"},
                body=body,
            )
        )
        assert client.faults() == []
    orjson.loads(reply.body or b"null")
    return reply.status


@given(st.sampled_from(sorted(OPERATIONS)), st.binary(max_size=64))
def test_no_bytes_make_an_operation_fail(shared_api: Api, name: str, body: bytes) -> None:
    """Whatever is sent as a body, the answer is the API's own, never a 500."""
    assert sent(shared_api, OPERATIONS[name], body) in answers_of(name)


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, bytes]:
    """An operation and a query of any bytes, or of names it knows with odd values."""
    name = draw(st.sampled_from(sorted(OPERATIONS)))
    known = [p.name for p in OPERATIONS[name].parameters if p.place == "query"] or ["page"]
    values = st.sampled_from(["", "0", "1", "-1", "true", "now", "asc", "\x00", "%", "9" * 20, "2026-06-09", UNKNOWN])
    pairs = st.lists(st.tuples(st.sampled_from(known), values | st.text(max_size=5)), max_size=3)
    query = st.binary(max_size=32) | pairs.map(lambda found: urlencode(found, errors="replace").encode())
    return name, draw(query)


@given(queries())
def test_no_query_makes_an_operation_fail(shared_api: Api, call: tuple[str, bytes]) -> None:
    """The same for queries."""
    name, query = call
    assert sent(shared_api, OPERATIONS[name], b"", query) in answers_of(name)


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(
        ["***", UNKNOWN, "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "2016-12-31T23:59:60Z", "\x00"]
    )
)
VALUES = st.recursive(
    ODD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_letters, max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, object]:
    """An operation and a body of fields it knows, or of any JSON, with values of any kind."""
    name = draw(st.sampled_from(sorted(name for name, operation in OPERATIONS.items() if operation.body is not None)))
    flat = flatten(OPERATIONS[name].body or {}, CONTRACTS.document)
    fields = sorted(flat.properties) if flat and flat.properties else ["name"]
    return name, draw(st.dictionaries(st.sampled_from(fields), VALUES, max_size=4) | VALUES)


@given(bodies())
def test_no_json_makes_an_operation_fail(shared_api: Api, call: tuple[str, object]) -> None:
    """The same for bodies that get past the JSON reader."""
    name, body = call
    assert sent(shared_api, OPERATIONS[name], json.dumps(body).encode()) in answers_of(name)
