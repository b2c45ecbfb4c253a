"""Customers made, changed, merged and deleted in any order, against a short model of whose is what."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
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

CUSTOMERS = "/v1/customers"
MAILS = ("a@example.com", "b@example.com", "c@example.com")
LOCALES = ("", "de", "fr")
MOST = 4

places = st.integers(0, MOST - 1)
mails = st.lists(st.sampled_from(MAILS), max_size=2, unique=True)


@dataclass
class Person:
    """What the model holds of one customer."""

    name: str
    mails: list[str]
    locale: str
    custom: dict[str, int] = field(default_factory=dict)
    talks: list[str] = field(default_factory=list)
    is_open: bool = False

    def shown(self) -> tuple[Any, ...]:
        return self.name, self.mails, self.locale, self.custom, len(self.talks), self.is_open


class CustomerMachine(InProcessMachine):
    """Two customers are there from the start, one of them with a conversation; more may come."""

    @initialize(open_window=st.booleans())
    def begin(self, *, open_window: bool) -> None:
        self.found()
        self.people: dict[str, Person] = {}
        self.gone: dict[str, str] = {}
        self.numbers = count(1)
        for at, own in enumerate((["a@example.com"], ["b@example.com"])):
            self.make(own, "")
            self.customise(at, "sizeNum", at)
        self.talk(0)
        if open_window:
            self.open_window(0)

    def pick(self, at: int) -> tuple[str, Person]:
        return list(self.people.items())[at % len(self.people)]

    def is_taken(self, wanted: list[str], *, but: str = "") -> bool:
        return any(set(person.mails) & set(wanted) for id, person in self.people.items() if id != but)

    @precondition(lambda self: len(self.people) < MOST)
    @rule(own=mails, locale=st.sampled_from(LOCALES))
    def make(self, own: list[str], locale: str) -> None:
        """An address has one owner; whoever asks for another's is refused."""
        person = Person(name=f"person {next(self.numbers)}", mails=own, locale=locale)
        body = {"name": person.name, "emails": entries(own), **({"locale": locale} if locale else {})}
        answer = self.client.post(CUSTOMERS, body)
        assert answer.status == (409 if self.is_taken(own) else 201), answer.json
        if answer.status == 201:
            self.people[answer.data["id"]] = person

    @precondition(lambda self: self.people)
    @rule(at=places, own=mails)
    def change_mails(self, at: int, own: list[str]) -> None:
        """Lists are replaced as a whole; what is given up is free again."""
        id, person = self.pick(at)
        clash = self.is_taken(own, but=id)
        assert self.client.put(f"{CUSTOMERS}/{id}", {"emails": entries(own)}).status == (409 if clash else 200)
        if not clash:
            person.mails = own

    @precondition(lambda self: self.people)
    @rule(at=places, name=st.sampled_from(["sizeNum", "heightNum"]), value=st.integers(0, 3))
    def customise(self, at: int, name: str, value: int) -> None:
        """`custom` is changed name by name."""
        id, person = self.pick(at)
        assert self.client.put(f"{CUSTOMERS}/{id}", {"custom": {name: value}}).status == 200
        person.custom[name] = value

    @precondition(lambda self: self.people)
    @rule(at=places)
    def rename_with_an_old_rev(self, at: int) -> None:
        id, _ = self.pick(at)
        rev = self.client.get(f"{CUSTOMERS}/{id}").attributes["rev"]
        assert self.client.put(f"{CUSTOMERS}/{id}", {"name": "never", "rev": rev - 1}).status == 409

    @precondition(lambda self: self.people)
    @rule(at=places)
    def talk(self, at: int) -> None:
        id, person = self.pick(at)
        person.talks.append(self.made("/v1/conversations", {"customer": id}))

    @precondition(lambda self: self.people)
    @rule(at=places)
    def open_window(self, at: int) -> None:
        id, person = self.pick(at)
        assert self.client.post(f"{CUSTOMERS}/{id}/unmasking-windows").status == 201
        person.is_open = True

    @precondition(lambda self: self.people)
    @rule(at=places)
    def delete(self, at: int) -> None:
        id, _ = self.pick(at)
        assert self.client.delete(f"{CUSTOMERS}/{id}").status == 204
        self.gone[id] = self.people.pop(id).name

    @precondition(lambda self: self.people)
    @rule(at=places)
    def merge_with_itself(self, at: int) -> None:
        id, _ = self.pick(at)
        assert self.client.post(f"{CUSTOMERS}/merges", {"source": id, "target": id}).status == 400

    @precondition(lambda self: self.gone and self.people)
    @rule(at=places, is_source=st.booleans())
    def merge_with_who_is_gone(self, at: int, *, is_source: bool) -> None:
        id, gone = self.pick(at)[0], next(iter(self.gone))
        body = {"source": gone, "target": id} if is_source else {"source": id, "target": gone}
        assert self.client.post(f"{CUSTOMERS}/merges", body).status == 400

    @precondition(lambda self: len(self.people) > 1)
    @rule(at=places, step=st.integers(1, MOST - 1), opened=st.booleans())
    def merge(self, at: int, step: int, *, opened: bool) -> None:
        """Lists are joined, the target's single values stand, both windows close, and the source is gone."""
        (source_id, source), (target_id, target) = self.pick(at), self.pick(at + step)
        if source_id == target_id:
            return
        if opened:
            self.open_window(at + step)
        answer = self.client.post(f"{CUSTOMERS}/merges", {"source": source_id, "target": target_id})
        assert (answer.status, answer.attributes["status"]) == (201, "success")
        target.mails += source.mails
        target.locale = target.locale or source.locale
        target.custom = {**source.custom, **target.custom}
        target.talks += source.talks
        target.is_open = False
        self.gone[source_id] = self.people.pop(source_id).name

    @invariant()
    def customers_read_as_the_model(self) -> None:
        if not self.is_begun:
            return
        listed = self.client.get(CUSTOMERS).data
        assert {record["id"]: self.seen(record["attributes"]) for record in listed} == {
            id: person.shown() for id, person in self.people.items()
        }

    def seen(self, facts: Any) -> tuple[Any, ...]:
        own = [entry["email"] for entry in facts["emails"]]
        talks = facts.get("conversationCounts", {}).get("all", 0)
        is_open = "endDate" in (facts.get("unmaskingWindow") or {})
        return facts["name"], own, facts.get("locale") or "", facts.get("custom", {}), talks, is_open

    @invariant()
    def addresses_lead_to_their_owners(self) -> None:
        for mail in MAILS if self.is_begun else ():
            answer = self.client.get(f"{CUSTOMERS}/email={mail}")
            owner = next((id for id, person in self.people.items() if mail in person.mails), None)
            assert (answer.status, answer.data["id"] if owner else None) == (200 if owner else 404, owner)

    @invariant()
    def conversations_are_with_their_owners(self) -> None:
        for id, person in self.people.items() if self.is_begun else ():
            listed = self.client.get(f"{CUSTOMERS}/{id}/conversations").data
            assert {talk["id"] for talk in listed} == set(person.talks)
            assert {talk["relationships"]["customer"]["data"]["id"] for talk in listed} <= {id}

    @invariant()
    def who_is_gone_stays_gone(self) -> None:
        for id in self.gone if self.is_begun else ():
            assert self.client.get(f"{CUSTOMERS}/{id}").status == 404


