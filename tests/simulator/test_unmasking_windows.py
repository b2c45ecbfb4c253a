"""Unmasking windows, sentence by sentence: how many, how long, for whom, and what ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from kustomer_sandbox.simulator.world.views import windows
from tests.simulator.masked_stage import Stage, must, shown, staged
from tests.world_client import WorldClient, opened

DAY = 24 * 3600.0
MILLISECOND = 0.001
NUMBERS = count()


@contextmanager
def stage_of(api: Api, settings: WindowSettings = WindowSettings()) -> Iterator[Stage]:  # noqa: B008 - unchanging
    """Jane, in a world with these settings."""
    with opened(api, WorldSpec(name=f"windows {next(NUMBERS)}", plan="ultimate", windows=settings)) as client:
        yield staged(client)
        assert client.faults() == []


@pytest.fixture
def stage(shared_api: Api) -> Iterator[Stage]:
    with stage_of(shared_api) as made:
        yield made


def window(stage: Stage, customer: str = "") -> Any:
    """What the customer shows of the window."""
    return stage.client.get(f"/v1/customers/{customer or stage.jane}").attributes.get("unmaskingWindow")


def open_for(stage: Stage, customer: str, *, key: str | None = None) -> Any:
    return must(stage.client.post(f"/v1/customers/{customer}/unmasking-windows", key=key))["attributes"]


def close_for(stage: Stage, customer: str) -> None:
    assert stage.client.delete(f"/v1/customers/{customer}/unmasking-windows").status == 204


def sees(stage: Stage, key: str | None = None, client: WorldClient | None = None) -> bool:
    """Whether a key sees Jane's values: on her, her conversation, her message; all or none."""
    paths = (f"/v1/customers/{stage.jane}", f"/v1/conversations/{stage.talk}", f"/v1/messages/{stage.message}")
    answers = {bool(shown(str((client or stage.client).get(path, key=key).json))) for path in paths}
    assert len(answers) == 1
    return answers.pop()


def one_window_for_each_customer(stage: Stage) -> None:
    open_for(stage, stage.jane)
    open_for(stage, stage.jane)
    open_for(stage, stage.joe)
    assert sorted(held.customer for held in windows(stage.client.world)) == sorted([stage.jane, stage.joe])


def another_opening_restarts_the_clock(stage: Stage) -> None:
    first = open_for(stage, stage.jane)["unmaskingWindow"]
    stage.client.advance(DAY - 1)
    second = open_for(stage, stage.jane)["unmaskingWindow"]
    assert parse(second["endDate"]) - parse(first["endDate"]) == timedelta(seconds=DAY - 1)
    assert second["createdAt"] == first["createdAt"]
    assert second["startDate"] == second["updatedAt"] == iso(stage.client.world.clock.now())
    stage.client.advance(DAY - MILLISECOND)
    assert sees(stage)
    stage.client.advance(MILLISECOND)
    assert not sees(stage)


def it_ends_to_the_millisecond(stage: Stage) -> None:
    told = open_for(stage, stage.jane)["unmaskingWindow"]
    assert parse(told["endDate"]) - parse(told["startDate"]) == timedelta(hours=24)
    stage.client.advance(DAY - MILLISECOND)
    assert sees(stage)
    stage.client.advance(MILLISECOND)
    assert not sees(stage)
    assert set(window(stage)) == {"createdAt", "updatedAt"}


def deleting_ends_it_at_once_and_again_does_no_harm(stage: Stage) -> None:
    """Nor does it where there never was one."""
    close_for(stage, stage.jane)
    assert window(stage) is None
    open_for(stage, stage.jane)
    close_for(stage, stage.jane)
    assert not sees(stage)
    told = window(stage)
    stage.client.advance(1)
    close_for(stage, stage.jane)
    assert window(stage) == told
    stage.client.advance(2 * DAY)
    assert not sees(stage)


def one_that_was_deleted_is_opened_anew(stage: Stage) -> None:
    """Nothing is left over of the first that would end the second."""
    open_for(stage, stage.jane)
    stage.client.advance(DAY / 2)
    close_for(stage, stage.jane)
    open_for(stage, stage.jane)
    stage.client.advance(DAY - MILLISECOND)
    assert sees(stage)


