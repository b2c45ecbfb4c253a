"""Budgets on the world's clock: the organisation's requests, people's, API-key searches, per-object ceilings.

A budget is called as a 429 calls it: `org`, `users`, `search`, `hooks`, or as in the contract (`record_updates`). Its
counters are called `org`, `search` and `hooks`, all others `budget:user:object`, with `all` for the object where there
is one for each user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from kustomer_sandbox.contracts.model import Limits, Operation, Spend
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.records.unit_of_work import UnitOfWork
from kustomer_sandbox.simulator.store.protocol import CounterState, Store
from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.values.errors import TooManyRequests
from kustomer_sandbox.simulator.values.ids import is_id
from kustomer_sandbox.simulator.values.record import JSON, Principal

ORG = "org"
USERS = "users"
SEARCH = "search"
HOOKS = "hooks"
SHARED = (ORG, USERS, SEARCH, HOOKS)
"""The budgets that no object has: of the organisation, each person, its searches, its hooks."""
ALL = "all"
"""Stands for the object of a budget that a user has for everything."""


MOST_CALLS = 1_000_000_000
"""No budget of a world's own is larger."""


def is_ceiling(value: object) -> TypeGuard[int]:
    """Whether a budget can be so many calls a minute."""
    return type(value) is int and 1 <= value <= MOST_CALLS


def ceilings_of(limits: Limits, plan: str, own: Mapping[str, int]) -> dict[str, int]:
    """How many calls each budget has a minute, by its name: the contract's figures, and a world's own over them."""
    objects = {name: budget.limit for name, budget in limits.budgets.items()}
    hooks = {HOOKS: limits.hooks[plan]} if plan in limits.hooks else {}
    return {ORG: limits.plans[plan], USERS: limits.users, SEARCH: limits.searches, **hooks, **objects, **own}


def shared_budgets(operation: Operation, principal: Principal) -> tuple[str, ...]:
    """The budgets of the organisation that a call draws on, in the order of their refusals.

    Hooks have one of their own. People have one each on top of the organisation's, and search as much as they like.
    """
    if operation.is_hook:
        return _HOOK
    if principal.user_type == "user":
        return _PERSON
    return _SEARCH if operation.searches else _PLAIN


_HOOK, _PERSON, _SEARCH, _PLAIN = (HOOKS,), (ORG, USERS), (ORG, SEARCH), (ORG,)


def shared_counter(name: str, principal: Principal) -> str:
    """The counter of a budget of the organisation."""
    return name if name != USERS else f"{USERS}:{principal.user_id}:{ALL}"


def told_object(counter: str) -> str:
    """What a counter is for, as it may be told: an id, `***` for what is none, empty for the organisation's own.

    For a budget that a user has for everything it is the user.
    """
    _, _, rest = counter.partition(":")
    user, _, target = rest.partition(":")
    if target == ALL:
        return user
    return target if not target or is_id(target) else "***"


def whole_seconds(instant: float) -> int:
    """Epoch seconds, rounded up: the first whole second that has budget again."""
    return -int(-instant // 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetUse:
    """A budget per user or object in use: whose, and for which object (as a call named it, so it may be no id)."""

    name: str
    per: str
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

    def request_state(self, now: datetime) -> CounterState:
        """The organisation's minute as it stands."""
        return self.state(ORG, now)

    def state(self, name: str, now: datetime) -> CounterState:
        """One of the organisation's own budgets (`org`, `search`, `hooks`) as it stands."""
        return self.store.peek(name, limit=self.ceilings[name], now=now.timestamp(), seconds=self.limits.window_seconds)

    def in_use(self, now: datetime) -> list[BudgetUse]:
        """The budgets per user or object drawn on within the last minute."""
        kinds = {name: budget.per for name, budget in self.limits.budgets.items()} | {USERS: "user"}
        found = []
        for counter, taken in self.store.counters(now=now.timestamp()):
            name, _, rest = counter.partition(":")
            if name in kinds:
                user, _, target = rest.partition(":")
                use = BudgetUse(
                    name=name, per=kinds[name], limit=self.ceilings[name], user=user, object=target, taken=taken
                )
                found.append(use)
        return found

    def take(self, name: str, counter: str, now: datetime) -> CounterState:
        """One unit of a budget; raises `TooManyRequests`."""
        limit = self.ceilings[name]
        taken = self.store.take(counter, limit=limit, now=now.timestamp(), seconds=self.limits.window_seconds)
        if taken.granted:
            return taken
        raise TooManyRequests(
            self._words(name, limit) + self._way_on(),
            budget=name,
            limit=limit,
            resets_at=taken.resets_at,
            target=told_object(counter),
            rule=f"limit-{name}",
            is_frozen=self.clock.is_frozen,
        )

    def give_back(self, counter: str, now: datetime) -> None:
        """Return a unit taken for a call that was then refused: only what happens counts."""
        self.store.give_back(counter, now=now.timestamp())

    def use_up(self, name: str, caller: Principal, target: str | None, now: datetime, *, leave: int) -> None:
        """Take what is left of a budget but for so many units, as others do who call with the caller's key."""
        of_object = f"{name}:{caller.user_id}:{target or ALL}"
        counter = shared_counter(name, caller) if name in SHARED else of_object
        at, seconds, limit = now.timestamp(), self.limits.window_seconds, self.ceilings[name]
        used = self.store.peek(counter, limit=limit, now=at, seconds=seconds).used
        for _ in range(limit - used - leave):
            self.store.take(counter, limit=limit, now=at, seconds=seconds)

    def _words(self, name: str, limit: int) -> str:
        budget = self.limits.budgets.get(name)
        if budget is None:
            return _SHARED_WORDS[name].format(limit=limit)
        words = f"The limit of {limit} a minute per {budget.per} ({name}) is used up."
        return words + (f" Historical records given {budget.exempt} are exempt." if budget.exempt else "")

    def _way_on(self) -> str:
        """What to do where waiting does not help: a frozen world's minute ends only when somebody moves its time."""
        if not self.clock.is_frozen:
            return ""
        return (
            " The time of this sandbox world stands still, so waiting does not help: move it on with"
            f' POST /_sandbox/worlds/{self.world}/clock {{"advance": "PT{self.limits.window_seconds}S"}}, or with'
            f" kustomer.clock.advance({self.limits.window_seconds}) in a test."
        )


_SHARED_WORDS = {
    ORG: "The organisation's budget of {limit} requests a minute is used up.",
    USERS: "A person may make {limit} requests a minute.",
    SEARCH: "API keys may search {limit} times a minute.",
    HOOKS: "Hooks take {limit} requests a minute.",
}


def counters(
    operation: Operation, principal: Principal, path: Mapping[str, str], body: JSON, records: Records | UnitOfWork
) -> Iterator[tuple[str, str]]:
    """Budget and counter of the per-object units a call draws on, but those it is exempt from or cannot name."""
    fields = body if isinstance(body, dict) else {}
    for spend in operation.spends:
        if spend.budget.exempt and fields.get(spend.budget.exempt) is not None:
            continue
        target = _target(spend, path, fields, records)
        if target is not None:
            yield spend.budget.name, f"{spend.budget.name}:{principal.user_id}:{target}"


def _target(
    spend: Spend, path: Mapping[str, str], body: Mapping[str, Any], records: Records | UnitOfWork
) -> str | None:
    if spend.budget.is_of_client:
        return ALL
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
