"""Shapes of the control API's requests and answers about worlds, their keys and their time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.record import UserType
from kustomer_sandbox.simulator.values.unmasking import OpensFor
from kustomer_sandbox.simulator.world.limits import MOST_CALLS

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Closed(BaseModel):
    """Refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WorldPlan(Closed):
    """What a world is made from, but for its name; everything has a default."""

    scenario: str = Field(
        default="empty", description="What the world is seeded with: `empty`, `demo`, or a scenario added at the start."
    )
    plan: str = Field(default="enterprise", description="The organisation's plan, which sets requests per minute.")
    seed: str = Field(default="0", max_length=64, description="Same scenario, seed and clock: the same bytes.")
    clock: datetime | None = Field(default=None, description="The instant at which the world's time starts.")
    mode: Literal["frozen", "real"] = Field(default="frozen", description="Whether time stands still or runs.")
    masking: Literal["stars", "object", "partial"] = Field(
        default="stars", description="How masked values look: `***`, the vendor's object, or its partial form."
    )
    errors: ErrorVocabulary | None = Field(
        default=None,
        description="Whose error codes: the vendor's errors page's (`not_found`) or recorded traffic's (`notfound`); "
        "the scenario's own choice, else `page`, when left out.",
    )
    ratelimit_reset: RateLimitReset | None = Field(
        default=None,
        description="When `x-ratelimit-reset` is sent: once nothing is left (`exhausted`, as clients know it) or in "
        "every answer (`always`, as the vendor's page shows it); the scenario's, else `exhausted`, when left out.",
    )
    strict: bool | None = Field(
        default=None,
        description="Whether unknown query parameters are refused (400); they are ignored unless this, or the scenario,"
        " says so.",
    )
    limits: dict[str, Annotated[int, Field(ge=1, le=MOST_CALLS)]] = Field(
        default={},
        description="Calls a minute of budgets that shall differ from the contract's, by the name that a 429 gives"
        ' them: `{"record_updates": 120}`.',
    )
    readings: dict[str, str] = Field(
        default={},
        description="Other readings of rules that nobody has verified, by rule, as `/_sandbox/fidelity` lists them:"
        ' `{"page-size-clamped": "refused"}`.',
    )
    masked_search: MaskedSearch = Field(
        default="allow",
        description="What searches may ask of masked attributes: `allow` everything, `exact` whole values only, "
        "`refuse` nothing.",
    )
    window_minutes: int = Field(default=1440, ge=1, le=525_600, description="How long an unmasking window lasts.")
    windows_for: OpensFor = Field(
        default="everyone",
        description="Who sees values while a window is open: `everyone`, or the `requester`, whose key opened it.",
    )


class NewWorld(WorldPlan):
    """What a world is made from; everything has a default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scenario": "demo"}]})

    name: Name | None = Field(default=None, description="The world's name; given one when left out.")


class NewFork(Closed):
    """What a fork is called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "a-copy"}]})

    name: Name | None = Field(default=None, description="The fork's name; given one when left out.")


class WorldChange(Closed):
    """What shall be otherwise in a world that goes on; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"plan": "professional"}]})

    plan: str | None = None
    masking: Literal["stars", "object", "partial"] | None = None
    errors: ErrorVocabulary | None = None
    ratelimit_reset: RateLimitReset | None = None
    strict: bool | None = None
    masked_search: MaskedSearch | None = None


class Choices(BaseModel):
    """What a world can be made from."""

    scenarios: list[str]
    plans: dict[str, int] = Field(description="Each plan, and its requests a minute.")


class WorldShown(BaseModel):
    """A world as it stands."""

    name: str
    org: str
    org_name: str
    scenario: str
    plan: str
    masking: str
    errors: ErrorVocabulary
    ratelimit_reset: RateLimitReset
    strict: bool
    limits: dict[str, int] = Field(description="The budgets that differ from the contract's.")
    readings: dict[str, str] = Field(description="The readings of rules that differ from the sandbox's own.")
    masked_search: MaskedSearch
    window_minutes: int
    windows_for: OpensFor
    now: str
    mode: str
    records: dict[str, int] = Field(description="How many records of each type the world holds.")


class WorldMade(WorldShown):
    """A new world with the one key that opens it."""

    api_key: str


class ClockShown(BaseModel):
    """A world's time."""

    now: str
    mode: Literal["frozen", "real"]


class ClockChange(Closed):
    """Exactly one of the three: move on by an ISO 8601 duration, set an instant, or freeze and run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"advance": "PT61S"}]})

    advance: str | None = Field(default=None, description="An ISO 8601 duration such as `PT61S` or `P1DT2H`.")
    set: datetime | None = Field(default=None, description="An instant, not before the present one.")
    mode: Literal["frozen", "real"] | None = None


class NewKey(Closed):
    """Another API key for a world."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"roles": ["org.user"], "read_sensitive": True}]})

    roles: list[str] = Field(default=["org"], min_length=1, max_length=50)
    read_sensitive: bool = Field(default=False, description="Whether sensitive values are shown to this key.")
    user_type: UserType = Field(
        default="machine", description="A machine user's, or a person's (`user`), who has other rate limits."
    )


class KeyShown(BaseModel):
    """Whom a key stands for."""

    key_id: str
    user_id: str
    roles: list[str]
    read_sensitive: bool
    user_type: str


class KeyMade(KeyShown):
    """A new key; shown once."""

    api_key: str


class Health(BaseModel):
    """That the sandbox answers, and what it holds."""

    status: Literal["ok"]
    worlds: int
    operations: int
    tools: int = Field(description="Those that an MCP server without a filter lists.")
