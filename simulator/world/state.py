"""What a world's state is made of: all that a snapshot keeps and that goes back with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.store.protocol import Snapshot as StoreSnapshot
from kustomer_sandbox.simulator.values.clock import Mode
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.ids import Ids
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.world.audit_log import AuditState


class WorldOptions(TypedDict, total=False):
    """What a world can be told to be like: the options of `WorldSpec` of the same names. None leaves one as it is."""

    plan: str | None
    masking: Style | None
    masked_search: MaskedSearch | None
    windows: WindowSettings | None
    errors: ErrorVocabulary | None
    ratelimit_reset: RateLimitReset | None
    strict: bool | None
    limits: Mapping[str, int] | None
    readings: Mapping[str, str] | None


OPTIONS = tuple(WorldOptions.__annotations__)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldState:
    """All of a world that goes back with it. `keys` are the machine users that keys stood for, by digest."""

    store: StoreSnapshot
    now: datetime
    mode: Mode
    ids: Ids
    audit_log: AuditState
    plan: str
    masking: Style
    errors: ErrorVocabulary
    ratelimit_reset: RateLimitReset
    strict: bool
    limits: Mapping[str, int]
    readings: Mapping[str, str]
    masked_search: MaskedSearch
    windows: WindowSettings
    org: str
    org_name: str
    scenario: str
    keys: Mapping[str, Principal]
