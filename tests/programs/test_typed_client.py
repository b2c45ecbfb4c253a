"""A strict, typed client, made of `/openapi.json` alone, calls every operation there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from kustomer_sandbox.contracts import load
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.transports import SimulatorTransport
from tests.control_client import local
from tests.programs.typed_client import TypedClient, Types
from tests.world_client import opened

IDS = list(load().operations)
OF_THE_KEY = ("GetAuthTokenById", "DeleteAuthTokenById")
"""They name the token of a key, which no document can know: the client asks for its own first."""
REFUSED = {"GetAllCustomerEvents": 404, "GetChatSessions": 400, "CreateToken": 401}
"""What the API refuses by its document: one always, one unless a parameter is given that is not required by itself, and
one to whoever has no password, as nobody has in the demo."""


@pytest.fixture(scope="module")
def api() -> Api:
    """A simulator without worlds: examples are about the demo world then."""
    return create_api()


@pytest.fixture(scope="module")
def program(api: Api) -> Iterator[TypedClient]:
    document = local(create_app(api)).get("/openapi.json").json()
    with httpx.Client(transport=SimulatorTransport(api), base_url="http://127.0.0.1:8700") as http:
        yield TypedClient(http, document)


@pytest.fixture
def client(program: TypedClient, api: Api) -> Iterator[TypedClient]:
    """The program with a key of a demo world that nobody has touched."""
    with opened(api, WorldSpec(name="typed", scenario="demo", plan="ultimate")) as world:
        program.http.headers["Authorization"] = f"Bearer {world.key}"
        yield program


def test_the_document_has_every_operation(program: TypedClient) -> None:
    """What is not in it no generated client can call."""
    assert sorted(program.operations) == sorted(IDS)


@pytest.mark.parametrize("id", IDS)
def test_an_answer_has_the_documented_type(client: TypedClient, id: str) -> None:
    """No attribute more, none of another type, and a success by the number that is documented."""
    own = {"id": client.call("GetCurrentAuthToken").json()["data"]["id"]} if id in OF_THE_KEY else {}

    answer = client.call(id, **own)
    assert answer.status_code == REFUSED.get(id, answer.status_code)
    assert answer.is_success != (id in REFUSED)


@pytest.mark.parametrize("id", [id for id, operation in load().operations.items() if operation.roles])
def test_a_refusal_has_the_documented_type(program: TypedClient, id: str) -> None:
    """And whoever shows no key that is known is refused, whatever is called."""
    program.http.headers["Authorization"] = "Bearer nobody"

    assert program.call(id, id="0" * 24).status_code == 401


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}}}, {"a": "x", "b": 1}),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, {"a": None}),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, {}),
        ({"type": "string", "format": "date-time"}, "2026-06-09"),
        ({"type": "string", "maxLength": 2}, "abc"),
        ({"type": "object", "maxProperties": 0}, {"a": 1}),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 1.5),
        ({"type": "number"}, "1"),
        ({"type": "boolean"}, 0),
        ({"type": ["string", "null"]}, 1),
        ({"enum": ["in", "out"]}, "IN"),
        ({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}, [1]),
    ],
)
def test_the_program_is_strict(schema: dict[str, Any], sent: Any) -> None:
    """Else the tests above would say nothing."""
    program = TypedClient(httpx.Client(), {"paths": {}, "components": {}})
    entry = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
    program.operations["Own"] = ("get", "/v1/own", entry)

    with pytest.raises(ValidationError):
        program.decode("Own", httpx.Response(200, json=sent))


def test_a_word_that_the_program_does_not_know_ends_it() -> None:
    with pytest.raises(NotImplementedError, match="dependentRequired"):
        Types({}).of({"type": "object", "dependentRequired": {}}, "Own")
