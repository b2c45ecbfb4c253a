"""The command `record`: what passes is written down without a value of it, and replays as it was."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from kustomer_sandbox import world
from kustomer_sandbox.cli import app
from kustomer_sandbox.command.checking.recording import proxy
from kustomer_sandbox.command.checking.recording.command import writer
from kustomer_sandbox.command.checking.recording.proxy import RecordingProxy
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.transports import AsyncSimulatorTransport

ADA = {
    "name": "Ada Lovelace-Example",
    "emails": [{"email": "ada@personal.example", "type": "home"}],
    "phones": [{"phone": "+15555550177", "type": "mobile"}],
    "birthdayAt": "1985-12-10T00:00:00.000Z",
    "custom": {"secretStr": "open", "ageNum": 41},
}
MAIL = {"channel": "email", "app": "postmark", "direction": "in", "preview": "Where is the parcel?"}
VALUES = ("Ada", "Lovelace", "personal.example", "5555550177", "1985", "parcel", "Jane", "jane.doe", "Where")


@pytest.fixture
def kustomer() -> Iterator[Kustomer]:
    with world(plan="ultimate") as kustomer:
        yield kustomer


def passing(kustomer: Kustomer, file: io.StringIO, *, writes: bool = True) -> TestClient:
    """A client of a proxy before a world."""
    client = httpx.AsyncClient(transport=AsyncSimulatorTransport(kustomer.api), base_url="https://acme.invalid")
    application = RecordingProxy(client, writer(file), writes=writes).app()
    return TestClient(application, headers={"authorization": f"Bearer {kustomer.api_key}"})


def story(client: Any) -> None:
    """Looks up, makes, changes, searches and is refused."""

    def call(method: str, path: str, body: Any = None) -> Any:
        reply = client.request(method, f"/v1{path}", json=body)
        return reply.json().get("data") if reply.content else None

    jane = call("GET", "/customers/email=jane.doe%40example.com")
    call("GET", "/customers?pageSize=5&sort=-updatedAt")
    call("GET", f"/customers/{jane['id']}")
    made = call("POST", "/customers", {name: value for name, value in ADA.items() if name != "custom"})
    talk = call("POST", f"/customers/{made['id']}/conversations", {"name": "The parcel of Ada", "priority": 4})
    call("PUT", f"/conversations/{talk['id']}", {"status": "done"})
    call("POST", f"/conversations/{talk['id']}/messages", MAIL)
    call("POST", "/customers/search", {"queryContext": "customer", "and": [{"customer_name": {"contains": "Jane"}}]})
    call("GET", "/customers/0123456789abcdef01234567")
    call("POST", "/customers", {"name": 1, "custom": ADA["custom"]})
    call("DELETE", f"/customers/{made['id']}")


@pytest.fixture
def recorded(kustomer: Kustomer) -> list[str]:
    file = io.StringIO()
    with passing(kustomer, file) as client:
        story(client)
    return file.getvalue().splitlines()


def replay(folder: Path, lines: list[str], *arguments: str) -> Result:
    file = folder / "traffic.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    return CliRunner().invoke(app, ["replay", str(file), *arguments])


def test_a_recording_of_the_simulator_replays_without_a_difference(tmp_path: Path, recorded: list[str]) -> None:
    """Ids are other ids there, and addresses nobody's; what was found is found."""
    assert replay(tmp_path, recorded).output == "11 calls, 0 differences.\n"


def test_no_value_and_no_key_is_written(kustomer: Kustomer, recorded: list[str]) -> None:
    """A recording is passed on to others."""
    text = "\n".join(recorded)

    ids = {record["id"] for record in kustomer.client().get("/v1/customers?pageSize=100").json()["data"]}
    assert [value for value in (*VALUES, kustomer.api_key, "Bearer", *ids) if value in text] == []
    assert set(re.findall(r"[0-9a-f]{24}", text)) == {f"{n:024x}" for n in range(1, 10**4) if f"{n:024x}" in text}
    assert '"secretStr": "open"' not in text
    third, fifth = (json.loads(recorded[number]) for number in (3, 5))
    assert third["body"]["emails"][0]["type"] == "home"
    assert fifth["body"] == {"status": "done"}


def test_strange_paths_and_parameters_are_not_told(kustomer: Kustomer) -> None:
    """Whatever a program sends may be somebody's: a path that there is not, a parameter's name or value."""
    file = io.StringIO()
    with passing(kustomer, file) as client:
        client.get("/v1/people/Ada?who=Ada")
        client.get("/v1/customers?createdAt[gt]=1985-12-10T00:00:00Z&Ada=1&page[Ada]=2&include=Ada&page=1")

    strange, known = map(json.loads, file.getvalue().splitlines())
    assert (strange["path"], [name for name, _ in parse_qsl(strange["query"])]) == ("/unknown", ["unknown"])
    names = [name for name, _ in parse_qsl(known["query"])]
    assert names == ["createdAt[gt]", "unknown", "unknown", "include", "page"]
    assert "Ada" not in file.getvalue()
    assert "1985" not in file.getvalue()


