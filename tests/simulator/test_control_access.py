"""The control API gives out keys and moves time: whom it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.control.access_rules import Access, digest, is_local
from tests.control_client import HERE, calling, local

WORLDS = "/_sandbox/worlds"
TOKEN = "a-token-of-the-control"
ANY = "0.0.0.0"  # noqa: S104 - only looked at
ELSEWHERE = ("203.0.113.9", 50_000)


class Told(NamedTuple):
    """What a caller is told."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str]


def asked(
    shared_api: Api, access: Access, *, client: tuple[str, int] = HERE, host: str = "127.0.0.1:8700", token: str = ""
) -> Told:
    """What a caller is told that wants the list of worlds."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = calling(create_app(shared_api, access), client=client, host=host).get(WORLDS, headers=headers)
    error = {"code": "", "message": ""} if answer.is_success else answer.json()["errors"][0]
    return Told(answer.status_code, error["code"], error["message"], answer.headers)


@pytest.mark.parametrize("client", [HERE, ("127.8.0.1", 1), ("::1", 1), ("localhost", 1)])
@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost", "LOCALHOST:1", "[::1]:8700"])
def test_a_client_of_this_machine_needs_nothing(shared_api: Api, client: tuple[str, int], host: str) -> None:
    """Nothing to set up is what a developer expects of a sandbox on the own machine."""
    assert asked(shared_api, Access(), client=client, host=host).status == 200


@pytest.mark.parametrize(
    ("client", "host"),
    [
        (ELSEWHERE, "127.0.0.1:8700"),
        (("10.0.0.7", 1), "localhost"),
        (("a.name", 1), "localhost"),
        (HERE, "kustomer.example.com"),
        (HERE, "localhost.example.com:8700"),
        (HERE, "127.0.0.1.example.com"),
    ],
)
def test_others_and_pages_that_were_led_here_are_refused(shared_api: Api, client: tuple[str, int], host: str) -> None:
    """A tunnel shows the API to others, not its control; nor may a web page that made its own name lead here use it."""
    answer = asked(shared_api, Access(), client=client, host=host)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert "control token" in answer.message


def test_a_token_opens_the_control_to_whoever_shows_it(shared_api: Api) -> None:
    """Where a sandbox is shared, address and name say nothing: only the token does."""
    access = Access(token=digest(TOKEN))
    assert asked(shared_api, access, client=ELSEWHERE, host="sandbox.example.com", token=TOKEN).status == 200
    for token in ("", "wrong", TOKEN[:-1], TOKEN.upper()):
        answer = asked(shared_api, access, token=token)
        assert (answer.status, answer.code, answer.headers["www-authenticate"]) == (401, "unauthorized", "Bearer")


def test_a_refused_call_changes_nothing(shared_api: Api) -> None:
    """The door is before the rooms: no world comes into being, whatever was sent."""
    stranger = calling(create_app(shared_api), client=ELSEWHERE)
    assert stranger.post(WORLDS, json={"name": "theirs"}).status_code == 403
    assert stranger.post(WORLDS, json={"nonsense": 1}).status_code == 403
    assert shared_api.worlds.get("theirs") is None


def test_every_control_route_stands_behind_the_door(shared_api: Api) -> None:
    """None can be forgotten: they are refused by the document's own list."""
    stranger = calling(create_app(shared_api), client=ELSEWHERE)
    paths = local(create_app(shared_api)).get("/openapi.json").json()["paths"]
    routes = [(method, path) for path, methods in paths.items() for method in methods if path.startswith("/_sandbox")]
    assert len(routes) > 15
    assert {
        stranger.request(method, path.replace("{", "").replace("}", "")).status_code for method, path in routes
    } == {403}


def test_the_api_itself_does_not_mind_who_calls(shared_api: Api) -> None:
    """Its own keys decide, as at Kustomer."""
    assert (
        calling(create_app(shared_api), client=ELSEWHERE, host="org.api.kustomerapp.com")
        .get("/v1/customers")
        .status_code
        == 401
    )


def test_a_token_is_kept_as_a_digest_only() -> None:
    """What holds it may be shown in a trace."""
    assert TOKEN not in repr(Access(token=digest(TOKEN)))


@pytest.mark.parametrize("name", ["", ANY, "192.168.1.2", "example.com", "127.0.0.1.example.com", "::2", "[::1]"])
def test_what_is_not_of_this_machine(name: str) -> None:
    """`0.0.0.0` stands for every address, so it is not a local one."""
    assert not is_local(name)
