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


def note(name: str, body: str) -> Step:
    """Write a note in the conversation of a name."""
    return lambda tools: tools(
        "create_a_kustomer_conversation_note", conversation_id=conversation_id(tools, name), body=body
    )


def draft(channel: str, name: str, body: str, **more: Any) -> Step:
    """Write a draft in the conversation of a name to its customer."""

    def step(tools: ToolCaller) -> None:
        found = conversation(tools, name)
        about = {"customer_id": owner(found), "conversation": found["id"]}
        tools(f"create_a_kustomer_customer_{channel}_draft", **about, body=body, **more)

    return step


def stray_draft(email: str, body: str) -> Step:
    """Write an e-mail draft to a customer outside of any conversation."""
    return lambda tools: tools(
        "create_a_kustomer_customer_email_draft", customer_id=customer_id(tools, email), subject="A", body=body
    )


def sets_tags(email: str, *names: str) -> Step:
    """Give a customer exactly these tags."""
    return lambda tools: tools(
        "update_a_kustomer_customer_by_id",
        id=customer_id(tools, email),
        tags=[tag(tools, name) for name in names],
    )


def opens(email: str) -> Step:
    return lambda tools: tools("create_a_kustomer_customer_unmasking_window", customer_id=customer_id(tools, email))


def reads(email: str) -> Step:
    return lambda tools: tools("get_single_kustomer_customer_by_id", id=customer_id(tools, email))


def closes(email: str) -> Step:
    return lambda tools: tools("delete_a_kustomer_customer_unmasking_window_by_id", id=customer_id(tools, email))


def makes_a_team(tools: ToolCaller) -> object:
    """Something that nobody has asked for."""
    return tools("create_a_kustomer_team", name="Nobody asked")


def waits(seconds: float) -> Step:
    return lambda tools: tools.wait(seconds)


def tries(method: str, path: str, body: Any = None) -> Step:
    """A call past the tools; that it is refused does not matter."""
    return refused(lambda tools: tools.rest(method, path, body))
