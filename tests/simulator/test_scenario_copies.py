"""`copies` in a scenario file: a large world from a few lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario, scenario_of, scenario_of_mapping
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.world.world import World

MANY: dict[str, Any] = {
    "customers": {"many": {"copies": 3, "name": "Customer {n}", "emails": [{"email": "c{n}@example.com"}]}},
    "conversations": {
        "late": {"copies": 7, "customer": "many", "name": "Parcel {n}", "messages": [
            {"channel": "chat", "app": "chat", "preview": "Where is parcel {n}?", "direction": "in"},
        ]},
        "one": {"customer": "many-2", "name": "By its name"},
    },
}  # fmt: skip


def made(contracts: Contracts, scenario: FileScenario) -> World:
    api = create_api(contracts)
    api.worlds.add_scenario("many", scenario)
    return api.worlds.create(WorldSpec(name="many", scenario="many"))


def shown(world: World, kind: str, attribute: str) -> list[Any]:
    return [record["attributes"][attribute] for record in world.records.find(kind, "id")]


def test_each_copy_has_its_number_and_the_next_of_what_it_names(contracts: Contracts) -> None:
    world = made(contracts, scenario_of_mapping(MANY, name="many"))
    assert shown(world, "customer", "name") == ["Customer 1", "Customer 2", "Customer 3"]
    assert shown(world, "conversation", "name") == [*[f"Parcel {n}" for n in range(1, 8)], "By its name"]
    assert shown(world, "message", "preview") == [f"Where is parcel {n}?" for n in range(1, 8)]
    customers = [record["id"] for record in world.records.find("customer", "id")]
    owners = [each["relationships"]["customer"]["id"] for each in world.records.find("conversation", "id")]
    assert [customers.index(owner) for owner in owners] == [0, 1, 2, 0, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("copies", "words"),
    [
        ("0", "customers.a.copies must be a whole number from 1 to 1,000,000"),
        ("yes", "customers.a.copies must be a whole number from 1 to 1,000,000"),
        ("1000000}\n  b: {name: B", "customers.b is more than the file may come to, which is 1,000,000 entries"),
    ],
)
def test_a_number_that_is_none_or_too_large_is_refused_with_its_line(copies: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=f"many.yaml:[23]: {words}"):
        scenario_of(f"customers:\n  a: {{name: A, copies: {copies}}}\n", file="many.yaml")


def test_who_waits_is_told_how_far_it_is(contracts: Contracts) -> None:
    """From the beginning to the end, that of a file that is refused on its way included."""
    told: list[tuple[int, int]] = []
    scenario = scenario_of_mapping({"customers": {"many": {"copies": 450, "name": "{n}"}}}, name="many")
    made(contracts, replace(scenario, progress=lambda *far: told.append(far)))
    assert told == [(0, 450), (200, 450), (400, 450), (450, 450)]
    told.clear()
    wrong = scenario_of_mapping({"customers": {"many": {"copies": 450, "name": 5}}}, name="many")
    with pytest.raises(ScenarioError):
        made(contracts, replace(wrong, progress=lambda *far: told.append(far)))
    assert told == [(0, 450), (450, 450)]
