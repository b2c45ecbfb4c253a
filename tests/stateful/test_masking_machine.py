"""One machine opens, closes and outlives windows, flags attributes, and compares every read with a model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.values.clock import EPOCH, iso
from tests.stateful.exploring import InProcessMachine, PlantedFault, assert_found, explore
from tests.stateful.reference import Masks, Windows

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
owners = st.sampled_from(OWNERS)
flags = st.sampled_from(FLAGS)


class MaskingMachine(InProcessMachine):
    """The reference says when each owner's window is open, and what marks hide. Nothing else decides."""

    @initialize(style=st.sampled_from(["stars", "object", "partial"]))
    def start(self, style: Style) -> None:
        """One attribute of each kind is flagged from the start: without one no window matters."""
        self.found(masking=style)
        self.right = self.client.new_key("org", read_sensitive=True)
        self.windows, self.masks = Windows(), Masks(style)
        self.client.post("/v1/klasses", {"name": "order"})
        self.ids = {name: self.new_customer(name) for name in OWNERS}
        self.orders = {name: self.new_order(name) for name in (*OWNERS, "nobody")}
        for flag in (FLAGS[0], FLAGS[-1]):
            self.flag(flag, on=True, whole=False)

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
        return self.client.world.clock.now()

    def move_to(self, instant: datetime) -> None:
        self.client.advance((instant - self.now).total_seconds())

    @property
    def since(self) -> timedelta:
        """The time as the reference has it."""
        return self.now - EPOCH

    @rule(owner=owners)
    def open_or_replace(self, owner: str) -> None:
        """A second window replaces the first: the full time runs anew."""
        answer = self.client.post(f"/v1/customers/{self.ids[owner]}/unmasking-windows")

        end = self.windows.open(owner, self.since)
        assert (answer.status, answer.data["id"]) == (201, self.ids[owner])
        assert answer.attributes["unmaskingWindow"]["endDate"] == iso(EPOCH + end)

    @rule(owner=owners)
    def close(self, owner: str) -> None:
        assert self.client.delete(f"/v1/customers/{self.ids[owner]}/unmasking-windows").status == 204
        self.windows.close(owner)

    @rule(owner=owners)
    def open_and_close(self, owner: str) -> None:
        """Apart from each other the two seldom meet one customer."""
        self.open_or_replace(owner)
        self.every_reader_sees_what_the_model_allows()
        self.close(owner)

    @rule(owner=owners, hours=st.integers(1, 23))
    def open_and_replace(self, owner: str, hours: int) -> None:
        """Up to just before and just after the end that the first would have had."""
        self.open_or_replace(owner)
        first = self.end_of(owner)
        self.client.advance(hours * 3600)
        self.open_or_replace(owner)
        for instant in (first - TICK, first):
            self.move_to(instant)
            self.every_reader_sees_what_the_model_allows()

    @rule(seconds=st.integers(0, 30 * 3600))
    def wait(self, seconds: int) -> None:
        self.client.advance(seconds)

    @precondition(lambda self: self.windows.opened)
    @rule(owner=owners, off=st.sampled_from([-TICK, timedelta(0), TICK]))
    def wait_for_the_end_of_a_window(self, owner: str, off: timedelta) -> None:
        """Random waits seldom meet a boundary; this one goes there."""
        end = self.end_of(owner) + off
        if end > self.now:
            self.move_to(end)

    def end_of(self, owner: str) -> datetime:
        return EPOCH + self.windows.end(owner, self.since)

    @rule(flag=flags, on=st.booleans(), whole=st.booleans())
    def flag(self, flag: tuple[str, str, str], on: bool, whole: bool) -> None:  # noqa: FBT001
        """Both ways of writing a flag, a bare boolean and `{enabled}`, mean the same."""
        resource, group, name = flag
        facts = {"sensitive": {"enabled": on} if whole else on}
        assert self.client.put(f"/v1/metadata/{resource}", {group: {name: facts}}).status == 200
        self.masks.mark(resource, name, on=on)

    @rule(owner=owners)
    def a_write_answers_masked_as_a_read(self, owner: str) -> None:
        answer = self.client.put(f"/v1/customers/{self.ids[owner]}", {"timeZone": "UTC"})
        assert seen_customer(answer.attributes) == self.expected("customer", owner)

    def truth(self, kind: str, owner: str) -> dict[str, str]:
        if kind == "customer":
            return {
                "name": f"{owner} surname", "firstName": owner, "displayName": f"{owner} surname",
                "emails": f"{owner}@acme.example", "ssnStr": f"{owner}-078-05-1120", "locale": owner,
            }  # fmt: skip
        return {"title": f"{owner} bought this", "ssnStr": f"{owner}-078", "noteStr": owner}

    def expected(self, kind: str, owner: str) -> dict[str, Any]:
        """What a reader without the right may see."""
        return self.masks.seen(kind, self.truth(kind, owner), in_clear=self.windows.shows(owner, self.since))

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
            assert (shown and set(shown)) == self.windows.told(owner, self.since)


