"""One machine opens, closes and outlives windows, flags attributes, and compares every read with a model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.masking import Style, masked
from kustomer_sandbox.simulator.values.clock import iso
from tests.world_client import WorldClient

DAY = timedelta(hours=24)
TICK = timedelta(milliseconds=1)
"""The finest step of time an instant is written with."""

OWNERS = ("jane", "joe")
FLAGS = (
    ("customer", "standardProperties", "name"),
    ("customer", "standardProperties", "emails"),
    ("customer", "properties", "ssnStr"),
    ("kobject.order", "standardProperties", "title"),
    ("kobject.order", "properties", "ssnStr"),
)
READS = {
    "customer": {
        "name": ("standardProperties", "name"),
        "firstName": ("standardProperties", "name"),
        "displayName": ("standardProperties", "name"),
        "email": ("standardProperties", "emails"),
        "ssn": ("properties", "ssnStr"),
        "locale": None,
    },
    "kobject.order": {
        "title": ("standardProperties", "title"),
        "ssn": ("properties", "ssnStr"),
        "note": None,
    },
}
"""What the machine looks at, and whose flag hides it; None is never hidden."""

owners = st.sampled_from(OWNERS)
flags = st.sampled_from(FLAGS)


class MaskingMachine(RuleBasedStateMachine):
    """The model: when each owner's window ends, and which attributes are flagged. Nothing else decides."""

    api: Api

    @initialize(style=st.sampled_from(["stars", "object", "partial"]))
    def start(self, style: Style) -> None:
        self.world = self.api.worlds.create(WorldSpec(name="masking-machine", plan="ultimate", masking=style))
        self.client = WorldClient(self.api, self.world, issue_key(self.api.worlds, self.world)[0])
        self.right = self.client.new_key("org", read_sensitive=True)
        self.style = style
        self.ends: dict[str, datetime] = {}
        self.opened: set[str] = set()
        self.flagged: set[tuple[str, str, str]] = set()
        self.client.post("/v1/klasses", {"name": "order"})
        self.ids = {name: self.new_customer(name) for name in OWNERS}
        self.orders = {name: self.new_order(name) for name in (*OWNERS, "nobody")}

    def teardown(self) -> None:
        if hasattr(self, "world"):
            assert self.client.faults() == []
            self.api.worlds.drop(self.world.name)

    def new_customer(self, name: str) -> str:
        body = {
            "name": f"{name} surname", "emails": [{"email": f"{name}@acme.example"}], "locale": name,
            "custom": {"ssnStr": f"{name}-078-05-1120"},
        }  # fmt: skip
        return str(self.client.post("/v1/customers", body).data["id"])

    def new_order(self, name: str) -> str:
        owner = {"customer": self.ids[name]} if name in self.ids else {}
        body = {"title": f"{name} bought this", "custom": {"ssnStr": f"{name}-078", "noteStr": name}, **owner}
        return str(self.client.post("/v1/klasses/order", body).data["id"])

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def move_to(self, instant: datetime) -> None:
        self.client.advance((instant - self.now).total_seconds())

    def is_open(self, owner: str) -> bool:
        return owner in self.ends and self.now < self.ends[owner]

    @rule(owner=owners)
    def open_or_replace(self, owner: str) -> None:
        """A second window replaces the first: the full time runs anew."""
        answer = self.client.post(f"/v1/customers/{self.ids[owner]}/unmasking-windows")

        self.ends[owner] = self.now + DAY
        self.opened.add(owner)
        assert (answer.status, answer.data["id"]) == (201, self.ids[owner])
        assert answer.attributes["unmaskingWindow"]["endDate"] == iso(self.ends[owner])

    @rule(owner=owners)
    def close(self, owner: str) -> None:
        assert self.client.delete(f"/v1/customers/{self.ids[owner]}/unmasking-windows").status == 204
        self.ends.pop(owner, None)

    @rule(seconds=st.integers(0, 30 * 3600))
    def wait(self, seconds: int) -> None:
        self.client.advance(seconds)

    @precondition(lambda self: self.ends)
    @rule(owner=owners, off=st.sampled_from([-TICK, timedelta(0), TICK]))
    def wait_for_the_end_of_a_window(self, owner: str, off: timedelta) -> None:
        """Random waits seldom meet a boundary; this one goes there."""
        end = self.ends.get(owner, self.now) + off
        if end > self.now:
            self.move_to(end)

    @rule(flag=flags, on=st.booleans(), whole=st.booleans())
    def flag(self, flag: tuple[str, str, str], on: bool, whole: bool) -> None:  # noqa: FBT001
        """Both ways of writing a flag, a bare boolean and `{enabled}`, mean the same."""
        resource, group, name = flag
        facts = {"sensitive": {"enabled": on} if whole else on}
        assert self.client.put(f"/v1/metadata/{resource}", {group: {name: facts}}).status == 200
        (self.flagged.add if on else self.flagged.discard)(flag)

    @rule(owner=owners)
    def a_write_answers_masked_as_a_read(self, owner: str) -> None:
        answer = self.client.put(f"/v1/customers/{self.ids[owner]}", {"timeZone": "UTC"})
        assert seen_customer(answer.attributes) == self.expected("customer", owner)

    def truth(self, kind: str, owner: str) -> dict[str, str]:
        if kind == "customer":
            return {
                "name": f"{owner} surname", "firstName": owner, "displayName": f"{owner} surname",
                "email": f"{owner}@acme.example", "ssn": f"{owner}-078-05-1120", "locale": owner,
            }  # fmt: skip
        return {"title": f"{owner} bought this", "ssn": f"{owner}-078", "note": owner}

    def expected(self, kind: str, owner: str) -> dict[str, Any]:
        """What a reader without the right may see: the naive rule, attribute by attribute."""
        return {
            name: masked(value, self.style) if self.is_hidden(kind, name, owner) else value
            for name, value in self.truth(kind, owner).items()
        }

    def is_hidden(self, kind: str, name: str, owner: str) -> bool:
        source = READS[kind][name]
        return source is not None and (kind, *source) in self.flagged and not self.is_open(owner)

    @invariant()
    def every_reader_sees_what_the_model_allows(self) -> None:
        for owner in OWNERS:
            path = f"/v1/customers/{self.ids[owner]}"
            assert seen_customer(self.client.get(path).attributes) == self.expected("customer", owner)
            assert seen_customer(self.client.get(path, key=self.right).attributes) == self.truth("customer", owner)

    @invariant()
    def lists_judge_each_record_by_its_own_owner(self) -> None:
        listed = self.client.get("/v1/klasses/order").data
        names = (*OWNERS, "nobody")

        assert [record["id"] for record in listed] == [self.orders[name] for name in names]
        assert [seen_order(record["attributes"]) for record in listed] == [
            self.expected("kobject.order", name) for name in names
        ]

    @invariant()
    def a_window_is_shown_whole_only_while_it_is_open(self) -> None:
        for owner in OWNERS:
            shown = self.client.get(f"/v1/customers/{self.ids[owner]}").attributes.get("unmaskingWindow")
            whole = {"requestedBy", "startDate", "endDate"} if self.is_open(owner) else set()
            assert (shown and set(shown)) == (whole | {"createdAt", "updatedAt"} if owner in self.opened else None)


def seen_customer(attributes: dict[str, Any]) -> dict[str, Any]:
    """The parts the machine looks at."""
    return {
        **{name: attributes[name] for name in ("name", "firstName", "displayName", "locale")},
        "email": attributes["emails"][0]["email"],
        "ssn": attributes["custom"]["ssnStr"],
    }


def seen_order(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": attributes["title"],
        "ssn": attributes["custom"]["ssnStr"],
        "note": attributes["custom"]["noteStr"],
    }


@pytest.mark.properties
def test_no_read_shows_more_or_less_than_windows_and_flags_allow(shared_api: Api) -> None:
    """Masking is decided anew for each record at each read; nothing may remember an earlier answer."""

    class Machine(MaskingMachine):
        api = shared_api

    run_state_machine_as_test(Machine, settings=settings(stateful_step_count=20))
