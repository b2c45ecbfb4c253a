"""Every operation of the served document, driven by schemathesis: no server error, no answer outside its schema."""

from __future__ import annotations

from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case

from simulator.api import create_api
from simulator.app import create_app
from simulator.keys import issue_key
from simulator.worlds import Plan

API = create_api()
WORLD = API.worlds.create(Plan(name="schemathesis", scenario="demo", plan="ultimate"))
KEY, _ = issue_key(API.worlds, WORLD)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", create_app(API)).include(path_regex="^/v1/")
A_MINUTE = timedelta(seconds=61)

pytestmark = pytest.mark.properties


@SCHEMA.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_an_operation_answers_within_its_contract(case: Case) -> None:
    """Whatever is sent, the status is documented and the body fits its schema; budgets are kept fresh by time."""
    WORLD.clock.move_to(WORLD.clock.now() + A_MINUTE)
    case.call_and_validate(headers={"Authorization": f"Bearer {KEY}"})


def test_no_operation_met_an_unexpected_fault() -> None:
    """The journal would show a fault even where an answer looked right."""
    assert [entry for entry in WORLD.journal.entries if entry.fault] == []
