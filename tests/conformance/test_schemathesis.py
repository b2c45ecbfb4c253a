"""Every operation of the served document, driven by schemathesis: no server error, no answer outside its schema."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from kustomer_sandbox.contracts.sources.unserved import unserved_operations
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.conformance.living import Living
from tests.shares import share

API = create_api()
WORLD = API.worlds.create(WorldSpec(name="schemathesis", scenario="demo", plan="ultimate"))
KEY, PRINCIPAL = issue_key(API.worlds, WORLD)
LIVING = Living(world=WORLD, own_user=PRINCIPAL.user_id)
# The key is sent with every call, so a case that is wrong only by leaving it out would be a right one.
CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(default=ProjectConfig(generation=GenerationConfig(with_security_parameters=False)))
)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", create_app(API), config=CONFIG).include(path_regex="^/v1/")
EVERYDAY = 25
"""Examples of an operation at least, in the everyday run."""

A_MINUTE = timedelta(seconds=61)
TOO_LARGE = 413
ANY_XML = {"application/xml", "text/xml"}
UNSERVED = {operation.path for operation in unserved_operations()}
# Ids of nothing, taken names and search attributes are refused by rules that no schema states.
RULES_REFUSE_MORE = [positive_data_acceptance]


@SCHEMA.parametrize()
@settings(max_examples=max(share(10), EVERYDAY), suppress_health_check=list(HealthCheck))
def test_an_operation_answers_within_its_contract(case: Case[Any]) -> None:
    """Whatever is sent, the status is documented and the body fits its schema; budgets are kept fresh by time."""
    if reads_as_another_path(case):
        return
    LIVING.lend(case)
    WORLD.clock.move_to(WORLD.clock.now() + A_MINUTE)
    WORLD.journal.clear()
    with LIVING.outliving(case):
        response = case.call(headers={"Authorization": f"Bearer {KEY}"})
    # A body that breaks its schema by sheer size is told so before it is read.
    # What hooks take as XML is any element: schemathesis writes a wrong value as one, too, and that is a right one.
    any_xml = case.media_type in ANY_XML
    too_large = [negative_data_rejection] if response.status_code == TOO_LARGE or any_xml else []
    # What Kustomer has there and the sandbox does not serve is a 404 that says so.
    unserved = [unsupported_method] if case.operation.path in UNSERVED else []
    case.validate_response(response, excluded_checks=[*RULES_REFUSE_MORE, *too_large, *unserved])
    # The journal would show a fault, be it of something that fell due, even where an answer looked right.
    assert [entry for entry in WORLD.journal.entries if entry.fault] == []


def reads_as_another_path(case: Case[Any]) -> bool:
    """`/v1/klasses/{id}` with anything but an id is `/v1/klasses/{name}`: another operation's answer."""
    id = (case.path_parameters or {}).get("id")
    return case.operation.path == "/v1/klasses/{id}" and not re.fullmatch("[0-9a-f]{24}", str(id))
