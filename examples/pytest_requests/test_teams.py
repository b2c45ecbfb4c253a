"""Tests of code that calls Kustomer by `requests`."""

from __future__ import annotations

import pytest
import requests
from teams import team_names

from kustomer_sandbox import Kustomer


@pytest.mark.usefixtures("kustomer_everywhere")
def test_teams_are_named(kustomer: Kustomer) -> None:
    """The address is Kustomer's own; nothing leaves the process."""
    assert "Tier 2 Technical Support" in team_names(kustomer.api_key)


@pytest.mark.usefixtures("kustomer_everywhere")
def test_an_outage_is_waited_out(kustomer: Kustomer) -> None:
    """A minute of the world's time, and none of ours."""
    kustomer.faults.arm(operation="GetTeams", status=503, times=2)
    with kustomer.clock.patch_sleep():
        assert team_names(kustomer.api_key)
    kustomer.journal.expect(operation="GetTeams", times=3)


@pytest.mark.usefixtures("kustomer_everywhere")
def test_a_wrong_key_is_told() -> None:
    """As Kustomer tells it."""
    with pytest.raises(requests.HTTPError, match="401"):
        team_names("not-a-key")
