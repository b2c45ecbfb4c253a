"""`/_sandbox/metrics`: what is counted, that a fleet's main port sums it, and that no label tells of anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kustomer_sandbox.command.asked_world import SandboxSettings, plan_of
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.up import api_of, simulator_front
from tests.fleet.fleet_stage import Stage, running

PATH = "/_sandbox/metrics"
LABELS = {"operation", "status", "budget", "kind", "le"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with running() as stage:
        yield stage


async def scraped(port: httpx2.AsyncClient) -> dict[tuple[str, str], float]:
    """The samples by name and the values of their labels."""
    text = (await port.get(PATH)).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {label for sample in samples for label in sample.labels} <= LABELS
    return {(one.name.removeprefix("kustomer_sandbox_"), " ".join(one.labels.values())): one.value for one in samples}


async def test_calls_are_counted_by_operation_and_status(stage: Stage) -> None:
    """The sums go on growing when their world is gone: what falls looks like a restart to Prometheus."""
    made = await stage.make(limits={"record_updates": 1})
    port, headers = stage.port_of(made), {"authorization": f"Bearer {made['api_key']}"}
    before = await scraped(port)
    customer = (await port.post("/v1/customers", json={"name": "Jane"}, headers=headers)).json()["data"]["id"]
    for _ in range(3):
        await port.put(f"/v1/customers/{customer}", json={"name": "Jo"}, headers=headers)
    await port.get("/v1/customers")
    await stage.main.delete(f"/_sandbox/worlds/{made['name']}")
    after = await scraped(port)
    grown = {
        sample: value - before.get(sample, 0)
        for sample, value in after.items()
        if not sample[0].startswith("call_seconds")
    }
    assert {sample: value for sample, value in grown.items() if value} == {
        ("calls_total", "CreateCustomer 201"): 1,
        ("calls_total", "UpdateCustomer 200"): 1,
        ("calls_total", "UpdateCustomer 429"): 2,
        ("calls_total", "GetCustomers 401"): 1,
        ("budget_refusals_total", "record_updates"): 2,
        ("worlds", ""): -1,
    }
    assert after["call_seconds_count", ""] == 5


async def test_the_main_port_sums_all_workers(stage: Stage) -> None:
    """A company watches one address."""
    before = await scraped(stage.main)
    for made in [await stage.make() for _ in range(3)]:
        await stage.port_of(made).get("/v1/teams", headers={"authorization": f"Bearer {made['api_key']}"})
    after = await scraped(stage.main)
    assert after["calls_total", "GetTeams 200"] - before.get(("calls_total", "GetTeams 200"), 0) == 3
    assert after["worlds", ""] - before["worlds", ""] == 3
    assert after["call_seconds_bucket", "+Inf"] == after["call_seconds_count", ""]


async def test_the_simulator_alone_tells_of_itself_and_of_its_store(tmp_path: Path) -> None:
    """As `simulator --store` serves it: there are no tools, so nothing is said of them; what was refused is counted."""
    settings = SandboxSettings(
        host="127.0.0.1", port=0, scenario="empty", plan="enterprise", seed="0", frozen=True,
        store=f"sqlite:///{tmp_path / 'kept.db'}",
    )  # fmt: skip
    api = api_of(settings)
    _, key = api.opening(plan_of(settings, api))
    front = simulator_front(api, settings, "http://127.0.0.1", key)
    transport = httpx2.ASGITransport(front, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as port:
        before = await scraped(port)
        headers = {"authorization": f"Bearer {key}"}
        for _ in range(3):
            await port.post("/v1/customers", json={"name": "Jane"}, headers=headers)
        after = await scraped(port)
    names = [("calls_total", "CreateCustomer 201"), ("call_seconds_count", ""), ("store_writes_total", "")]
    assert [after[name] - before.get(name, 0) for name in names] == [3, 3, 3]
    assert after["store_write_seconds_total", ""] > after["store_write_failures_total", ""] == 0
    assert ("open_leases", "") not in after
    api.close()  # type: ignore[attr-defined]


async def test_metrics_are_for_those_who_may_use_the_control_api() -> None:
    """They tell how much is going on here."""
    async with running(Access(token=digest("a-token-of-the-fleet"))) as stage:
        shown = {"authorization": "Bearer a-token-of-the-fleet"}
        answers = [await stage.main.get(PATH, headers=headers) for headers in ({}, shown)]
    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[1].headers["content-type"].startswith("text/plain; version=1.0.0")
