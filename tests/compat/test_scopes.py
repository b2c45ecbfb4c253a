"""Worlds that several tests share, a second one in a test, and parameters, as a test author would try them."""

from __future__ import annotations

import pytest
import requests

from kustomer_sandbox import Kustomer, KustomerMcp, KustomerServer, MakeKustomer


def names(kustomer: Kustomer) -> list[str]:
    found = kustomer.client().get("/v1/teams").json()["data"]
    return [team["attributes"]["name"] for team in found]


def add(kustomer: Kustomer, name: str) -> None:
    kustomer.client().post("/v1/teams", json={"name": name}).raise_for_status()


@pytest.fixture(scope="module")
def shop(kustomer_module: Kustomer) -> Kustomer:
    """What a module's own fixture seeds stays for its tests."""
    add(kustomer_module, "Shop")
    return kustomer_module


@pytest.fixture
def tidied(shop: Kustomer) -> Kustomer:
    """A fixture of one test alone."""
    add(shop, "For one test")
    return shop


@pytest.mark.parametrize("number", range(3))
def test_each_test_finds_the_module_s_world_as_it_was(number: int, shop: Kustomer) -> None:
    """Whatever the others did, in any order."""
    assert (shop.journal.total, "Shop" in names(shop)) == (0, True)
    assert [name for name in names(shop) if name.startswith("For")] == []
    add(shop, f"For {number}")
    shop.clock.advance("PT1H")
    shop.faults.arm(status=503, times=99)
    shop.client().get("/v1/teams")
    assert shop.clock.text == "2026-06-09T13:00:00.000Z"
    shop.assert_only_changed("team")


@pytest.mark.parametrize("number", range(2))
def test_what_a_test_s_own_fixture_adds_is_gone_with_it(number: int, tidied: Kustomer) -> None:
    """Its fixtures are a part of the test."""
    assert [name for name in names(tidied) if name.startswith("For")] == ["For one test"]
    assert (number, tidied.clock.text) == (number, "2026-06-09T12:00:00.000Z")
    tidied.key()
    assert len(tidied.world.keys) == 2


class TestSharedByAll:
    """The session's world beside the module's."""

    @pytest.mark.parametrize("number", range(2))
    def test_it_is_restored_too(self, number: int, kustomer_session: Kustomer, shop: Kustomer) -> None:
        add(kustomer_session, f"For session {number}")
        assert "Shop" not in names(kustomer_session)
        assert [name for name in names(kustomer_session) if name.startswith("For")] == [f"For session {number}"]
        assert shop.world is not kustomer_session.world


class TestTheProjectsOwnKustomer:
    """A project may say once that all its tests share a world; the other fixtures follow."""

    @pytest.fixture
    def kustomer(self, shop: Kustomer) -> Kustomer:
        return shop

    def test_tools_are_of_that_world(self, kustomer: Kustomer, kustomer_mcp: KustomerMcp) -> None:
        assert "Shop" in names(kustomer)
        assert kustomer_mcp.call("kustomer_customers_using_email", email="jane.doe@example.com")["id"]
        assert kustomer.journal.count(tool="kustomer_customers_using_email") == 1

    @pytest.mark.usefixtures("kustomer_everywhere")
    def test_hard_wired_addresses_are(self, kustomer: Kustomer) -> None:
        headers = {"Authorization": f"Bearer {kustomer.api_key}"}
        assert requests.get("https://api.kustomerapp.com/v1/teams", headers=headers, timeout=5).status_code == 200
        assert kustomer.journal.total == 1

    def test_the_server_is(self, kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
        headers = {"Authorization": f"Bearer {kustomer_server.api_key}"}
        assert requests.get(f"{kustomer_server.base_url}/v1/teams", headers=headers, timeout=5).status_code == 200
        assert kustomer.journal.total == 1


def test_a_second_world(kustomer: Kustomer, make_kustomer: MakeKustomer) -> None:
    """Two organisations that know nothing of each other."""
    other = make_kustomer(scenario="empty", plan="professional")
    add(other, "Elsewhere")
    assert "Elsewhere" not in names(kustomer)
    assert (names(other), other.limits.requests.limit) == (["Elsewhere"], 300)


LIMITS = {"professional": 300, "business": 500, "enterprise": 1000, "ultimate": 2000}


@pytest.mark.parametrize("plan", LIMITS)
def test_a_parameter_called_plan(kustomer: Kustomer, plan: str) -> None:
    assert kustomer.limits.requests.limit == LIMITS[plan]


@pytest.mark.parametrize("kustomer", ["professional", "ultimate"], indirect=True)
def test_plans_for_the_fixture(kustomer: Kustomer, request: pytest.FixtureRequest) -> None:
    assert kustomer.limits.requests.limit == LIMITS[request.node.callspec.params["kustomer"]]


@pytest.mark.parametrize("kustomer", [{"plan": "business", "masking": "object"}], indirect=True, ids=["business"])
def test_options_for_the_fixture(kustomer: Kustomer) -> None:
    assert (kustomer.limits.requests.limit, kustomer.world.masking) == (500, "object")


@pytest.mark.parametrize("kustomer_scenario", ["empty", "demo"])
def test_a_parameter_called_after_an_option(kustomer: Kustomer, kustomer_scenario: str) -> None:
    assert kustomer.world.scenario == kustomer_scenario


@pytest.mark.parametrize("expected", [pytest.param(300, marks=pytest.mark.kustomer(plan="professional"), id="small")])
def test_a_marker_of_a_parameter(kustomer: Kustomer, expected: int) -> None:
    assert kustomer.limits.requests.limit == expected


@pytest.mark.parametrize("plan", ["free", 7])
def test_a_parameter_that_means_something_else(kustomer: Kustomer, plan: object) -> None:
    """A test may have a `plan` of its own."""
    assert (kustomer.limits.requests.limit, plan in {"free", 7}) == (1000, True)
