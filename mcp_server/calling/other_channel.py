"""A draft for a channel that its conversation does not have is taken, and its result says so.

Context: nobody published that it is refused, so refusing would be a guess; a model that drafts an e-mail in a WhatsApp
conversation has mostly chosen the wrong tool. Choice: after such a draft is made, the conversation is read. Cost: one
more request for each draft that names its conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kustomer_sandbox.mcp_server.calling.own_reads import EndedCall, own_read
from kustomer_sandbox.mcp_server.model import JSON, ToolResult
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME
from kustomer_sandbox.mcp_server.tools.teaching.channels import CHANNEL
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

CONVERSATION: Final = "conversation"
_READ: Final = "/v1/conversations/{id}"
_DRAFT: Final = "draft"
_WITHIN: Final = "note"
"""The channel of what customers never see; every conversation has it."""


def names_conversation(definition: Definition, arguments: Mapping[str, Any]) -> bool:
    """Whether a call writes a draft into a conversation that it names."""
    is_draft = definition.operation.resource.type == _DRAFT and CONVERSATION in arguments
    return is_draft and _channel(definition, arguments) not in {"", _WITHIN}


async def with_note(upstream: Upstream, call: EndedCall, outcome: ToolResult) -> ToolResult:
    """The result, with a note if the conversation is on other channels alone."""
    channel = _channel(call.definition, call.arguments)
    channels = _channels(await own_read(upstream, call, _READ, str(call.arguments[CONVERSATION])))
    if not channels or channel in channels:
        return outcome
    right = [
        name
        for name, definition in call.available.items()
        if definition.operation.id == call.definition.operation.id and definition.tool.fixed.get(CHANNEL) in channels
    ]
    way = f"delete the draft and call {' or '.join(right)}" if right else "no tool of this MCP URL drafts for that"
    words = f"The conversation is on {', '.join(channels)} and the draft is for {channel}. If that is not meant, {way}."
    return replace(outcome, document={**outcome.document, "note": words})


def _channel(definition: Definition, arguments: Mapping[str, Any]) -> str:
    return str(definition.tool.fixed.get(CHANNEL) or arguments.get(CHANNEL, ""))


def _channels(body: JSON) -> list[str]:
    data = body.get("data") if isinstance(body, Mapping) else None
    attributes = data.get("attributes") if isinstance(data, Mapping) else None
    found = attributes.get("channels") if isinstance(attributes, Mapping) else None
    return (
        [name for name in found if isinstance(name, str) and SAFE_NAME.fullmatch(name)]
        if isinstance(found, list)
        else []
    )
