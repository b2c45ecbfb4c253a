"""Code with a hard-wired address in the everyday run; `nox -s compat` has all clients and mocks there are."""

from __future__ import annotations

import asyncio
import socket
import urllib.request

import httpx
import httpx2
import pytest
import requests
import respx

from kustomer_sandbox import Kustomer, KustomerEverywhere, KustomerRouter
from kustomer_sandbox.testkit.in_pytest.report import section
from kustomer_sandbox.testkit.patches.entrance import is_kustomers

TEAMS = "https://api.prod2.kustomerapp.com/v1/teams"


def signed(kustomer: Kustomer) -> dict[str, str]:
    return {"Authorization": f"Bearer {kustomer.api_key}"}


async def by_async_httpx2(headers: dict[str, str]) -> int:
    async with httpx2.AsyncClient() as client:
        return (await client.get(TEAMS, headers=headers)).status_code


def test_every_installed_client_is_led_in(kustomer: Kustomer, kustomer_everywhere: KustomerEverywhere) -> None:
    """Each by its own way; the world sees them all."""
    headers = signed(kustomer)
    assert requests.get(TEAMS, headers=headers, timeout=5).status_code == 200
    assert httpx.get(TEAMS, headers=headers).status_code == 200
    assert httpx2.get(TEAMS, headers=headers).status_code == 200
    assert asyncio.run(by_async_httpx2(headers)) == 200
    with urllib.request.urlopen(urllib.request.Request(TEAMS, headers=headers), timeout=5) as answer:
        assert answer.status == 200
    assert kustomer_everywhere.calls == {"urllib3": 1, "httpx": 1, "httpx2": 2, "http.client": 1}
    assert kustomer.journal.total == 5


@pytest.mark.usefixtures("kustomer_everywhere")
def test_the_answer_is_lost_as_over_a_network(kustomer: Kustomer) -> None:
    """A socket says so in its own words, and each library in its own."""
    kustomer.faults.arm(lost_answer=True)
    with pytest.raises(requests.ConnectionError, match="closed connection"):
        requests.get(TEAMS, headers=signed(kustomer), timeout=5)
    kustomer.faults.arm(cut_body=5)
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(TEAMS, headers=signed(kustomer))
    kustomer.faults.arm(timeout=True)
    with pytest.raises(requests.Timeout):
        requests.get(TEAMS, headers=signed(kustomer), timeout=5)


@pytest.mark.usefixtures("kustomer_everywhere")
def test_nothing_for_kustomer_leaves_the_machine(kustomer: Kustomer) -> None:
    """Sockets of one's own are refused, and the report says so."""
    with pytest.raises(socket.gaierror, match="lets no call to Kustomer's hosts out"):
        socket.create_connection(("api.kustomerapp.com", 443), timeout=1)
    assert "1 calls of a client library that is not known were kept from leaving the machine" in section(kustomer)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("api.kustomerapp.com", True),
        ("acme.api.prod4.kustomerapp.com", True),
        (b"API.KUSTOMERAPP.COM", True),
        ("kustomerapp.com.", True),
        ("kustomerapp.com.example", False),
        ("notkustomerapp.com", False),
        ("other.example", False),
        (None, False),
    ],
)
def test_which_hosts_are_kustomers(host: str | bytes | None, *, expected: bool) -> None:
    """Every region's, every organisation's, and no other."""
    assert is_kustomers(host) is expected


@pytest.mark.parametrize("order", [("respx_mock", "kustomer_respx"), ("kustomer_respx", "respx_mock")])
def test_another_router_does_its_own_work(
    order: tuple[str, str], kustomer: Kustomer, request: pytest.FixtureRequest
) -> None:
    """Its routes answer, and it refuses what nobody has a route for, whichever fixture comes first."""
    made = {name: request.getfixturevalue(name) for name in order}
    made["respx_mock"].get("https://other.example/").respond(204)
    assert httpx.get("https://other.example/").status_code == 204
    assert httpx.get(TEAMS, headers=signed(kustomer)).status_code == 200
    assert made["kustomer_respx"].kustomer.call_count == 1
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://nowhere.example/")


def test_a_route_of_ones_own_comes_before_the_world(
    kustomer: Kustomer, kustomer_respx: KustomerRouter, respx_mock: respx.MockRouter
) -> None:
    """One operation is made to answer otherwise, on whichever router; all else is the world."""
    kustomer_respx.get(TEAMS).respond(500)
    respx_mock.get("https://api.kustomerapp.com/v1/users").respond(502)
    assert httpx.get(TEAMS, headers=signed(kustomer)).status_code == 500
    assert httpx.get("https://api.kustomerapp.com/v1/users", headers=signed(kustomer)).status_code == 502
    assert httpx.get("https://api.kustomerapp.com/v1/tags", headers=signed(kustomer)).status_code == 200


def test_the_report_says_why_no_call_may_have_come(kustomer: Kustomer) -> None:
    """The first thing that goes wrong in a new project."""
    told = section(kustomer)
    assert "journal: no call reached this world" in told
    assert "code with a hard-wired address needs the fixture kustomer_everywhere" in told
    kustomer.client(key="").get("/v1/teams")
    assert "1 calls had no key of this world: send kustomer.api_key" in section(kustomer)


@pytest.mark.usefixtures("kustomer_everywhere")
def test_the_report_names_the_hosts_that_were_called_instead(kustomer: Kustomer) -> None:
    """A port where nobody listens stands for a wrong address."""
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")
    assert "1 calls went to 127.0.0.1, which is not Kustomer's" in section(kustomer)
    assert "needs the fixture" not in section(kustomer)
