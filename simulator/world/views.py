"""What can be seen of a world without asking its API, and without a budget: no personal value is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.store.protocol import CounterState
from kustomer_sandbox.simulator.values.clock import EARLIEST, iso
from kustomer_sandbox.simulator.world.limits import ALL, HOOKS, ORG, SEARCH, BudgetUse, told_object
from kustomer_sandbox.simulator.world.spending.filling import BudgetWindow, Fillings, SpentKind
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
    filling: tuple[Fillings, BudgetWindow] | None = field(default=None, repr=False, compare=False)

    @property
    def filled_by(self) -> tuple[SpentKind, ...]:
        """The calls that drew on it, the most frequent kinds first, as far as the journal has them."""
        return () if self.filling is None else self.filling[0].of(self.filling[1])

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsInUse:
    """The organisation's requests a minute, the searches of API keys, its hooks', and every budget in use of an object.

    Among `objects` are those of users: `users`, of a person's requests, and `whatsapp_outbound`.
    """

    plan: str
    requests: BudgetInUse
    searches: BudgetInUse
    hooks: BudgetInUse
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
    """The budgets as they stand. Which calls filled one is looked up when it is asked for."""
    fillings = Fillings(world.journal, world.contracts.limits)
    return LimitsInUse(
        plan=world.plan,
        requests=_shared(world, fillings, ORG, "requests"),
        searches=_shared(world, fillings, SEARCH, "searches"),
        hooks=_shared(world, fillings, HOOKS, "hooks"),
        objects=tuple(_of_object(world, fillings, use) for use in world.budgets.in_use(world.clock.now())),
    )


def _shared(world: World, fillings: Fillings, name: str, shown: str) -> BudgetInUse:
    budgets = world.budgets
    state = budgets.state(name, world.clock.now())
    resets = _resets(state)
    return BudgetInUse(
        name=shown,
        limit=budgets.ceilings[name],
        used=state.used,
        resets_at=resets,
        filling=(fillings, fillings.window(name, "", (), resets)) if resets else None,
    )


def _of_object(world: World, fillings: Fillings, use: BudgetUse) -> BudgetInUse:
    resets = _resets(use.taken)
    keys = {key.key_id for key in world.keys.values() if key.user_id == use.user}
    told = told_object(f"{use.name}:{use.user}:{use.object}")
    return BudgetInUse(
        name=use.name,
        limit=use.limit,
        used=use.taken.used,
        resets_at=resets,
        per=use.per,
        object=ALL if use.object == ALL else told,
        user=use.user,
        filling=(fillings, fillings.window(use.name, told, keys, resets)) if resets else None,
    )


def _resets(taken: CounterState) -> str | None:
    return iso(EARLIEST + timedelta(seconds=taken.resets_at)) if taken.used else None


def _related(record: dict[str, dict[str, dict[str, str] | None]], name: str) -> str:
    return (record.get("relationships", {}).get(name) or {}).get("id", "")
