"""A model of a few lines, which does the same every time; an LLM of pydantic-ai takes its place."""

from __future__ import annotations

import re
from typing import Any

from pydantic_ai import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import AgentInfo

FIND, TAGS = "kustomer_customers_using_email", "list_all_kustomer_tags"
READ, CHANGE = "kustomer_customers_read_unmasked", "update_a_kustomer_customer_by_id"


def careful(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    """Compare the number behind a window that its tool closes again, and keep the customer's other tags."""
    parts = [part for message in messages for part in message.parts]
    task = next(str(part.content) for part in parts if isinstance(part, UserPromptPart))
    seen: dict[str, Any] = {part.tool_name: part.content for part in parts if isinstance(part, ToolReturnPart)}
    return ModelResponse(parts=[next_part(task, seen)])


def next_part(task: str, seen: dict[str, Any]) -> ToolCallPart | TextPart:
    """What to do after the results of these tools have been seen."""
    if FIND not in seen:
        return ToolCallPart(FIND, {"email": re.findall(r"[\w.]+@[\w.]+\w", task)[0]})
    if TAGS not in seen:
        return ToolCallPart(TAGS, {})
    customer = seen[FIND]
    if READ not in seen:
        return ToolCallPart(READ, {"customer_id": customer["id"], "reason": "A caller is to be verified."})
    if CHANGE not in seen:
        digits = re.findall(r"\b\d{4}\b", task)[0]
        phones = seen[READ]["customer"]["attributes"]["phones"]
        verdict = "Verified" if phones[0]["phone"].endswith(digits) else "Mismatch"
        tag = next(tag["id"] for tag in seen[TAGS]["result"] if tag["attributes"]["name"] == verdict)
        return ToolCallPart(CHANGE, {"id": customer["id"], "tags": [*customer["attributes"]["tags"], tag]})
    return TextPart("The number was compared, and the customer is tagged.")
