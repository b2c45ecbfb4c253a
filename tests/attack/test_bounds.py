"""Bounds everywhere: nothing that is sent makes a 500, takes memory without end, or goes on after its URL has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import anyio
import httpx2
import pytest
from fastapi.testclient import TestClient
from mcp.client import Client
from mcp.client.sse import sse_client

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.management.edge import BODY_BYTES as MANAGEMENT_BYTES
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.control.bounds import BODY_BYTES
from kustomer_sandbox.simulator.hosting.worlds import TEMPLATES, WorldSpec
from kustomer_sandbox.simulator.scenarios.files.loader import scenario_of
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from tests.attack.hands import ACCOUNT, CLOSE, OPEN, Hand
from tests.attack.managing import managing
from tests.control_client import local
from tests.mcp_server.fakes import JANE, FakeUpstream
from tests.mcp_server.processes import Socketed, on_a_port, running, until_closed

pytestmark = pytest.mark.anyio

BASE = f"/integrated-account/{ACCOUNT.id}/mcp"
INSTANTS = [
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-00:01",
    "0001-01-01T00:00:00+12:00",
    "0001-01-05T00:00:00Z",
]
NUMBERS = ["9" * 20, "9" * 200, "-" + "9" * 20, str(2**63), "1e400", "0", "-1"]


@pytest.fixture
async def api(hand: Hand) -> AsyncIterator[httpx2.AsyncClient]:
    async with managing(hand.server, hand.server.default_api_token()) as client:
        yield client


QUERIES = [
    *[("/log", {name: instant}) for name in ("created_after", "created_before") for instant in INSTANTS],
    *[("/log", {name: number}) for name in ("next_cursor", "limit") for number in NUMBERS],
    *[("/log", {"http_status_code": number}) for number in NUMBERS if number != "0"],
    *[(path, {"limit": number}) for path in (BASE, f"{BASE[:-3]}unhidings") for number in NUMBERS],
]


@pytest.mark.parametrize(("path", "query"), QUERIES, ids=str)
async def test_no_number_and_no_instant_of_a_query_is_too_much(
    api: httpx2.AsyncClient, path: str, query: dict[str, str]
) -> None:
    """A 400 that names the parameter, and repeats no value."""
    answer = await api.get(path, params=query)
    (name,) = query
    assert answer.status_code == 400
    assert f"query `{name}`" in answer.json()["message"]
    assert query[name] not in answer.text or len(query[name]) < 3


@pytest.mark.parametrize("instant", INSTANTS)
async def test_no_expiry_is_too_far(api: httpx2.AsyncClient, instant: str) -> None:
    """Of a new MCP server, and of one that is changed."""
    (default,) = (await api.get(BASE)).json()["result"]
    made = await api.post(BASE, json={"expires_at": instant})
    changed = await api.patch(f"{BASE}/{default['id']}", json={"expires_at": instant})
    assert [(a.status_code, "body `expires_at`" in a.text) for a in (made, changed)] == [(400, True)] * 2


@pytest.mark.parametrize(
    "text", ["\ud800", "\x00", "\U0010ffff", "x" * 10_000], ids=["surrogate", "nul", "last", "long"]
)
async def test_no_text_is_too_strange(api: httpx2.AsyncClient, text: str) -> None:
    """Stored or refused, never a 500."""
    quoted = text.encode("utf-16-le", "surrogatepass").decode("latin-1")
    escaped = "".join(
        f"\\u{ord(low) + 256 * ord(high):04x}" for low, high in zip(quoted[::2], quoted[1::2], strict=True)
    )
    body = f'{{"name": "{escaped}"}}'.encode()
    for path in (BASE, "/api-token"):
        assert (await api.post(path, content=body)).status_code in {201, 400}
    for name in ("tool_name", "id", "mcp_server_id"):
        url = httpx2.URL("/log", params={name: text.encode(errors="replace").decode()})
        assert (await api.get(url)).status_code == 200
    assert (await api.get(f"{BASE}/%ED%A0%80")).status_code == 404


async def test_no_body_is_read_past_its_bound(api: httpx2.AsyncClient) -> None:
    """Without a length, too."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MANAGEMENT_BYTES // 1024 + 64):
            yield b"x" * 1024

    assert (await api.post(BASE, content=endless())).status_code == 413


