"""The eleven forms of a draft: each strict, told apart by channel, and explained when a body fits none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from schemathesis.schemas import BaseSchema

from kustomer_sandbox.contracts import Contracts, Operation, load, openapi
from kustomer_sandbox.contracts.schemas import flatten
from tests.world_client import Answer, WorldClient

MINIMAL: dict[str, dict[str, Any]] = {
    "whatsapp": {"app": "whatsapp", "body": "Hello"},
    "whatsapp-interactive": {
        "app": "whatsapp",
        "meta": {"interactive": {"type": "button", "body": {"text": "?"}, "action": {"buttons": []}}},
    },
    "whatsapp-template": {"app": "whatsapp", "meta": {"template": "5a" * 12}},
}
# What a draft does not simply keep: references, which must exist, and its time.
NOT_KEPT = ("customer", "conversation", "sendAt", "scheduled")


@cache
def _contracts() -> Contracts:
    return load()


@cache
def aliases() -> dict[str, Operation]:
    """The operation of each form, by the last part of its path."""
    found = [op for op in _contracts().operations.values() if op.alias_of == "CreateDraftByCustomer"]
    return {op.path.rpartition("/")[2]: op for op in found}


@cache
def bodies(form: str) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies a form's own schema allows, as JSON carries them."""
    operation = aliases()[form]
    cases = _schema()[operation.path]["POST"].as_strategy()
    return cases.map(lambda case: _carried(case.body, operation.fixed))


@cache
def _schema() -> BaseSchema:
    return schemathesis.openapi.from_dict(openapi(_contracts()))


def _carried(drawn: object, fixed: Mapping[str, Any]) -> dict[str, Any]:
    try:
        carried: dict[str, Any] = orjson.loads(orjson.dumps(drawn))
    except TypeError:  # integers beyond 64 bits
        reject()
    return {**{name: value for name, value in carried.items() if name not in NOT_KEPT}, **fixed}


def fields(form: str) -> set[str]:
    flat = flatten(aliases()[form].body or {}, _contracts().document)
    assert flat is not None
    return set(flat.properties)


@pytest.fixture
def customer(world_client: WorldClient) -> str:
    made: str = world_client.post("/v1/customers", {"name": "Jane Doe"}).data["id"]
    return made


def write(client: WorldClient, customer: str, body: dict[str, Any]) -> Answer:
    # A new key's budget each time: these tests write more than a client may in a minute.
    key = client.new_key("org")
    return client.post(f"/v1/customers/{customer}/drafts", body, key=key)


def problem(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.error["message"], answer.error["source"].get("pointer", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_form_allows_is_accepted_and_comes_back_as_it_was(
    world_client: WorldClient, customer: str, data: st.DataObject
) -> None:
    """A draft is what the agent wrote: nothing its form allows may be refused, dropped or changed."""
    body = data.draw(st.sampled_from(sorted(aliases())).flatmap(bodies))

    made = write(world_client, customer, body)

    assert made.status == 200, made.json
    assert {name: made.attributes.get(name) for name in body} == body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_field_of_another_form_is_refused_and_changes_nothing(
    world_client: WorldClient, customer: str, data: st.DataObject
) -> None:
    """Forms are strict: what another channel would understand must not slip through, nor leave half a draft."""
    form = data.draw(st.sampled_from(sorted(aliases())))
    foreign = sorted({name for other in aliases() for name in fields(other)} - fields(form))
    field = data.draw(st.sampled_from(foreign))
    value: Any = data.draw(st.sampled_from([None, "x", 1, True, [], {}]))

    status, _, where = problem(write(world_client, customer, {**data.draw(bodies(form)), field: value}))

    # `body` and `meta` together are as far from one WhatsApp form as from another.
    named = {f"/{field}", "/meta"} if form.startswith("whatsapp-") else {f"/{field}"}
    assert (status, where in named) == (400, True)
    assert world_client.world.records.count("draft") == 0


def test_every_form_has_an_alias_that_fills_in_its_channel(
    contracts: Contracts, world_client: WorldClient, customer: str
) -> None:
    """The channel paths of client libraries must give the very draft the one real path gives."""
    shown = {}
    for form, operation in aliases().items():
        body = MINIMAL.get(form, {"body": "Hello"})
        by_alias = world_client.post(operation.path.replace("{id}", customer), body)
        by_path = write(world_client, customer, {**body, **operation.fixed})
        shown[form] = (by_alias.status, by_alias.attributes == by_path.attributes)

    assert len(shown) == len(contracts.document["components"]["schemas"]["DraftCreate"]["oneOf"])
    assert set(shown.values()) == {(200, True)}


def test_an_alias_refuses_the_channel_of_another_form(world_client: WorldClient, customer: str) -> None:
    """A body that contradicts its path would otherwise be sent over a channel nobody meant."""
    answer = world_client.post(f"/v1/customers/{customer}/drafts/sms", {"channel": "email", "body": "Hi"})

    assert problem(answer) == (400, "/channel must be sms.", "/channel")


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({}, "/channel", "is required and must be one of chat, email, facebook"),
        ({"channel": "telegram"}, "/channel", "must be one of chat, email, facebook"),
        ({"channel": "sms", "subject": "x"}, "/subject", "is not a field of SMS draft; it belongs to E-mail draft"),
        ({"channel": "sms", "app": "gmail"}, "/app", "must be one of twilio, zipwhip"),
        ({"channel": "sms", "body": "x" * 1601}, "/body", "must have at most 1600 characters"),
        ({"channel": "twitter-tweet", "body": "x" * 281}, "/body", "must have at most 280 characters"),
        ({"channel": "email", "to": "jane@example.com"}, "/to", "must be an array or an object"),
        ({"channel": "sms", "sendAt": "tomorrow"}, "/sendAt", "or an offset such as now+2h"),
        ({"channel": "sms", "data": {}}, "/data", "is not a field of SMS draft"),
    ],
    ids=["none", "unknown", "foreign-field", "foreign-app", "long-sms", "long-tweet", "form", "time", "wrapped"],
)
def test_a_body_of_the_wrong_form_is_told_which_field_is_wrong_and_what_would_be_right(
    world_client: WorldClient, customer: str, body: dict[str, Any], pointer: str, words: str
) -> None:
    """One path with eleven forms is where agents go wrong: the answer must let them put it right."""
    status, message, where = problem(write(world_client, customer, body))

    assert (status, where) == (400, pointer)
    assert words in message


def test_a_fourth_button_or_a_long_title_is_refused_where_it_stands(world_client: WorldClient, customer: str) -> None:
    """WhatsApp shows three buttons of twenty characters; the refusal names them, not the whole body."""
    button = {"type": "reply", "reply": {"id": "x", "title": "x" * 21}}
    meta = {"interactive": {"type": "button", "body": {"text": "?"}, "action": {"buttons": [button] * 4}}}

    answer = write(world_client, customer, {"channel": "whatsapp", "app": "whatsapp", "meta": meta})

    buttons = "/meta/interactive/action/buttons"
    assert answer.places == [buttons, *(f"{buttons}/{position}/reply/title" for position in range(4))]