def test_thirty_planted_changes_are_told_and_nothing_else(tmp_path: Path, recorded: list[str]) -> None:
    """In a recording as in a file of a browser's."""
    lines = [json.loads(line) for line in recorded]
    due = set()
    for number in (0, 2, 3, 4, 5, 6):
        data = lines[number]["response"]["data"]
        attributes = data["attributes"]
        texts = [name for name, value in attributes.items() if isinstance(value, str)]
        attributes[texts[0]], attributes["addedByThem"], data["type"] = 7, True, 7
        del attributes[texts[1]]
        lines[number]["response"]["took"] = 1
        place = f"data.attributes.{texts[0]}", f"data.attributes.{texts[1]}"
        due |= {(number, name) for name in (*place, "data.attributes.addedByThem", "data.type", "took")}

    rows = json.loads(replay(tmp_path, [json.dumps(line) for line in lines], "--json").output)["differences"]

    assert len(due) == 30
    assert sum(row["times"] for row in rows) == 30
    assert {row["field"] for row in rows} == {name for _, name in due}


def test_what_changes_the_organisation_is_refused_unless_it_is_allowed(kustomer: Kustomer) -> None:
    """A proxy before a real organisation must do no harm; searches change nothing."""
    file = io.StringIO()
    with passing(kustomer, file, writes=False) as client:
        refused = client.post("/v1/customers", json=ADA)
        searched = client.post("/v1/customers/search", json={"queryContext": "customer"})

    assert (refused.status_code, searched.status_code) == (403, 200)
    assert "--allow-writes" in refused.json()["errors"][0]["title"]
    assert [json.loads(line)["path"] for line in file.getvalue().splitlines()] == ["/v1/customers/search"]
    kustomer.assert_only_changed()


def test_large_bodies_pass_without_being_kept(kustomer: Kustomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and exports go through in pieces; memory stays bounded, and so do requests."""
    monkeypatch.setattr(proxy, "MOST_KEPT", 100)
    monkeypatch.setattr(proxy, "MOST_SENT", 50)
    file = io.StringIO()
    with passing(kustomer, file) as client:
        answer = client.get("/v1/customers")
        refused = client.post("/v1/customers", json={"name": "x" * 100})

    assert len(answer.json()["data"]) > 1
    assert refused.status_code == 413
    assert [json.loads(line)["response"] for line in file.getvalue().splitlines()] == [None]


@pytest.mark.parametrize(
    ("upstream", "told"),
    [
        ("http://acme.api.kustomerapp.com", "--upstream must be https"),
        ("https://me:secret@acme.example", "without a password"),
        ("ftp://acme.example", "--upstream must be an origin"),
    ],
)
def test_a_key_is_passed_on_to_nobody_who_could_listen(tmp_path: Path, upstream: str, told: str) -> None:
    """Exit code 2, and nothing is written."""
    found = CliRunner().invoke(app, ["record", "--upstream", upstream, "--out", str(tmp_path / "t.jsonl")])

    assert found.exit_code == 2
    assert told in found.output
    assert "secret" not in found.output
    assert list(tmp_path.iterdir()) == []


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that serves until it is left."""
    command = [sys.executable, "-m", "kustomer_sandbox", *arguments, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def first_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout else ""


@pytest.mark.slow
def test_a_recording_over_sockets_replays_without_a_difference(tmp_path: Path) -> None:
    """The command as it is used: before a sandbox of another process, with the program's own key."""
    file = tmp_path / "traffic.jsonl"
    with started("simulator", "--json", "--plan", "ultimate") as upstream:
        facts = json.loads(first_line(upstream))
        with started("record", "--upstream", facts["base_url"], "--out", str(file), "--allow-writes") as recorder:
            headers = {"authorization": f"Bearer {facts['api_key']}"}
            origin = first_line(recorder).split()[0]
            with httpx.Client(base_url=origin, headers=headers, timeout=30, trust_env=False) as client:
                story(client)
                assert client.get("/v1/teams", headers={"host": "evil.example"}).status_code == 421

    assert file.stat().st_mode & 0o777 == 0o600
    assert replay(tmp_path, file.read_text("utf-8").splitlines()).output == "11 calls, 0 differences.\n"