def entries(own: list[str]) -> list[dict[str, str]]:
    return [{"email": mail} for mail in own]


@pytest.mark.properties
def test_customers_and_merges_agree_with_the_model() -> None:
    """Whatever is merged into whom, each address and conversation has the one owner that it should."""
    explore(CustomerMachine)


_AT = "simulator.resources.customers.customer_merges"
FAULTS = (
    PlantedFault(
        "conversations stay with the source", f"{_AT}:create", '    _hand_over(call, source["id"], target["id"])\n', ""
    ),
    PlantedFault("the source of a merge stays", f"{_AT}:create", "    changes.bury(call, source)\n", ""),
    PlantedFault("the source's addresses are lost", f"{_AT}:_union", "for entry in gone", "for entry in ()"),
    PlantedFault("a customer can be merged into itself", f"{_AT}:create", 'source["id"] == target["id"]', "False"),
    PlantedFault("windows stay open through a merge", f"{_AT}:create", "in (source, target)", "in (source,)"),
    PlantedFault(
        "the source's custom values win",
        f"{_AT}:_join",
        '**gone.get("custom", {}), **kept.get("custom", {})',
        '**kept.get("custom", {}), **gone.get("custom", {})',
    ),
    PlantedFault(
        "the target does not count what came", f"{_AT}:create", '    summaries.renew(call, target["id"])\n', ""
    ),
    NOTHING_IS_UNIQUE,
    ANY_REV_IS_TAKEN,
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, CustomerMachine, monkeypatch)
