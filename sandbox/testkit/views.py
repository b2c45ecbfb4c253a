"""What can be seen of a test's world without asking the API, and without a budget: no personal value is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from simulator.clock import iso
from simulator.store.protocol import Taken
from simulator.world import WINDOW, World

_ID = re.compile(r"[0-9a-f]{24}|all")
_WAITING = frozenset({"draft", "scheduled"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """An open unmasking window. `requested_by` is the user of the key that opened it."""

    customer: str
    requested_by: str
    start: str
    end: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A draft that waits or is scheduled. Ids are empty where there is none."""

    id: str
    channel: str
    status: str
    send_at: str | None
    customer: str
    conversation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A budget as it stands; `resets_at` is None while nothing is used.

    `object` is an id, `all` for a budget of the key's alone, `***` for a looked-up value, or empty.
    """

    name: str
    limit: int
    used: int
    resets_at: str | None
    object: str = ""

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The organisation's requests a minute, the searches of API keys, and every per-object budget in use."""

    plan: str
    requests: Budget
    searches: Budget
    objects: tuple[Budget, ...]


def windows(world: World) -> list[Window]:
    """The windows open now."""
    now = world.clock.now()
    found = [(row.id, orjson.loads(row.data)) for row in world.store.find(WINDOW, "id")]
    return [
        Window(customer=id, requested_by=held["requestedBy"], start=held["startDate"], end=held["endDate"])
        for id, held in found
        if world.is_unmasked(id, now)
    ]


def drafts(world: World) -> list[Draft]:
    """The drafts not sent yet, in the order of their ids."""
    found = [orjson.loads(row.data) for row in world.store.find("draft", "id")]
    waiting = [record for record in found if record["attributes"].get("status") in _WAITING]
    return [
        Draft(
            id=record["id"],
            channel=record["attributes"]["channel"],
            status=record["attributes"]["status"],
            send_at=record["attributes"].get("sendAt"),
            customer=_related(record, "customer"),
            conversation=_related(record, "conversation"),
        )
        for record in waiting
    ]


def limits(world: World) -> Limits:
    """The budgets as they stand."""
    now, budgets, known = world.clock.now(), world.budgets, world.contracts.limits
    return Limits(
        plan=world.plan,
        requests=_budget("requests", known.plans[world.plan], budgets.request_state(now)),
        searches=_budget("searches", known.searches, budgets.search_state(now)),
        objects=tuple(
            _budget(
                use.budget.name, use.budget.limit, use.taken, object=use.object if _ID.fullmatch(use.object) else "***"
            )
            for use in budgets.objects_in_use(now)
        ),
    )


def _budget(name: str, limit: int, taken: Taken, *, object: str = "") -> Budget:  # noqa: A002 - as in the field
    resets = iso(datetime.fromtimestamp(taken.resets_at, UTC)) if taken.used else None
    return Budget(name=name, limit=limit, used=taken.used, resets_at=resets, object=object)


def _related(record: dict[str, dict[str, dict[str, str] | None]], name: str) -> str:
    return (record.get("relationships", {}).get(name) or {}).get("id", "")
