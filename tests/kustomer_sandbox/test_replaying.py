"""The command `replay`: traffic of one world is made again in another, and only what is planted differs."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kustomer_sandbox import world
from kustomer_sandbox.cli import app

Entry = dict[str, Any]
SECRET, JANE = "sandbox_key_of_somebody", "jane.doe@example.com"
MAIL = {"channel": "email", "app": "postmark", "direction": "in", "preview": "Where is my parcel?"}


@pytest.fixture(scope="module")
def traffic() -> list[Entry]:
    """A short story in a demo world."""
    return story("0")


def story(seed: str) -> list[Entry]:
    entries: list[Entry] = []
    with world(seed=seed) as kustomer, kustomer.client() as client:

        def call(method: str, path: str, body: Any = None) -> Any:
            reply = client.request(method, f"/v1{path}", json=body)
            told = reply.json() if reply.content else None
            entry = {"method": method, "url": str(reply.url), "status": reply.status_code, "response": told}
            entries.append({**entry, "headers": {"authorization": SECRET}, **({"body": body} if body else {})})
            return told and told.get("data")

        jane = call("GET", f"/customers/email={JANE}")
        call("GET", "/customers?pageSize=5")
        call("GET", f"/customers/{jane['id']}")
        made = call("POST", "/customers", {"name": "Ada Example", "emails": [{"email": "ada@example.com"}]})
        talk = call("POST", f"/customers/{made['id']}/conversations", {"name": "Parcel"})
        call("PUT", f"/conversations/{talk['id']}", {"status": "done"})
        call("POST", f"/conversations/{talk['id']}/messages", MAIL)
        call(
            "POST", "/customers/search", {"queryContext": "customer", "and": [{"customer_name": {"contains": "Jane"}}]}
        )
        call("GET", "/teams")
        call("GET", "/customers/0123456789abcdef01234567")
        call("DELETE", f"/customers/{made['id']}")
    return entries


def as_lines(entries: list[Entry]) -> str:
    return "\n".join(map(json.dumps, entries))


def as_har(entries: list[Entry]) -> str:
    """As browsers write it: bodies as texts, some in base64."""
    written = []
    for number, entry in enumerate(entries):
        text = "" if entry["response"] is None else json.dumps(entry["response"])
        content = {"text": text}
        if number % 2:
            content = {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
        headers = [{"name": "Authorization", "value": SECRET}]
        asked: Entry = {"method": entry["method"], "url": entry["url"], "headers": headers}
        if "body" in entry:
            asked["postData"] = {"text": json.dumps(entry["body"])}
        written.append({"request": asked, "response": {"status": entry["status"], "content": content}})
    return json.dumps({"log": {"version": "1.2", "entries": written}})


def replay(folder: Path, text: str, *arguments: str) -> Result:
    file = folder / "traffic"
    file.write_text(text, "utf-8")
    return CliRunner().invoke(app, ["replay", str(file), *arguments])


@pytest.mark.parametrize("written", [as_lines, as_har])
def test_what_a_sandbox_has_answered_is_answered_again(
    tmp_path: Path, traffic: list[Entry], written: Callable[[list[Entry]], str]
) -> None:
    """A recording of the sandbox is the first thing that anybody tries."""
    found = replay(tmp_path, written(traffic))

    assert found.output == f"{len(traffic)} calls, 0 differences.\n"
    assert found.exit_code == 0


def test_ids_of_another_world_stand_for_those_of_this_one(tmp_path: Path) -> None:
    """What a call has made, and what is read of it, has another id each time; so has a record that both have."""
    entries = story("another")
    other = {**entries[8], "method": "GET", "url": f"/v1/teams/{entries[8]['response']['data'][0]['id']}"}
    other["response"] = {"data": entries[8]["response"]["data"][0]}

    found = replay(tmp_path, as_lines([entries[0], *entries[2:7], entries[10], other]))

    assert found.output == "8 calls, 0 differences.\n"


def planted(traffic: list[Entry]) -> tuple[list[Entry], set[tuple[str, str, str]]]:
    """The same traffic with thirty changes, and what is due to be told: operation, field and what."""
    changed, due = copy.deepcopy(traffic), set()
    places = {
        1: "GET /v1/customers", 3: "POST /v1/customers", 4: "POST /v1/customers/{id}/conversations",
        5: "PUT /v1/conversations/{id}", 6: "POST /v1/conversations/{id}/messages", 8: "GET /v1/teams",
    }  # fmt: skip
    for number, operation in places.items():
        data = changed[number]["response"]["data"]
        record, place = (data[0], "data[]") if isinstance(data, list) else (data, "data")
        attributes = record["attributes"]
        texts = [name for name, value in attributes.items() if isinstance(value, str)]
        del attributes[texts[0]]
        attributes[texts[1]] = 7
        attributes["addedByThem"] = True
        record["type"] = 7
        due |= {
            (operation, f"{place}.attributes.{texts[0]}", "is more"),
            (operation, f"{place}.attributes.{texts[1]}", "type"),
            (operation, f"{place}.attributes.addedByThem", "lacks"),
            (operation, f"{place}.type", "type"),
        }
    for number, operation in {2: "GET /v1/customers/{id}", 9: "GET /v1/customers/{id}"}.items():
        changed[number]["response"]["trace" if number == 9 else "took"] = 1
        due.add((operation, "trace" if number == 9 else "took", "lacks"))
    del changed[1]["response"]["links"], changed[0]["response"]["data"]["relationships"]
    due |= {("GET /v1/customers", "links", "is more")}
    due |= {("GET /v1/customers/email={email}", "data.relationships", "is more")}
    changed[7]["response"]["meta"]["total"] = "1"
    del changed[7]["response"]["meta"]["pageSize"]
    due |= {
        ("POST /v1/customers/search", "meta.total", "type"),
        ("POST /v1/customers/search", "meta.pageSize", "is more"),
    }
    changed[10]["status"] = 200
    due.add(("DELETE /v1/customers/{id}", "the status", "type"))
    return changed, due


def test_thirty_planted_changes_are_told_and_nothing_else(tmp_path: Path, traffic: list[Entry]) -> None:
    """By operation and field: no value of the file is in what is told."""
    changed, due = planted(traffic)

    told = replay(tmp_path, as_lines(changed), "--json")
    rows = json.loads(told.output)["differences"]

    assert len(due) >= 30
    assert {(row["operation"], row["field"], row["what"]) for row in rows} == due
    text = replay(tmp_path, as_har(changed)).output
    for value in (SECRET, JANE, "Ada", "parcel"):
        assert value not in told.output + text


def test_names_of_fields_that_may_be_values_are_not_told(tmp_path: Path, traffic: list[Entry]) -> None:
    """Some answers have addresses or ids for keys."""
    changed = copy.deepcopy(traffic[:1])
    changed[0]["response"]["data"]["attributes"]["custom"] = {JANE: 1, "a" * 24: 2}

    told = replay(tmp_path, as_lines(changed)).output

    assert "custom.*: is not in ours (number), 2 times" in told
    assert JANE not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"method": "GET"}\n{', ":1 is no exchange: KeyError"),
        ('{"log": {}}', "is neither HAR nor JSON lines: each line has"),
        (f"{SECRET}", ":1 is no exchange: JSONDecodeError"),
    ],
)
def test_a_file_that_is_no_traffic_is_refused_without_telling_what_stands_in_it(
    tmp_path: Path, text: str, told: str
) -> None:
    """It may hold secrets."""
    found = replay(tmp_path, text)

    assert found.exit_code == 2
    assert told in found.output
    assert SECRET not in found.output


def test_calls_of_other_services_are_counted_and_left_out(tmp_path: Path, traffic: list[Entry]) -> None:
    """A browser's HAR holds more than the API's calls; their addresses are nobody's business."""
    other = {"method": "GET", "url": f"https://cdn.example/{SECRET}.js", "status": 200, "response": None}

    found = replay(tmp_path, as_lines([other, traffic[8]]))

    assert found.output == "not compared: GET of no operation that is served, 1 calls\n1 calls, 0 differences.\n"
