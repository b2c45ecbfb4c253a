"""What the sandbox promises of Kustomer and how each promise is known: the ledger, to be read by machines."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.contracts.sources.ledger import Behaviour, ledger

StatusWord = Literal["kept", "diverges", "deferred"]
ConfidenceWord = Literal["vendor-docs", "recorded", "client-code", "seed", "assumed"]


class PartShown(BaseModel):
    """Where one part of a fact comes from."""

    model_config = ConfigDict(from_attributes=True)

    confidence: ConfidenceWord
    pages: list[str]
    note: str


class SourceShown(PartShown):
    """Where a fact comes from and how far it can be trusted."""

    parts: dict[str, PartShown] = Field(description="The parts that are known otherwise than the whole.")


class RuleShown(BaseModel):
    """One rule that no schema can state."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    rule: str
    status: StatusWord = Field(description="Whether the sandbox keeps it, knowingly does otherwise, or does not yet.")
    why: str = Field(description="The reason, where it is not kept.")
    source: SourceShown
    readings: dict[str, str] = Field(
        description="How the rule can be read while nobody has verified it, the sandbox's own first; a world can be"
        " told another. Empty where there is no other."
    )
    only_reading: str = Field(description="Why an assumed rule has no other reading.")
    verify: str = Field(description="How to find out on a real organisation which reading holds.")
    checks: list[str] = Field(description="The checks and tests that hold it.")


class Tally(BaseModel):
    """How many there are, by status of the rules and by confidence of rules and operations."""

    rules: dict[StatusWord, int]
    assumed_without_another_reading: list[str] = Field(
        description="Assumed rules that have one reading; each says why."
    )
    confidence_of_rules: dict[ConfidenceWord, int]
    confidence_of_operations: dict[ConfidenceWord, int]


class Fidelity(BaseModel):
    """The ledger: the rules asked for, and a tally of all."""

    rules: list[RuleShown]
    tally: Tally


def add_fidelity(router: APIRouter, contracts: Contracts) -> None:
    """Add the route."""

    @router.get("/fidelity")
    async def fidelity(
        status: Annotated[StatusWord | None, Query(description="Only rules of this status.")] = None,
        confidence: Annotated[
            ConfidenceWord | None, Query(description="Only rules known, whole or in part, with this confidence.")
        ] = None,
        rule: Annotated[str | None, Query(description="Only the rule of this id.", max_length=128)] = None,
    ) -> Fidelity:
        """How faithful the sandbox is: every rule of the ledger with its source, status and checks."""
        wanted = [
            one
            for one in _rules()
            if status in (None, one.status)
            and rule in (None, one.id)
            and (confidence is None or confidence in one.source.confidences())
        ]
        return Fidelity(rules=[RuleShown.model_validate(one) for one in wanted], tally=_tally(contracts))


@cache
def _rules() -> tuple[Behaviour, ...]:
    return tuple(ledger().values())


def _tally(contracts: Contracts) -> Tally:
    return Tally(
        rules=Counter(rule.status for rule in _rules()),
        assumed_without_another_reading=[
            rule.id for rule in _rules() if rule.source.confidence == "assumed" and not rule.readings
        ],
        confidence_of_rules=Counter(rule.source.confidence for rule in _rules()),
        confidence_of_operations=Counter(operation.source.confidence for operation in contracts.operations.values()),
    )
