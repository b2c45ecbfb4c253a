"""Operations that Kustomer has and the sandbox does not serve: `unserved.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml12

from kustomer_sandbox.contracts.sources.source import Confidence


@dataclass(frozen=True, kw_only=True, slots=True)
class UnservedOperation:
    """One operation, how it is known, and why it is not served. `path` is a template, as in OpenAPI."""

    method: str
    path: str
    area: str
    confidence: Confidence
    why: str


@cache
def unserved_operations() -> tuple[UnservedOperation, ...]:
    """All of them, by path and method."""
    text = (files("kustomer_sandbox.contracts") / "unserved.yaml").read_text(encoding="utf-8")
    listed: Any = yaml12.parse_yaml(text)
    found = [
        UnservedOperation(method=call.split()[0], path=call.split()[1], area=area, confidence=confidence, why=why)
        for area, groups in listed.items()
        for confidence, calls in groups.items()
        for call, why in calls.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.path, each.method)))
