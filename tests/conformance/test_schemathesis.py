"""Every operation of the served document, driven by schemathesis: no server error, no answer outside its schema."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, Response
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
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
from tests.conftest import CALLS_MADE
from tests.shares import share

API = create_api()
WORLD = API.worlds.create(WorldSpec(name="schemathesis", scenario="demo", plan="ultimate"))
KEY, PRINCIPAL = issue_key(API.worlds, WORLD)
LIVING = Living(world=WORLD, own_user=PRINCIPAL.user_id)
EVERYDAY = 25
"""Examples of an operation at least, in the everyday run."""
# There are three hundred operations: a hundred examples of each would take hours.
EXAMPLES = max(share(25), EVERYDAY)
# Cases that cover each schema are all made before the first test runs, in a minute: not every day.
COVERED = CoveragePhaseConfig(enabled=EXAMPLES > EVERYDAY)
# The key is sent with every call, so a case that is wrong only by leaving it out would be a right one.
CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            generation=GenerationConfig(with_security_parameters=False), phases=PhasesConfig(coverage=COVERED)
        )
    )
)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", create_app(API), config=CONFIG).include(
    path_regex="^/(v[0-9.]+|p)/"
)

BEGINNING = WORLD.snapshot()
LINKS = "links"
CALLS: Counter[str] = Counter()
"""Calls made by this process, by the phase that they belong to."""

A_MINUTE = timedelta(seconds=61)
TOO_LARGE = 413
ANY_XML = {"application/xml", "text/xml"}
UNSERVED = {operation.path for operation in unserved_operations()}
# Ids of nothing, taken names and search attributes are refused by rules that no schema states.
RULES_REFUSE_MORE = [positive_data_acceptance]


@pytest.fixture(autouse=True)
def counted(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Have a test's calls told in the summary."""
    before = Counter(CALLS)
    yield
    record_property(CALLS_MADE, dict(CALLS - before))


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_an_operation_answers_within_its_contract(case: Case[Any]) -> None:
    """Whatever is sent, the status is documented and the body fits its schema; budgets are kept fresh by time."""
    if reads_as_another_path(case):
        return
    LIVING.lend(case)
    with LIVING.outliving(case):
        response = called(case)
    validated(case, response)


def called(case: Case[Any]) -> Response:
    """A call with the key, a minute after the one before."""
    WORLD.clock.move_to(WORLD.clock.now() + A_MINUTE)
    WORLD.journal.clear()
    CALLS[case.meta.phase.name.value if case.meta else LINKS] += 1
    return case.call(headers={"Authorization": f"Bearer {KEY}"})


def validated(case: Case[Any], response: Response) -> None:
    """Hold an answer against the document."""
    # A body that breaks its schema by sheer size is told so before it is read.
    # What hooks take as XML is any element: schemathesis writes a wrong value as one, too, and that is a right one.
    any_xml = case.media_type in ANY_XML
    too_large = [negative_data_rejection] if response.status_code == TOO_LARGE or any_xml else []
    # What Kustomer has there and the sandbox does not serve is a 404 that says so.
    unserved = [unsupported_method] if case.operation.path in UNSERVED else []
    case.validate_response(response, excluded_checks=[*RULES_REFUSE_MORE, *too_large, *unserved])
    # The journal would show a fault, be it of something that fell due, even where an answer looked right.
    assert [entry for entry in WORLD.journal.entries if entry.fault] == []


class Chains(SCHEMA.as_state_machine()):  # type: ignore[misc]  # made of the document
    """Calls that follow from each other: what one answer tells of is what the next calls name."""

    def setup(self) -> None:
        """Each chain begins in the world as it was."""
        WORLD.restore(BEGINNING)

    def call(self, case: Case[Any], **_: object) -> Response:
        """As the key's user."""
        return called(case)

    def validate_response(self, response: Response, case: Case[Any], *_: object, **__: object) -> None:
        """With the same checks as single calls have, and those of chains."""
        if not reads_as_another_path(case):
            validated(case, response)


Chains.TestCase.settings = settings(
    max_examples=max(share(5), EVERYDAY), stateful_step_count=8, suppress_health_check=list(HealthCheck), deadline=None
)
test_chains_of_calls_answer_within_their_contracts = Chains.TestCase


def reads_as_another_path(case: Case[Any]) -> bool:
    """`/v1/klasses/{id}` with anything but an id is `/v1/klasses/{name}`: another operation's answer."""
    id = (case.path_parameters or {}).get("id")
    return case.operation.path == "/v1/klasses/{id}" and not re.fullmatch("[0-9a-f]{24}", str(id))