def roles_open_and_close(stage: Stage) -> None:
    """Each takes its own, or the older one of both."""
    path = f"/v1/customers/{stage.jane}/unmasking-windows"
    own = "org.permission.unmasking_window"
    tried = {
        role: tuple(
            stage.client.call(method, path, key=stage.client.new_key(role)).status for method in ("POST", "DELETE")
        )
        for role in (f"{own}.create", f"{own}.delete", "org.user.customer.write", "org.user.customer.read")
    }
    assert list(tried.values()) == [(201, 403), (403, 204), (201, 204), (403, 403)]


def everyone_benefits(stage: Stage) -> None:
    other = stage.client.new_key("org")
    open_for(stage, stage.jane)
    assert sees(stage)
    assert sees(stage, other)


def nobody_elses_records_are_opened(stage: Stage) -> None:
    open_for(stage, stage.joe)
    assert not sees(stage)


def it_is_in_the_journal_and_leaves_the_record_as_it_is(stage: Stage) -> None:
    """Who opened it, of whom; the customer's revision and stamps stay."""
    customer = stage.client.get(f"/v1/customers/{stage.jane}").attributes
    open_for(stage, stage.jane)
    close_for(stage, stage.jane)
    told = [entry for entry in stage.client.world.journal.entries if "indow" in entry.operation]
    assert [(entry.operation, entry.customer) for entry in told] == [
        ("CreateUnmaskingWindowByCustomer", stage.jane), ("DeleteUnmaskingWindowByCustomer", stage.jane),
    ]  # fmt: skip
    after = stage.client.get(f"/v1/customers/{stage.jane}").attributes
    assert {name: value for name, value in after.items() if name != "unmaskingWindow"} == customer


def the_audit_log_tells_of_opening_and_end(stage: Stage) -> None:
    """By whom: a caller who opens, replaces or deletes it; nobody, where its time is over. None closed is none told."""
    close_for(stage, stage.jane)
    log = len(stage.client.get("/v1/audit-logs").data)
    states = [window(stage)]
    for act in (open_for, open_for, close_for, open_for):
        act(stage, stage.jane)
        states.append(window(stage))
    stage.client.advance(DAY)
    states.append(window(stage))
    me = states[1]["requestedBy"]
    told = stage.client.get("/v1/audit-logs").data[:-log][::-1]
    assert [(one["attributes"]["eventName"], one["attributes"]["objectId"]) for one in told] == [
        ("kustomer.customer.update", stage.jane)
    ] * 5
    assert [one["attributes"]["userId"] for one in told] == [me, me, me, me, None]
    assert [one["attributes"]["changes"]["attributes"] for one in told] == [
        {"unmaskingWindow": {"op": "replace", "before": old, "after": new}} for old, new in pairwise(states)
    ]


def a_merge_closes_both(stage: Stage) -> None:
    open_for(stage, stage.jane)
    open_for(stage, stage.joe)
    must(stage.client.post("/v1/customers/merges", {"source": stage.joe, "target": stage.jane}))
    assert windows(stage.client.world) == []
    assert not sees(stage)
    stage.client.advance(2 * DAY)


def a_snapshot_takes_the_window_back_as_it_was(stage: Stage) -> None:
    """Open, with the end it had, whatever happened since; and its settings with it."""
    world = stage.client.world
    end = open_for(stage, stage.jane)["unmaskingWindow"]["endDate"]
    stage.client.advance(DAY / 2)
    kept = world.snapshot()
    close_for(stage, stage.jane)
    world.configure(windows=WindowSettings(5, "requester"))
    world.restore(kept)
    assert (window(stage)["endDate"], world.windows) == (end, WindowSettings())
    assert sees(stage)
    stage.client.advance(DAY / 2)
    assert not sees(stage)


def a_snapshot_from_before_takes_it_away(stage: Stage) -> None:
    kept = stage.client.world.snapshot()
    open_for(stage, stage.jane)
    stage.client.world.restore(kept)
    assert (windows(stage.client.world), window(stage), sees(stage)) == ([], None, False)


def a_fork_has_a_window_of_its_own(stage: Stage) -> None:
    """Open there until its own end; closing it in one world leaves the other's alone."""
    open_for(stage, stage.jane)
    worlds = stage.client.api.worlds
    world = worlds.fork(stage.client.world, f"fork {next(NUMBERS)}")
    fork = WorldClient(stage.client.api, world, issue_key(worlds, world)[0])
    assert sees(stage, client=fork)
    close_for(stage, stage.jane)
    assert (sees(stage), sees(stage, client=fork)) == (False, True)
    fork.advance(DAY)
    assert not sees(stage, client=fork)
    worlds.drop(world.name)


