"""Tests of an agent: the world that it has worked in says whether it did well."""

from __future__ import annotations

from functools import partial

import anyio
import pytest
from agent import run
from scripted import careful, careless

from kustomer_sandbox import Kustomer, KustomerServer

TASK = (
    "A caller says she is Jane Doe (jane.doe@example.com) and that her number on file ends in 0147. "
    "Tag her Verified if it is so, and Mismatch if not."
)
pytestmark = pytest.mark.kustomer(scenario="verify-a-phone")


def test_a_careful_model_passes(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """Every criterion of the scenario is met, windows and masked values among them."""
    anyio.run(partial(run, careful, TASK, kustomer_server.mcp_url))
    verdict = kustomer.grade()
    assert verdict.has_passed, verdict
    kustomer.no_open_windows()


def test_a_window_left_open_is_found(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """Though the answer reads well, and the tag is right."""
    assert anyio.run(partial(run, careless, TASK, kustomer_server.mcp_url)) == "Done."
    assert [result.criterion for result in kustomer.grade().unmet] == ["window_only_for"]
