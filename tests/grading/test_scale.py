"""How much grading takes: many runs, an episode over HTTP, many bundles in simulators of their own."""

from __future__ import annotations

import time
from itertools import cycle, islice

import pytest

from kustomer_sandbox.grading.arena import Arena
from kustomer_sandbox.grading.bundle import verify
from kustomer_sandbox.simulator.api import create_api
from tests.grading.all_runs import ALL
from tests.grading.test_bundles import bundled
from tests.kustomer_sandbox.episode_stage import running

SCENARIO = "verify-a-phone"
JANE = "/v1/customers/email=jane.doe@example.com"

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
def test_a_thousand_runs_of_a_scripted_agent_take_less_than_thirty_seconds(arena: Arena) -> None:
    """All scenarios, one after another; what counts is this process's own time, whoever shares the machine."""
    arena.run(SCENARIO, ALL[SCENARIO].good[0])
    began = time.process_time()
    for name in sorted(islice(cycle(ALL), 1_000)):
        assert arena.run(name, ALL[name].good[0]).verdict.has_passed
    assert time.process_time() - began < 30


async def test_an_episode_of_ten_calls_with_its_verdict_takes_25_milliseconds_over_http() -> None:
    """From its beginning to its grade, in this process's own time, the quickest of a few."""
    took = []
    async with running() as stage:
        for _ in range(12):
            began = time.process_time()
            episode = await stage.begin(scenario=SCENARIO)
            for _ in range(10):
                await stage.rest(episode, "GET", JANE)
            assert (await stage.end(episode))["grade"]["cost"]["calls"] == 10
            took.append(time.process_time() - began)
    assert min(took) < 0.025, took


@pytest.mark.timeout(900)
def test_a_hundred_bundles_are_verified_each_in_a_simulator_of_its_own(arena: Arena) -> None:
    """Nothing is shared but the bundle."""
    for name, number in islice(cycle([(name, number) for name in ALL for number in range(3)]), 100):
        assert verify(bundled(arena, name, number=number), create_api()).has_passed
