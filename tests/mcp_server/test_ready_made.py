"""Ready-made filters: none lets more tools pass than its clients take, and each says what a scenario lacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx2
import pytest
from fastapi import FastAPI

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management.management import create_router
from kustomer_sandbox.mcp_server.model import FilterName
from kustomer_sandbox.mcp_server.tools import ready_made
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.ready_made import FILTERS, SCENARIOS, lacking, passes
from tests.mcp_server.conftest import ACCOUNT

pytestmark = pytest.mark.anyio

Tools = Mapping[str, Definition]
LARGEST_CEILING = 128
VERIFY, TRIAGE = SCENARIOS


def names(name: FilterName, tools: Tools) -> list[str]:
    return [tool for tool, definition in tools.items() if passes(name, definition.tool)]


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_lets_more_pass_than_its_ceiling(tools: Tools, name: FilterName) -> None:
    """A client that takes 40 tools drops the others without a word, or refuses all."""
    assert 0 < len(names(name, tools)) <= FILTERS[name].ceiling


def test_the_widest_filter_serves_clients_with_the_largest_ceiling(tools: Tools) -> None:
    """OpenAI takes 128 functions: without a filter there are more."""
    assert FILTERS["wide"].ceiling == LARGEST_CEILING < len(tools)
    assert set(names("support", tools)) <= set(names("support_wide", tools)) <= set(names("wide", tools))


def test_every_name_a_filter_or_a_scenario_speaks_of_is_a_tool(tools: Tools) -> None:
    """A tool that was renamed would be missing in silence."""
    spoken = ready_made.SUPPORT | ready_made.PRIVACY | frozenset().union(*SCENARIOS.values())
    assert spoken - tools.keys() == set()


def test_each_filter_plays_the_scenarios_it_is_made_for(tools: Tools) -> None:
    """And what it is not made for lacks exactly what its purpose leaves out."""
    lacks = {name: lacking(names(name, tools)) for name in FILTERS}
    assert lacks["support"] == lacks["support_wide"] == lacks["wide"] == {VERIFY: [], TRIAGE: []}
    assert lacks["privacy"][VERIFY] == []
    assert all(not passes("read_only", tools[tool].tool) for lack in lacks["read_only"].values() for tool in lack)
    assert lacks["read_only"][VERIFY] != []
    assert "update_a_kustomer_conversation_by_id" in lacks["privacy"][TRIAGE]


def test_read_only_lets_nothing_pass_that_changes_or_unmasks(tools: Tools) -> None:
    """Its name is a promise to whoever hands the URL out."""
    for name in names("read_only", tools):
        assert tools[name].annotations["readOnlyHint"]
        assert tools[name].operation.method in {"GET", "POST"}
        assert "unmask" not in name


@pytest.fixture
async def api(server: McpServer) -> AsyncIterator[httpx2.AsyncClient]:
    """The management API of a server with one account, and an API token in its client."""
    server.provisioning.put_account(ACCOUNT)
    app = FastAPI()
    app.include_router(create_router(server))
    headers = {"authorization": f"Bearer {server.default_api_token()}"}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700", headers=headers) as client:
        yield client


async def test_the_management_api_tells_what_each_lets_pass(api: httpx2.AsyncClient, tools: Tools) -> None:
    """An operator chooses by ceiling and purpose, and sees what a scenario would lack."""
    told = {record["name"]: record for record in (await api.get("/integrated-account/acme/filters")).json()}
    assert told.keys() == FILTERS.keys()
    for name, made in FILTERS.items():
        assert told[name]["tool_count"] == len(names(name, tools))
        assert (told[name]["ceiling"], told[name]["purpose"]) == (made.ceiling, made.purpose)
        assert told[name]["missing"] == lacking(names(name, tools))


async def test_a_server_is_made_with_a_filter_and_other_filters_narrow_it(api: httpx2.AsyncClient) -> None:
    """It is a filter like the others: it is kept by its name, all that are given must pass, and null lifts it."""
    base = "/integrated-account/acme/mcp"
    made = (await api.post(base, json={"config": {"filter": "support", "tags": ["directory"]}})).json()
    assert made["config"] == {
        "methods": None,
        "tags": ["directory"],
        "filter": "support",
        "tool_exposure": "all",
        "require_api_token_auth": False,
        "max_result_chars": 30_000,
        "masked_search": "exact",
        "strict_arguments": False,
    }
    lifted = await api.patch(f"{base}/{made['id']}", json={"config": {"filter": None}})
    assert lifted.json()["config"]["filter"] is None
    nothing = await api.post(base, json={"config": {"filter": "read_only", "tags": ["privacy"]}})
    assert (nothing.status_code, "No tool passes" in nothing.json()["message"]) == (400, True)
    unknown = await api.post(base, json={"config": {"filter": "suport"}})
    assert "body `config.filter`:" in unknown.json()["message"]


async def test_frameworks_are_told_of_tools_as_models_are(api: httpx2.AsyncClient, tools: Tools) -> None:
    """What they hand to a model's API must be what such an API takes, its two parts as well."""
    told = (await api.get("/integrated-account/acme/tools")).json()
    assert [record["name"] for record in told] == list(tools)
    for record in told:
        listed = tools[record["name"]].listed
        assert (record["input_schema"], record["description"]) == (listed.input_schema, listed.description)
        parts = [record[part].get("properties", {}) for part in ("query_schema", "body_schema")]
        assert parts[0] | parts[1] == listed.input_schema["properties"]
        assert "$ref" not in str(parts)
