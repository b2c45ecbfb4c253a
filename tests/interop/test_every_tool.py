"""Every tool against the real simulator, with arguments made from its own schema: good ones and bad ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case

from kustomer_sandbox.contracts import load
from kustomer_sandbox.mcp_server.tools.definitions import catalogue
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.interop.in_process import tools_of
from tests.interop.tool_schemas import as_openapi
from tests.shares import share

CONTRACTS = load()
TOOLS = catalogue(CONTRACTS)
WORLD_TOOLS = tools_of(create_api(CONTRACTS), WorldSpec(name="every-tool", scenario="demo", plan="ultimate"))
WORLD = WORLD_TOOLS.world
A_MINUTE = timedelta(seconds=61)
RULES_MAY_SAY = {400, 404, 409, 413, 422}
READ_FOR_ADVICE = {"GetKlasses", "GetCustomAttributeMetadata"}
FEW = share(25)
"""The same bodies are tried against the API itself; what is looked for here is in the arguments around them."""


def called(name: str, arguments: dict[str, Any]) -> tuple[bool, int | None, Any]:
    """A call's outcome: was it an error, what the upstream said, and the document. Time keeps budgets fresh.

    The journal holds this call alone; it would show a fault even where an answer looked right.
    """
    WORLD.clock.move_to(WORLD.clock.now() + A_MINUTE)
    WORLD.run_due(WORLD.clock.now())
    WORLD.journal.clear()
    result = anyio.run(WORLD_TOOLS.call, name, arguments)
    assert [entry for entry in WORLD.journal.entries if entry.fault] == []
    return result.is_error, result.upstream_status, result.document


@schemathesis.openapi.from_dict(as_openapi(TOOLS)).parametrize()
@settings(max_examples=FEW, suppress_health_check=list(HealthCheck))
def test_a_tool_takes_what_its_schema_says_and_refuses_the_rest(case: Case[Any]) -> None:
    """What fits reaches the API and breaks nothing; what does not is named, with a reason, and is not sent.

    For the reason the names of Klasses and attributes may be read, which changes nothing.
    """
    name, arguments = case.operation.path[1:], case.body
    if not isinstance(arguments, dict) or "next_cursor" in arguments:
        return
    is_error, status, document = called(name, arguments)
    if status is not None:
        meant, _ = TOOLS[name].leniency.read(arguments)
        assert TOOLS[name].validator.is_valid(meant)
        assert not is_error or status in RULES_MAY_SAY, document
    else:
        assert is_error
        assert "argument `" in document["message"]
        assert [entry for entry in WORLD.journal.entries if entry.operation not in READ_FOR_ADVICE] == []
        # A body with a choice of forms cannot be told whole in a flat schema; all others are.
        assert not TOOLS[name].validator.is_valid(arguments) or TOOLS[name].body_validator is not None


@pytest.mark.parametrize("name", TOOLS)
def test_an_unknown_argument_is_refused_by_name(name: str) -> None:
    """A model that makes an argument up is told so; nothing is dropped in silence."""
    is_error, status, document = called(name, {"madeUpArgument": 1})
    assert (is_error, status) == (True, None)
    assert "`madeUpArgument`" in document["message"]
    assert [entry for entry in WORLD.journal.entries if entry.operation not in READ_FOR_ADVICE] == []
