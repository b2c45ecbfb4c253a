"""By prefixes, parts, ranges and order a masked value can be read without a window. What stands against it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox import world
from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.build.masks import MOST_WHOLE, MaskedSearch, masked_by
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.clock import SystemClock
from kustomer_sandbox.mcp_server.management.management_models import ServerConfig
from kustomer_sandbox.mcp_server.management.records import config_of, scope_of
from kustomer_sandbox.mcp_server.model import Account, ToolResult
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from tests.interop.in_process import Tools, tools_of
from tests.world_client import WorldClient, opened

pytestmark = pytest.mark.anyio

CUSTOMERS = "list_all_kustomer_search_customers"
CONVERSATIONS = "list_all_kustomer_search_conversations"
ARCHIVE = "list_all_kustomer_archive_searches"
METADATA = "GetCustomAttributeMetadata"
PATH, CONTEXT = "/v1/customers/search", {"queryContext": "customer"}
PHONE = "+15550142277"


@pytest.fixture
def tools(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[Tools]:
    """Every tool on a demo world of its own, whose phones and social security numbers are masked."""
    made = tools_of(shared_api, WorldSpec(name=request.node.nodeid, scenario="demo", plan="ultimate"))
    yield made
    shared_api.worlds.drop(made.world.name)


def served(tools: Tools, mode: MaskedSearch) -> Caller:
    """A caller through an MCP server with this setting."""
    grant = tools.caller.grant
    return replace(tools.caller, grant=replace(grant, scope=replace(grant.scope, masked_search=mode)))


async def searched(tools: Tools, arguments: Any, *, tool: str = CUSTOMERS, mode: MaskedSearch = "exact") -> ToolResult:
    return await tools.server.calls.call(served(tools, mode), tool, arguments)


def reason(result: ToolResult) -> str:
    """Why it was refused, before anything was searched; a failure if it was not."""
    assert (result.is_error, result.upstream_status) == (True, None), result.document
    return str(result.document["problems"][0])


def real_phones(tools: Tools) -> list[str]:
    """Jane's numbers, as nobody should get them."""
    jane = tools.world.records.find("customer", "email", "jane.doe@example.com")[0]
    return [phone["phone"] for phone in jane["attributes"]["phones"]]


async def read_bit_by_bit(tools: Tools, mode: MaskedSearch) -> str:
    """What a patient model finds out of Jane's masked number by asking for ever longer beginnings."""
    known = "+"
    for _ in range(15):
        for digit in "0123456789":
            criteria = [
                {"customer_email": {"equals": "jane.doe@example.com"}},
                {"customer_phone": {"prefix": known + digit}},
            ]
            result = await searched(tools, {"and": criteria, "ids_only": True}, mode=mode)
            if not result.is_error and result.document["result_count"]:
                known += digit
                break
        else:
            break
    return known


async def test_a_masked_number_is_not_read_digit_by_digit(tools: Tools) -> None:
    """Without the refusal a number falls in some eighty calls, with no window, no lease and no line in the audit."""
    assert await read_bit_by_bit(tools, "allow") in real_phones(tools)
    assert await read_bit_by_bit(tools, "exact") == "+"
    assert await read_bit_by_bit(tools, "refuse") == "+"


BY_PART = {
    "prefix": {"and": [{"customer_phone": {"prefix": "+1555"}}]},
    "contains": {"and": [{"customer_phone": {"contains": "0142"}}]},
    "not contains": {"not": [{"customer_phone": {"not_contains": "0142"}}]},
    "one object in place of a list": {"or": {"customer_phone": {"prefix": "+1555"}}},
    "beside a whole value": {"and": [{"customer_phone": {"equals": PHONE, "prefix": "+1"}}]},
    "deep in groups": {"and": [{"or": [{"not": {"and": [{"customer_phone": {"prefix": "+1"}}]}}]}]},
    "an operator nobody knows": {"and": [{"customer_phone": {"regexp": ".*"}}]},
    "no operator": {"and": [{"customer_phone": "+1555"}]},
    "a custom attribute": {"and": [{"customer_custom_ssnStr": {"prefix": "12"}}]},
    "one of a Klass": {"and": [{"kobject_custom_shipment_recipientPhoneStr": {"contains": "555"}}]},
    "all text of a customer": {"and": [{"customer_any_text": {"contains": "5550142277"}}]},
    "all text there is": {"and": [{"any_text": {"contains": "5550142277"}}]},
    "the recipients of a message": {"and": [{"message_recipients": {"contains": "0142"}}]},
    "counts": {"aggs": {"a": {"terms": {"field": "customer_phone"}}}},
    "counts in a form nobody knows": {"aggs": {"a": {"filter": {"on": ["customer_phone"]}}}},
    "order": {"sort": {"customer_phone": "asc"}},
    "order, second": {"sort": [{"customer_created_at": "asc"}, {"customer_custom_ssnStr": "desc"}]},
}


