"""How the console reads and acts through the REST API: without a trace, masked, in worlds that are kept as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi
from kustomer_sandbox.simulator.keeping.opening import open_kept
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.web.console.calls import CallRefused
from kustomer_sandbox.web.console.rest import act, looking

Open = Callable[[], Api]


@pytest.fixture(params=["memory", "file"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens a simulator, in memory or over a file; again and again, as restarts do."""
    made: list[KeptApi] = []

    def over_file() -> Api:
        for api in made:
            api.close()
        made.append(open_kept(f"sqlite:///{tmp_path}/worlds.db", create_api(), random_hex=lambda size: "ab" * size))
        return made[-1]

    yield create_api if request.param == "memory" else over_file
    made[-1].close() if made else None


def demo(api: Api) -> World:
    return api.opening(WorldSpec(name="main", scenario="demo"))[0]


def phones(answer: Any) -> list[str]:
    return [phone["phone"] for one in answer["data"] for phone in one["attributes"]["phones"]]


def standing(world: World) -> tuple[object, ...]:
    return world.journal.total, world.ids, dict(world.keys), len(list(world.faults.armed())), world.store.count("user")


def test_to_look_changes_nothing_and_meets_nothing(opened: Open) -> None:
    """Neither journal, budget, faults, keys nor worlds know of it: a used-up budget does not blind the console."""
    api = opened()
    world = demo(api)
    world.faults.arm(FaultMatch(), Status(status=503), times=1)
    world.configure(limits={"org": 1})
    before = standing(world)
    with looking(api, world) as look:
        found = [look.get("/v1/customers?pageSize=5") for _ in range(3)][-1]
        with pytest.raises(CallRefused, match="no customer"):
            look.get("/v1/customers/6a0000000000000000000404")

    assert standing(world) == before
    assert [one.name for one in api.worlds] == ["main"]
    assert set(phones(found)) == {"***"}
    assert [call.status for call in look.calls] == [200, 200, 200, 404]


def test_an_act_is_in_earnest_and_has_no_more_rights_than_a_key(opened: Open) -> None:
    """Even where the first key may read sensitive values, the console may not; and its own key is gone afterwards."""
    api = opened()
    world = api.worlds.create(WorldSpec(name="main", scenario="demo"))
    issue_key(api.worlds, world, read_sensitive=True)
    keys = dict(world.keys)
    call, said = act(api, world, "GET", "/v1/customers?pageSize=5")

    assert (call.status, set(phones(said)), world.journal.total) == (200, {"***"}, 1)
    assert world.keys == keys


def test_what_was_done_is_there_after_a_restart(opened: Open, request: pytest.FixtureRequest) -> None:
    """A look between two acts writes nothing down that a restart would trip over."""
    api = opened()
    world = demo(api)
    made = act(api, world, "POST", "/v1/customers", {"name": "Ann"})[1]["data"]["id"]
    with looking(api, world) as look:
        look.get(f"/v1/customers/{made}")
    act(api, world, "PUT", f"/v1/customers/{made}", {"name": "Anna"})
    if isinstance(api, KeptApi):
        api.keep()
        api = opened()
        world = next(iter(api.worlds))
    with looking(api, world) as look:
        found = look.get(f"/v1/customers/{made}")["data"]["attributes"]["name"]

    assert (found, world.journal.total) == ("Anna", 2), request.node.name
