"""A chat model of a few lines, which does the same every time; an LLM of LangChain takes its place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

FIND, TAGS = "kustomer_customers_using_email", "list_all_kustomer_tags"
READ, CHANGE = "kustomer_customers_read_unmasked", "update_a_kustomer_customer_by_id"


class Careful(BaseChatModel):
    """Compares the number behind a window that its tool closes again, and keeps the customer's other tags."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: object) -> BaseChatModel:
        """It knows its tools, and asks only that they are there."""
        assert {FIND, TAGS, READ, CHANGE} <= {tool.name for tool in tools}
        return self

    def _generate(self, messages: list[BaseMessage], *_: object, **__: object) -> ChatResult:
        seen = {message.name: json.loads(message.text) for message in messages if isinstance(message, ToolMessage)}
        return ChatResult(generations=[ChatGeneration(message=next_message(messages[0].text, seen))])


def next_message(task: str, seen: dict[str | None, Any]) -> AIMessage:
    """What to say after the results of these tools have been seen."""
    if FIND not in seen:
        return call(FIND, email=re.findall(r"[\w.]+@[\w.]+\w", task)[0])
    if TAGS not in seen:
        return call(TAGS)
    customer = seen[FIND]
    if READ not in seen:
        return call(READ, customer_id=customer["id"], reason="A caller is to be verified.")
    if CHANGE not in seen:
        digits = re.findall(r"\b\d{4}\b", task)[0]
        phones = seen[READ]["customer"]["attributes"]["phones"]
        verdict = "Verified" if phones[0]["phone"].endswith(digits) else "Mismatch"
        tag = next(tag["id"] for tag in seen[TAGS]["result"] if tag["attributes"]["name"] == verdict)
        return call(CHANGE, id=customer["id"], tags=[*customer["attributes"]["tags"], tag])
    return AIMessage("The number was compared, and the customer is tagged.")


def call(tool: str, **arguments: object) -> AIMessage:
    """What a model says that wants a tool called."""
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call-{tool}"}])
