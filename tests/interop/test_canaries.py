"""Nothing sensitive is written down: the values a window shows, and the secrets, appear in no log, journal or error."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.interop.in_process import Tools, tools_of
from tests.world_client import WorldClient

JANE = "jane.doe@example.com"


@pytest.fixture
def tools() -> Tools:
    return tools_of(create_api(), WorldSpec(name="canaries", scenario="demo", plan="ultimate"))


def canaries() -> set[str]:
    """Jane's sensitive values, read with a key that sees them in another world of the same scenario."""
    api = create_api()
    world = api.worlds.create(WorldSpec(name="clear", scenario="demo"))
    key, _ = issue_key(api.worlds, world, read_sensitive=True)
    attributes = WorldClient(api, world, key).get(f"/v1/customers/email={JANE}").attributes
    phones = {item["phone"] for name in ("phones", "whatsapps", "sharedPhones") for item in attributes[name]}
    assert phones
    return phones | {attributes["custom"]["ssnStr"]}


def leaves(node: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value)
    else:
        yield str(node)


def test_the_whole_first_scenario_writes_no_sensitive_value_down(
    tools: Tools, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs at every level, the journal and refusals stay clean while the values are being read."""
    secret = canaries()
    caplog.set_level(logging.DEBUG)

    async def play() -> list[Any]:
        jane = (await tools.call("kustomer_customers_using_email", {"email": JANE})).document["id"]
        await tools.call("create_a_kustomer_customer_unmasking_window", {"customer_id": jane})
        clear = await tools.call("get_single_kustomer_customer_by_id", {"id": jane})
        assert secret <= set(leaves(clear.document))
        phone = clear.document["attributes"]["phones"][0]
        # Refusals of calls that carry the value: taken by another customer, wrong form, unknown field.
        refusals = [
            await tools.call("create_a_kustomer_customer", {"phones": [{"phone": phone["phone"]}]}),
            await tools.call("create_a_kustomer_customer", {"phones": phone["phone"]}),
            await tools.call("kustomer_customers_using_phone", {"phone": phone["phone"] + "0"}),
            await tools.call("update_a_kustomer_customer_by_id", {"id": phone["phone"]}),
        ]
        assert all(refusal.is_error for refusal in refusals)
        await tools.call("delete_a_kustomer_customer_unmasking_window_by_id", {"id": jane})
        return [refusal.document for refusal in refusals]

    refused = anyio.run(play)
    journal = json.dumps(tools.world.journal.since(0, 1000), default=str)
    for value in (*secret, tools.key):
        assert value not in caplog.text
        assert value not in journal
        assert value not in json.dumps(refused)