SENTENCES: tuple[Callable[[Stage], None], ...] = (
    one_window_for_each_customer,
    another_opening_restarts_the_clock,
    it_ends_to_the_millisecond,
    deleting_ends_it_at_once_and_again_does_no_harm,
    one_that_was_deleted_is_opened_anew,
    roles_open_and_close,
    everyone_benefits,
    nobody_elses_records_are_opened,
    it_is_in_the_journal_and_leaves_the_record_as_it_is,
    the_audit_log_tells_of_opening_and_end,
    a_merge_closes_both,
    a_snapshot_takes_the_window_back_as_it_was,
    a_snapshot_from_before_takes_it_away,
    a_fork_has_a_window_of_its_own,
)


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.__name__)
def test_of_an_unmasking_window(stage: Stage, sentence: Callable[[Stage], None]) -> None:
    """Each name is what holds."""
    sentence(stage)


def test_where_closing_none_is_not_found_one_that_is_open_is_closed(shared_api: Api) -> None:
    """So reads the ledger for those who choose it."""
    spec = WorldSpec(name="read", plan="ultimate", readings={"window-delete-without-window": "not-found"})
    with opened(shared_api, spec) as client:
        stage = staged(client)
        path = f"/v1/customers/{stage.jane}/unmasking-windows"
        open_for(stage, stage.jane)
        assert [client.delete(path).status for _ in range(2)] == [204, 404]


def test_where_windows_are_read_as_their_requesters_nobody_else_benefits(shared_api: Api) -> None:
    """Whoever was there before, and whoever came after."""
    spec = WorldSpec(name="own windows", plan="ultimate", readings={"window-opens-for": "requester"})
    with opened(shared_api, spec) as client:
        stage = staged(client)
        keys = [client.new_key("org") for _ in range(3)]
        open_for(stage, stage.jane, key=keys[1])
        assert [sees(stage, key) for key in keys] == [False, True, False]


def test_the_journal_counts_what_was_masked(stage: Stage) -> None:
    """By type: every record of a page, but those that a window opens."""
    for unmasked in ((), (stage.joe,)):
        for customer in unmasked:
            open_for(stage, customer)
        stage.client.get("/v1/customers")
        (told,) = [step for step in stage.client.world.journal.entries[-1].steps() if step["step"] == "masks"]
        assert told["detail"] == {"customer": 2 - len(unmasked)}


@pytest.mark.parametrize("minutes", [1, 480, 3 * 1440])
def test_a_window_lasts_as_long_as_the_settings_say(shared_api: Api, minutes: int) -> None:
    """The page's own example lasts eight hours; one that is open keeps the end it was told."""
    with stage_of(shared_api, WindowSettings(minutes)) as stage:
        open_for(stage, stage.jane)
        stage.client.world.configure(windows=WindowSettings(2 * minutes))
        stage.client.advance(minutes * 60 - MILLISECOND)
        assert sees(stage)
        stage.client.advance(MILLISECOND)
        assert not sees(stage)


def test_a_window_for_its_requester_opens_nothing_for_others(shared_api: Api) -> None:
    """Not for another key, in a list or from the cache, and not in events: nobody knows who reads these."""
    with stage_of(shared_api, WindowSettings(opens_for="requester")) as stage:
        other = stage.client.new_key("org")
        open_for(stage, stage.jane)
        for _ in range(2):
            assert (sees(stage), sees(stage, other)) == (True, False)
        open_for(stage, stage.jane, key=other)
        assert (sees(stage), sees(stage, other)) == (False, True)
        hook = {"name": "All", "url": "https://a.example", "events": ["kustomer.customer.update"]}
        must(stage.client.post("/v1/outbound-webhooks", hook))

        def receive(request: WebhookRequest) -> int:
            stage.sent.append(request.body)
            return 200

        stage.client.world.receiver = receive
        must(stage.client.put(f"/v1/customers/{stage.jane}", {"locale": "en_GB"}, key=other))
        stage.client.advance(1)
        assert shown(b"".join(stage.sent).decode()) == []
        assert stage.sent
