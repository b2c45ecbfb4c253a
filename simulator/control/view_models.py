"""Shapes of what the control API shows of a world: journal, budgets, windows, drafts, snapshots, differences."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class TraceStep(BaseModel):
    """One decision on a call's way: `role`, `budget`, `input`, `rule`, `masks` … and how it came out."""

    step: str
    outcome: str
    detail: dict[str, Any] = Field(
        description="Budget with used and limit, code and ledger id of a refusal, masks by type. A refusal by a budget "
        "also tells when it is free again (`resets_at`) and which calls filled it (`filled_by`)."
    )


class RecordChangeShown(BaseModel):
    """What a call did to one record: names of attributes, never a value."""

    model_config = ConfigDict(title="RecordChange")

    record: str = Field(description="Type and id: `conversation/6a…`.")
    kind: Literal["insert", "update", "delete"]
    attributes: list[str] = Field(description="The attributes that differ; of a delete none.")


class JournalEntryShown(BaseModel):
    """One call as the journal keeps it: no bodies, looked-up values as `***`."""

    model_config = ConfigDict(title="JournalEntry")

    seq: int
    at: str
    method: str
    path: str
    operation: str
    status: int = Field(description="0 when the call came to no answer.")
    key: str
    customer: str = Field(description="Id of the customer concerned, if there is one.")
    record: str = Field(description="Type and id of the record answered: `draft/6a…`.")
    channel: str = Field(description="The channel of the record answered.")
    tool: str = Field(description="The MCP tool the call says it acts for (`x-mcp-tool`).")
    call: str = Field(description="The tool call that led to this call (`x-mcp-call`).")
    trace: list[TraceStep]
    changes: list[RecordChangeShown] = Field(description="What the call did to records; nothing if it was refused.")
    fault: str = Field(description="Class and place of an unexpected fault.")


class JournalPage(BaseModel):
    """Entries after `since`, oldest first; `next` is the `since` of the next page, null at the end."""

    entries: list[JournalEntryShown]
    next: int | None
    total: int


class Seen(BaseModel):
    """A shape made from what `kustomer_sandbox.simulator.world.views` sees."""

    model_config = ConfigDict(from_attributes=True)


class KindShown(Seen):
    """Calls that came to the same, with the numbers of the first and the last of them in the journal."""

    operation: str
    times: int
    first: int
    last: int


class RefusedKindShown(KindShown):
    """Calls refused alike."""

    model_config = ConfigDict(title="RefusedKind", from_attributes=True)

    status: int = Field(description="0 when the calls came to no answer.")
    code: str
    step: str = Field(description="What refused: `role`, `budget`, `input`, `rule`, `routing`, `fault` …")
    rule: str = Field(description="The ledger's id of the rule; empty where the contract alone decided.")
    path: str = Field(description="Method and path, where there is no operation.")
    fault: str = Field(description="Class and place of an unexpected fault.")


class WarningKindShown(KindShown):
    """Calls the journal warns of alike."""

    model_config = ConfigDict(title="WarningKind", from_attributes=True)

    warning: str
    parameter: str


class JournalSummaryShown(Seen):
    """Sub-sums of the journal, the most frequent kinds first."""

    model_config = ConfigDict(title="JournalSummary", from_attributes=True)

    calls: int
    statuses: dict[int, int] = Field(description="How many calls came to each status.")
    refused: list[RefusedKindShown]
    warnings: list[WarningKindShown]
    ended_with: RefusedKindShown | None = Field(description="The kind of the last call, if it was refused.")


class SpentKindShown(KindShown):
    """Calls of one operation by one key that drew on a budget."""

    model_config = ConfigDict(title="SpentKind", from_attributes=True)

    key: str = Field(description="The key's id; `system` for what fell due by itself, with the kind of job.")


class BudgetShown(Seen):
    """A budget as it stands; `resets_at` is null while nothing is used."""

    limit: int
    used: int
    remaining: int
    resets_at: str | None
    filled_by: list[SpentKindShown] = Field(
        description="The calls of this minute that drew on it, the most frequent first, as far as the journal has them."
    )


class ObjectBudgetShown(BudgetShown):
    """A per-object budget in use, counted per object and calling client."""

    budget: str = Field(validation_alias="name")
    per: str
    object: str = Field(description="The object's id; `all` for budgets of the client alone, `***` for what is no id.")
    user: str = Field(description="The machine user of the key.")


class LimitsShown(BudgetShown):
    """The organisation's request budget, the searches of API keys, and every per-object budget in use."""

    plan: str
    search: BudgetShown
    hooks: BudgetShown
    objects: list[ObjectBudgetShown]


class RecordingShown(BaseModel):
    """A recording that has begun."""

    calls: int


class WindowShown(Seen):
    """An open unmasking window."""

    customer: str
    requested_by: str
    start: str
    end: str


class DraftShown(Seen):
    """A draft that waits, or is scheduled; no body, no addresses."""

    id: str
    channel: str
    status: str
    send_at: str | None
    customer: str
    conversation: str


class SnapshotShown(BaseModel):
    """A kept state; `taken_at` is the world's time then."""

    id: str
    taken_at: str


class ChangeShown(BaseModel):
    """One changed attribute. Of a `hidden` one, which can be masked, no values are shown."""

    path: str
    hidden: bool
    before: Any
    after: Any


class ChangedRecord(BaseModel):
    """A changed record and what changed of it."""

    id: str
    attributes: list[ChangeShown]


class TypeDiffShown(BaseModel):
    """What happened to the records of one type."""

    created: list[str]
    changed: list[ChangedRecord]
    deleted: list[str]


class DiffShown(BaseModel):
    """What changed since a snapshot, by record type."""

    since: str
    types: dict[str, TypeDiffShown]