@pytest.mark.parametrize("arguments", BY_PART.values(), ids=BY_PART)
async def test_no_tool_asks_for_parts_or_order_of_what_is_masked(tools: Tools, arguments: Any) -> None:
    """Each of them tells something of a value that the reader may not see; nothing of it reaches the search."""
    words = reason(await searched(tools, arguments))
    assert "sensitive" in words
    assert tools.world.journal.find(operation="CustomerSearch") == []


@pytest.mark.parametrize("tool", [CUSTOMERS, CONVERSATIONS])
async def test_every_search_tool_refuses_it(tools: Tools, tool: str) -> None:
    """Related records are asked the same."""
    assert "sensitive" in reason(await searched(tools, BY_PART["prefix"], tool=tool))


async def test_the_archive_refuses_its_whole_texts(tools: Tools) -> None:
    """It searches almost nothing else; those of conversations hold nothing masked here."""
    for attribute, context in (
        ("customer_any_text_new", "customer"),
        ("kobject_shipment_any_text", "kobject_shipment"),
    ):
        asked = {"query_context": context, "and": [{attribute: {"contains": "5550142277"}}]}
        assert "sensitive" in reason(await searched(tools, asked, tool=ARCHIVE))
    asked = {"query_context": "conversation", "and": [{"conversation_any_text": {"contains": "refund"}}]}
    assert not (await searched(tools, asked, tool=ARCHIVE)).is_error


AS_EVER = {
    "a whole value": {"and": [{"customer_phone": {"equals": PHONE}}]},
    "some whole values": {"and": [{"customer_phone": {"in": [f"+1555014227{digit}" for digit in range(MOST_WHOLE)]}}]},
    "whether there is one": {"and": [{"customer_phone": {"not_set": ""}}]},
    "parts of what is not masked": {"and": [{"customer_email": {"contains": "@example.com"}}]},
    "words of messages": {"and": [{"message_body": {"contains": "order"}}]},
    "ranges of dates": {"and": [{"customer_created_at": {"gte": "2020-01-01"}}]},
    "order by what is not masked": {"sort": {"customer_name": "asc"}},
    "nothing": {},
}


@pytest.mark.parametrize("arguments", AS_EVER.values(), ids=AS_EVER)
async def test_all_else_is_searched_as_ever(tools: Tools, arguments: Any) -> None:
    """An agent must still find the customer who gives a number, and whoever writes about orders."""
    result = await searched(tools, arguments)
    assert not result.is_error, result.document


async def test_whole_values_are_not_tried_out_by_the_thousand(tools: Tools) -> None:
    """`in` takes a thousand values: four digits would be known after fourteen calls."""
    many = [
        {"customer_phone": {"in": [f"+155501422{number}" for number in range(10, 17)]}},
        {"customer_phone": {"equals": "+15550142299"}},
    ]
    assert not (await searched(tools, {"and": many})).is_error
    more = {"or": [*many, {"customer_phone": {"not_in": ["+15550142201", "+15550142202", "+15550142203"]}}]}
    assert f"at most {MOST_WHOLE} values" in reason(await searched(tools, more))
    names = {"and": [{"customer_name": {"in": [f"Name {number}" for number in range(50)]}}]}
    assert not (await searched(tools, names)).is_error


