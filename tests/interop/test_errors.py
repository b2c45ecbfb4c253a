"""What a model reads of a refusal, in a world of either choice of error codes."""

from __future__ import annotations

from typing import get_args

import anyio
import pytest

from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from tests.interop.in_process import tools_of

NOBODY = "0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("tool", "arguments", "status", "messages"),
    [
        (
            "kustomer_customers_using_external_id",
            {"external_id": "nobody"},
            404,
            {"page": "No customer has this externalId.", "recorded": "Not Found (externalId)"},
        ),
        (
            "get_single_kustomer_customer_by_id",
            {"id": NOBODY},
            404,
            dict.fromkeys(get_args(ErrorVocabulary), "There is no customer with this id."),
        ),
    ],
)
@pytest.mark.parametrize("words", get_args(ErrorVocabulary))
def test_a_tool_error_says_what_is_wrong_in_either_world(
    shared_api: Api, words: ErrorVocabulary, tool: str, arguments: JSON, status: int, messages: dict[str, str]
) -> None:
    """The envelope is the same, and the upstream's entry is in it as it came."""
    tools = tools_of(shared_api, WorldSpec(name=f"errors-{words}-{tool}", scenario="demo", errors=words))

    async def play() -> JSON:
        return (await tools.call(tool, arguments)).document

    document = anyio.run(play)
    assert (document["statusCode"], document["message"]) == (status, messages[words])
    assert document["raw_response"]["errors"][0]["status"] == status
