"""`kustomer.no_careless_retries()`: how the code under test repeats its calls."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox import Kustomer

BAD: dict[str, Any] = {"name": 5}


def test_whoever_waits_for_its_budget_is_careful(kustomer: Kustomer) -> None:
    """Until the second that the 429 named, and not longer."""
    client = kustomer.client()
    kustomer.faults.arm(rate_limited=60)
    refused = client.get("/v1/teams")
    kustomer.clock.advance(float(refused.headers["x-ratelimit-reset"]) - kustomer.clock.now.timestamp())
    assert client.get("/v1/teams").is_success
    kustomer.no_careless_retries()


@pytest.mark.parametrize(("wait", "early"), [(0, 60), (58, 2)])
def test_whoever_does_not_wait_for_its_budget_is_told_by_how_much(kustomer: Kustomer, wait: int, early: int) -> None:
    client = kustomer.client()
    kustomer.faults.arm(rate_limited=60)
    client.get("/v1/teams")
    kustomer.clock.advance(wait)
    client.get("/v1/teams")
    with pytest.raises(AssertionError, match=rf"GetTeams was made again at call 2, {early} s before its budget"):
        kustomer.no_careless_retries()


def test_a_refusal_for_good_is_not_to_be_repeated(kustomer: Kustomer) -> None:
    client = kustomer.client()
    for _ in range(2):
        client.post("/v1/customers", json=BAD)
    with pytest.raises(AssertionError, match="CreateCustomer was refused with 400 and made again at call 2"):
        kustomer.no_careless_retries()


def test_what_may_be_repeated_is_no_fault(kustomer: Kustomer) -> None:
    """Something has changed meanwhile, the key or the question is another, or the refusal was not for good."""
    client, roleless = kustomer.client(), kustomer.client(key=kustomer.key(roles=["org.user.message.read"]))
    for body in (BAD, {"name": "Ann"}, BAD, BAD | {"email": "x"}):
        client.post("/v1/customers", json=body)
    assert [asked.get("/v1/teams").status_code for asked in (roleless, client)] == [403, 200]
    kustomer.faults.arm(rate_limited=60)
    assert [asked.get("/v1/tags").status_code for asked in (client, kustomer.client(key=kustomer.key()))] == [429, 200]
    kustomer.faults.arm(status=503, times=2)
    for _ in range(3):
        client.get("/v1/teams")
    kustomer.no_careless_retries()


def test_a_call_is_told_from_what_was_tied_to_it(kustomer: Kustomer) -> None:
    """What happens right behind a call stands behind it in the journal, and is nobody's retry."""
    kustomer.when(operation="CreateCustomer", do={"operation": "CreateTeam", "body": {"name": "moved"}}, times=2)
    for _ in range(2):
        kustomer.client().post("/v1/customers", json=BAD)
    with pytest.raises(AssertionError, match="CreateCustomer was refused with 400"):
        kustomer.no_careless_retries()


def test_calls_of_nobody_are_left_aside(kustomer: Kustomer) -> None:
    for _ in range(2):
        assert kustomer.client(key="").get("/v1/teams").status_code == 401
    kustomer.no_careless_retries()


def test_what_was_recorded_says_nothing_of_keys_and_values_where_it_is_shown(kustomer: Kustomer) -> None:
    """A traceback shows what a name stands for, and goes into logs."""
    kustomer.client().post("/v1/customers", json={"name": "Ann", "phones": [{"phone": "+15550100111"}]})
    (recorded,) = kustomer.api.response_log.responses_of(kustomer.world)
    assert repr(recorded) == "<RecordedResponse #1 201>"
