"""Episodes over the control API: a world for each, bound to its MCP URL, and what is told of it at its end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from kustomer_sandbox.episodes import episodes
from tests.kustomer_sandbox.episode_stage import CANARIES, CREATE, ORIGIN, SEARCH, Stage, running, text

OPEN = "create_a_kustomer_customer_unmasking_window"
READ = "get_single_kustomer_customer_by_id"
SMALL = 50


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with running() as stage:
        yield stage


async def act(stage: Stage, episode: dict[str, Any], number: int, turn: int) -> str:
    """One call of an episode, by a tool or by REST: it makes a canary of its own, or looks for all that it can see."""
    name = f"canary-{number}-{turn}"
    by_tool, writes = bool((turn + number) % 2), turn % 4 < len(["by tool", "by REST"])
    if by_tool:
        return await stage.post(episode["mcp_url"], *((CREATE, {"name": name}) if writes else (SEARCH, CANARIES)))
    if writes:
        answer = await stage.rest(episode, "POST", "/v1/customers", json={"name": name})
    else:
        answer = await stage.rest(episode, "GET", "/v1/customers")
    assert answer.status_code in {200, 201}, answer.text
    return answer.text


async def spread_canaries(stage: Stage, many: int, calls: int) -> None:
    """So many episodes at once, with so many calls each, in turns: no answer shows another's canary, none is lost."""
    episodes = [await stage.begin() for _ in range(many)]
    for turn in range(calls):
        for number, episode in enumerate(episodes):
            seen = set(re.findall(r"canary-(\d+)-", await act(stage, episode, number, turn)))
            assert seen == {str(number)}, (turn, number, seen)
    for number, episode in enumerate(episodes):
        every = (await stage.rest(episode, "GET", "/v1/customers?pageSize=100")).text
        own = {f"canary-{number}-{turn}" for turn in range(calls) if turn % 4 < len(["by tool", "by REST"])}
        assert set(re.findall(r"canary-\d+-\d+", every)) == own


async def test_many_episodes_at_once_see_their_own_records_alone(stage: Stage) -> None:
    """Agents that learn or are judged side by side must not meet in one world. The full number is tried when slow."""
    await spread_canaries(stage, SMALL, 4)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_a_thousand_episodes_at_once_see_their_own_records_alone(stage: Stage) -> None:
    """A hundred thousand calls: the size at which a shared cache, a bounded table or a list of accounts would show."""
    await spread_canaries(stage, 1000, 100)


async def test_a_world_is_bound_to_the_url_whatever_the_client_keeps(stage: Stage) -> None:
    """Some clients keep a session, some open one for every call; the next call must find what the last one did."""
    episode, other = await stage.begin(), await stage.begin()
    async with stage.client(episode["mcp_url"]) as client, stage.client(other["mcp_url"]) as elsewhere:
        await client.call_tool(CREATE, {"name": "canary-1"})
        await stage.call(episode["mcp_url"], CREATE, {"name": "canary-2"})
        kept = text(await client.call_tool(SEARCH, CANARIES))
        assert text(await elsewhere.call_tool(SEARCH, CANARIES)).count("canary-1") == 0
    assert {"canary-1", "canary-2"} <= set(re.findall(r"canary-\d", kept))


async def test_the_same_plan_gives_the_same_world(stage: Stage) -> None:
    """A comparison of two agents is one of the agents."""
    first, second, other = [await stage.begin(scenario="demo", seed=seed) for seed in ("0", "0", "1")]
    listed = [(await stage.rest(one, "GET", "/v1/customers")).json()["data"] for one in (first, second, other)]
    assert listed[0] == listed[1]
    assert listed[0] != listed[2]


async def test_windows_of_one_episode_are_none_of_another(stage: Stage) -> None:
    """Episodes of one plan have customers of the same ids; a window in one must neither show nor refuse in another."""
    episodes = [await stage.begin(scenario="demo") for _ in range(2)]
    jane = (await stage.rest(episodes[0], "GET", "/v1/customers/email=jane.doe@example.com")).json()["data"]["id"]
    opened = await stage.call(episodes[0]["mcp_url"], OPEN, {"customer_id": jane})
    assert not opened.is_error, text(opened)
    read = [await stage.call(one["mcp_url"], READ, {"id": jane}) for one in episodes]
    assert [one.is_error for one in read] == [False, False]
    assert ["***" in text(one) for one in read] == [False, True]
    told = await stage.end(episodes[0])
    assert told["leases"] == [{"customer": jane, "tool": OPEN, "status": "open"}]
    assert (await stage.end(episodes[1]))["leases"] == []


