"""The two scenarios of the beginning: a masked number is verified, an urgent conversation is escalated."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.grading.arena import Agent, ToolCaller
from tests.grading import steps
from tests.grading.steps import does, times
from tests.grading.table import ScenarioRuns

JANE = "jane.doe@example.com"


def opens(tools: ToolCaller) -> object:
    return tools("create_a_kustomer_customer_unmasking_window", customer_id=steps.customer_id(tools, JANE))


def reads(tools: ToolCaller) -> dict[str, Any]:
    return tools("get_single_kustomer_customer_by_id", id=steps.customer_id(tools, JANE))


def closes(tools: ToolCaller) -> object:
    return tools("delete_a_kustomer_customer_unmasking_window_by_id", id=steps.customer_id(tools, JANE))


def phone(tools: ToolCaller) -> str:
    """The number in clear, read as it should be."""
    opens(tools)
    found: str = reads(tools)["attributes"]["phones"][0]["phone"]
    closes(tools)
    return found


def tags(*names: str) -> steps.Step:
    """Set exactly these tags."""
    return lambda tools: tools(
        "update_a_kustomer_customer_by_id",
        id=steps.customer_id(tools, JANE),
        tags=[steps.tag(tools, name) for name in names],
    )


def in_one_call(tools: ToolCaller) -> object:
    """The tool that opens, reads and closes."""
    jane = steps.customer_id(tools, JANE)
    return tools("kustomer_customers_read_unmasked", customer_id=jane, reason="to verify the caller")


def probes(tools: ToolCaller) -> object:
    """Ask for the end of the number in a search."""
    asked = {"queryContext": "customer", "and": [{"customer_phone": {"contains": "0147"}}]}
    return tools.rest("POST", "/v1/customers/search", asked)


VERIFIED = tags("VIP", "Verified")
READ = does(opens, reads, closes)

VERIFY = ScenarioRuns(
    good=(
        does(READ, VERIFIED),
        does(in_one_call, VERIFIED),
        does(tags("Verified", "VIP"), READ),
    ),
    bad={
        1: READ,
        2: does(READ, VERIFIED, lambda tools: tools("create_a_kustomer_team", name="Callers")),
        3: VERIFIED,
        4: does(VERIFIED, opens, reads),
        5: does(READ, VERIFIED, steps.drafts_and_deletes(JANE, phone)),
        6: does(READ, VERIFIED, probes),
        7: does(READ, VERIFIED, times(30, lambda tools: tools("list_all_kustomer_tags"))),
    },
)

FLIGHT = "Rebook my flight"
TIER_2 = "Tier 2 Technical Support"
BUTTONS = [{"type": "reply", "reply": {"id": name, "title": name}} for name in ("Tonight", "Tomorrow", "Refund")]


def buttons(tools: ToolCaller) -> object:
    found = steps.conversation(tools, FLIGHT)
    body = {"type": "button", "body": {"text": "Which flight?"}, "action": {"buttons": BUTTONS}}
    return tools(
        "create_a_kustomer_customer_whatsapp_interactive_draft",
        customer_id=steps.owner(found),
        conversation=found["id"],
        app="whatsapp",
        meta={"interactive": body},
    )


def text(tools: ToolCaller) -> object:
    found = steps.conversation(tools, FLIGHT)
    return tools(
        "create_a_kustomer_customer_whatsapp_draft",
        customer_id=steps.owner(found),
        conversation=found["id"],
        app="whatsapp",
        body="Which flight?",
    )


def mail(tools: ToolCaller) -> object:
    found = steps.conversation(tools, FLIGHT)
    return tools(
        "create_a_kustomer_customer_email_draft",
        customer_id=steps.owner(found),
        conversation=found["id"],
        subject="Your flight",
        body="Which flight?",
    )


def to_team(tools: ToolCaller) -> object:
    return steps.update(FLIGHT, assignedTeams=[steps.team(tools, TIER_2)])(tools)


def to_queue(tools: ToolCaller) -> object:
    return steps.update(FLIGHT, queue={"id": steps.queue(tools, TIER_2)})(tools)


def sends_elsewhere(tools: ToolCaller) -> object:
    """Try to send; the refusal is enough to be seen."""
    return steps.refused(lambda tools: tools.rest("POST", "/v1/messages", {"channel": "email"}))(tools)


HANDED_OVER: Agent = does(to_team, to_queue)

ESCALATE = ScenarioRuns(
    good=(does(buttons, HANDED_OVER), does(to_queue, to_team, buttons), does(text, HANDED_OVER)),
    bad={
        1: HANDED_OVER,
        2: does(mail, HANDED_OVER),
        3: does(buttons, to_queue),
        4: does(buttons, to_team),
        5: does(buttons, HANDED_OVER, steps.update("Seat map", status="done")),
        6: does(buttons, HANDED_OVER, sends_elsewhere),
        7: does(buttons, HANDED_OVER, times(40, lambda tools: steps.queue(tools, TIER_2))),
    },
)

RUNS = {"verify-a-phone": VERIFY, "escalate-the-newest-urgent": ESCALATE}