async def test_a_refusal_says_what_to_do_instead(tools: Tools) -> None:
    """A model that is only told no tries the next operator."""
    words = reason(await searched(tools, BY_PART["prefix"]))
    assert words.startswith("argument `and[0].customer_phone.prefix`: ")
    assert "give the full value with equals" in words
    assert "kustomer_customers_using_phone" in words
    assert "1555" not in words


async def test_a_server_may_search_for_nothing_sensitive_or_for_everything(tools: Tools) -> None:
    """Where even a guess must not be confirmed, or where the model may know anyway."""
    for arguments in (AS_EVER["a whole value"], AS_EVER["whether there is one"], BY_PART["prefix"]):
        assert "searches for nothing sensitive" in reason(await searched(tools, arguments, mode="refuse"))
        assert not (await searched(tools, arguments, mode="allow")).is_error
    assert not (await searched(tools, AS_EVER["words of messages"], mode="refuse")).is_error


async def test_what_is_masked_from_now_on_is_not_searched_from_now_on(tools: Tools, shared_api: Api) -> None:
    """The mark is set by a person elsewhere; a memory of the metadata would let searches through for a while."""
    asked = AS_EVER["parts of what is not masked"]
    assert not (await searched(tools, asked)).is_error
    person = WorldClient(shared_api, tools.world, tools.key)
    assert person.put("/v1/metadata/customer", {"standardProperties": {"emails": {"sensitive": True}}}).status == 200
    assert "sensitive" in reason(await searched(tools, asked))


@pytest.mark.parametrize("status", [403, 404, 429, 500])
async def test_what_cannot_be_read_counts_as_sensitive(tools: Tools, status: int) -> None:
    """A key without the right to read metadata, or an upstream in trouble, must not open the door."""
    tools.world.faults.arm(FaultMatch(operation=METADATA), Status(status=status), times=9)
    assert "sensitive" in reason(await searched(tools, AS_EVER["parts of what is not masked"]))
    assert not (await searched(tools, AS_EVER["ranges of dates"])).is_error


async def test_a_klass_that_does_not_exist_opens_nothing(tools: Tools) -> None:
    """Nor does a name in which a Klass could end at any of a hundred places cost a hundred requests."""
    for name in ("kobject_custom_nothing_phoneStr", "kobject_custom_" + "a_" * 100 + "phoneStr"):
        assert "sensitive" in reason(await searched(tools, {"and": [{name: {"prefix": "1"}}]}))
    assert len(tools.world.journal.find(operation=METADATA)) < 9


def test_the_setting_is_part_of_an_mcp_server(contracts: Contracts, tmp_path: Path) -> None:
    """It is given with the filters and kept with them; servers made before there was one are `exact`."""
    assert config_of(scope_of(ServerConfig())).masked_search == "exact"
    account = Account(id="acme", base_url="https://acme.api.example", key_env="KEY")
    server = McpServer(contracts=contracts, secrets={}, clock=SystemClock(), directory=tmp_path)
    _, token = server.provision(account, scope=scope_of(ServerConfig(masked_search="refuse")))
    kept = server.provisioning.grant(token, server.clock.now())
    with sqlite3.connect(tmp_path / "state.sqlite3") as database:
        database.execute("UPDATE servers SET config = json_remove(config, '$.masked_search')")
    old = server.provisioning.grant(token, server.clock.now())
    assert [grant and grant.scope.masked_search for grant in (kept, old)] == ["refuse", "exact"]


def phone_search(client: WorldClient, operator: str, value: Any, *, key: str | None = None) -> int:
    return client.post(PATH, {**CONTEXT, "and": [{"customer_phone": {operator: value}}]}, key=key).status


OPTIONS: dict[MaskedSearch, dict[tuple[str, Any], int]] = {
    "allow": {("prefix", "+1555"): 200, ("contains", "0142"): 200, ("equals", PHONE): 200, ("set", ""): 200},
    "exact": {("prefix", "+1555"): 400, ("contains", "0142"): 400, ("equals", PHONE): 200, ("set", ""): 200},
    "refuse": {("prefix", "+1555"): 400, ("contains", "0142"): 400, ("equals", PHONE): 400, ("set", ""): 400},
}