async def test_the_end_tells_what_happened_and_leaves_nothing(stage: Stage) -> None:
    """Whoever grades an episode needs the difference it made; what is deleted stays so."""
    episode = await stage.begin()
    await stage.call(episode["mcp_url"], CREATE, {"name": "Ada"})
    await stage.rest(episode, "GET", "/v1/customers/" + 24 * "0")
    told = await stage.end(episode)
    assert (told["reason"], len(told["diff"]["customer"]["created"])) == ("deleted", 1)
    assert told["journal"]["statuses"].keys() == {"201", "404"}
    gone = await stage.http.post(episode["mcp_url"], json={})
    answers = [gone, await stage.rest(episode, "GET", "/v1/customers")]
    answers += [await stage.http.get(f"/_sandbox/{kind}/{episode['episode']}") for kind in ("episodes", "worlds")]
    answers += [await stage.http.delete(f"/_sandbox/episodes/{episode['episode']}")]
    assert [answer.status_code for answer in answers] == [401, 401, 404, 404, 404]
    assert stage.sandbox.mcp.provisioning.account(episode["episode"]) is None


async def test_the_beginning_of_an_episode_is_there_as_long_as_it_is(stage: Stage) -> None:
    """What differs can be asked before the end, too; so the end must find it, and a reset world is an episode still."""
    episode = await stage.begin()
    world = f"/_sandbox/worlds/{episode['episode']}"
    await stage.rest(episode, "POST", "/v1/customers", json={"name": "Ada"})
    told = await stage.http.get(f"{world}/diff", params={"since": episode["start"]})
    assert len(told.json()["types"]["customer"]["created"]) == 1
    assert (await stage.http.delete(f"{world}/snapshots/{episode['start']}")).status_code == 409
    await stage.http.post(f"{world}/reset")
    assert (await stage.end(episode))["diff"] == {}


async def test_a_fork_of_an_episode_is_a_world_like_any_other(stage: Stage) -> None:
    """Nobody asked for a second one, and it must not end by itself."""
    episode = await stage.begin(idle_seconds=60)
    forked = await stage.http.post(f"/_sandbox/worlds/{episode['episode']}/fork", json={"name": "fork"})
    assert forked.status_code == 201
    assert [one["episode"] for one in (await stage.http.get("/_sandbox/episodes")).json()] == [episode["episode"]]
    stage.clock.advance(60)
    await stage.sweep()
    assert [world.name for world in stage.sandbox.api.worlds] == ["main", "fork"]
    assert (await stage.http.get("/_sandbox/episodes/fork")).status_code == 404


