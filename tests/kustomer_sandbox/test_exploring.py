"""`kustomer.explore`: every fault at every call of a job, and what it finds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import httpx
import pytest

from kustomer_sandbox import Kustomer, KustomerMcp
from tests.kustomer_sandbox import explored_jobs as jobs

Job = Callable[[Kustomer], object]
Place = tuple[str, int, str, str]

WINDOW, NOTE = "CreateUnmaskingWindowByCustomer", "CreateNoteWithinConversation"
CUSTOMER, TEAMS = "CreateCustomer", "GetTeams"
DEFECTS: dict[Job, Place] = {
    jobs.repeats_a_note: ("effect_twice", 3, NOTE, "lost_answer"),
    jobs.makes_customers_without_external_ids: ("effect_twice", 1, CUSTOMER, "lost_answer"),
    jobs.begins_again_after_a_crash: ("effect_twice", 1, CUSTOMER, "crash_after"),
    jobs.repeats_a_400: ("refusal_repeated", 1, CUSTOMER, "refused_400"),
    jobs.closes_only_when_all_went_well: ("window_open", 2, "GetCustomerById", "refused_429"),
    jobs.opens_before_it_tries: ("window_open", 1, WINDOW, "lost_answer"),
    jobs.tells_the_token: ("leak", 1, TEAMS, "refused_429"),
    jobs.logs_the_phone: ("leak", 1, CUSTOMER, "refused_400"),
    jobs.swallows_a_429: ("half_done", 1, CUSTOMER, "refused_429"),
    jobs.does_not_wait_for_budget: ("too_early", 1, CUSTOMER, "refused_429"),
    jobs.believes_any_200: ("half_done", 1, CUSTOMER, "page"),
    jobs.takes_a_part_for_the_whole: ("half_done", 1, CUSTOMER, "refused_400"),
    jobs.never_gives_up: ("too_often", 1, TEAMS, "outage"),
    jobs.takes_silence_for_consent: ("half_done", 1, "UpdateCustomer", "timeout"),
}
"""Each job, the rule it breaks, and the smallest point at which that shows."""


@pytest.mark.parametrize(("job", "place"), DEFECTS.items(), ids=[job.__name__ for job in DEFECTS])
def test_a_defect_is_found_at_its_smallest_point(kustomer: Kustomer, job: Job, place: Place) -> None:
    """One run for each call and fault: the first that shows the defect is the one to mend it by."""
    found = kustomer.explore(job).findings
    assert place in [(finding.rule, finding.number, finding.operation, finding.fault) for finding in found]


def test_a_careful_client_is_clean(kustomer: Kustomer) -> None:
    """A finding is a defect: a client that does it right hears nothing, and its world is as it was."""
    exploration = kustomer.explore(jobs.careful)
    exploration.assert_clean()
    assert (len(exploration.calls), exploration.points) == (6, 72)
    assert (kustomer.journal.total, bool(kustomer.diff())) == (0, False)


def test_what_is_found_is_the_same_to_the_byte(make_kustomer: Callable[[], Kustomer]) -> None:
    """A finding can be looked into tomorrow."""
    first, second = (make_kustomer().explore(jobs.closes_only_when_all_went_well) for _ in range(2))
    assert (str(first), first.as_json(), first.as_tests()) == (str(second), second.as_json(), second.as_tests())
    assert json.loads(first.as_json())["findings"][0]["rule"] == "window_open"


def test_the_failure_has_a_table_and_a_test_to_paste(kustomer: Kustomer) -> None:
    complaint = "half_done: the job calls it done; missing: 1 x customer made"
    with pytest.raises(AssertionError) as failure:
        kustomer.explore(jobs.swallows_a_429).assert_clean()
    assert str(failure.value).splitlines() == [
        "swallows_a_429: 1 calls, 12 points, found: 1",
        "call  operation                      fault         found",
        f"1     CreateCustomer                 refused_429   {complaint} (and at 1 more points)",
        "",
        "from tests.kustomer_sandbox.explored_jobs import swallows_a_429",
        "",
        "",
        "def test_half_done_at_call_1(kustomer):",
        '    kustomer.explore(swallows_a_429, at=(1, "refused_429")).assert_clean()',
    ]


def test_a_pasted_test_tries_its_one_point(kustomer: Kustomer) -> None:
    """It fails until the defect is mended, and takes no longer than two runs."""
    exploration = kustomer.explore(jobs.swallows_a_429, at=(1, "refused_429"))
    assert (exploration.points, [finding.fault for finding in exploration.findings]) == (1, ["refused_429"])
    kustomer.explore(jobs.swallows_a_429, at=(1, "refused_503")).assert_clean()


def test_jobs_may_be_async(kustomer: Kustomer) -> None:
    async def job(kustomer: Kustomer) -> None:
        await kustomer.async_client().post("/v1/customers", json={"externalId": "shop-1"})

    found = kustomer.explore(job, faults=["refused_503", "timeout"]).findings
    assert [(finding.rule, finding.fault) for finding in found] == [("half_done", "refused_503")]


def test_what_tools_open_is_closed_when_they_end(kustomer: Kustomer) -> None:
    """An agent's job: the tool server closes the windows, so a tool that fails between leaves none."""
    customer = jobs.some_customer(kustomer)

    def job(kustomer: Kustomer) -> None:
        with KustomerMcp(kustomer) as tools:
            tools.call("create_a_kustomer_customer_unmasking_window", customer_id=customer)
            tools.call("list_all_kustomer_teams")

    exploration = kustomer.explore(job, faults=["refused_503", "crash_after"])
    exploration.assert_clean()
    assert (exploration.calls[0], exploration.points) == (WINDOW, len(exploration.calls))


def test_a_job_that_fails_by_itself_is_not_explored(kustomer: Kustomer) -> None:
    def job(kustomer: Kustomer) -> None:
        kustomer.client().get("/v1/nowhere").raise_for_status()

    with pytest.raises(httpx.HTTPStatusError) as failure:
        kustomer.explore(job)
    assert failure.value.__notes__ == ["The job fails before explore has anything go wrong."]


def test_a_mistake_is_named(kustomer: Kustomer) -> None:
    with pytest.raises(ValueError, match=r"no fault 'timeot'.*timeout"):
        kustomer.explore(jobs.careful, faults=["timeot"])
    with pytest.raises(ValueError, match="makes 6 calls; there is no call 7"):
        kustomer.explore(jobs.careful, at=(7, "timeout"))
    with pytest.raises(ValueError, match="jobs of 1 to 1000 calls; this one makes 0"):
        kustomer.explore(lambda _: None)


def test_sleeping_takes_no_time(kustomer: Kustomer) -> None:
    """The job waits a minute for its budget in its world's time."""

    def job(kustomer: Kustomer) -> None:
        if kustomer.client().get("/v1/teams").status_code == jobs.TOO_MANY:
            time.sleep(60)
            kustomer.client().get("/v1/teams").raise_for_status()

    before = kustomer.clock.now
    kustomer.explore(job, faults=["refused_429"]).assert_clean()
    assert kustomer.clock.now == before