@contextmanager
def controlling(contracts: Contracts) -> Iterator[TestClient]:
    yield local(create_app(create_api(contracts)), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/_sandbox/worlds", "/_sandbox/worlds/nowhere/faults", "/_sandbox/worlds/x/clock"])
def test_no_control_body_is_read_past_its_bound(contracts: Contracts, path: str) -> None:
    """Decoding a gigabyte would take the sandbox down for everybody."""
    with controlling(contracts) as control:
        chunks = (b" " * 65_536 for _ in range(BODY_BYTES // 65_536 + 1))
        answer = control.post(path, content=chunks, headers={"content-type": "application/json"})
        assert answer.status_code in {404, 405, 413}
        if path == "/_sandbox/worlds":
            assert answer.status_code == 413
            assert answer.json()["errors"][0]["code"] in {"content_too_large", "request_entity_too_large"}
        assert control.get("/_sandbox/health").status_code == 200


def test_no_control_body_is_nested_too_deep(contracts: Contracts) -> None:
    """A refusal, not a stack that overflows."""
    with controlling(contracts) as control:
        deep = b'{"name": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
        answer = control.post("/_sandbox/worlds", content=deep, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_worlds_of_many_seeds_leave_few_templates(contracts: Contracts) -> None:
    """150 seeds took 420 MB for ever."""
    worlds = create_api(contracts).worlds
    for number in range(TEMPLATES + 5):
        worlds.create(WorldSpec(name=f"w{number}", scenario="empty", seed=str(number)))
    assert len(worlds._seeded) == TEMPLATES  # noqa: SLF001
    first, again = worlds.get("w0"), worlds.create(WorldSpec(name="again", scenario="empty", seed="0"))
    assert first is not None
    assert first.org == again.org


YAMLS = {
    "an avalanche of aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "deep flow": "tags: " + "[" * 100_000,
    "deep and closed": "tags: " + "[" * 400 + "]" * 400,
    "deep blocks": "\n".join(f"{' ' * level}a:" for level in range(1_000)),
    "a cycle": "tags: &a [*a]",
    "a long number": "tags: " + "9" * 100_000,
}


@pytest.mark.parametrize("yaml", YAMLS)
def test_no_scenario_file_takes_everything(yaml: str) -> None:
    """A few lines, refused with their place."""
    with pytest.raises(ScenarioError) as refusal:
        scenario_of(YAMLS[yaml], file="evil.yaml")
    assert len(str(refusal.value)) < 300


@pytest.fixture
def socketed() -> Iterator[Socketed]:
    with on_a_port(FakeUpstream()) as served:
        yield served


@pytest.mark.parametrize("how", ["DELETE", "rotate"])
async def test_the_stream_of_a_url_that_has_ended_ends(socketed: Socketed, how: str) -> None:
    """Whoever holds a leaked URL open must not go on with it, and what was opened through it is closed."""
    async with running(socketed) as (ready, _), httpx2.AsyncClient(timeout=15) as http:
        origin, _, _ = ready["mcp_url"].partition("/mcp/")
        http.headers["authorization"] = f"Bearer {ready['api_token']}"
        base = f"{origin}/integrated-account/{ready['account_id']}/mcp"
        (default,) = (await http.get(base)).json()["result"]
        async with http.stream("GET", f"{ready['mcp_url']}/sse") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: endpoint"
            own = f"{base}/{default['id']}"
            await (http.delete(own) if how == "DELETE" else http.post(f"{own}/rotate"))
            with anyio.fail_after(10):
                assert [line async for line in lines if line and not line.startswith("data:")] == []


async def test_other_streams_go_on(socketed: Socketed) -> None:
    """Deleting one MCP server is no reason to throw everybody out."""
    async with running(socketed) as (ready, _), httpx2.AsyncClient(timeout=15) as http:
        origin = ready["mcp_url"].partition("/mcp/")[0]
        http.headers["authorization"] = f"Bearer {ready['api_token']}"
        base = f"{origin}/integrated-account/{ready['account_id']}/mcp"
        other = (await http.post(base, json={"name": "other"})).json()
        async with Client(sse_client(ready["mcp_url"] + "/sse")) as client:
            await client.call_tool(OPEN, {"customer_id": JANE})
            async with http.stream("GET", f"{other['url']}/sse") as stream:
                await http.delete(f"{base}/{other['id']}")
                with anyio.fail_after(10):
                    await stream.aread()
            assert not (await client.call_tool(CLOSE, {"id": JANE})).is_error
        await until_closed(socketed)
