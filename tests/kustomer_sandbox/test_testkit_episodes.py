"""`kustomer.episode()`: worlds side by side in one test, each with its own key, clients and tools."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kustomer_sandbox import Kustomer, KustomerMcp

pytestmark = pytest.mark.kustomer(scenario="demo")
JANE = "email=jane.doe@example.com"


def names(world: Kustomer) -> set[str]:
    listed = world.client().get("/v1/customers").json()["data"]
    return {one["attributes"].get("name", "") for one in listed}


def test_episodes_begin_where_the_world_is_and_go_separate_ways(kustomer: Kustomer) -> None:
    """A setting is made once, and each variant is tried from there."""
    kustomer.client().post("/v1/customers", json={"name": "before"})
    with kustomer.episode() as one, kustomer.episode() as two:
        one.client().post("/v1/customers", json={"name": "in one"})
        two.client().post("/v1/customers", json={"name": "in two"})
        new = {"before", "in one", "in two"}
        assert [names(world) & new for world in (kustomer, one, two)] == [
            {"before"}, {"before", "in one"}, {"before", "in two"},
        ]  # fmt: skip
        one.assert_only_changed("customer")
        assert one.journal.count(operation="CreateCustomer") == two.journal.count(operation="CreateCustomer") == 1
        one.clock.advance("PT1H")
        assert one.clock.now > two.clock.now == kustomer.clock.now
    assert one.client().get("/v1/customers").status_code == 401


def test_any_number_of_tool_servers_stand_side_by_side(
    kustomer: Kustomer, make_kustomer_mcp: Callable[[Kustomer], KustomerMcp]
) -> None:
    """Two agents are compared in one test, each with tools on a world of its own."""
    tools = [make_kustomer_mcp(world) for world in (kustomer, kustomer.episode(), kustomer.episode())]
    for number, mcp in enumerate(tools):
        mcp.call("create_a_kustomer_customer", name=f"canary-{number}")
    searched = {"and": [{"customer_name": {"contains": "canary-"}}]}
    found = [str(mcp.call("list_all_kustomer_search_customers", searched)) for mcp in tools]
    assert [[f"canary-{n}" in text for n in range(3)] for text in found] == [
        [True, False, False], [False, True, False], [False, False, True],
    ]  # fmt: skip


def test_what_one_world_shows_is_no_leak_of_another(kustomer: Kustomer) -> None:
    """Answers of all worlds go through one simulator; each is looked at with its own window, or without."""
    episode = kustomer.episode()
    jane = episode.client().get(f"/v1/customers/{JANE}").json()["data"]["id"]
    assert episode.client().post(f"/v1/customers/{jane}/unmasking-windows").is_success
    shown = episode.client().get(f"/v1/customers/{jane}").json()["data"]["attributes"]["phones"]
    assert "***" not in str(shown)
    kustomer.no_open_windows()
    kustomer.no_pii_leaks()
    episode.no_pii_leaks()
    kustomer.client().post("/v1/customers", json={"name": shown[0]["phone"]})
    with pytest.raises(AssertionError):
        kustomer.no_pii_leaks()
    episode.no_pii_leaks()
