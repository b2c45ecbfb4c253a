"""Limits, masking, windows and leases, stated once more: plainly, slowly, and with nothing of the product.

For whoever knows Kustomer and wants to know what is simulated: this page is all of it. The machines compare with it.
Times are how long it is since some start, which is exact as sums of seconds are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

# ------------------------------------------------------------------------------------------------------------- limits

PLANS = {"professional": 300, "business": 500, "enterprise": 1000, "ultimate": 2000}
PER_USER = {"users": 1000, "whatsapp_outbound": 400}
ALL_SEARCHES = 100
PER_CUSTOMER = 120
"""Conversations, messages, custom objects, notes and drafts created."""
RECORD_UPDATES = 600


@dataclass
class Minute:
    """One counter: at most `limit` units from a first one until a minute later, when it is empty again.

    The minute is half open: at its end there is budget, just before there is none. An idle minute does not run.
    """

    limit: int
    used: int = 0
    began: timedelta | None = None

    def _look(self, now: timedelta) -> None:
        if self.began is not None and now >= self.began + MINUTE:
            self.used, self.began = 0, None

    def count(self, now: timedelta) -> int:
        """How many units are taken now."""
        self._look(now)
        return self.used

    def has_room(self, now: timedelta) -> bool:
        return self.count(now) < self.limit

    def take(self, now: timedelta) -> None:
        """One unit, whether or not there is one."""
        self._look(now)
        if self.began is None:
            self.began = now
        self.used += 1

    def give_back(self, now: timedelta) -> None:
        """Undo a unit of this very minute; the minute goes on."""
        if self.count(now):
            self.used -= 1

    def free_at(self) -> timedelta:
        """When it is empty again."""
        return timedelta() if self.began is None else self.began + MINUTE


@dataclass(frozen=True)
class Asked:
    """One call, as far as limits look at it.

    `creates` is the budget of what it creates for `customer`, `updates` the id of the record that it changes.
    `imported` says whether it gives an `importedAt` that is not null; `is_wrong` whether something else refuses it.
    """

    user: str
    is_person: bool = False
    searches: bool = False
    creates: str = ""
    customer: str = ""
    updates: str = ""
    imported: bool = False
    is_wrong: bool = False


@dataclass
class Limits:
    """All counters of one organisation. `limits` has the figures that are not the published ones."""

    plan: str
    limits: dict[str, int] = field(default_factory=dict)
    counters: dict[tuple[str, ...], Minute] = field(default_factory=dict)

    def limit(self, budget: str) -> int:
        usual = {"org": PLANS[self.plan], "search": ALL_SEARCHES, "record_updates": RECORD_UPDATES, **PER_USER}
        return self.limits.get(budget, usual.get(budget, PER_CUSTOMER))

    def counter(self, *name: str) -> Minute:
        return self.counters.setdefault(name, Minute(self.limit(name[0])))

    def drawn_on(self, call: Asked) -> list[tuple[str, ...]]:
        """The counters that a call draws on, in the order in which they refuse it.

        The organisation's is shared by all keys. A person has one more, and searches freely; API keys share theirs for
        searches. What is created counts for each customer and each user (client) on its own, and only if it is not
        imported; so does each record that is changed.
        """
        names: list[tuple[str, ...]] = [("org",)]
        if call.is_person:
            names.append(("users", call.user))
        elif call.searches:
            names.append(("search",))
        if call.creates and not call.imported:
            names.append((call.creates, call.user, call.customer))
        if call.updates:
            names.append(("record_updates", call.user, call.updates))
        return names

    def refused_by(self, call: Asked, now: timedelta) -> str:
        """Make a call; the budget that refuses it, or nothing.

        A refused request counts for what stands before the refusal, but nothing counts for customers and records
        that did not happen.
        """
        taken: list[tuple[str, ...]] = []
        refused = ""
        for name in self.drawn_on(call):
            counter = self.counter(*name)
            if not counter.has_room(now):
                refused = name[0]
                break
            counter.take(now)
            taken.append(name)
        if refused or call.is_wrong:
            for name in taken:
                if name[0] not in ("org", "users", "search"):
                    self.counter(*name).give_back(now)
        return refused


# ------------------------------------------------------------------------------------------------------------ windows


@dataclass
class Windows:
    """One window for each customer: opening anew starts it anew. It has a time, and its end is not part of it."""

    lasts: timedelta = DAY
    only_requester: bool = False
    opened: dict[str, tuple[timedelta, timedelta, str]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def open(self, customer: str, now: timedelta, by: str = "") -> timedelta:
        """When it ends."""
        self.known.add(customer)
        self.opened[customer] = (now, now + self.lasts, by)
        return now + self.lasts

    def close(self, customer: str) -> None:
        self.opened.pop(customer, None)

    def is_open(self, customer: str, now: timedelta) -> bool:
        return customer in self.opened and now < self.opened[customer][1]

    def shows(self, customer: str, now: timedelta, reader: str = "") -> bool:
        """Whether a reader without the right sees the values of what belongs to the customer."""
        return self.is_open(customer, now) and (not self.only_requester or self.opened[customer][2] == reader)

    def end(self, customer: str, now: timedelta) -> timedelta:
        """When an open one ends; now where there is none."""
        return self.opened[customer][1] if self.is_open(customer, now) else now

    def told(self, customer: str, now: timedelta) -> set[str] | None:
        """What the customer shows of it: all while it is open, two stamps ever after, and nothing if it never was."""
        if customer not in self.known:
            return None
        stamps = {"createdAt", "updatedAt"}
        return stamps | ({"requestedBy", "startDate", "endDate"} if self.is_open(customer, now) else set())


# ------------------------------------------------------------------------------------------------------------ masking

INHERITED = {"firstName": "name", "lastName": "name", "displayName": "name"}
"""What is made from another attribute is hidden with it."""


@dataclass
class Masks:
    """Which attributes of which type are marked, by a reader's eye: marked ones hide unless a window shows them."""

    style: str = "stars"
    marked: set[tuple[str, str]] = field(default_factory=set)

    def mark(self, kind: str, attribute: str, *, on: bool) -> None:
        (self.marked.add if on else self.marked.discard)((kind, attribute))

    def hides(self, kind: str, attribute: str) -> bool:
        source = INHERITED.get(attribute, attribute) if kind == "customer" else attribute
        return (kind, attribute) in self.marked or (kind, source) in self.marked

    def seen(self, kind: str, attributes: dict[str, str], *, in_clear: bool) -> dict[str, Any]:
        """A record's attributes for a reader: `in_clear` with the right to see, or while a window shows them."""
        return {
            name: self.mask(value) if self.hides(kind, name) and not in_clear else value
            for name, value in attributes.items()
        }

    def mask(self, value: str) -> Any:
        """Three stars, or the vendor's object; a partial one ends as the text does, if that has ten characters."""
        if self.style == "stars":
            return "***"
        end = value[-4:] if self.style == "partial" and len(value) >= 10 else ""
        return {"isMasked": True, "maskedPresentation": f"********{end}"}


# ------------------------------------------------------------------------------------------------------------- leases

UNREAD = timedelta(minutes=5)
AT_MOST = timedelta(minutes=15)


@dataclass
class Leases:
    """When a tool may read a customer in clear: it has opened the window, and not let it lie, nor for too long."""

    opened: dict[str, tuple[timedelta, timedelta]] = field(default_factory=dict)

    def open(self, customer: str, now: timedelta) -> None:
        self.opened[customer] = (now, now)

    def read(self, customer: str, now: timedelta) -> None:
        """A read that was answered lengthens it."""
        if self.may_read(customer, now):
            self.opened[customer] = (self.opened[customer][0], now)

    def close(self, customer: str) -> None:
        self.opened.pop(customer, None)

    def forget(self) -> None:
        """The process, or the client, is gone: nobody reads through what it had opened."""
        self.opened.clear()

    def may_read(self, customer: str, now: timedelta) -> bool:
        if customer not in self.opened:
            return False
        began, last = self.opened[customer]
        return now < last + UNREAD and now < began + AT_MOST
