"""Tests against a sandbox that CI has started: each makes a world of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest

SANDBOX = os.environ.get("KUSTOMER_SANDBOX_URL", "http://127.0.0.1:8700")
TOKEN = os.environ.get("KUSTOMER_SANDBOX_CONTROL_TOKEN")


@pytest.fixture
def kustomer() -> Iterator[httpx.Client]:
    """A client of a fresh world, whose time stands still; the world is gone after the test."""
    headers = {"Authorization": f"Bearer {TOKEN}"} if TOKEN else {}
    control = httpx.Client(base_url=f"{SANDBOX}/_sandbox", headers=headers)
    made = control.post("/worlds", json={"scenario": "demo", "mode": "frozen"}).raise_for_status().json()
    with httpx.Client(base_url=SANDBOX, headers={"Authorization": f"Bearer {made['api_key']}"}) as client:
        yield client
    control.delete(f"/worlds/{made['name']}").raise_for_status()


def test_the_teams_are_there(kustomer: httpx.Client) -> None:
    """Those of the demo world."""
    teams = kustomer.get("/v1/teams").raise_for_status().json()["data"]
    assert "Tier 2 Technical Support" in {team["attributes"]["name"] for team in teams}


def test_a_new_team_is_listed(kustomer: httpx.Client) -> None:
    """Nobody else sees it, however many tests run at once."""
    made = kustomer.post("/v1/teams", json={"name": "Weekend Support"}).raise_for_status().json()["data"]
    assert made["id"] in {team["id"] for team in kustomer.get("/v1/teams").json()["data"]}
