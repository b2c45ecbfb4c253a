"""Budgets on the world's clock: the organisation's requests, API-key searches, per-object ceilings.

A budget is called as a 429 calls it: `org`, `search`, `hooks`, or as in the contract (`record_updates`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kustomer_sandbox.contracts.model import Budget, Limits, Operation, Spend
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.records.unit_of_work import UnitOfWork
from kustomer_sandbox.simulator.store.protocol import CounterState, Store
from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.values.errors import TooManyRequests
from kustomer_sandbox.simulator.values.record import JSON, Principal

ORG = "org"
SEARCH = "search"
HOOKS = "hooks"


def ceilings_of(limits: Limits, plan: str, own: Mapping[str, int]) -> dict[str, int]:
    """How many calls each budget has a minute, by its name: the contract's figures, and a world's own over them."""
    objects = {name: budget.limit for name, budget in limits.budgets.items()}
    hooks = {HOOKS: limits.hooks[plan]} if plan in limits.hooks else {}
    return {ORG: limits.plans[plan], SEARCH: limits.searches, **hooks, **objects, **own}


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectUse:
    """A per-object budget in use: by which user, for which object (as the call named it, so it may be no id)."""

    budget: Budget
    limit: int
    user: str
    object: str
    taken: CounterState


@dataclass(frozen=True, kw_only=True, slots=True)
class Budgets:
    """One world's budgets. Counters live in the store, so replicas of one sandbox share them.

    `ceilings` are those of `ceilings_of`; `world` is its name and `clock` its time, for what a 429 says of them.
    """

    limits: Limits
    ceilings: Mapping[str, int]
    store: Store
    clock: WorldClock
    world: str

    @property
    def requests(self) -> int:
        """Requests the organisation has a minute."""
        return self.ceilings[ORG]

    @property
    def searches(self) -> int:
        """Searches that API keys have a minute."""
        return self.ceilings[SEARCH]

    def take_request(self, now: datetime) -> CounterState:
        """One unit of the organisation's minute; raises `TooManyRequests`."""
        limit = self.requests
        return self._take(
            ORG, ORG, limit, now, lambda: f"The organisation's budget of {limit} requests a minute is used up."
        )

    def request_state(self, now: datetime) -> CounterState:
        """The organisation's minute as it stands."""
        return self.store.peek(ORG, limit=self.requests, now=now.timestamp(), seconds=self.limits.window_seconds)

    def search_state(self, now: datetime) -> CounterState:
        """The API keys' searches as they stand."""
        return self.store.peek(SEARCH, limit=self.searches, now=now.timestamp(), seconds=self.limits.window_seconds)

    def objects_in_use(self, now: datetime) -> list[ObjectUse]:
        """The per-object budgets drawn on within the last minute."""
        return [
            ObjectUse(
                budget=self.limits.budgets[budget], limit=self.ceilings[budget], user=user, object=target, taken=taken
            )
            for name, taken in self.store.counters(now=now.timestamp())
            for budget, _, rest in [name.partition(":")]
            for user, _, target in [rest.partition(":")]
            if budget in self.limits.budgets
        ]

    def take_search(self, now: datetime) -> CounterState:
        """One unit of the API keys' searches; raises `TooManyRequests`."""
        limit = self.searches
        return self._take(SEARCH, SEARCH, limit, now, lambda: f"API keys may search {limit} times a minute.")

    def take_hook(self, now: datetime) -> CounterState:
        """One unit of the hooks' minute, which the organisation's own is apart from; raises `TooManyRequests`."""
        limit = self.ceilings[HOOKS]
        return self._take(HOOKS, HOOKS, limit, now, lambda: f"Hooks take {limit} requests a minute.")

    def take_object(self, spend: Spend, counter: str, now: datetime) -> CounterState:
        """One unit of a per-object budget; raises `TooManyRequests`."""
        limit = self.ceilings[spend.budget.name]
        return self._take(counter, spend.budget.name, limit, now, lambda: _words(spend.budget, limit))

    def give_back(self, counter: str, now: datetime) -> None:
        """Return a unit taken for a call that was then refused: only what happens counts."""
        self.store.give_back(counter, now=now.timestamp())

    def _take(self, counter: str, name: str, limit: int, now: datetime, words: Callable[[], str]) -> CounterState:
        taken = self.store.take(counter, limit=limit, now=now.timestamp(), seconds=self.limits.window_seconds)
        if not taken.granted:
            raise TooManyRequests(
                words() + self._way_on(),
                budget=name,
                limit=limit,
                resets_at=taken.resets_at,
                rule=f"limit-{name}",
                is_frozen=self.clock.mode == "frozen",
            )
        return taken

    def _way_on(self) -> str:
        """What to do where waiting does not help: a frozen world's minute ends only when somebody moves its time."""
        if self.clock.mode != "frozen":
            return ""
        return (
            " The time of this sandbox world stands still, so waiting does not help: move it on with"
            f' POST /_sandbox/worlds/{self.world}/clock {{"advance": "PT{self.limits.window_seconds}S"}}, or with'
            f" kustomer.clock.advance({self.limits.window_seconds}) in a test."
        )


def _words(budget: Budget, limit: int) -> str:
    words = f"The limit of {limit} a minute per {budget.per} ({budget.name}) is used up."
    return words + (f" Historical records given {budget.exempt} are exempt." if budget.exempt else "")


def counters(
    operation: Operation, principal: Principal, path: Mapping[str, str], body: JSON, records: Records | UnitOfWork
) -> Iterator[tuple[Spend, str]]:
    """The per-object counters a call draws on; those it is exempt from, or cannot name, are left out."""
    fields = body if isinstance(body, dict) else {}
    for spend in operation.spends:
        if spend.budget.exempt and fields.get(spend.budget.exempt) is not None:
            continue
        target = _target(spend, path, fields, records)
        if target is not None:
            yield spend, f"{spend.budget.name}:{principal.user_id}:{target}"


def _target(
    spend: Spend, path: Mapping[str, str], body: Mapping[str, Any], records: Records | UnitOfWork
) -> str | None:
    if spend.budget.per == "user":
        return "all"
    for key in spend.key:
        through, _, place = key.rpartition(":")
        where, _, name = place.partition(".")
        value = (path if where == "path" else body).get(name)
        if isinstance(value, str) and through:
            kind, _, relation = through.partition(">")
            record = records.get(kind, value)
            value = ((record or {}).get("relationships", {}).get(relation) or {}).get("id")
        if isinstance(value, str) and value:
            return value
    return None
