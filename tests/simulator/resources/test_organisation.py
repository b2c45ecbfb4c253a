"""The organisation's set-up as the demo world has it: a default brand and schedule, role groups, all roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.simulator.refused_calls import system_group
from tests.world_client import WorldClient, opened


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="organisation", scenario="demo")) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "name"), [("/v1/brands/default", "Wayfarer Goods"), ("/v1/schedules/default", "Weekdays")]
)
def test_the_default_brand_and_schedule_are_found_where_there_is_one(
    world_client: WorldClient, demo_client: WorldClient, path: str, name: str
) -> None:
    assert demo_client.get(path).attributes["name"] == name
    assert world_client.get(path).status == 404


def test_a_schedule_shows_what_is_included_of_it(demo_client: WorldClient) -> None:
    """Holidays are not served: where they are asked for there are none."""
    assert demo_client.get("/v1/schedules/default", "include=holidays").json["included"] == []
    assert "included" not in demo_client.get("/v1/schedules/default").json


def test_a_role_group_of_the_system_stays_as_it_is(world_client: WorldClient) -> None:
    path = f"/v1/role-groups/{system_group(world_client)}"
    assert world_client.put(path, {"name": "Mine"}).status == 409
    assert world_client.delete(path).status == 409
    assert world_client.get(path).attributes["name"] == "Agent"


def test_all_roles_are_listed_by_name(world_client: WorldClient) -> None:
    """Each role that any operation asks for, and each above it."""
    names = [role["id"] for role in world_client.get("/v1/auth/roles").data]
    assert names == sorted(set(names))
    assert {"org", "org.user", "org.user.customer.read", "org.permission.brand.create"} <= set(names)
    operations = world_client.world.contracts.operations.values()
    assert {role for operation in operations for role in operation.roles if "{" not in role} <= set(names)
