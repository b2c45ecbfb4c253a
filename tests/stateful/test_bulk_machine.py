"""Bulk jobs over customers, with items that clash, are unknown or come twice, against each item done by itself."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.stateful.exploring import NOTHING_IS_UNIQUE, InProcessMachine, PlantedFault, assert_found, explore
from tests.world_client import Answer

CUSTOMERS = "/v1/customers"
BULK = "/v1/customers/bulk"
MAILS = ("a@example.com", "b@example.com", "c@example.com")
NOBODY = "f" * 24
MOST_ITEMS = 100
REF = "_clientRef"
DUPLICATE = "duplicate detected"

mails = st.lists(st.sampled_from(["", *MAILS]), min_size=1, max_size=4)
places = st.integers(-1, 5)
"""Which customer is meant; -1 is nobody."""

many_places = st.lists(places, min_size=1, max_size=4)
refs = st.booleans()


class BulkMachine(InProcessMachine):
    """Two customers are there from the start. The model: names and addresses by id, and what each job said at last."""

    steps = 15

    @initialize()
    def begin(self) -> None:
        self.found()
        self.people: dict[str, tuple[str, str]] = {}
        self.jobs: dict[str, Any] = {}
        self.numbers = count(1)
        for mail in ("a@example.com", ""):
            name = self.next_name()
            self.people[self.made(CUSTOMERS, {"name": name, "emails": entries(mail)})] = (name, mail)

    def next_name(self) -> str:
        return f"person {next(self.numbers)}"

    def pick(self, at: int) -> str:
        known = list(self.people)
        return NOBODY if at < 0 or not known else known[at % len(known)]

    def is_taken(self, mail: str, *, but: str = "") -> bool:
        return bool(mail) and any(mail == own for id, (_, own) in self.people.items() if id != but)

    def finished(self, answer: Answer, *, verb: str) -> Any:
        """The batch of a job that was just taken in: nothing of it shows in the answer, all of it to the next call."""
        facts = answer.attributes
        assert (answer.status, facts["status"], facts["completed"]) == (201, "queued", False)
        assert facts["context"] == f"api.sobjects.customer.bulk-{verb}"
        job = self.client.get(f"/v1/bulk/{answer.data['id']}").attributes
        [batch] = self.client.get(f"/v1/bulk/{answer.data['id']}/batches").data
        self.jobs[answer.data["id"]] = batch["attributes"]
        assert (job["status"], job["batches"]) == ("complete", {"complete": 1, "total": 1})
        assert job["ids"] == batch["attributes"]["objectIds"]
        return batch["attributes"]

    def told(self, batch: Any, statuses: list[int], *, done: str, with_refs: bool) -> None:
        """What a batch says of items of which each came to such a status by itself."""
        refused = [(at, status) for at, status in enumerate(statuses) if status]
        assert [(error["index"], error["status"]) for error in batch["errors"]] == refused
        assert (batch["successCount"], batch["failureCount"]) == (len(statuses) - len(refused), len(refused))
        assert all((error["detail"] == DUPLICATE) == (error["status"] == 409) for error in batch["errors"])
        results = [(result[REF], result["status"]) for result in batch.get("results", [])]
        names = [(f"ref {at}", "error" if status else done) for at, status in enumerate(statuses)]
        assert results == (names if with_refs else [])

    @rule(own=mails, with_refs=refs)
    def create(self, own: list[str], *, with_refs: bool) -> None:
        """An address that a customer has, or an item before this one, is refused for this item alone."""
        names = [self.next_name() for _ in own]
        items = [{"name": name, "emails": entries(mail)} for name, mail in zip(names, own, strict=True)]
        batch = self.finished(self.client.post(BULK, referred(items, with_refs=with_refs)), verb="create")
        ids, statuses = iter(batch["objectIds"]), []
        for name, mail in zip(names, own, strict=True):
            statuses.append(409 if self.is_taken(mail) else 0)
            if not statuses[-1]:
                self.people[next(ids)] = (name, mail)
        assert list(ids) == []
        self.told(batch, statuses, done="created", with_refs=with_refs)

    @rule(changes=st.lists(st.tuples(places, st.sampled_from(MAILS)), min_size=1, max_size=4), with_refs=refs)
    def change_mails(self, changes: list[tuple[int, str]], *, with_refs: bool) -> None:
        wanted = [(self.pick(at), mail) for at, mail in changes]
        items = [{"id": id, "emails": entries(mail)} for id, mail in wanted]
        batch = self.finished(self.client.put(BULK, referred(items, with_refs=with_refs)), verb="update")
        statuses = []
        for id, mail in wanted:
            statuses.append(404 if id not in self.people else 409 if self.is_taken(mail, but=id) else 0)
            if not statuses[-1]:
                self.people[id] = (self.people[id][0], mail)
        assert batch["objectIds"] == [id for (id, _), status in zip(wanted, statuses, strict=True) if not status]
        self.told(batch, statuses, done="updated", with_refs=with_refs)

    @rule(at=many_places)
    def rename_all(self, at: list[int]) -> None:
        """One change of all the records that `ids` names."""
        ids, name = list(dict.fromkeys(map(self.pick, at))), self.next_name()
        batch = self.finished(self.client.put(BULK, {"name": name}, query=f"ids={','.join(ids)}"), verb="update")
        self.told(batch, [0 if id in self.people else 404 for id in ids], done="updated", with_refs=False)
        self.people |= {id: (name, self.people[id][1]) for id in ids if id in self.people}

    @rule(at=many_places)
    def delete(self, at: list[int]) -> None:
        ids = list(dict.fromkeys(map(self.pick, at)))
        batch = self.finished(self.client.delete(BULK, query=f"ids={','.join(ids)}"), verb="delete")
        self.told(batch, [0 if self.people.pop(id, None) else 404 for id in ids], done="deleted", with_refs=False)

    @rule(kind=st.sampled_from(["some have none", "two have the same"]))
    def name_items_doubtfully(self, kind: str) -> None:
        """References are given to all items or to none, and none twice; else nothing is queued."""
        second = {} if kind == "some have none" else {REF: "ref 0"}
        items = [{"name": "never", REF: "ref 0"}, {"name": "never", **second}]
        assert self.client.post(BULK, items).status == 400

    @rule(more=st.booleans())
    def send_as_many_as_there_may_be(self, *, more: bool) -> None:
        """A hundred items, or one more; all unknown, so that none takes effect."""
        items = [{"id": NOBODY, "name": "never"}] * (MOST_ITEMS + more)
        answer = self.client.put(BULK, items)
        if more:
            assert answer.status == 400
        else:
            self.told(self.finished(answer, verb="update"), [404] * MOST_ITEMS, done="updated", with_refs=False)

    @invariant()
    def customers_are_those_of_the_model(self) -> None:
        if not self.is_begun:
            return
        listed = self.client.get(CUSTOMERS, "pageSize=100").data
        assert {record["id"]: seen(record["attributes"]) for record in listed} == self.people

    @invariant()
    def what_a_job_said_stands(self) -> None:
        for id, said in list(self.jobs.items())[-2:] if self.is_begun else ():
            assert self.client.get(f"/v1/bulk/{id}/batches").data[0]["attributes"] == said


def referred(items: list[dict[str, Any]], *, with_refs: bool) -> list[dict[str, Any]]:
    """The items, each with a reference of its own where they are to have one."""
    return [{**item, REF: f"ref {at}"} for at, item in enumerate(items)] if with_refs else items


def entries(mail: str) -> list[dict[str, str]]:
    return [{"email": mail}] if mail else []


def seen(facts: Any) -> tuple[str, str]:
    return facts["name"], "".join(entry["email"] for entry in facts["emails"])


@pytest.mark.properties
def test_bulk_jobs_do_each_item_as_its_single_call_would() -> None:
    """One item's refusal touches no other, and the batch tells which came to what."""
    explore(BulkMachine)


