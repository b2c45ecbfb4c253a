"""What the answers of the two scenarios cost a model, in tokens: with `fields` as the tools advise, and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio

from bench.figures import Figure
from bench.tokens import counter
from kustomer_sandbox.app import create_sandbox
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import JSON, Account, Grant, Scope
from kustomer_sandbox.mcp_server.tools.answers.result import text
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.upstreams.accounts import KEY_ENV

ORIGIN = "http://127.0.0.1:8700"
TIER_2 = "Tier 2 Technical Support"
BUTTONS = [
    {"type": "reply", "reply": {"id": id, "title": title}}
    for id, title in (("earlier", "Earlier flight"), ("later", "Later flight"), ("refund", "Refund"))
]
META = {"interactive": {"type": "button", "body": {"text": "How shall we rebook you?"}, "action": {"buttons": BUTTONS}}}
Answer = dict[str, Any]


class Asking:
    """Calls tools of a world, and keeps the text of every answer; without `frugal` it never gives `fields`."""

    def __init__(self, server: McpServer, caller: Caller, *, frugal: bool) -> None:
        self._server, self._caller, self._frugal = server, caller, frugal
        self.texts: list[str] = []

    async def __call__(self, tool: str, *fields: str, **arguments: JSON) -> Answer:
        given = {**arguments, "fields": list(fields)} if fields and self._frugal else arguments
        result = await self._server.calls.call(self._caller, tool, given)
        if result.is_error:
            raise RuntimeError(f"{tool} was refused")
        self.texts.append(text(result.document))
        document: Answer = result.document
        return document


def measure() -> Iterator[Figure]:
    """Counted over the text of each answer, which is what a model is given."""
    count, how = counter()
    for frugal in (True, False):
        texts = anyio.run(played, frugal)
        sizes = [count(answer) for answer in texts]
        yield Figure(
            name="tokens of both scenarios, " + ("with fields" if frugal else "without"),
            rounds=(float(sum(sizes)),),
            unit="",
            detail=f"{len(sizes)} answers, {sum(map(len, texts))} letters; {how}",
        )


async def played(frugal: bool) -> list[str]:  # noqa: FBT001 - anyio.run gives arguments by position
    """The texts of all answers."""
    plan = WorldSpec(name="bench", scenario="demo")
    made = create_sandbox(plan, base_url=ORIGIN)
    account = Account(id=made.account_id, base_url=ORIGIN, key_env=KEY_ENV)
    grant = Grant(server_id="bench", name="bench", account=account, scope=Scope())
    asking = Asking(made.mcp, Caller(grant=grant, connection="bench"), frugal=frugal)
    async with made.mcp.lifespan():
        await _verified(asking)
        await _triaged(asking)
    return asking.texts


async def _verified(ask: Asking) -> None:
    """A masked phone is looked at in clear, and masked again."""
    read = "get_single_kustomer_customer_by_id"
    found = await ask("kustomer_customers_using_email", "name", "phones", email="jane.doe@example.com")
    await ask("create_a_kustomer_customer_unmasking_window", customer_id=found["id"])
    await ask(read, "phones", id=found["id"])
    await ask("delete_a_kustomer_customer_unmasking_window_by_id", id=found["id"])
    await ask(read, "phones", id=found["id"])


async def _triaged(ask: Asking) -> None:
    """The newest urgent conversation gets a draft and goes to the second tier."""
    urgent = _named(await ask("list_all_kustomer_tags", "name"), "Urgent")
    wanted = {
        "and": [{"conversation_tags": {"equals": urgent}}],
        "sort": [{"conversation_updated_at": "desc"}],
        "limit": 5,
    }
    shown = ("name", "channels", "status", "preview", "customer")
    page = await ask("list_all_kustomer_search_conversations", *shown, **wanted)
    newest = page["result"][0]
    customer = newest["relationships"]["customer"]["data"]["id"]
    draft = "create_a_kustomer_customer_whatsapp_interactive_draft"
    await ask(draft, customer_id=customer, conversation=newest["id"], app="whatsapp", meta=META)
    team = _named(await ask("list_all_kustomer_teams", "name"), TIER_2)
    queue = _named(await ask("list_all_kustomer_queues", "name"), TIER_2)
    change = "update_a_kustomer_conversation_by_id"
    await ask(change, id=newest["id"], assignedTeams=[team], queue={"id": queue})


def _named(page: Answer, name: str) -> str:
    found: str = next(record["id"] for record in page["result"] if record["attributes"]["name"] == name)
    return found
