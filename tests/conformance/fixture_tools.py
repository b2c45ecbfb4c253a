"""The tools the official conformance suite calls by name, written to its descriptions. They are no part of the product.

A tool is a function of the request's context and parameters; `tool` puts it in `TOOLS` under its name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.subscriptions import PromptsListChanged, ToolsListChanged
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    EmbeddedResource,
    ImageContent,
    InputRequiredResult,
    SamplingMessage,
    TextContent,
    TextResourceContents,
)

Context = ServerRequestContext[Any, Any]
Answer = CallToolResult | InputRequiredResult
Run = Callable[[Context, CallToolRequestParams], Awaitable[Answer]]

EMPTY: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
# One transparent pixel, and a sound of no length.
PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
WAV: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
BUS: Final = InMemorySubscriptionBus()
SCHEMA_2020_12: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
DEFAULTS: Final[Mapping[str, Any]] = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
_TITLED: Final = [{"const": f"value{number}", "title": f"Option {number}"} for number in (1, 2, 3)]
ENUMS: Final[Mapping[str, Any]] = {
    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {"type": "string", "oneOf": _TITLED},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["One", "Two", "Three"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
    "titledMulti": {"type": "array", "items": {"anyOf": _TITLED}},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FixtureTool:
    """A tool the suite looks for."""

    name: str
    description: str
    run: Run
    schema: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


TOOLS: Final[dict[str, FixtureTool]] = {}


def tool(name: str, schema: Mapping[str, Any] = EMPTY) -> Callable[[Run], Run]:
    """Register a function under a name; its docstring is the description."""

    def register(run: Run) -> Run:
        TOOLS[name] = FixtureTool(name=name, description=run.__doc__ or name, run=run, schema=schema)
        return run

    return register


def answer(*blocks: ContentBlock | str, is_error: bool = False) -> CallToolResult:
    """A complete result; a string is a block of text."""
    content = [TextContent(type="text", text=block) if isinstance(block, str) else block for block in blocks]
    return CallToolResult(content=content, is_error=is_error)


def embedded(uri: str, text: str, *, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


@tool("test_simple_text")
async def simple_text(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """One block of text."""
    return answer("This is a simple text response for testing.")


@tool("test_image_content")
async def image(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """One image."""
    return answer(ImageContent(type="image", data=PNG, mime_type="image/png"))


@tool("test_audio_content")
async def audio(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """One sound."""
    return answer(AudioContent(type="audio", data=WAV, mime_type="audio/wav"))


@tool("test_embedded_resource")
async def embedded_resource(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """One resource inside the result."""
    return answer(embedded("test://embedded-resource", "This is an embedded resource content."))


@tool("test_multiple_content_types")
async def multiple_content_types(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Text, an image and a resource in one result."""
    return answer(
        "Multiple content types test:",
        ImageContent(type="image", data=PNG, mime_type="image/png"),
        embedded("test://mixed-content-resource", '{"test":"data","value":123}', mime_type="application/json"),
    )


@tool("test_error_handling")
async def error(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """A tool that always fails, and says so in its result."""
    return answer("This tool intentionally returns an error for testing", is_error=True)


@tool("test_tool_with_progress")
async def progress(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Progress three times."""
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"{done} of 100")
    return answer("Done.")


async def log(ctx: Context, *lines: str) -> None:
    for line in lines:
        # Deprecated, but the older protocol revisions have it and the suite asks for it.
        await ctx.session.send_log_message("info", line, related_request_id=ctx.request_id)  # type: ignore[deprecated]


@tool("test_tool_with_logging")
async def logging_thrice(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Three log messages, then a result."""
    await log(ctx, "Tool execution started", "Tool processing data", "Tool execution completed")
    return answer("Logged.")


@tool("test_logging_tool")
async def logging_if_asked(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """A log message only where the request asks for them."""
    await log(ctx, "Only for those who asked")
    return answer("Logged.")


@tool("test_sampling", {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]})
async def sampling(ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask the client's model."""
    words = TextContent(type="text", text=str((params.arguments or {})["prompt"]))
    asked = CreateMessageRequestParams(messages=[SamplingMessage(role="user", content=words)], max_tokens=100)
    said = await ctx.session.send_request(
        CreateMessageRequest(params=asked), CreateMessageResult, metadata=_within(ctx)
    )
    return answer(f"LLM response: {said.content.text if isinstance(said.content, TextContent) else ''}")


async def elicit(ctx: Context, message: str, *, properties: Mapping[str, Any], required: list[str]) -> ElicitResult:
    """Ask the client's user."""
    schema = {"type": "object", "properties": dict(properties), "required": required}
    asked = ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))
    return await ctx.session.send_request(asked, ElicitResult, metadata=_within(ctx))


def _within(ctx: Context) -> ServerMessageMetadata:
    return ServerMessageMetadata(related_request_id=ctx.request_id)


@tool("test_elicitation", {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]})
async def elicitation(ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask for a name and an e-mail address."""
    asked = {"username": {"type": "string"}, "email": {"type": "string"}}
    said = await elicit(ctx, str((params.arguments or {})["message"]), properties=asked, required=list(asked))
    return answer(f"User response: action={said.action}, content={said.content}")


@tool("test_elicitation_sep1034_defaults")
async def elicitation_defaults(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Ask with a default for every type."""
    said = await elicit(ctx, "Please check these.", properties=DEFAULTS, required=[])
    return answer(f"Elicitation completed: action={said.action}, content={said.content}")


@tool("test_elicitation_sep1330_enums")
async def elicitation_enums(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Ask with every form of a choice."""
    said = await elicit(ctx, "Please choose.", properties=ENUMS, required=[])
    return answer(f"Elicitation completed: action={said.action}, content={said.content}")


@tool("json_schema_2020_12_tool", SCHEMA_2020_12)
async def json_schema(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Its input schema must arrive as it was written."""
    return answer("Accepted.")


@tool("test_reconnection")
async def reconnection(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Close the stream in the middle of the call: the client comes back for the answer."""
    if ctx.close_sse_stream is not None:
        await ctx.close_sse_stream()
    return answer("Reconnection test completed.")


@tool("test_missing_capability")
async def missing_capability(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Refused unless the client can sample."""
    declared = ctx.session.client_capabilities
    if declared is None or declared.sampling is None:
        words = "This tool needs the sampling capability."
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, words, {"requiredCapabilities": {"sampling": {}}})
    return answer("The client can sample.")


@tool(
    "test_x_mcp_header",
    {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}, "required": ["region"]},
)
async def mcp_header(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Its argument is repeated in a header."""
    return answer("Accepted.")


@tool("test_trigger_tool_change")
async def tool_change(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Tell subscribers that the tools changed."""
    await BUS.publish(ToolsListChanged())
    return answer("Published.")


@tool("test_trigger_prompt_change")
async def prompt_change(_ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Tell subscribers that the prompts changed."""
    await BUS.publish(PromptsListChanged())
    return answer("Published.")
