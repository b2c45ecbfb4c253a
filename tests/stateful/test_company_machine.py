"""Companies made, renamed, deleted and brought back, and the customers who work for them, against a short model."""

from __future__ import annotations

from dataclasses import dataclass
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

COMPANIES = "/v1/companies"
NAMES = ("Acme", "Bolt", "Core")
DOMAINS = ("", "a.example.com", "A.example.com")
"""Domains are told apart without regard to case."""

EXTERNAL = ("", "x-1", "x-2")
PEOPLE = ("jane", "joe")
MOST = 4

people = st.sampled_from(PEOPLE)
places = st.integers(0, MOST - 1)
names = st.sampled_from(NAMES)


@dataclass
class Firm:
    """What the model holds of one company."""

    name: str
    external: str
    domain: str
    deleted: bool = False
    rev: int = 1

    def shown(self) -> tuple[Any, ...]:
        return self.name, self.external, self.domain, self.rev


class CompanyMachine(InProcessMachine):
    """Two customers; one company is there from the start, and Jane works for it."""

    @initialize(domain=st.sampled_from(DOMAINS), external=st.sampled_from(EXTERNAL))
    def begin(self, domain: str, external: str) -> None:
        self.found()
        self.firms: dict[str, Firm] = {}
        self.employers: dict[str, str] = {}
        self.customers = {name: self.made("/v1/customers", {"name": name}) for name in PEOPLE}
        self.make("Acme", external, domain)
        self.employ("jane", 0)

    def pick(self, at: int) -> tuple[str, Firm]:
        return list(self.firms.items())[at % len(self.firms)]

    def is_taken(self, name: str, value: str, *, but: str = "") -> bool:
        """Whether another company, one that is not deleted, has the external id or the domain."""
        others = (firm for id, firm in self.firms.items() if id != but and not firm.deleted)
        return bool(value) and any(getattr(firm, name).lower() == value.lower() for firm in others)

    @precondition(lambda self: len(self.firms) < MOST)
    @rule(name=names, external=st.sampled_from(EXTERNAL), domain=st.sampled_from(DOMAINS))
    def make(self, name: str, external: str, domain: str) -> None:
        body = {"name": name, **({"externalId": external} if external else {})}
        answer = self.client.post(COMPANIES, body | ({"domains": [{"domain": domain}]} if domain else {}))
        if self.is_taken("external", external) or self.is_taken("domain", domain):
            assert answer.status == 409
            return
        assert answer.status == 201, answer.json
        self.firms[answer.data["id"]] = Firm(name=name, external=external, domain=domain)

    @rule(at=places, name=names, off=st.sampled_from([None, None, 0, 1]))
    def rename(self, at: int, name: str, off: int | None) -> None:
        """Whoever names another `rev` than the stored one is refused, and a deleted company is not found."""
        id, firm = self.pick(at)
        body = {"name": name, **({} if off is None else {"rev": firm.rev + off})}
        status = 404 if firm.deleted else 409 if off else 200
        assert self.client.put(f"{COMPANIES}/{id}", body).status == status
        if status == 200:
            firm.name, firm.rev = name, firm.rev + 1

    @rule(at=places)
    def delete(self, at: int) -> None:
        id, firm = self.pick(at)
        assert self.client.put(f"{COMPANIES}/{id}", {"deleted": True}).status == (404 if firm.deleted else 200)
        firm.rev += not firm.deleted
        firm.deleted = True

    @rule(at=places)
    def bring_back(self, at: int) -> None:
        """Not while another one has what was its own."""
        id, firm = self.pick(at)
        clash = self.is_taken("external", firm.external, but=id) or self.is_taken("domain", firm.domain, but=id)
        assert self.client.put(f"{COMPANIES}/{id}", {"deleted": False}).status == (409 if clash else 200)
        if not clash:
            firm.deleted, firm.rev = False, firm.rev + 1

    @rule(who=people, at=places)
    def employ(self, who: str, at: int) -> None:
        id, firm = self.pick(at)
        answer = self.client.put(f"/v1/customers/{self.customers[who]}", {"company": id})
        assert answer.status == (400 if firm.deleted else 200)
        if not firm.deleted:
            self.employers[who] = id

    @precondition(lambda self: self.employers)
    @rule(who=people)
    def write_without_company(self, who: str) -> None:
        """A write that names no company unlinks the one that was there."""
        assert self.client.put(f"/v1/customers/{self.customers[who]}", {"locale": "en"}).status == 200
        self.employers.pop(who, None)

    @invariant()
    def companies_read_as_the_model(self) -> None:
        for id, firm in self.firms.items() if self.is_begun else ():
            answer = self.client.get(f"{COMPANIES}/{id}")
            assert answer.status == (404 if firm.deleted else 200)
            assert firm.deleted or self.seen(answer.attributes) == firm.shown()

    def seen(self, facts: Any) -> tuple[Any, ...]:
        domains = [entry["domain"] for entry in facts.get("domains", [])]
        return facts["name"], facts.get("externalId", ""), "".join(domains), facts["rev"]

    @invariant()
    def lists_find_by_name_or_by_external_id(self) -> None:
        """Both filters at once count as none."""
        if not self.is_begun:
            return
        live = {id: firm for id, firm in self.firms.items() if not firm.deleted}
        assert self.ids("") == self.ids("filter=Acme&externalId=x-1") == live.keys()
        assert self.ids("filter=Acme") == {id for id, firm in live.items() if firm.name == "Acme"}
        assert self.ids("externalId=x-1") == {id for id, firm in live.items() if firm.external == "x-1"}

    def ids(self, query: str) -> set[str]:
        return {company["id"] for company in self.client.get(COMPANIES, query).data}

    @invariant()
    def customers_show_whom_they_work_for(self) -> None:
        """By id and by its present name."""
        for who, id in self.customers.items() if self.is_begun else ():
            shown = self.client.get(f"/v1/customers/{id}").data
            company = (shown["relationships"].get("company") or {}).get("data") or {}
            employer = self.employers.get(who)
            assert company.get("id") == employer
            assert shown["attributes"].get("companyName") == (self.firms[employer].name if employer else None)


@pytest.mark.properties
def test_companies_agree_with_the_model() -> None:
    """What is unique stays so, what is deleted is gone until it is brought back, and customers follow."""
    explore(CompanyMachine)


_AT = "simulator.resources.customers"
FAULTS = (
    PlantedFault(
        "customers keep the old name", f"{_AT}.companies:update", 'stored["attributes"]["name"] !=', "None is"
    ),
    PlantedFault("nothing unlinks a company", f"{_AT}.customers:update", '{"company": None, **related}', "related"),
    PlantedFault("both filters count", f"{_AT}.companies:list_companies", "if name and not id", "if name"),
    PlantedFault(
        "a deleted company stays readable", f"{_AT}.companies:update", '{**company, "deleted": True}', "company"
    ),
    PlantedFault(
        "nothing brings a company back",
        f"{_AT}.companies:update",
        'company, fields = without(company, "deleted"), ',
        "fields = ",
    ),
    PlantedFault("a deleted company takes changes", f"{_AT}.companies:update", "and not brings_back", "and False"),
    NOTHING_IS_UNIQUE,
    ANY_REV_IS_TAKEN,
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, CompanyMachine, monkeypatch)
