"""A scenario file can make a record of every type that the API shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.scenarios.files.kinds import MADE_BY, OF_THEMSELVES, RECORDS, SHOWN, STORED
from kustomer_sandbox.simulator.scenarios.files.loader import load_scenario, scenario_of
from kustomer_sandbox.simulator.scenarios.files.sections import NESTED, SECTIONS, ScenarioError
from tests.contracts.seeded import Seeded, every_read_meets_its_schema
from tests.promised import PromisedClient
from tests.world_client import WorldClient

FILE = Path(__file__).with_name("every_type.yaml")
GUIDE = Path(__file__).parents[2] / "docs" / "scenarios.md"


@pytest.fixture(scope="module")
def world(contracts: Contracts) -> Seeded:
    api = create_api(contracts)
    api.worlds.add_scenario("every-type", load_scenario(FILE))
    made = api.worlds.create(WorldSpec(name="every-type", scenario="every-type", plan="ultimate"))
    key = issue_key(api.worlds, made, read_sensitive=True)[0]
    return Seeded(PromisedClient(api=api, world=made, key=key))


def test_every_type_of_the_contracts_has_its_way_into_a_file(contracts: Contracts) -> None:
    """A new resource needs a line in one of the tables; no type stands in two."""
    shown = {resource.type for resource in contracts.resources.values() if resource.attributes_schema}
    own = {section.kind for section in (*SECTIONS.values(), *(each for of in NESTED.values() for each in of.values()))}
    ways = [*own, "tag", *MADE_BY, *STORED, *OF_THEMSELVES, *SHOWN]
    assert sorted(ways) == sorted(shown)


def test_a_file_makes_one_of_each(world: Seeded) -> None:
    """And what a world makes by itself is there, too."""
    shown = {resource.type for resource in world.contracts.resources.values() if resource.attributes_schema}
    assert {kind for kind in shown if not world.records(kind)} == set()


def test_what_a_file_has_made_is_answered_as_promised(world: Seeded) -> None:
    """Also what no call makes: it can be read by every operation that reads it."""
    every_read_meets_its_schema(world)


def test_the_guide_names_every_type() -> None:
    guide = GUIDE.read_text("utf-8")
    assert [kind for kind in RECORDS if f"`{kind}`" not in guide] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("records:\n  brands: {}\n", "2: records.brands is made by no entry here; known: app, attachment"),
        ("records:\n  brand:\n  - {name: B, iconUrl: x, colour: red}\n", "3: records.brand.0.colour is not"),
        ("records:\n  forward:\n  - {body: x}\n", "3: records.forward.0.in is required"),
        ("records:\n  work_session:\n  - {active: maybe}\n", "3: records.work_session.0.active must be"),
        ("records:\n  work_session:\n  - relationships: {user: '@users.jo'}\n", "3: .*relationships.user names no"),
        ("records:\n  sla:\n  - {relationships: {colour: red}}\n", "3: .*relationships.colour is no"),
        ("records:\n  sla_version:\n  - {name: V}\n", "3: records.sla_version.0 needs `relationships: {sla: "),
    ],
)  # fmt: skip
def test_a_mistake_in_records_is_told_with_its_line(world_client: WorldClient, text: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match=f"own.yaml:{reason}"):
        scenario_of(text, file="own.yaml")(world_client.world)
