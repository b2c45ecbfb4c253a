"""`up --store` as a user meets it: processes that end and are killed, and a sandbox that goes on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import httpx
import pytest
from mcp.client import Client

from kustomer_sandbox.app import create_sandbox
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi
from kustomer_sandbox.simulator.keeping.opening import open_kept
from kustomer_sandbox.web.keeping import KeepingApp
from tests.control_client import HERE
from tests.interop.killing import OPEN
from tests.kustomer_sandbox.episode_stage import ORIGIN
from tests.kustomer_sandbox.test_up import started

SAME = ("api_key", "api_token", "account_id", "world")


def test_a_killed_sandbox_goes_on_where_it_was(tmp_path: Path) -> None:
    """Over real HTTP: worlds of the control API, keys, customers; what a client was given goes on working."""
    store = f"sqlite:///{tmp_path / 'kept.db'}"
    with started("--store", store) as (process, first):
        base, headers = first["base_url"], {"Authorization": f"Bearer {first['api_key']}"}
        made = httpx.post(f"{base}/v1/customers", json={"name": "Jane"}, headers=headers).json()
        other = httpx.post(f"{base}/_sandbox/worlds", json={"name": "other"}).json()
        url = httpx.post(f"{base}/_sandbox/worlds/other/mcp").json()["mcp_url"]
        process.kill()
    with started("--store", store) as (process, second):
        base = second["base_url"]
        assert [second[name] for name in SAME] == [first[name] for name in SAME]
        assert second["mcp_url"].partition("/mcp/")[2] == first["mcp_url"].partition("/mcp/")[2]
        found = httpx.get(f"{base}/v1/customers/{made['data']['id']}", headers=headers)
        assert found.json()["data"]["attributes"]["name"] == "Jane"
        headers = {"Authorization": f"Bearer {other['api_key']}"}
        assert httpx.get(f"{base}/v1/customers", headers=headers).status_code == 200
        assert httpx.get(f"{base}/mcp/{url.partition('/mcp/')[2]}/discovery").status_code != 401
        refused = pytest.raises(ValueError, match="Expecting value")
        with refused, started("--store", store) as (late, _):
            assert late.wait() == 2


def kept_api(folder: Path) -> KeptApi:
    return open_kept(f"sqlite:///{folder / 'kept.db'}", create_api(), random_hex="5a".__mul__)


async def test_episodes_are_kept_with_their_worlds(tmp_path: Path) -> None:
    """Whatever was done to an episode's world is there, its clock too, which a list of calls could not tell."""
    begun: dict[str, str] = {}
    headers: dict[str, str] = {}
    moved = httpx.Response(0)
    for number in range(3):
        api = kept_api(tmp_path)
        sandbox = create_sandbox(
            WorldSpec(name="empty"), base_url=ORIGIN, names=HostNames(), api=api, is_shared=False,
            state=tmp_path / "state",
        )  # fmt: skip
        app = Front(api, partial(KeepingApp, sandbox.app, api))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=HERE), base_url=ORIGIN) as http:
            if number == 0:
                begun = (await http.post("/_sandbox/episodes", json={"scenario": "empty"})).json()
                headers = {"Authorization": f"Bearer {begun['api_key']}"}
                assert (await http.post("/v1/customers", json={"name": "Jane"}, headers=headers)).status_code == 201
                moved = await http.post(f"/_sandbox/worlds/{begun['episode']}/clock", json={"advance": "PT1H"})
            elif number == 1:
                (shown,) = (await http.get("/_sandbox/episodes")).json()
                assert (shown["episode"], shown["kept"], shown["calls"]) == (begun["episode"], True, 1)
                found = await http.get("/v1/customers", headers=headers)
                assert [one["attributes"]["name"] for one in found.json()["data"]] == ["Jane"]
                assert (await http.get(f"/_sandbox/worlds/{begun['episode']}/clock")).json() == moved.json()
                ended = (await http.delete(f"/_sandbox/episodes/{begun['episode']}")).json()
                assert len(ended["diff"]["customer"]["created"]) == 1
            else:
                assert (await http.get("/_sandbox/episodes")).json() == []
                assert (await http.get("/v1/customers", headers=headers)).status_code == 401
        api.close()


async def test_a_window_whose_lease_a_killed_process_held_is_closed_at_the_start(tmp_path: Path) -> None:
    """The window is in the store, its lease in the tool server's state: together they leave no window open."""
    store = f"sqlite:///{tmp_path / 'kept.db'}"
    for is_first in (True, False):
        with started("--store", store) as (process, ready):
            world = f"{ready['base_url']}/_sandbox/worlds/empty"
            if is_first:
                headers = {"Authorization": f"Bearer {ready['api_key']}"}
                made = httpx.post(f"{ready['base_url']}/v1/customers", json={"name": "Jane"}, headers=headers).json()
                async with Client(ready["mcp_url"]) as client:
                    await client.call_tool(OPEN, {"customer_id": made["data"]["id"]})
                    assert len(httpx.get(f"{world}/windows").json()) == 1
                    process.kill()
                    process.wait()
            else:
                with anyio.fail_after(30):
                    while httpx.get(f"{world}/windows").json():  # noqa: ASYNC110 - another process can only be asked
                        await anyio.sleep(0.05)
                journal = httpx.get(f"{world}/journal", params={"method": "DELETE"}).json()["entries"]
                assert [entry["status"] for entry in journal] == [204]
