"""Klasses and their objects made, changed, moved on and deleted in any order, against plain dicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.stateful.exploring import (
    ANY_REV_IS_TAKEN,
    NOTHING_IS_UNIQUE,
    InProcessMachine,
    PlantedFault,
    assert_found,
    explore,
)

KLASSES = {"order": "orders", "delivery": "deliveries"}
"""Names, and how links spell the objects."""

OWNERS = ("jane", "joe")
MOST = 5
NO_ONE = "nobody"

klasses = st.sampled_from(sorted(KLASSES))
places = st.integers(0, MOST - 1)
names = st.sampled_from(["", "A-1", "A-2"])


@dataclass
class Thing:
    """What the model holds of one object."""

    klass: str
    title: str
    owner: str
    external: str
    custom: dict[str, Any] = field(default_factory=dict)
    rev: int = 1

    def shown(self) -> tuple[Any, ...]:
        return self.klass, self.title, self.external or None, self.custom, self.rev


class KObjectMachine(InProcessMachine):
    """Two customers, two Klasses of which one is there from the start with an object of each kind of owner."""

    @initialize()
    def begin(self) -> None:
        self.found()
        self.things: dict[str, Thing] = {}
        self.recent: dict[str, list[str]] = {name: [] for name in OWNERS}
        self.klass_ids: dict[str, str] = {}
        self.customers = {name: self.made("/v1/customers", {"name": name}) for name in OWNERS}
        self.make_klass("order")
        self.make("order", "jane", "A-1")

    def pick(self, at: int) -> tuple[str, Thing]:
        return list(self.things.items())[at % len(self.things)]

    def path(self, id: str) -> str:
        return f"/v1/klasses/{self.things[id].klass}/{id}"

    @rule(name=klasses)
    def make_klass(self, name: str) -> None:
        """A name is given once."""
        answer = self.client.post("/v1/klasses", {"name": name})
        if name in self.klass_ids:
            assert answer.status == 409
            return
        assert answer.status == 200, answer.json
        self.klass_ids[name] = answer.data["id"]

    @precondition(lambda self: self.klass_ids)
    @rule(name=klasses)
    def delete_klass(self, name: str) -> None:
        """Not while there are objects of it."""
        if name in self.klass_ids:
            used = any(thing.klass == name for thing in self.things.values())
            assert self.client.delete(f"/v1/klasses/{self.klass_ids[name]}").status == (409 if used else 204)
            if not used:
                del self.klass_ids[name]

    @precondition(lambda self: len(self.things) < MOST)
    @rule(klass=klasses, owner=st.sampled_from([*OWNERS, NO_ONE]), external=names)
    def make(self, klass: str, owner: str, external: str) -> None:
        """External ids are unique within a Klass."""
        thing = Thing(klass=klass, title=f"{owner}'s", owner=owner, external=external)
        body = {"title": thing.title, **({"externalId": external} if external else {})}
        body |= {"customer": self.customers[owner]} if owner != NO_ONE else {}
        answer = self.client.post(f"/v1/klasses/{klass}", body)
        if klass not in self.klass_ids or self.holder(klass, external):
            assert answer.status == (409 if klass in self.klass_ids else 404), answer.json
            return
        assert answer.status == 201, answer.json
        self.things[answer.data["id"]] = thing
        self.touch(answer.data["id"])

    def holder(self, klass: str, external: str) -> str | None:
        found = (id for id, thing in self.things.items() if (thing.klass, thing.external) == (klass, external))
        return next(found, None) if external else None

    def touch(self, id: str) -> None:
        """What was written last stands first among its owner's recent items."""
        for items in self.recent.values():
            if id in items:
                items.remove(id)
        if id in self.things and self.things[id].owner != NO_ONE:
            self.recent[self.things[id].owner].insert(0, id)

    @precondition(lambda self: self.things)
    @rule(at=places, name=st.sampled_from(["sizeNum", "heightNum"]), value=st.sampled_from([1, 2, None]))
    def customise(self, at: int, name: str, value: int | None) -> None:
        """`custom` is changed name by name."""
        id, thing = self.pick(at)
        assert self.client.put(self.path(id), {"custom": {name: value}}).status == 200
        thing.custom[name] = value
        thing.rev += 1
        self.touch(id)

    @precondition(lambda self: self.things)
    @rule(at=places, off=st.sampled_from([-1, 0, 1]))
    def rename(self, at: int, off: int) -> None:
        """Whoever names another `rev` than the stored one is refused."""
        id, thing = self.pick(at)
        title = f"title {thing.rev}"
        answer = self.client.put(self.path(id), {"title": title, "rev": thing.rev + off})
        assert answer.status == (409 if off else 200)
        if not off:
            thing.title, thing.rev = title, thing.rev + 1
            self.touch(id)

    @precondition(lambda self: self.things)
    @rule(at=places)
    def delete(self, at: int) -> None:
        id, _ = self.pick(at)
        path = self.path(id)
        assert self.client.delete(path).status == 204
        assert self.client.get(path).status == 404
        del self.things[id]
        self.touch(id)

    @invariant()
    def objects_are_found_in_their_klass_alone(self) -> None:
        for id, thing in self.things.items() if self.is_begun else ():
            assert self.seen(self.client.get(self.path(id)).data) == thing.shown()
            for other in KLASSES.keys() - {thing.klass}:
                assert self.client.get(f"/v1/klasses/{other}/{id}").status == 404

    @invariant()
    def lists_hold_what_is_there(self) -> None:
        for name in self.klass_ids if self.is_begun else ():
            own = {id: thing for id, thing in self.things.items() if thing.klass == name}
            assert {item["id"] for item in self.client.get(f"/v1/klasses/{name}").data} == own.keys()
            for owner, id in self.customers.items():
                listed = self.client.get(f"/v1/customers/{id}/klasses/{name}").data
                assert {item["id"] for item in listed} == {id for id, thing in own.items() if thing.owner == owner}

    @invariant()
    def external_ids_lead_to_their_objects(self) -> None:
        for name in self.klass_ids if self.is_begun else ():
            for external in ("A-1", "A-2"):
                answer, holder = (
                    self.client.get(f"/v1/klasses/{name}/externalId={external}"),
                    self.holder(name, external),
                )
                assert (answer.status, answer.data["id"] if holder else None) == (200 if holder else 404, holder)

    @invariant()
    def customers_show_their_objects(self) -> None:
        """The latest first, and a link for each Klass there is one of."""
        for owner, id in self.customers.items() if self.is_begun else ():
            shown = self.client.get(f"/v1/customers/{id}").data
            assert [item["id"] for item in shown["attributes"]["recentItems"]] == self.recent[owner]
            links = {name for name, relation in shown["relationships"].items() if "meta" in relation}
            assert links == {KLASSES[thing.klass] for thing in self.things.values() if thing.owner == owner}

    def seen(self, record: Any) -> tuple[Any, ...]:
        facts, klass = record["attributes"], record["relationships"]["klass"]["data"]["id"]
        return klass, facts["title"], facts.get("externalId"), facts.get("custom", {}), facts["rev"]


