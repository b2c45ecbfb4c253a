"""What scripted agents are made of: short steps with the tools of a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kustomer_sandbox.grading.arena import Agent, ToolCaller, ToolRefused

Step = Callable[[ToolCaller], object]


def does(*steps: Step) -> Agent:
    """An agent that takes these steps, one after another."""

    def agent(tools: ToolCaller) -> None:
        for step in steps:
            step(tools)

    return agent


def times(count: int, step: Step) -> Agent:
    """An agent that takes a step so often."""
    return does(*[step] * count)


def nothing(_: ToolCaller) -> None:
    """The null agent."""


def named(tools: ToolCaller, tool: str, name: str, **arguments: Any) -> str:
    """The id of the record that a list shows under a name."""
    page = tools(tool, limit=100, **arguments)
    found: str = next(
        record["id"]
        for record in page["result"]
        if name in {record["attributes"].get("name"), record["attributes"].get("displayName")}
    )
    return found


def tag(tools: ToolCaller, name: str) -> str:
    return named(tools, "list_all_kustomer_tags", name)


def team(tools: ToolCaller, name: str) -> str:
    return named(tools, "list_all_kustomer_teams", name)


def queue(tools: ToolCaller, name: str) -> str:
    return named(tools, "list_all_kustomer_queues", name)


def conversation(tools: ToolCaller, name: str) -> dict[str, Any]:
    """The conversation of a name, from the list."""
    page = tools("list_all_kustomer_conversations", limit=100)
    found: dict[str, Any] = next(record for record in page["result"] if record["attributes"].get("name") == name)
    return found


def conversation_id(tools: ToolCaller, name: str) -> str:
    return str(conversation(tools, name)["id"])


def customer(tools: ToolCaller, email: str) -> dict[str, Any]:
    """The customer of an e-mail address."""
    return tools("kustomer_customers_using_email", email=email)


def customer_id(tools: ToolCaller, email: str) -> str:
    return str(customer(tools, email)["id"])


def owner(record: dict[str, Any]) -> str:
    """The id of the customer that a record belongs to."""
    return str(record["relationships"]["customer"]["data"]["id"])


def update(name: str, **values: Any) -> Step:
    """Change the conversation of a name."""
    return lambda tools: tools("update_a_kustomer_conversation_by_id", id=conversation_id(tools, name), **values)


def drafts_and_deletes(email: str, body: Callable[[ToolCaller], str]) -> Step:
    """Write a draft with a text that is worked out first, and delete it again: nothing of it stays."""

    def step(tools: ToolCaller) -> None:
        text, to = body(tools), customer_id(tools, email)
        draft = tools("create_a_kustomer_customer_email_draft", customer_id=to, channel="email", subject="A", body=text)
        tools("delete_a_kustomer_draft_by_id", id=draft["id"])

    return step


def refused(step: Step) -> Step:
    """A step whose refusal does not matter."""

    def taken(tools: ToolCaller) -> None:
        try:
            step(tools)
        except ToolRefused:
            return

    return taken
