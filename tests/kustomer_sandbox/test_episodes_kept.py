"""With a state, a restart loses no episode: its URL and key work, and its world is as it was."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.kustomer_sandbox.episode_stage import CANARIES, CREATE, SEARCH, running, text

JANE: dict[str, Any] = {"name": "canary-jane", "phones": [{"phone": "+15550100"}]}


async def test_a_restart_finds_every_episode_as_it_was(tmp_path: Path) -> None:
    """Long runs of many agents outlive a server: what they have done so far must be there, to the byte."""
    async with running(state=tmp_path) as stage:
        episodes = []
        for seed in "01":
            episodes.append(await stage.begin(seed=seed, tools={"tags": ["customers"]}))
            stage.clock.advance(1)
        for number, episode in enumerate(episodes):
            await stage.call(episode["mcp_url"], CREATE, {"name": f"canary-{number}"})
            await stage.rest(episode, "POST", "/v1/customers", json={"name": "canary-rest"})
        before = [(await stage.rest(one, "GET", "/v1/customers")).json() for one in episodes]
    async with running(state=tmp_path) as stage:
        shown = (await stage.http.get("/_sandbox/episodes")).json()
        assert [one["episode"] for one in shown] == [one["episode"] for one in episodes]
        assert [(one["kept"], one["calls"]) for one in shown] == [(True, 3)] * 2
        assert [(await stage.rest(one, "GET", "/v1/customers")).json() for one in episodes] == before
        found = [text(await stage.call(one["mcp_url"], SEARCH, CANARIES)) for one in episodes]
        assert ["canary-0" in one for one in found] == [True, False]
        told = await stage.end(episodes[0])
        assert len(told["diff"]["customer"]["created"]) == 2
    async with running(state=tmp_path) as stage:
        shown = (await stage.http.get("/_sandbox/episodes")).json()
        assert [(one["episode"], one["calls"]) for one in shown] == [(episodes[1]["episode"], 6)]
        assert (await stage.http.post(episodes[0]["mcp_url"], json={})).status_code == 401


async def test_what_a_fault_did_to_a_call_is_as_it_was_after_a_restart(tmp_path: Path) -> None:
    """A refused customer must not be there; one whose answer was lost, cut or late must, and armed faults still are."""
    faults: list[dict[str, Any]] = [{"kind": "status", "status": 503}, {"kind": "lost_answer"}]
    faults += [{"kind": "cut_body", "after": 9}, {"kind": "latency", "duration": "PT1H", "clock": "world"}]
    async with running(state=tmp_path) as stage:
        episode = await stage.begin()
        world = f"/_sandbox/worlds/{episode['episode']}"
        for fault in faults:
            armed = await stage.http.post(f"{world}/faults", json={"fault": fault, "match": {"method": "POST"}})
            assert armed.status_code == 201, armed.text
            with suppress(ConnectionResetError):
                await stage.rest(episode, "POST", "/v1/customers", json={"name": fault["kind"]})
        await stage.http.post(f"{world}/faults", json={"fault": {"kind": "status", "status": 503}})
        clock = (await stage.http.get(f"{world}/clock")).json()
    async with running(state=tmp_path) as stage:
        assert (await stage.http.get(f"{world}/clock")).json() == clock
        assert (await stage.rest(episode, "GET", "/v1/customers")).status_code == 503
        listed = (await stage.rest(episode, "GET", "/v1/customers")).json()["data"]
        assert {one["attributes"]["name"] for one in listed} == {"lost_answer", "cut_body", "latency"}


async def test_calls_from_before_a_restart_are_not_judged_by_what_is_known_of_them(tmp_path: Path) -> None:
    """What was sent is known to its process alone: a verdict that leaves it out would be a guess."""
    async with running(state=tmp_path) as stage:
        before = [await stage.begin(scenario="verify-a-phone") for _ in range(2)]
        await stage.rest(before[0], "GET", "/v1/customers")
    async with running(state=tmp_path) as stage:
        verdicts = [(await stage.end(episode))["grade"] for episode in before]
    firsts = [verdict["criteria"][0]["criterion"] for verdict in verdicts]
    assert firsts[0] == "trace" != firsts[1], "one has been called before"


async def test_what_is_kept_holds_no_key_and_is_for_this_user_alone(tmp_path: Path) -> None:
    """Whoever reads a copy of the state must not be able to call by it; what an episode was goes with it."""
    file = tmp_path / "state" / "episodes.sqlite3"
    async with running(state=file.parent, is_shared=True) as stage:
        other = stage.sandbox.api_key
    async with running(state=file.parent) as stage:
        episode = await stage.begin()
        await stage.rest(episode, "POST", "/v1/customers", json=JANE)
        await stage.call(episode["mcp_url"], CREATE, {"name": "Ada"})
        token = episode["mcp_url"].rpartition("/")[2]
        files = list(file.parent.glob("episodes.sqlite3*"))
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        kept = b"".join(one.read_bytes() for one in files)
        assert JANE["name"].encode() in kept
        assert [secret.encode() in kept for secret in (episode["api_key"], token, other)] == [False] * 3
        await stage.end(episode)
    assert JANE["name"].encode() not in file.read_bytes()


async def test_only_episodes_are_kept(tmp_path: Path) -> None:
    """The first world is seeded anew, as without a state; a store keeps all."""
    async with running(state=tmp_path) as stage:
        main = {"api_key": stage.sandbox.api_key}
        await stage.begin()
        assert (await stage.rest(main, "POST", "/v1/customers", json=JANE)).status_code == 201
    async with running(state=tmp_path) as stage:
        main = {"api_key": stage.sandbox.api_key}
        assert (await stage.rest(main, "GET", "/v1/customers")).json()["data"] == []
        assert len((await stage.http.get("/_sandbox/episodes")).json()) == 1


async def test_the_urls_of_other_worlds_end_with_their_process(tmp_path: Path) -> None:
    """A world that was not kept must not be met again by an old URL, whatever is made under its name."""
    async with running(state=tmp_path) as stage:
        await stage.http.post("/_sandbox/worlds", json={"name": "mine"})
        url = (await stage.http.post("/_sandbox/worlds/mine/mcp")).json()["mcp_url"]
    async with running(state=tmp_path) as stage:
        await stage.http.post("/_sandbox/worlds", json={"name": "mine"})
        await stage.http.post("/_sandbox/worlds/mine/mcp")
        assert (await stage.http.post(url, json={})).status_code == 401


async def test_a_second_server_of_the_same_state_leaves_its_episodes_alone(tmp_path: Path) -> None:
    """Two that wrote down the same worlds would each spoil the other's."""
    async with running(state=tmp_path) as stage:
        episode = await stage.begin()
        async with running(state=tmp_path) as second:
            assert (await second.http.get("/_sandbox/episodes")).json() == []
            assert (await second.begin())["kept"] is False
        assert (await stage.rest(episode, "GET", "/v1/customers")).status_code == 200
        assert not (await stage.call(episode["mcp_url"], CREATE, {"name": "Ada"})).is_error
