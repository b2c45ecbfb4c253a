"""Tools and a prompt that ask the client for input before they answer: each round is a new request (2026-07-28)."""

from __future__ import annotations

from typing import Final

from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    InputResponses,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)

from tests.conformance.fixture_tools import Answer, Context, answer, tool

_STATE: Final = "round 1"


def form(message: str, name: str, *, kind: str = "string") -> ElicitRequest:
    """Ask the user for one value."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def question(text: str, *, max_tokens: int) -> CreateMessageRequest:
    """Ask the client's model."""
    said = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[said], max_tokens=max_tokens))


def asking(requests: dict[str, InputRequest], *, state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


def filled(responses: InputResponses | None, key: str, name: str) -> str | None:
    """What the user put into one field, or None: not asked yet, refused, or something else was sent."""
    given = (responses or {}).get(key)
    if not isinstance(given, ElicitResult) or given.action != "accept" or not given.content:
        return None
    value = given.content.get(name)
    return None if value is None else str(value)


@tool("test_input_required_result_elicitation")
async def elicitation(_ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask for a name and greet it."""
    name = filled(params.input_responses, "user_name", "name")
    return answer(f"Hello, {name}!") if name else asking({"user_name": form("What is your name?", "name")})


@tool("test_streaming_elicitation")
async def streaming_elicitation(ctx: Context, params: CallToolRequestParams) -> Answer:
    """Progress, then a question: the stream must hold no request of its own."""
    await ctx.session.report_progress(1, 2, "about to ask")
    return await elicitation(ctx, params)


@tool("test_input_required_result_sampling")
async def sampling(_ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask the model and repeat what it said."""
    said = (params.input_responses or {}).get("capital_question")
    if isinstance(said, CreateMessageResult) and isinstance(said.content, TextContent):
        return answer(said.content.text)
    return asking({"capital_question": question("What is the capital of France?", max_tokens=100)})


@tool("test_input_required_result_list_roots")
async def list_roots(_ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask for the client's roots and name them."""
    given = (params.input_responses or {}).get("client_roots")
    if isinstance(given, ListRootsResult):
        return answer("Roots: " + ", ".join(str(root.uri) for root in given.roots))
    return asking({"client_roots": ListRootsRequest()})


@tool("test_input_required_result_request_state")
async def request_state(_ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask for a confirmation, with a state to be brought back."""
    if filled(params.input_responses, "confirm", "ok") is None:
        return asking({"confirm": form("Please confirm", "ok", kind="boolean")}, state=_STATE)
    return with_state(params)


@tool("test_input_required_result_tampered_state")
async def tampered_state(ctx: Context, params: CallToolRequestParams) -> Answer:
    """The same; a changed state never gets this far."""
    return await request_state(ctx, params)


def with_state(params: CallToolRequestParams) -> CallToolResult:
    if params.request_state != _STATE:
        raise MCPError(INVALID_PARAMS, "The request state is missing.")
    return answer("state-ok")


@tool("test_input_required_result_multiple_inputs")
async def multiple_inputs(_ctx: Context, params: CallToolRequestParams) -> Answer:
    """Ask the user, the model and the client at once."""
    requests: dict[str, InputRequest] = {
        "user_name": form("What is your name?", "name"),
        "greeting": question("Generate a greeting", max_tokens=50),
        "client_roots": ListRootsRequest(),
    }
    if requests.keys() <= (params.input_responses or {}).keys():
        return with_state(params)
    return asking(requests, state=_STATE)


@tool("test_input_required_result_multi_round")
async def multi_round(_ctx: Context, params: CallToolRequestParams) -> Answer:
    """Two questions, one after the other."""
    if filled(params.input_responses, "step2", "color") is not None:
        return answer("Both steps are done.")
    if filled(params.input_responses, "step1", "name") is not None:
        return asking({"step2": form("Step 2: What is your favorite color?", "color")}, state="round 2")
    return asking({"step1": form("Step 1: What is your name?", "name")}, state=_STATE)


@tool("test_input_required_result_capabilities")
async def capabilities(ctx: Context, _params: CallToolRequestParams) -> Answer:
    """Ask only what the client said it can answer."""
    declared = ctx.session.client_capabilities
    requests: dict[str, InputRequest] = {}
    if declared is not None and declared.sampling is not None:
        requests["greeting"] = question("Generate a greeting", max_tokens=50)
    if declared is not None and declared.elicitation is not None:
        requests["user_name"] = form("What is your name?", "name")
    return asking(requests) if requests else answer("Nothing can be asked.")
