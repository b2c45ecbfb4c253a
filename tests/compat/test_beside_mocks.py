"""Other mocks beside the kit's, in any order of fixtures: each does its own work."""

from __future__ import annotations

import httpx
import pytest
import respx
from pytest_httpx import HTTPXMock

from kustomer_sandbox import Kustomer, KustomerEverywhere, KustomerRouter

TEAMS = "https://api.kustomerapp.com/v1/teams"
OTHER = "https://other.example/ping"


def signed(kustomer: Kustomer) -> dict[str, str]:
    return {"Authorization": f"Bearer {kustomer.api_key}"}


def each_does_its_own(kustomer: Kustomer) -> None:
    assert httpx.get(OTHER).status_code == 204
    assert httpx.get(TEAMS, headers=signed(kustomer)).status_code == 200
    assert kustomer.journal.total == 1


def test_respx_first(kustomer: Kustomer, respx_mock: respx.MockRouter, kustomer_respx: KustomerRouter) -> None:
    respx_mock.get(OTHER).respond(204)
    each_does_its_own(kustomer)
    assert kustomer_respx.kustomer.call_count == 1


def test_respx_last(kustomer: Kustomer, kustomer_respx: KustomerRouter, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(OTHER).respond(204)
    each_does_its_own(kustomer)
    assert kustomer_respx.kustomer.call_count == 1


def test_respx_within(kustomer: Kustomer, kustomer_respx: KustomerRouter) -> None:
    with respx.mock() as router:
        router.get(OTHER).respond(204)
        each_does_its_own(kustomer)
    assert kustomer_respx.kustomer.call_count == 1


def test_respx_with_all_clients(
    kustomer: Kustomer, kustomer_everywhere: KustomerEverywhere, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(OTHER).respond(204)
    each_does_its_own(kustomer)
    assert kustomer_everywhere.calls == {"httpx": 1}


def test_pytest_httpx_first(kustomer: Kustomer, httpx_mock: HTTPXMock, kustomer_respx: KustomerRouter) -> None:
    httpx_mock.add_response(url=OTHER, status_code=204)
    each_does_its_own(kustomer)
    assert kustomer_respx.kustomer.call_count == 1


def test_pytest_httpx_last(kustomer: Kustomer, kustomer_respx: KustomerRouter, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=OTHER, status_code=204)
    each_does_its_own(kustomer)
    assert kustomer_respx.kustomer.call_count == 1


def test_pytest_httpx_with_all_clients(
    kustomer: Kustomer, kustomer_everywhere: KustomerEverywhere, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=OTHER, status_code=204)
    each_does_its_own(kustomer)
    assert kustomer_everywhere.calls == {"httpx": 1}


@pytest.mark.usefixtures("kustomer_everywhere")
def test_both_of_the_kits(kustomer: Kustomer, kustomer_respx: KustomerRouter) -> None:
    """Calls of httpx are counted once, by the one that was asked."""
    assert httpx.get(TEAMS, headers=signed(kustomer)).status_code == 200
    assert kustomer.journal.total == 1
    assert kustomer_respx.kustomer.call_count <= 1


@pytest.mark.usefixtures("kustomer_respx")
def test_respx_refuses_what_it_has_no_route_for_first(respx_mock: respx.MockRouter) -> None:
    assert respx_mock.calls.call_count == 0
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://nowhere.example/")


@pytest.mark.usefixtures("respx_mock", "kustomer_respx")
def test_respx_refuses_what_it_has_no_route_for() -> None:
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://nowhere.example/")


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
@pytest.mark.usefixtures("kustomer_respx", "httpx_mock")
def test_pytest_httpx_refuses_what_it_has_no_response_for() -> None:
    with pytest.raises(httpx.TimeoutException):
        httpx.get("https://nowhere.example/")


def test_a_route_of_ones_own_comes_before_the_world(kustomer: Kustomer, kustomer_respx: KustomerRouter) -> None:
    """One operation is made to answer otherwise; all else is the world."""
    kustomer_respx.get(TEAMS).respond(500)
    assert httpx.get(TEAMS, headers=signed(kustomer)).status_code == 500
    assert httpx.get("https://api.kustomerapp.com/v1/users", headers=signed(kustomer)).status_code == 200


def test_so_does_one_of_respx(kustomer: Kustomer, kustomer_respx: KustomerRouter, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(TEAMS).respond(500)
    assert httpx.get(TEAMS, headers=signed(kustomer)).status_code == 500
    assert httpx.get("https://api.kustomerapp.com/v1/users", headers=signed(kustomer)).status_code == 200
    assert kustomer_respx.kustomer.call_count == 1