@pytest.mark.parametrize("mode", OPTIONS)
def test_a_world_says_what_may_be_asked_of_masked_values(shared_api: Api, mode: MaskedSearch) -> None:
    """What the real API does is not published; an agent can be tried on each of the three."""
    with opened(shared_api, WorldSpec(name=f"asked {mode}", scenario="demo", masked_search=mode)) as client:
        told = {asked: phone_search(client, *asked) for asked in OPTIONS[mode]}
        assert told == OPTIONS[mode]
        many = [f"+155501422{number}" for number in range(10, 11 + MOST_WHOLE)]
        assert phone_search(client, "in", many) == (200 if mode == "allow" else 400)
        sort = client.post(PATH, {**CONTEXT, "sort": {"customer_name": "asc"}})
        assert sort.status == 200
        sees = client.new_key("org", read_sensitive=True)
        assert phone_search(client, "prefix", "+1555", key=sees) == 200
        refusals = client.world.journal.find(status=400)
        assert {entry.steps()[-1]["detail"]["rule"] for entry in refusals} <= {"search-masked-criteria"}


def test_a_search_that_tells_of_masked_values_is_marked() -> None:
    """The journal says which attribute, never the value; whole values are not marked, nor who may see anyway."""
    with world() as kustomer:
        client, sees = kustomer.client(), kustomer.client(key=kustomer.key(read_sensitive=True))
        for asked in (client, sees):
            asked.post(PATH, json={**CONTEXT, "and": [{"customer_phone": {"equals": PHONE}}]})
        sees.post(PATH, json={**CONTEXT, "and": [{"customer_phone": {"prefix": "+1555"}}]})
        kustomer.no_pii_leaks()
        client.post(PATH, json={**CONTEXT, "and": [{"customer_phone": {"prefix": "+1555"}}]})
        marked = [step for entry in kustomer.journal.entries for step in entry.steps() if step["step"] == "search"]
        assert marked == [{"step": "search", "outcome": "masked", "detail": {"attributes": ("customer_phone",)}}]
        with pytest.raises(AssertionError, match="gives away masked values by parts or order: customer_phone"):
            kustomer.no_pii_leaks()


def test_the_option_is_kept_by_reset_fork_and_snapshot(shared_api: Api) -> None:
    """As every other option of a world."""
    with opened(shared_api, WorldSpec(name="strict", scenario="demo", masked_search="refuse")) as client:
        kept = client.world.snapshot()
        shared_api.worlds.reset(client.world)
        client.world.restore(kept)
        fork = shared_api.worlds.fork(client.world, "strict fork")
        assert (client.world.masked_search, fork.masked_search) == ("refuse", "refuse")
        shared_api.worlds.drop(fork.name)


def every_flag(api: Api) -> list[str]:
    return sorted({flag for flags in masked_by(api.contracts).values() for flag in flags})


def test_tools_and_world_agree_on_what_masks_a_search_attribute(shared_api: Api) -> None:
    """The tools know it from the contract, the world from its masks: one flag at a time, the same attributes."""
    known = masked_by(shared_api.contracts)
    for flag in every_flag(shared_api):
        kind, _, name = flag.partition(".")
        if kind in {"company", "kobject"}:
            continue
        group, named = ("properties", "someStr") if name == "custom.*" else ("standardProperties", name)
        with opened(shared_api, WorldSpec(name=flag)) as client:
            marked = client.put(f"/v1/metadata/{kind}", {group: {named: {"sensitive": True}}})
            assert marked.status == 200, flag
            masked = {attribute for attribute in shared_api.contracts.search if hidden(client, attribute)}
        assert masked == {attribute for attribute, flags in known.items() if flag in flags}, flag


def hidden(client: WorldClient, attribute: str) -> bool:
    path = shared_path(client, attribute)
    kinds = [kind for kind in ("customer", "conversation", "message") if attribute.startswith((f"{kind}_", "any_text"))]
    return any(client.world.masked_paths(kind).covers(path) for kind in kinds)


def shared_path(client: WorldClient, attribute: str) -> tuple[str, ...]:
    return client.world.contracts.search[attribute].path
