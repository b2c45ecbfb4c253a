"""One entry of an organisation's audit log: who changed which record, when, and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kustomer_sandbox.simulator.values.record import JSON

AuditVerb = Literal["create", "update", "delete"]

AuditedValue = tuple[str, JSON, JSON]
"""The name of an attribute or a relationship, its value before and its value after. For reading only, unmasked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """A change of one record as the log tells it.

    `number` counts the entries of the log from 1, and the last digits of `id` repeat it. `user` is who changed it,
    `user_type` what that is: `machine` for an API key, `system` for the world itself. `operation` is the API's
    operation or the kind of the job. Only updates have `attributes` and `relationships`; of relationships the values
    are references (`{type, id}`), or None.
    """

    id: str
    number: int
    at: datetime
    user: str
    user_type: str
    operation: str
    verb: AuditVerb
    type: str
    record: str
    customer: str
    attributes: tuple[AuditedValue, ...]
    relationships: tuple[AuditedValue, ...]
