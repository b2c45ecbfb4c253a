"""The resources and prompts the official conformance suite reads by name."""

from __future__ import annotations

import json
import re
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    EmptyResult,
    GetPromptRequestParams,
    GetPromptResult,
    ImageContent,
    InputRequiredResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from tests.conformance.fixture_rounds import asking, filled, form
from tests.conformance.fixture_tools import PNG, Context, embedded

TTL_MS: Final = 60_000
TEXTS: Final = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Watched resource content.",
}
_BINARY: Final = "test://static-binary"
_TEMPLATE: Final = re.compile(r"test://template/([^/]+)/data")
_ASKING: Final = "test_input_required_result_prompt"
# Prompt name -> its arguments, all of them required.
PROMPTS: Final[dict[str, tuple[str, ...]]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    _ASKING: (),
}


async def list_resources(_ctx: Context, _params: PaginatedRequestParams | None) -> ListResourcesResult:
    texts = [Resource(uri=uri, name=uri, description="A text.", mime_type="text/plain") for uri in TEXTS]
    image = Resource(uri=_BINARY, name=_BINARY, description="An image.", mime_type="image/png")
    return ListResourcesResult(resources=[*texts, image], ttl_ms=TTL_MS, cache_scope="private")


async def list_templates(_ctx: Context, _params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
    template = ResourceTemplate(
        uri_template="test://template/{id}/data", name="data", description="By id.", mime_type="application/json"
    )
    return ListResourceTemplatesResult(resource_templates=[template], ttl_ms=TTL_MS, cache_scope="private")


async def read_resource(_ctx: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    return ReadResourceResult(contents=[_contents(str(params.uri))], ttl_ms=TTL_MS, cache_scope="private")


def _contents(uri: str) -> TextResourceContents | BlobResourceContents:
    if uri == _BINARY:
        return BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
    if uri in TEXTS:
        return TextResourceContents(uri=uri, mime_type="text/plain", text=TEXTS[uri])
    if found := _TEMPLATE.fullmatch(uri):
        data = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
        return TextResourceContents(uri=uri, mime_type="application/json", text=json.dumps(data))
    raise MCPError(INVALID_PARAMS, "Resource not found", {"uri": uri})


async def list_prompts(_ctx: Context, _params: PaginatedRequestParams | None) -> ListPromptsResult:
    prompts = [
        Prompt(
            name=name,
            description=f"The prompt {name}.",
            arguments=[PromptArgument(name=each, description=each, required=True) for each in arguments],
        )
        for name, arguments in PROMPTS.items()
    ]
    return ListPromptsResult(prompts=prompts, ttl_ms=TTL_MS, cache_scope="private")


async def get_prompt(_ctx: Context, params: GetPromptRequestParams) -> GetPromptResult | InputRequiredResult:
    given = params.arguments or {}
    if params.name not in PROMPTS or set(PROMPTS[params.name]) - given.keys():
        raise MCPError(INVALID_PARAMS, "Unknown prompt, or an argument is missing.")
    if params.name == _ASKING:
        context = filled(params.input_responses, "user_context", "context")
        if context is None:
            return asking({"user_context": form("What context should the prompt use?", "context")})
        return GetPromptResult(messages=[_said(f"Context: {context}")])
    return GetPromptResult(messages=_messages(params.name, given))


def _messages(name: str, given: dict[str, str]) -> list[PromptMessage]:
    if name == "test_prompt_with_arguments":
        return [_said(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'")]
    if name == "test_prompt_with_embedded_resource":
        resource = embedded(given["resourceUri"], "Embedded resource content for testing.")
        return [PromptMessage(role="user", content=resource), _said("Please process the embedded resource above.")]
    if name == "test_prompt_with_image":
        image = ImageContent(type="image", data=PNG, mime_type="image/png")
        return [PromptMessage(role="user", content=image), _said("Please analyze the image above.")]
    return [_said("This is a simple prompt for testing.")]


def _said(text: str) -> PromptMessage:
    return PromptMessage(role="user", content=TextContent(type="text", text=text))


async def complete(_ctx: Context, _params: CompleteRequestParams) -> CompleteResult:
    return CompleteResult(completion=Completion(values=[], total=0, has_more=False))


async def acknowledge(
    _ctx: Context, _params: SubscribeRequestParams | UnsubscribeRequestParams | SetLevelRequestParams
) -> EmptyResult:
    """What the older revisions let a client ask for, and the suite checks is answered."""
    return EmptyResult()