async def test_there_is_an_end_to_what_is_open_and_to_what_is_remembered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody ends, and what nobody asks about, must not fill a machine."""
    monkeypatch.setattr(episodes, "MOST_EPISODES", 2)
    monkeypatch.setattr(episodes, "MOST_ENDED", 1)
    begun = [await stage.begin(idle_seconds=60) for _ in range(2)]
    refused = await stage.http.post("/_sandbox/episodes", json={"scenario": "empty"})
    assert refused.status_code == 429
    stage.clock.advance(60)
    await stage.sweep()
    told = [(await stage.http.delete(f"/_sandbox/episodes/{one['episode']}")).status_code for one in begun]
    assert told == [404, 200]


async def test_key_and_url_are_shown_once(stage: Stage) -> None:
    """A list of episodes is looked at by people who do not act in them."""
    episode = await stage.begin()
    for path in ("/_sandbox/episodes", f"/_sandbox/episodes/{episode['episode']}"):
        shown = (await stage.http.get(path)).text
        assert episode["episode"] in shown
        assert episode["api_key"] not in shown
        assert episode["mcp_url"].removeprefix(ORIGIN) not in shown


@pytest.mark.parametrize("way", ["tool", "rest"])
async def test_an_idle_episode_ends_by_itself_and_one_in_use_does_not(stage: Stage, way: str) -> None:
    """What nobody ends would stay for ever; the server's clock counts, since a world's own may stand still."""
    idle, used = [await stage.begin(idle_seconds=60) for _ in range(2)]
    await stage.call(idle["mcp_url"], CREATE, {"name": "Ada"})
    await stage.sweep()
    for _ in range(3):
        stage.clock.advance(40)
        if way == "tool":
            async with stage.client(used["mcp_url"]) as client:
                await client.list_tools()
        else:
            await stage.rest(used, "GET", "/v1/customers")
        await stage.sweep()
    open_now = (await stage.http.get("/_sandbox/episodes")).json()
    assert [one["episode"] for one in open_now] == [used["episode"]]
    assert (await stage.http.post(idle["mcp_url"], json={})).status_code == 401
    told = await stage.end(idle)
    assert (told["reason"], len(told["diff"]["customer"]["created"])) == ("idle", 1)


async def test_an_episode_shows_the_tools_it_was_asked_for(stage: Stage) -> None:
    """The tools are part of what an agent is tried with."""
    episode = await stage.begin(tools={"filter": "read_only"})
    async with stage.client(episode["mcp_url"]) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert SEARCH in names
    assert CREATE not in names


REFUSED = [
    ({"scenario": "unknown"}, "scenario must be one of"),
    ({"plan": "unknown"}, "plan must be one of"),
    ({"tools": {"tags": ["unknown"]}}, "`tools.tags[0]`"),
    ({"name": "mine"}, "name"),
    ({"idle_seconds": 0}, "idle_seconds"),
]


@pytest.mark.parametrize(("asked", "told"), REFUSED, ids=["scenario", "plan", "tools", "name", "idle"])
async def test_what_cannot_be_is_refused_and_leaves_nothing(stage: Stage, asked: dict[str, object], told: str) -> None:
    """A mistake must not cost a world that nobody ends."""
    answer = await stage.http.post("/_sandbox/episodes", json=asked)
    assert answer.status_code == 400
    assert told in answer.json()["errors"][0]["message"]
    assert [world.name for world in stage.sandbox.api.worlds] == ["main"]


async def test_any_world_can_be_given_an_mcp_url_that_ends_with_it(stage: Stage) -> None:
    """A world made by the control API is as good as the first one; another of its name is another world."""
    urls: list[str] = []
    for turn in range(2):
        await stage.http.post("/_sandbox/worlds", json={"name": "mine"})
        made = (await stage.http.post("/_sandbox/worlds/mine/mcp", json={"tools": {"methods": ["write"]}})).json()
        assert made["account_id"] == "mine"
        done = await stage.call(made["mcp_url"], CREATE, {"name": f"canary-{turn}"})
        assert not done.is_error, text(done)
        world = stage.sandbox.api.worlds.get("mine")
        assert world is not None
        assert world.records.count("customer") == 1
        assert [(await stage.http.post(url, json={})).status_code for url in urls] == [401] * turn
        urls.append(made["mcp_url"])
        await stage.http.delete("/_sandbox/worlds/mine")
    await stage.sweep()
    assert (await stage.http.post(urls[-1], json={})).status_code == 401


async def test_the_first_world_can_have_another_url(stage: Stage) -> None:
    """Its account is there already and keeps its key."""
    made = (await stage.http.post("/_sandbox/worlds/main/mcp")).json()
    assert not (await stage.call(made["mcp_url"], CREATE, {"name": "Ada"})).is_error
    assert len(stage.sandbox.world.keys) == 1


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("GET", "/x"), ("DELETE", "/x")])
async def test_pages_of_other_sites_and_strangers_reach_no_episode(stage: Stage, method: str, path: str) -> None:
    """A page in a browser must not make worlds, nor read their keys: the control API's own rules hold here."""
    foreign = {"origin": "https://example.com"}
    named = {"host": "rebound.example"}
    answers = [
        await stage.http.request(method, f"/_sandbox/episodes{path}", headers=headers) for headers in (foreign, named)
    ]
    assert [answer.status_code for answer in answers] == [403, 421]
    async with running(is_shared=True) as shared:
        transport = httpx2.ASGITransport(app=shared.sandbox.app, client=("203.0.113.9", 1))
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as stranger:
            assert (await stranger.request(method, f"/_sandbox/episodes{path}")).status_code == 403
