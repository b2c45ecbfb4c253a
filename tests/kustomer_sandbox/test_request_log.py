"""One line for each call: what it says, what it never says, and that no call waits for it."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from kustomer_sandbox.command.request_log import CHUNK, RequestLog
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request

JANE = "jane.doe@example.com"


class Caller:
    """Calls worlds by their keys, and reads what the log says."""

    def __init__(self, api: Api, log: RequestLog, stream: io.StringIO) -> None:
        self.api, self.log, self._stream = api, log, stream
        self.keys = {world.name: issue_key(api.worlds, world)[0] for world in api.worlds}

    def call(self, method: str, path: str, *, world: str = "demo", body: object = None, query: str = "") -> None:
        headers = {"authorization": f"Bearer {self.keys[world]}", "content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        self.api.handle(Request(method=method, path=path, query=query, headers=headers, body=content))

    def shown(self) -> list[str]:
        self.log.show()
        text = self._stream.getvalue()
        self._stream.seek(0)
        self._stream.truncate()
        return text.splitlines()


@pytest.fixture(scope="module")
def api() -> Api:
    return create_api()


@pytest.fixture
def caller(api: Api) -> Iterator[Caller]:
    api.worlds.strangers.clear()
    for name in ("demo", "other"):
        api.worlds.create(WorldSpec(name=name, scenario="demo"))
    stream = io.StringIO()
    yield Caller(api, RequestLog(api.worlds, stream, "text", "demo"), stream)
    for name in ("demo", "other"):
        api.worlds.drop(name)


def test_a_line_has_method_path_status_and_reason(caller: Caller) -> None:
    """Enough to see what a client does, and why it is refused."""
    caller.call("GET", f"/v1/customers/email={JANE}")
    caller.call("POST", "/v1/customers", body={"name": 3})
    caller.call("GET", "/v1/customers", query="colour=red")
    first, second, third = caller.shown()
    assert first == "#1 GET /v1/customers/email=*** -> 200 GetCustomerByEmail"
    assert second.startswith(
        "#2 POST /v1/customers -> 400 at /name: must be null or a string; CreateCustomer (input refused: "
    )
    assert third.startswith("#3 GET /v1/customers -> 200 GetCustomers (input warning: ")
    assert caller.shown() == []


def test_other_worlds_and_unknown_keys_are_named(caller: Caller) -> None:
    """The first thing that goes wrong is the key: it must be seen."""
    caller.keys["nobody"] = "not a key"
    caller.call("GET", "/v1/teams", world="other")
    caller.call("GET", f"/v1/customers/email={JANE}", world="nobody")
    caller.call("GET", "/v1/nothing/of/this", world="nobody")
    other, unknown, nowhere = caller.shown()
    assert other == "[other] #1 GET /v1/teams -> 200 GetTeams"
    assert unknown.startswith("[unknown key] #1 GET /v1/customers/email={email} -> 401 at Authorization: ")
    assert nowhere.startswith("[unknown key] #2 GET /v1/***/***/*** -> 401 ")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_is_ever_shown(caller: Caller, form: str) -> None:
    """Whatever is sent or answered, by a known key or an unknown one, in a path that exists or not."""
    secret = "canary-7c1f"
    caller.log.form = "json" if form == "json" else "text"
    caller.keys["nobody"] = secret
    for world in ("demo", "nobody"):
        for method in ("GET", "PUT", "POST", "DELETE"):
            for path in ("/v1/customers/email={}", "/v1/{}", "/v1/customers/{}/drafts", "/v1/klasses/{}/externalId={}"):
                body = {secret: secret, "name": [secret]}
                caller.call(method, path.format(secret, secret), world=world, body=body, query=f"{secret}={secret}")
    lines = caller.shown()
    assert len(lines) == 32
    assert [line for line in lines if secret in line] == []


def test_json_is_one_object_a_line_with_its_world(caller: Caller) -> None:
    """As the control API shows entries."""
    caller.log.form = "json"
    caller.call("GET", "/v1/teams", world="other")
    (line,) = caller.shown()
    entry = json.loads(line)
    assert (entry["world"], entry["method"], entry["path"], entry["status"]) == ("other", "GET", "/v1/teams", 200)


def test_a_reset_begins_anew(caller: Caller) -> None:
    """The journal is empty then; the next call is its first."""
    caller.call("GET", "/v1/teams")
    caller.call("GET", "/v1/teams")
    assert len(caller.shown()) == 2
    world = caller.api.worlds.get("demo")
    assert world is not None
    caller.api.worlds.reset(world)
    caller.call("GET", "/v1/users")
    (line,) = caller.shown()
    assert re.fullmatch(r"#1 GET /v1/users -> 200 \w+", line)


@contextmanager
def pipe() -> Iterator[tuple[int, TextIO]]:
    """Reading end, as a number, and writing end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        yield reading, stream
        os.close(reading)


@pytest.mark.skipif(os.name != "posix", reason="pipes that can be asked whether they are full")
def test_nobody_waits_for_a_log_that_is_not_read(caller: Caller) -> None:
    """A script that forgets the standard error stream would stop its sandbox otherwise: a pipe holds 64 kB."""
    with pipe() as (reading, stream):
        caller.log.stream = stream
        for _ in range(3):
            for _ in range(1500):
                caller.call("GET", "/v1/teams", world="other")
            caller.log.show()
        held = os.read(reading, 1 << 20)
        caller.log.show()
        held += os.read(reading, 1 << 20)
    numbers = [int(number) for number in re.findall(rb"^\[other\] #(\d+) ", held, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 1000 < len(numbers) < 4500


def test_what_the_journal_has_forgotten_is_told_as_a_number(caller: Caller) -> None:
    """Nobody takes the shown calls for all of them."""
    for _ in range(10_005):
        caller.call("GET", "/v1/nothing")
    first, second, *_ = caller.shown()
    assert first == "(5 calls are not shown)"
    assert second.startswith("#6 GET ")


def test_lines_are_written_in_pieces_that_a_pipe_takes(caller: Caller) -> None:
    """What is longer than a pipe takes at once would be waited for."""
    pieces: list[int] = []

    class Counting(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(len(text.encode()))
            return super().write(text)

    caller.log.stream = Counting()
    for _ in range(200):
        caller.call("GET", "/v1/teams")
    caller.log.show()
    assert max(pieces) <= CHUNK
    assert len(pieces) < 200
