"""Where the worlds of a fleet live, and that its main port is one place for all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.values.auth import digest
from tests.fleet.fleet_stage import ORIGINS, Stage, running


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for all tests here, since they share a fleet: building three applications takes a second."""
    return "asyncio"


@pytest.fixture(scope="module")
async def fleet() -> AsyncIterator[Stage]:
    async with running() as stage:
        yield stage


@pytest.fixture
async def stage(fleet: Stage) -> Stage:
    """The fleet with its first world alone, and all its workers."""
    for worker in (1, 2):
        fleet.directory.opened(worker)
    for name in (await fleet.names(fleet.main))[1:]:
        await fleet.main.delete(f"/_sandbox/worlds/{name}")
    fleet.directory._given.clear()  # noqa: SLF001 - what earlier tests were given
    return fleet


async def test_a_new_world_goes_where_the_fewest_are(stage: Stage) -> None:
    """The main worker has one already; of those with as few the first is taken, so the same calls give the same."""
    made = [(await stage.make())["base_url"] for _ in range(5)]
    assert made == [ORIGINS[1], ORIGINS[2], ORIGINS[0], ORIGINS[1], ORIGINS[2]]


async def test_worlds_asked_for_at_once_are_spread_as_well(stage: Stage) -> None:
    """Those that are being made count: a burst must not end in one worker, and no name is given twice."""
    made = await asyncio.gather(*(stage.make() for _ in range(29)))
    assert Counter(one["base_url"] for one in made) == dict.fromkeys(ORIGINS, 10) | {ORIGINS[0]: 9}
    assert len({one["name"] for one in made}) == 29


async def test_the_key_of_a_world_opens_it_at_its_base_url(stage: Stage) -> None:
    """Calls pass no other process: the worker that answers has the world itself."""
    made = await stage.make()
    headers = {"authorization": f"Bearer {made['api_key']}"}
    there, at_main = [await port.get("/v1/customers", headers=headers) for port in (stage.port_of(made), stage.main)]
    assert (made["base_url"], there.status_code, at_main.status_code) == (ORIGINS[1], 200, 401)


async def test_the_same_seed_gives_the_same_world_in_whichever_worker(stage: Stage) -> None:
    """An agent is judged by the same bytes wherever it was put."""
    seen = []
    for _ in range(3):
        made = await stage.make(seed="7")
        headers = {"authorization": f"Bearer {made['api_key']}"}
        answers = [
            await stage.port_of(made).post("/v1/customers", headers=headers, json={"name": "Jane"}),
            await stage.port_of(made).get("/v1/users/current", headers=headers),
        ]
        seen.append((made["base_url"], [(answer.status_code, answer.content) for answer in answers]))
    (first, told), (second, told_again), (third, told_once_more) = seen
    assert {first, second, third} == set(ORIGINS)
    assert [status for status, _ in told] == [201, 200]
    assert told == told_again == told_once_more


@pytest.mark.parametrize("port", [0, 1, 2])
async def test_any_worker_controls_any_world(stage: Stage, port: int) -> None:
    """The main port is the one place for control, and whoever asks elsewhere is not sent away."""
    made = [await stage.make() for _ in range(3)]
    for world in made:
        path = f"/_sandbox/worlds/{world['name']}"
        shown = await stage.ports[port].get(path)
        moved = await stage.ports[port].post(f"{path}/clock", json={"advance": "PT61S"})
        assert (shown.json()["name"], moved.status_code) == (world["name"], 200)
    assert await stage.names(stage.ports[port]) == ["main", *(world["name"] for world in made)]
    dropped = [(await stage.ports[port].delete(f"/_sandbox/worlds/{world['name']}")).status_code for world in made]
    assert (dropped, await stage.names(stage.main)) == ([204, 204, 204], ["main"])


@pytest.mark.parametrize("port", [0, 1, 2])
async def test_an_episode_is_ended_at_any_port_and_told_of_once(stage: Stage, port: int) -> None:
    """Whoever started it need not remember where it went."""
    begun = [(await stage.ports[port].post("/_sandbox/episodes", json={})).json() for _ in range(3)]
    assert {one["base_url"] for one in begun} == {one["mcp_url"].partition("/mcp/")[0] for one in begun} == set(ORIGINS)
    listed = (await stage.ports[port].get("/_sandbox/episodes")).json()
    assert [one["episode"] for one in listed] == [one["episode"] for one in begun]
    for one in begun:
        path = f"/_sandbox/episodes/{one['episode']}"
        ended, again = [await stage.ports[port].delete(path) for _ in range(2)]
        assert (ended.json()["episode"], ended.status_code, again.status_code) == (one["episode"], 200, 404)
    assert await stage.names(stage.main) == ["main"]


