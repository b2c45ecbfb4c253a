"""`kustomer.explore(job, when=…, holds=…)`: the world moves before every call, and what is to hold all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from kustomer_sandbox import Kustomer
from tests.kustomer_sandbox.explored_jobs import logs_the_phone, some_customer

CONFLICT = 409


def add_to_the_name(kustomer: Kustomer, *, minds_rev: bool) -> str:
    """Reads the name and writes it with a word behind; whoever minds the `rev` tries again when it is another."""
    client, path = kustomer.client(), f"/v1/customers/{some_customer(kustomer)}"
    while True:
        seen = client.get(path).raise_for_status().json()["data"]["attributes"]
        body: dict[str, Any] = {"name": f"{seen['name']}, agreed"}
        answer = client.put(path, json=body | ({"rev": seen["rev"]} if minds_rev else {}))
        if answer.status_code != CONFLICT:
            return str(answer.raise_for_status().status_code)


def overwrites(kustomer: Kustomer) -> str:
    return add_to_the_name(kustomer, minds_rev=False)


def looks_again(kustomer: Kustomer) -> str:
    return add_to_the_name(kustomer, minds_rev=True)


def nothing_is_lost(kustomer: Kustomer) -> None:
    name = kustomer.client().get(f"/v1/customers/{some_customer(kustomer)}").json()["data"]["attributes"]["name"]
    has_moved = bool(kustomer.journal.find(method="WHEN"))
    assert name.endswith("agreed"), "not agreed"
    assert "VIP" in name or not has_moved, "what a colleague wrote is gone"


def renamed(kustomer: Kustomer) -> Mapping[str, Any]:
    return {"operation": "UpdateCustomer", "path": {"id": some_customer(kustomer)}, "body": {"name": "Ada, VIP"}}


def test_a_race_is_found_at_the_call_at_which_it_is_lost(kustomer: Kustomer) -> None:
    """Nobody has to guess where the window between reading and writing lies."""
    when = {"a colleague renames": renamed(kustomer)}
    explored = kustomer.explore(overwrites, when=when, holds=nothing_is_lost)
    (found,) = explored.findings
    assert (explored.calls, explored.points) == (("GetCustomerById", "UpdateCustomer"), 2)
    assert (found.rule, found.number, found.fault) == ("not_held", 2, "a colleague renames")
    assert found.text.startswith("AssertionError: what a colleague wrote is gone")
    kustomer.explore(looks_again, when=when, holds=nothing_is_lost).assert_clean()
    assert (kustomer.journal.total, bool(kustomer.diff())) == (0, False)


def test_what_is_to_hold_is_asked_under_faults_as_well(kustomer: Kustomer) -> None:
    """A job that says that it is done, and whose answer is another one than usual, is judged by the user alone."""

    def job(kustomer: Kustomer) -> int:
        return kustomer.client().post("/v1/customers", json={"externalId": "shop-1"}).status_code

    def made(kustomer: Kustomer) -> None:
        assert kustomer.client().get("/v1/customers/externalId=shop-1").is_success, "no customer"

    assert kustomer.explore(job, faults=["refused_503"]).findings == ()
    (found,) = kustomer.explore(job, faults=["refused_503"], holds=made).findings
    assert (found.rule, found.number, found.fault) == ("not_held", 1, "refused_503")


def test_what_does_not_hold_is_told_alone(kustomer: Kustomer) -> None:
    """That the world is otherwise says less, and is the same defect."""

    async def job(kustomer: Kustomer) -> None:
        async with kustomer.async_client() as client:
            await client.post("/v1/customers", json={"externalId": "shop-1"})

    async def made(kustomer: Kustomer) -> None:
        async with kustomer.async_client() as client:
            (await client.get("/v1/customers/externalId=shop-1")).raise_for_status()

    explored = kustomer.explore(job, faults=["refused_503", "page"], holds=made)
    assert [(found.rule, found.fault, found.others) for found in explored.findings] == [("not_held", "refused_503", 1)]


@pytest.mark.anyio
async def test_an_async_test_explores_async_jobs(kustomer: Kustomer) -> None:
    """The job runs on a loop of its own, beside that of the test; its sleeps move its world's time there, too."""

    async def job(kustomer: Kustomer) -> None:
        async with kustomer.async_client() as client:
            await client.get("/v1/teams")
            await asyncio.sleep(3600)
        if kustomer.clock.now.hour != 13:
            raise RuntimeError("time stood still")

    kustomer.explore(job, faults=["refused_503"]).assert_clean()