def seen_customer(attributes: dict[str, Any]) -> dict[str, Any]:
    """The parts the machine looks at."""
    return {
        **{name: attributes[name] for name in ("name", "firstName", "displayName", "locale")},
        "emails": attributes["emails"][0]["email"],
        "ssnStr": attributes["custom"]["ssnStr"],
    }


def seen_order(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": attributes["title"],
        "ssnStr": attributes["custom"]["ssnStr"],
        "noteStr": attributes["custom"]["noteStr"],
    }


@pytest.mark.properties
def test_no_read_shows_more_or_less_than_windows_and_flags_allow() -> None:
    """Masking is decided anew for each record at each read; nothing may remember an earlier answer."""
    explore(MaskingMachine)


_WINDOWS = "simulator.resources.customers.unmasking_windows"
_MASKS, _LOOKS = "simulator.records.masking", "simulator.request.rendering"
FAULTS = (
    PlantedFault("a close closes nothing", f"{_WINDOWS}:_close", 'if window and "endDate" in window', "if False"),
    PlantedFault(
        "a second opening keeps the old end",
        f"{_WINDOWS}:open_window",
        '"endDate": end',
        '"endDate": (before or {}).get("endDate", end)',
    ),
    PlantedFault(
        "a window that has ended still shows",
        f"{_LOOKS}:appearance_to",
        "window is not None and window.is_open",
        "window is not None",
    ),
    PlantedFault(
        "no window shows anything", f"{_LOOKS}:appearance_to", "window is not None and window.is_open", "False"
    ),
    PlantedFault("the right to see shows nothing", f"{_LOOKS}:appearance_to", "None if sees_all else", ""),
    PlantedFault(
        "others see what one with the right saw",
        f"{_LOOKS}:_drawn_once",
        "cache.rendered(data, appearance)",
        "cache.rendered(data, appearance._replace(masked=None))",
    ),
    PlantedFault(
        "an order follows no window",
        "simulator.world.world:World.owner",
        "return node if isinstance(node, str) else None",
        'return node if record["type"] == "customer" else None',
    ),
    PlantedFault(
        "a flag is noticed once", "simulator.world.world:World.forget_masked_paths", "self._masked_paths = {}", "pass"
    ),
    PlantedFault(
        "custom attributes stay clear", f"{_MASKS}:compile_masked_paths", 'if name.startswith(f"{CUSTOM}.")', "if False"
    ),
    PlantedFault(
        "what follows from a name stays clear",
        f"{_MASKS}:compile_masked_paths",
        "if _any_flagged(sources, kind, flagged)",
        "if False",
    ),
    PlantedFault("every style is stars", f"{_MASKS}:masked", 'style == "stars"', "True"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, MaskingMachine, monkeypatch)
