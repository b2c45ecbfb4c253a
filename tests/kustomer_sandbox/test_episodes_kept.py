"""With a state, a restart loses no episode: its URL and key work, and its world is as it was."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.kustomer_sandbox.episode_stage import CANARIES, CREATE, SEARCH, running, text

JANE = {"name": "canary-jane", "phones": [{"phone": "+15550100"}]}


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
        assert [(one["kept"], one["calls_restored"], one["calls_differing"]) for one in shown] == [(True, 3, 0)] * 2
        assert [(await stage.rest(one, "GET", "/v1/customers")).json() for one in episodes] == before
        found = [text(await stage.call(one["mcp_url"], SEARCH, CANARIES)) for one in episodes]
        assert ["canary-0" in one for one in found] == [True, False]
        told = await stage.end(episodes[0])
        assert len(told["diff"]["customer"]["created"]) == 2
    async with running(state=tmp_path) as stage:
        shown = (await stage.http.get("/_sandbox/episodes")).json()
        assert [(one["episode"], one["calls_restored"]) for one in shown] == [(episodes[1]["episode"], 6)]
        assert (await stage.http.post(episodes[0]["mcp_url"], json={})).status_code == 401


async def test_calls_that_a_fault_stood_in_for_are_not_made_at_the_restart(tmp_path: Path) -> None:
    """A refused customer must not be there after a restart; one whose answer was lost must."""
    async with running(state=tmp_path) as stage:
        episode = await stage.begin()
        faults = f"/_sandbox/worlds/{episode['episode']}/faults"
        await stage.http.post(faults, json={"fault": {"kind": "status", "status": 503}, "times": 1})
        assert (await stage.rest(episode, "POST", "/v1/customers", json={"name": "refused"})).status_code == 503
        await stage.rest(episode, "POST", "/v1/customers", json={"name": "made"})
    async with running(state=tmp_path) as stage:
        listed = (await stage.rest(episode, "GET", "/v1/customers")).json()["data"]
        assert [one["attributes"]["name"] for one in listed] == ["made"]


async def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    """A process dies when it dies; the call whose answer never went out need not have happened."""
    async with running(state=tmp_path) as stage:
        episode = await stage.begin()
        await stage.rest(episode, "POST", "/v1/customers", json={"name": "whole"})
    file = tmp_path / "episodes" / f"{episode['episode']}.jsonl"
    with file.open("ab") as kept:
        kept.write(b'{"at": "2026-06-09T12')
    for _ in range(2):
        async with running(state=tmp_path) as stage:
            listed = (await stage.rest(episode, "GET", "/v1/customers")).json()["data"]
            assert [one["attributes"]["name"] for one in listed] == ["whole"]


async def test_what_is_kept_holds_no_key_and_is_for_this_user_alone(tmp_path: Path) -> None:
    """Whoever reads a copy of the state must not be able to call by it."""
    async with running(state=tmp_path) as stage:
        episode = await stage.begin()
        await stage.rest(episode, "POST", "/v1/customers", json=JANE)
        await stage.call(episode["mcp_url"], CREATE, {"name": "Ada"})
        token = episode["mcp_url"].rpartition("/")[2]
        file = tmp_path / "episodes" / f"{episode['episode']}.jsonl"
        kept = file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert len(kept.splitlines()) == 3
        assert episode["api_key"] not in kept
        assert token not in kept
        await stage.end(episode)
        assert not file.exists()


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
    """Two that made the same calls anew and wrote them down would each spoil the other's."""
    async with running(state=tmp_path) as stage:
        episode = await stage.begin()
        async with running(state=tmp_path) as second:
            assert (await second.http.get("/_sandbox/episodes")).json() == []
            assert (await second.begin())["kept"] is False
        assert (await stage.rest(episode, "GET", "/v1/customers")).status_code == 200
        assert not (await stage.call(episode["mcp_url"], CREATE, {"name": "Ada"})).is_error