def test_whoever_asks_what_holds_does_not_meet_the_fault(kustomer: Kustomer) -> None:
    """An outage is over by then."""

    def job(kustomer: Kustomer) -> None:
        kustomer.client().get("/v1/teams")

    def holds(kustomer: Kustomer) -> None:
        kustomer.client().get("/v1/teams").raise_for_status()

    kustomer.explore(job, faults=["outage"], holds=holds).assert_clean()


def test_faults_may_be_asked_for_beside_what_happens(kustomer: Kustomer) -> None:
    """Both by their names; the rules that say nothing of a moved world's records still hold."""
    when = {"time flies": {"advance": "PT1H"}}
    assert {found.rule for found in kustomer.explore(logs_the_phone, faults=["refused_400"], when=when).findings} == {
        "leak"
    }
    kustomer.explore(logs_the_phone, faults=["time flies"], when=when).assert_clean()


def test_a_pasted_test_names_what_happens(kustomer: Kustomer) -> None:
    explored = kustomer.explore(overwrites, when={"renamed": renamed(kustomer)}, holds=nothing_is_lost)
    pasted = explored.as_tests()
    assert "from tests.kustomer_sandbox.test_exploring_moves import nothing_is_lost, overwrites" in pasted
    assert "kustomer.explore(overwrites, when={'renamed': " in pasted
    assert pasted.rstrip().endswith('holds=nothing_is_lost, at=(2, "renamed")).assert_clean()')
    names = {"overwrites": overwrites, "nothing_is_lost": nothing_is_lost}
    exec(pasted.partition("\n\n\n")[2], names)  # noqa: S102 - the text is ours
    with pytest.raises(AssertionError, match="what a colleague wrote is gone"):
        names["test_not_held_at_call_2"](kustomer)


@pytest.mark.parametrize(
    ("name", "act", "reason"),
    [
        ("late", {"operation": "UpdateTeamByIdd"}, "'late' in when: do.0.operation must be an operation that changes"),
        ("late", [{"advance": "PT1H"}, {"plan": "tiny"}], "'late' in when: do.1.plan must be one of business"),
        ("timeout", {"advance": "PT1H"}, "'timeout' in when is the name of a fault"),
    ],
)
def test_an_act_that_cannot_be_is_told_before_anything_is_run(
    kustomer: Kustomer, name: str, act: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match="in when") as told:
        kustomer.explore(overwrites, when={name: act})
    assert str(told.value).startswith(reason)


def test_what_never_happens_proves_nothing(kustomer: Kustomer) -> None:
    gone = {"operation": "UpdateTeamById", "path": {"id": "0" * 24}, "body": {"name": "x"}}
    with pytest.raises(ValueError, match="'a team is renamed' does not happen at any call"):
        kustomer.explore(overwrites, when={"a team is renamed": gone})


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"timeout": {"advance": "PT1H"}}, "'timeout' in when is the name of a fault"),
        ({"time flies": {"advance": "an hour"}}, r"do\.0\.advance must be a duration"),
        ({"time flies": {"advance": "PT1H", "plan": "business"}}, r"do\.0"),
    ],
)
def test_what_cannot_happen_is_told_before_anything_is_run(
    kustomer: Kustomer, when: Mapping[str, Any], words: str
) -> None:
    def job(_: Kustomer) -> None:
        raise AssertionError("the job was run")

    with pytest.raises(ValueError, match=words):
        kustomer.explore(job, when=when)


def test_what_does_not_hold_without_a_fault_is_raised(kustomer: Kustomer) -> None:
    def never(_: Kustomer) -> None:
        raise AssertionError("never")

    with pytest.raises(AssertionError, match="never") as failure:
        kustomer.explore(overwrites, holds=never)
    assert failure.value.__notes__ == ["The job fails before explore has anything go wrong."]
