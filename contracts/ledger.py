"""The behaviour ledger: rules a schema cannot state, each with its source, status and checks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml12

from kustomer_sandbox.contracts.documents import refuse_unknown
from kustomer_sandbox.contracts.model import ContractError, Source
from kustomer_sandbox.contracts.tools import make_source

RuleStatus = Literal["kept", "diverges", "deferred"]
ENTRY_KEYS = {"id", "rule", "source", "status", "checks", "why"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """One rule. `why` says what a divergence or deferral is for; `checks` name suite checks or tests."""

    id: str
    rule: str
    source: Source
    status: RuleStatus
    checks: tuple[str, ...]
    why: str = ""


def ledger(text: str | None = None) -> dict[str, Behaviour]:
    """Every behaviour by id, from the shipped ledger unless a text is given. Raises `ContractError`."""
    if text is None:
        text = (files("kustomer_sandbox.contracts") / "behaviours.yaml").read_text(encoding="utf-8")
    found: dict[str, Behaviour] = {}
    entries: Any = yaml12.parse_yaml(text)
    for entry in entries or ():
        behaviour = _behaviour(entry)
        if found.setdefault(behaviour.id, behaviour) is not behaviour:
            raise ContractError(f"behaviours.yaml: {behaviour.id!r} is there twice")
    return found


def _behaviour(entry: dict[str, Any]) -> Behaviour:
    place = f"behaviours.yaml {entry.get('id')}"
    refuse_unknown(place, entry, ENTRY_KEYS)
    status: RuleStatus = entry.get("status", "")
    if status not in get_args(RuleStatus):
        raise ContractError(f"{place}: unknown status {status!r}")
    if status != "kept" and not entry.get("why"):
        raise ContractError(f"{place}: says why it is not kept")
    return Behaviour(
        id=entry["id"],
        rule=entry["rule"],
        source=make_source(place, entry.get("source")),
        status=status,
        checks=tuple(entry.get("checks") or ()),
        why=entry.get("why", ""),
    )
