"""A recorded run can be played again, as it was or under other conditions."""

from __future__ import annotations

import httpx
import pytest

from kustomer_sandbox.testkit.kustomer import Kustomer

JANE = "/v1/customers/email=jane.doe@example.com"
EMAIL = "ann@example.com"


def a_run(kustomer: Kustomer) -> list[int]:
    """Reads, a window, a creation, a refusal, time, drafts, a search: the statuses."""
    client = kustomer.client()
    customer = client.get(JANE).json()["data"]["id"]
    answers = [
        client.post(f"/v1/customers/{customer}/unmasking-windows"),
        client.post("/v1/customers", json={"name": "Ann", "emails": [{"email": EMAIL}]}),
        client.post("/v1/customers", json={"emails": [{"email": EMAIL}]}),
    ]
    kustomer.clock.advance("P2D")
    answers += [
        client.get(f"/v1/customers/{customer}"),
        client.post(f"/v1/customers/{customer}/conversations", json={"name": "Where is it?"}),
        client.post("/v1/customers/search", json={"queryContext": "conversation"}),
    ]
    return [answer.status_code for answer in answers]


def test_a_run_played_again_gives_the_same_answers(kustomer: Kustomer) -> None:
    """Ids, times, windows, budgets and order all come back, as often as it is played, in whatever state it began."""
    kustomer.client().post("/v1/customers", json={"name": "before"})
    recording = kustomer.record()
    assert a_run(kustomer) == [201, 201, 409, 200, 201, 200]
    assert len(recording) == 7
    assert [recording.replay(), recording.replay()] == [[], []]


@pytest.mark.kustomer(errors="recorded")
def test_a_replay_words_its_errors_as_they_were(kustomer: Kustomer) -> None:
    """On another plan, too: the choice is the world's."""
    recording = kustomer.record()
    assert kustomer.client().get("/v1/customers/externalId=nobody").json()["errors"][0]["code"] == "notfound"
    assert [(difference.recorded, difference.replayed) for difference in recording.replay(plan="business")] == [
        (404, 404)
    ]
    assert recording.replay() == []


def test_a_replay_touches_neither_the_world_nor_its_journal(kustomer: Kustomer) -> None:
    """What is asserted after it is about the test's own calls."""
    recording = kustomer.record()
    a_run(kustomer)
    before = kustomer.journal.total, kustomer.clock.now, kustomer.limits, len(list(kustomer.api.worlds))
    state = kustomer.snapshot()
    recording.replay()
    assert (kustomer.journal.total, kustomer.clock.now, kustomer.limits, len(list(kustomer.api.worlds))) == before
    assert kustomer.diff(state).types == {}
    assert len(recording) == 7


def test_a_replay_with_fewer_roles_tells_what_would_be_refused(kustomer: Kustomer) -> None:
    """The way to find out the least a key needs."""
    recording = kustomer.record()
    a_run(kustomer)
    refused = recording.replay(roles=["org.user.customer", "org.permission.customer"])
    assert refused
    assert {difference.replayed for difference in refused} == {403}


def test_a_replay_on_a_smaller_plan_tells_where_its_budget_ends(kustomer: Kustomer) -> None:
    """300 requests a minute instead of 1,000; each answer names its budget, so each differs."""
    recording = kustomer.record()
    client = kustomer.client()
    for _ in range(301):
        client.get(JANE)
    replayed = [difference.replayed for difference in recording.replay(plan="professional")]
    assert replayed == [200] * 300 + [429]
    with pytest.raises(KeyError, match=r"there are .*professional"):
        recording.replay(plan="no such plan")
    assert recording.replay() == []


def test_a_key_issued_meanwhile_is_told_of(kustomer: Kustomer) -> None:
    """It does not exist where the replay begins, and its making changed the ids that followed."""
    recording = kustomer.record()
    kustomer.client(key=kustomer.key()).get(JANE)
    with pytest.raises(ValueError, match=r"issue keys first, then record\(\)"):
        recording.replay()


async def test_calls_of_async_clients_are_recorded_too(kustomer: Kustomer) -> None:
    """Whoever makes them."""
    recording = kustomer.record()
    async with kustomer.async_client() as client:
        answer: httpx.Response = await client.post("/v1/customers", json={"name": "Ann"})
    assert (answer.status_code, len(recording), recording.replay()) == (201, 1, [])


def test_a_recording_shows_nothing_of_what_it_holds(kustomer: Kustomer) -> None:
    """It holds whole requests; a failing test prints its fixtures and locals."""
    recording = kustomer.record()
    a_run(kustomer)
    assert EMAIL not in repr(recording)
    assert EMAIL not in repr(recording.replay(roles=[]))
