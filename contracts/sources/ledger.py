"""The behaviour ledger: rules a schema cannot state, each with its source, status and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml12

from kustomer_sandbox.contracts.documents import make_source
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.sources.pages import wrong_pages
from kustomer_sandbox.contracts.sources.source import Source
from kustomer_sandbox.contracts.vocabulary.behaviour import BEHAVIOUR
from kustomer_sandbox.contracts.vocabulary.complaints import complaint
from kustomer_sandbox.contracts.vocabulary.forms import Listing
from kustomer_sandbox.contracts.vocabulary.reading import refuse_faults

RuleStatus = Literal["kept", "diverges", "deferred"]
NAME = "behaviours.yaml"
_ENTRIES = Listing(BEHAVIOUR, least=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """One rule. `why` says what a divergence or deferral is for; `checks` name suite checks or tests.

    `readings` are the ways to read an unverified rule, the one that is kept first; `verify` says how to find out on a
    real organisation which of them holds. `only_reading` says why an assumed rule has none of them.
    """

    id: str
    rule: str
    source: Source
    status: RuleStatus
    checks: tuple[str, ...]
    why: str = ""
    readings: Mapping[str, str] = field(default_factory=dict, hash=False)
    verify: str = ""
    only_reading: str = ""


def ledger(text: str | None = None) -> Mapping[str, Behaviour]:
    """Every behaviour by id, from the shipped ledger unless a text is given. Raises `ContractError`."""
    return _shipped() if text is None else _read(text)


@cache
def _shipped() -> Mapping[str, Behaviour]:
    return _read((files("kustomer_sandbox.contracts") / NAME).read_text(encoding="utf-8"))


def _read(text: str) -> Mapping[str, Behaviour]:
    found: dict[str, Behaviour] = {}
    try:
        entries: Any = yaml12.parse_yaml(text)
    except ValueError as fault:
        raise ContractError(f"{NAME}: not YAML: {fault}") from fault
    refuse_faults(NAME, entries, _ENTRIES)
    for steps, words in wrong_pages(entries, _ENTRIES):
        raise ContractError(complaint(NAME, steps, words))
    for entry in entries:
        behaviour = _behaviour(entry)
        if found.setdefault(behaviour.id, behaviour) is not behaviour:
            raise ContractError(f"{NAME}: {behaviour.id}: is there twice")
    return found


def _behaviour(entry: dict[str, Any]) -> Behaviour:
    return Behaviour(
        id=entry["id"],
        rule=entry["rule"],
        source=make_source(entry["source"]),
        status=entry["status"],
        checks=tuple(entry.get("checks", ())),
        why=entry.get("why", ""),
        readings=entry.get("readings", {}),
        verify=entry.get("verify", ""),
        only_reading=entry.get("only-reading", ""),
    )