_AT = "simulator.resources.bulk"
FAULTS = (
    PlantedFault(
        "one refusal ends the job",
        f"{_AT}:_done",
        "except Refusal as refusal:\n        return",
        "except Refusal as refusal:\n        raise refusal\n        return",
    ),
    PlantedFault("successes count the refused", f"{_AT}:_told", "len(results) - len(failed)", "len(results)"),
    PlantedFault("jobs never run", f"{_AT}:start", '    call.world.schedule(JOB, job["id"], iso(call.now))\n', ""),
    PlantedFault("errors are counted from one", f"{_AT}:_errors", "enumerate(results)", "enumerate(results, 1)"),
    PlantedFault(
        "results come in reverse",
        f"{_AT}:_told",
        "zip(items, results, strict=True)",
        "zip(items[::-1], results, strict=True)",
    ),
    PlantedFault("a reference may stand twice", f"{_AT}:_refuse_doubtful_refs", "if item[REF] in seen", "if False"),
    PlantedFault("some references are enough", f"{_AT}:_refuse_doubtful_refs", "if REF not in item", "if False"),
    PlantedFault(
        "a change of many is made of the first",
        f"{_AT}:_items",
        "for id in ids]\n    if not is_list",
        "for id in ids[:1]]\n    if not is_list",
    ),
    PlantedFault("duplicates are told in other words", f"{_AT}:ItemResult.error", '== "unique-values"', '== "unique"'),
    NOTHING_IS_UNIQUE,
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, BulkMachine, monkeypatch)
