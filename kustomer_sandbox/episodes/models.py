"""Shapes of the control API's requests and answers about episodes and the MCP URLs of worlds, and how they are made."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kustomer_sandbox.grading.shapes import VerdictShown
from kustomer_sandbox.grading.shapes import shown as verdict_shown
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.mcp_server.management.management_models import ServerConfig
from kustomer_sandbox.simulator.control.models import Closed, WorldPlan
from kustomer_sandbox.simulator.control.snapshots import diff_shown
from kustomer_sandbox.simulator.control.view_models import JournalSummaryShown, Seen, TypeDiffShown
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.world.state import Episode
from kustomer_sandbox.simulator.world.world import World

Reason = Literal["deleted", "idle"]
_HOUR, _WEEK = 3_600, 7 * 86_400


class NewMcpUrl(Closed):
    """Another MCP URL for a world."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tools": {"methods": ["read"]}}]})

    tools: ServerConfig = Field(
        default=ServerConfig(),
        description="Which tools the MCP URL shows, and how, as the `config` of an MCP server; all when left out.",
    )


class NewEpisode(WorldPlan, NewMcpUrl):
    """What an episode's world is made from, and what its MCP URL shows; everything has a default."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scenario": "demo", "seed": "1", "tools": {"filter": "support"}}]}
    )

    idle_seconds: int = Field(
        default=_HOUR,
        ge=1,
        le=_WEEK,
        description="After so many seconds without a call, on the server's clock, the episode ends by itself.",
    )


class EpisodeShown(BaseModel):
    """An open episode. Instants are the server's; its world has its own time."""

    episode: str = Field(description="The episode's id, which is its world's name, too.")
    scenario: str
    seed: str
    plan: str
    prompt: str | None = Field(description="What the scenario has an agent asked to do, if it says so.")
    start: str = Field(description="The snapshot of its beginning: the world's `diff` since then tells what happened.")
    began_at: datetime
    used_at: datetime = Field(description="When its API or its MCP URL was last called, to about a second.")
    ends_at: datetime = Field(description="When it ends by itself, if it is not called until then.")
    calls: int = Field(description="Entries of its journal: calls of the API, by tools or not, and what fell due.")
    kept: bool = Field(description="Whether a restart of the server would find it again.")


class EpisodeBegun(EpisodeShown):
    """A new episode with all that opens its world; shown this once."""

    mcp_url: str = Field(description="Every client that calls it is in this world; `/discovery` behind it as always.")
    base_url: str
    api_key: str


class LeaseShown(Seen):
    """An unmasking window that a tool had open at the end, and that was closed then."""

    customer: str = Field(validation_alias="customer_id")
    tool: str
    status: str


class EpisodeEnded(EpisodeShown):
    """What happened in an episode that has ended."""

    ended_at: datetime
    reason: Reason
    diff: dict[str, TypeDiffShown] = Field(
        description="What differs from the world's start, by record type; of what can be masked the names alone."
    )
    journal: JournalSummaryShown
    leases: list[LeaseShown]
    grade: VerdictShown | None = Field(description="The verdict, if the scenario has criteria.")


class McpUrlMade(BaseModel):
    """An MCP URL, shown this once; the management API knows its MCP server under the account's id."""

    account_id: str
    mcp_url: str
    base_url: str


def shown(worlds: Worlds, world: World, facts: Episode, used_at: datetime) -> EpisodeShown:
    """A world that is an episode, as it stands; `used_at` is when it was last called."""
    plan = worlds.plan_of(world.name)
    return EpisodeShown(
        episode=world.name,
        scenario=plan.scenario,
        seed=plan.seed,
        plan=plan.plan,
        prompt=world.prompt or None,
        start=facts.start,
        began_at=facts.began_at,
        used_at=used_at,
        ends_at=used_at + facts.idle,
        calls=world.journal.total,
        kept=worlds.keeping is not None,
    )


def what_happened(
    world: World, last: EpisodeShown, grade: Verdict | None, *, ended_at: datetime, reason: Reason
) -> EpisodeEnded:
    """What is told at the end of an episode while its world is there, but for the `leases` that the end closes."""
    return EpisodeEnded(
        **dict(last),
        ended_at=ended_at,
        reason=reason,
        diff=diff_shown(world.diff(last.start)),
        journal=JournalSummaryShown.model_validate(world.journal.summary()),
        leases=[],
        grade=verdict_shown(grade) if grade else None,
    )
