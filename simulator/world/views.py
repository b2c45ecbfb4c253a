"""What can be seen of a world without asking its API, and without a budget: no personal value is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import orjson

from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.store.protocol import CounterState
from kustomer_sandbox.simulator.values.clock import EARLIEST, iso
from kustomer_sandbox.simulator.values.ids import is_id
from kustomer_sandbox.simulator.world.limits import ObjectUse
from kustomer_sandbox.simulator.world.world import World

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
class BudgetInUse:
    """A budget as it stands; `resets_at` is None while nothing is used.

    Of a per-object budget: `per` is the kind of object, `object` its id, `all` for a budget of the key's alone, `***`
    for a looked-up value, and `user` the key's machine user.
    """

    name: str
    limit: int
    used: int
    resets_at: str | None
    per: str = ""
    object: str = ""
    user: str = ""

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsInUse:
    """The organisation's requests a minute, the searches of API keys, and every per-object budget in use."""

    plan: str
    requests: BudgetInUse
    searches: BudgetInUse
    objects: tuple[BudgetInUse, ...]


def windows(world: World) -> list[Window]:
    """The windows open now."""
    now = world.clock.now()
    found = [(row.id, orjson.loads(row.data)) for row in world.store.find(WINDOW, "id")]
    return [
        Window(customer=id, requested_by=held["requestedBy"], start=held["startDate"], end=held["endDate"])
        for id, held in found
        if (window := world.unmasking_window(id, now)) and window.is_open
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


def limits(world: World) -> LimitsInUse:
    """The budgets as they stand."""
    now, budgets = world.clock.now(), world.budgets
    return LimitsInUse(
        plan=world.plan,
        requests=_budget("requests", budgets.requests, budgets.request_state(now)),
        searches=_budget("searches", budgets.searches, budgets.search_state(now)),
        objects=tuple(_of_object(use) for use in budgets.objects_in_use(now)),
    )


def _of_object(use: ObjectUse) -> BudgetInUse:
    shown = use.object if use.object == "all" or is_id(use.object) else "***"
    bare = _budget(use.budget.name, use.limit, use.taken)
    return replace(bare, per=use.budget.per, object=shown, user=use.user)


def _budget(name: str, limit: int, taken: CounterState) -> BudgetInUse:
    resets = iso(EARLIEST + timedelta(seconds=taken.resets_at)) if taken.used else None
    return BudgetInUse(name=name, limit=limit, used=taken.used, resets_at=resets)


def _related(record: dict[str, dict[str, dict[str, str] | None]], name: str) -> str:
    return (record.get("relationships", {}).get(name) or {}).get("id", "")
