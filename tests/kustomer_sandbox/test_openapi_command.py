"""`kustomer-sandbox openapi`: the built document, which other tools read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import schemathesis

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.documentation.document import USUAL_ORIGIN, api_document
from tests.mcp_server.processes import ROOT


@pytest.fixture(scope="module")
def printed() -> str:
    """What the command prints."""
    command = [sys.executable, "-m", "kustomer_sandbox", "openapi"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT).stdout


def test_the_command_prints_the_served_document(printed: str, contracts: Contracts) -> None:
    """Standard output holds one JSON object and nothing else, so that it can be piped."""
    served = {**api_document(create_api(contracts)), "servers": [{"url": USUAL_ORIGIN, "description": "This sandbox"}]}
    assert json.loads(printed) == json.loads(json.dumps(served))


def test_the_printed_document_is_valid_openapi(printed: str, contracts: Contracts) -> None:
    """Nothing of our way of writing is left in it: it meets the specification's own schema."""
    schema = schemathesis.openapi.from_dict(json.loads(printed))
    schema.validate()

    assert schema.specification.version == "3.1.0"
    assert schema.statistic.operations.total == len(contracts.operations)


def test_an_invalid_document_would_be_found(printed: str) -> None:
    """The check above means something only if it sees what is wrong."""
    document = json.loads(printed)
    document["paths"]["/v1/tags"]["get"]["responses"]["200"] = "page"

    with pytest.raises(Exception, match="page"):
        schemathesis.openapi.from_dict(document).validate()
