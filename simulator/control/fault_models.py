"""Shapes of what waits for calls in the control API: faults, and what happens in the world; to and from our own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, RootModel, field_validator
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.simulator.control.models import Closed
from kustomer_sandbox.simulator.request.fault_effects import KINDS
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.world import faults
from kustomer_sandbox.simulator.world.waiting.triggers import trigger_schema

LONGEST = timedelta(days=366)


class FaultMatchShape(Closed):
    """Which calls a fault waits for: all that is given must hold; nothing given matches every call."""

    model_config = ConfigDict(title="FaultMatch")

    operation: str = Field(default="", max_length=128, description="An operation's id, such as `CreateCustomer`.")
    method: str = Field(default="", pattern="^[A-Za-z]*$", max_length=16)
    path: str = Field(
        default="",
        max_length=512,
        description="A template (`/v1/customers/{id}`), a path as it is sent, or, ending in `*`, the beginning of one.",
    )
    customer: str = Field(
        default="", max_length=64, description="Id of a customer that stands in the call or owns the record it names."
    )
    tool: str = Field(default="", max_length=128, description="The MCP tool the call says it acts for (`x-mcp-tool`).")


class StatusFault(Closed):
    """A refusal instead of an answer; the call is not made."""

    kind: Literal["status"]
    status: int = Field(ge=400, le=599)
    code: str = Field(default="", max_length=64, description="The error's code; named after the status when left out.")
    message: str = Field(default="An armed fault answered this call.", max_length=500)


class RateLimitedFault(Closed):
    """A 429 with the headers of a real one; the call is not made."""

    kind: Literal["rate_limited"]
    reset: float = Field(default=60, ge=0, le=86400, description="In how many seconds there is budget again.")


class LatencyFault(Closed):
    """An answer that takes its time."""

    kind: Literal["latency"]
    duration: str = Field(description="An ISO 8601 duration such as `PT2S`, up to a year.", max_length=32)
    clock: Literal["world", "real"] = Field(
        default="world", description="Whether the world's clock moves on before the call, or the answer is held back."
    )

    @field_validator("duration")
    @classmethod
    def _is_a_duration(cls, text: str) -> str:
        try:
            fits = parse_duration(text) <= LONGEST
        except (ValueError, OverflowError):
            fits = False
        if not fits:
            raise ValueError("must be an ISO 8601 duration such as PT2S, no longer than a year")
        return text


class TimeoutFault(Closed):
    """An answer that never comes."""

    kind: Literal["timeout"]
    applied: bool = Field(default=False, description="Whether the call is made all the same.")


class ConnectionResetFault(Closed):
    """A connection torn down before the call is made."""

    kind: Literal["connection_reset"]


class CutBodyFault(Closed):
    """An answer of whose body only the beginning arrives; the call is made."""

    kind: Literal["cut_body"]
    after: int = Field(default=0, ge=0, le=10_000_000, description="How many bytes arrive.")


class ContentTypeFault(Closed):
    """An answer in the words of something in between, such as a proxy's page; the call is made unless told so."""

    kind: Literal["content_type"]
    content_type: str = Field(default="text/html", pattern=r"^[\w.+-]+/[\w.+-]+(; ?[\w=.+-]+)*$", max_length=128)
    body: str = Field(default=faults.PAGE, max_length=100_000)
    status: int | None = Field(default=None, ge=200, le=599, description="The answer's own when left out.")
    applied: bool = Field(default=True, description="Whether the call is made; if not, the status is 200 unless given.")


class LostAnswerFault(Closed):
    """A connection that ends after the call was made and before its answer is sent."""

    kind: Literal["lost_answer"]


class CrashFault(Closed):
    """A process that dies in the middle of the call and is there again for the next one."""

    kind: Literal["crash"]
    at: faults.CrashPoint = Field(
        default="after_rule",
        description="`before_rule`: nothing was begun; `before_commit`: all is undone; `after_rule`: it is kept.",
    )


AnyFault = Annotated[
    StatusFault
    | RateLimitedFault
    | LatencyFault
    | TimeoutFault
    | ConnectionResetFault
    | CutBodyFault
    | ContentTypeFault
    | LostAnswerFault
    | CrashFault,
    Field(discriminator="kind"),
]


_EXAMPLE: JsonDict = {"match": {"operation": "CreateCustomer"}, "fault": {"kind": "status", "status": 503}}
_TRIGGER: JsonDict = {"match": {"operation": "GetConversation"}, "after": 2, "do": [{"use_up": "org"}]}


class NewFault(Closed):
    """A fault, the calls it waits for, and for how many of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    match: FaultMatchShape = FaultMatchShape()
    fault: AnyFault
    nth: int = Field(default=1, ge=1, le=1_000_000, description="The first of the matching calls that meets it.")
    times: int = Field(default=1, ge=1, le=1_000_000, description="How many matching calls meet it, from that one on.")


class NewTrigger(RootModel[dict[str, Any]]):
    """What is to happen in a world at certain calls, as in the `when` of a scenario file.

    It is held to its schema where it is tied to the calls, and shown by that schema.
    """

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**trigger_schema(load()), "description": cls.__doc__, "examples": [_TRIGGER]}


class TriggerWaiting(BaseModel):
    """What is still to happen, at `times` calls; `seen` of those that match have been made."""

    id: str
    match: dict[str, str]
    after: int | None = None
    before: int | None = None
    times: int
    seen: int
    do: list[dict[str, Any]]


class FaultArmed(Closed):
    """An armed fault; `left` calls will still meet it, from the `nth` that matches on; `seen` have been made."""

    id: str
    match: FaultMatchShape
    fault: AnyFault
    nth: int
    left: int
    seen: int


_CLASSES = {kind: fault for fault, kind in KINDS.items()}


def match_of(asked: FaultMatchShape) -> faults.FaultMatch:
    """The simulator's own match."""
    return faults.FaultMatch(**asked.model_dump())


def fault_of(asked: AnyFault) -> faults.Fault:
    """The simulator's own fault."""
    given: dict[str, Any] = asked.model_dump(exclude={"kind"})
    if isinstance(asked, LatencyFault):
        given["duration"] = parse_duration(asked.duration)
    return _CLASSES[asked.kind](**given)


def armed_shown(armed: faults.Armed) -> FaultArmed:
    """An armed fault as the control API shows it."""
    given = asdict(armed)
    fault = {"kind": KINDS[type(armed.what)], **given.pop("what")}
    if isinstance(armed.what, faults.Latency):
        fault["duration"] = f"PT{armed.what.duration.total_seconds():.6f}".rstrip("0").rstrip(".") + "S"
    return FaultArmed.model_validate({**given, "fault": fault})