@pytest.mark.properties
def test_custom_objects_agree_with_plain_dicts() -> None:
    """Each object stays in its Klass and with its owner, is found by its ids, and has every change once."""
    explore(KObjectMachine)


_AT = "simulator.resources"
FAULTS = (
    ANY_REV_IS_TAKEN,
    PlantedFault("one Klass shows another's", f"{_AT}.objects.custom_objects:_need", "!= klass", "is None"),
    PlantedFault(
        "a Klass goes with its objects",
        f"{_AT}.objects.klasses:delete",
        'if call.records.get_by("kobject", "klass", name)',
        "if False",
    ),
    PlantedFault(
        "a deletion only shows on the customer",
        f"{_AT}.objects.custom_objects:delete",
        "changes.bury(call, _need(call))",
        "_need(call)",
    ),
    PlantedFault(
        "custom is replaced as a whole",
        "simulator.operations.writing:merged",
        "isinstance(given, dict)",
        "False",
    ),
    PlantedFault(
        "the latest item stands last",
        f"{_AT}.customers.recent_items:_with",
        "[item, *_without(customer, kobject)]",
        "[*_without(customer, kobject), item]",
    ),
    PlantedFault(
        "a change is no recent item", f"{_AT}.customers.recent_items:renew", "if customer is not None", "if False"
    ),
    PlantedFault(
        "the customer keeps the link",
        f"{_AT}.customers.recent_items:remove",
        "if not context.records.count(",
        "if False and (",
    ),
    NOTHING_IS_UNIQUE,
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, KObjectMachine, monkeypatch)