async def test_a_name_is_given_once_in_the_whole_fleet(stage: Stage) -> None:
    """Two worlds of one name could not be told apart at the main port."""
    made = await stage.make(name="mine")
    again = await stage.main.post("/_sandbox/worlds", json={"name": "mine"})
    fork = await stage.main.post("/_sandbox/worlds/main/fork", json={"name": "mine"})
    assert [answer.status_code for answer in (again, fork)] == [409, 409]
    await stage.port_of(made).delete("/_sandbox/worlds/mine")
    assert (await stage.make(name="mine"))["name"] == "mine"


async def test_of_one_name_asked_for_many_times_at_once_one_is_made(stage: Stage) -> None:
    """The directory learns of a world when it is made; until then its name is held."""
    asked = [stage.main.post("/_sandbox/worlds", json={"name": "mine"}) for _ in range(6)]
    statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(statuses) == [201, *[409] * 5]


async def test_a_fork_lives_beside_its_origin(stage: Stage) -> None:
    """Copying on write works within a process; the fork's own addresses are told as those of a new world."""
    made = await stage.make()
    fork = (await stage.ports[2].post(f"/_sandbox/worlds/{made['name']}/fork")).json()
    assert fork["base_url"] == made["base_url"] == fork["mcp_url"].partition("/mcp/")[0]
    assert await stage.names(stage.main) == ["main", made["name"], fork["name"]]


async def test_the_mcp_url_of_a_new_world_works_when_it_is_first_called(stage: Stage) -> None:
    """An account and an MCP server are made for it only then, or when the management API is asked for them."""
    first, second = await stage.make(), await stage.make()
    answer = await stage.port_of(first).get(first["mcp_url"] + "/discovery")
    unknown = await stage.port_of(second).get(second["mcp_url"][:-1] + "/discovery")
    assert (answer.status_code == unknown.status_code, unknown.status_code) == (False, 401)
    headers = {"authorization": "Bearer of the fleet"}
    paths = [f"/integrated-account/{made['name']}/mcp" for made in (first, second)]
    listed = [(await stage.ports[2].get(path, headers=headers)).json() for path in paths]
    assert [[server["name"] for server in one["result"]] for one in listed] == [[first["name"]], [second["name"]]]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"content": b"{"}, 400),
        ({"content": b""}, 400),
        ({"json": {"scenario": "nothing"}}, 400),
        ({"json": {"name": "no name at all"}}, 400),
        ({"json": {"name": 7}}, 400),
        ({"json": []}, 400),
        ({"content": b" " * 1_100_000}, 413),
    ],
)
async def test_what_one_worker_refuses_a_fleet_refuses(stage: Stage, asked: dict[str, Any], status: int) -> None:
    """And nothing is left of it: neither the name nor the place that was kept for it."""
    answer = await stage.main.post("/_sandbox/worlds", headers={"content-type": "application/json"}, **asked)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, answer.json()["errors"][0]["code"])
    assert [(await stage.make())["base_url"] for _ in range(3)] == [ORIGINS[1], ORIGINS[2], ORIGINS[0]]


async def test_worlds_of_a_worker_that_has_ended_are_named_as_gone(stage: Stage) -> None:
    """They must not look as if they had never been, and the others live on. Here the worker is only taken for dead."""
    made = [await stage.make() for _ in range(3)]
    episode = (await stage.main.post("/_sandbox/episodes")).json()
    assert episode["base_url"] == ORIGINS[1]
    assert stage.directory.lost(1) == [made[0]["name"], episode["episode"]]
    paths = [f"/_sandbox/worlds/{world['name']}" for world in made] + [f"/_sandbox/episodes/{episode['episode']}"]
    answers = [await stage.main.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [410, 200, 200, 410]
    assert answers[0].json()["errors"][0]["message"].startswith(f"The world {made[0]['name']} is gone: the worker")
    assert (await stage.make(name=made[0]["name"]))["base_url"] == ORIGINS[2]
    assert (await stage.main.get(paths[0])).status_code == 200
    for left in (made[0]["name"], episode["episode"]):
        await stage.ports[1].delete(f"/_sandbox/worlds/{left}")


async def test_the_control_token_is_asked_for_at_every_port() -> None:
    """A request that another worker passes on is that of whoever sent it, and no more."""
    async with running(Access(token=digest("a-token-of-the-fleet"))) as stage:
        shown = {"authorization": "Bearer a-token-of-the-fleet"}
        made = (await stage.main.post("/_sandbox/worlds", json={}, headers=shown)).json()
        for port in stage.ports:
            for path in ("/_sandbox/worlds", f"/_sandbox/worlds/{made['name']}", "/_sandbox/health"):
                answers = [await port.get(path, headers=headers) for headers in ({}, shown)]
                assert [answer.status_code for answer in answers] == [401, 200]
            assert (await port.post("/_sandbox/worlds", json={})).status_code == 401


async def test_health_counts_the_worlds_of_all(stage: Stage) -> None:
    """It is what a load balancer or a dashboard looks at."""
    for _ in range(4):
        await stage.make()
    assert [(await port.get("/_sandbox/health")).json()["worlds"] for port in stage.ports] == [5, 5, 5]
