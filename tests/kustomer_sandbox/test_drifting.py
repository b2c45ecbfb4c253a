"""The command `drift`: our own document does not differ; what is planted in it is told, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kustomer_sandbox.cli import app
from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.documents import resolve

Due = set[tuple[str, str, str]]


@pytest.fixture
def document(contracts: Contracts) -> dict[str, Any]:
    """Our document, to be changed."""
    return copy.deepcopy(json.loads(json.dumps(contracts.document, default=dict)))


def drift(folder: Path, document: object, *arguments: str) -> Result:
    file = folder / "openapi.json"
    file.write_text(json.dumps(document), "utf-8")
    return CliRunner().invoke(app, ["drift", str(file), *arguments])


def rows(found: Result) -> Due:
    return {(row["severity"], row["operation"], row["place"]) for row in json.loads(found.output)["drift"]}


def test_our_own_document_does_not_differ(tmp_path: Path, document: dict[str, Any]) -> None:
    """A comparison that finds something here would find it everywhere."""
    found = drift(tmp_path, document)

    assert found.exit_code == 0
    assert found.output.endswith(" operations compared, 0 differences.\n")


def test_other_names_of_values_in_paths_are_no_difference(tmp_path: Path, document: dict[str, Any]) -> None:
    """They are whoever's choice who writes the file."""
    document["paths"]["/v1/teams/{teamId}"] = document["paths"].pop("/v1/teams/{id}")

    assert drift(tmp_path, document).exit_code == 0


def own(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The body of an operation, or the attributes of its answer for GET, as a schema that nothing else refers to."""
    entry = document["paths"][path][method]
    if method == "get":
        content = resolve(document, entry["responses"]["200"])["content"]["application/json"]
        entry["responses"]["200"] = {"description": "", "content": {"application/json": copy.deepcopy(dict(content))}}
        return dict(entry["responses"]["200"]["content"]["application/json"]["schema"])
    body = copy.deepcopy(dict(resolve(document, entry["requestBody"])))
    entry["requestBody"] = body
    schema = copy.deepcopy(dict(resolve(document, body["content"]["application/json"]["schema"])))
    body["content"]["application/json"]["schema"] = schema
    return schema


def plant_in_bodies(document: dict[str, Any], contracts: Contracts) -> Due:
    """Five changes in each of five bodies: a field gone, one new, one required, another type, a tighter limit."""
    due: Due = set()
    for path in ("/v1/customers", "/v1/companies", "/v1/notes", "/v1/users", "/v1/teams"):
        schema = own(document, "post", path)
        fields, call = schema["properties"], f"POST {path}"
        names = [name for name in fields if name not in schema.get("required", ())]
        gone, typed, needed, limited = names[:4]
        fields[typed] = {"type": "boolean"} if "boolean" not in str(fields[typed]) else {"type": "array"}
        del fields[gone]
        fields["qzNew"] = {"type": "string"}
        schema["required"] = [*schema.get("required", ()), needed]
        fields[limited] = {**resolve(document, fields[limited]), "maxLength": 1}
        due |= {("breaking", call, f"body.{name}") for name in (gone, needed, limited)}
        due |= {("addition", call, "body.qzNew")}
        due |= {("breaking", call, f"body.{typed}")}
    assert contracts.operations
    return due


def test_thirty_planted_changes_are_told_and_nothing_else(
    tmp_path: Path, document: dict[str, Any], contracts: Contracts
) -> None:
    """By operation, parameter, field, enum and limit, with how grave it is."""
    due = plant_in_bodies(document, contracts)
    paths = document["paths"]
    del paths["/v1/brands/{id}"]["get"]
    paths["/v1/qz"] = {"post": {"operationId": "Qz", "responses": {"200": {"description": ""}}}}
    for path, extra in (("/v1/users", {"required": True}), ("/v1/schedules", {})):
        added = {"name": "qz", "in": "query", "schema": {"type": "string"}, **extra}
        paths[path]["get"]["parameters"] = [*paths[path]["get"].get("parameters", ()), added]
    klasses = [dict(resolve(document, one)) for one in paths["/v1/klasses"]["get"]["parameters"]]
    paths["/v1/klasses"]["get"]["parameters"] = [one for one in klasses if one["name"] != "sort"]
    due |= {
        ("breaking", "GET /v1/brands/{id}", ""),
        ("addition", "POST /v1/qz", ""),
        ("breaking", "GET /v1/users", "query qz"),
        ("addition", "GET /v1/schedules", "query qz"),
        ("breaking", "GET /v1/klasses", "query sort"),
    }

    found = drift(tmp_path, document, "--json")

    assert found.exit_code == 1
    assert len(due) >= 29
    assert rows(found) == due


def test_a_change_names_the_tools_that_it_touches(tmp_path: Path, document: dict[str, Any]) -> None:
    """Whoever maintains tools looks for these first."""
    del document["paths"]["/v1/teams/{id}"]["get"]

    assert "breaking  GET /v1/teams/{id} (" in drift(tmp_path, document).output


@pytest.mark.parametrize(
    ("there", "severity", "told"),
    [
        ({"enum": ["open", "done"]}, "breaking", "does not take snoozed there"),
        ({"enum": ["open", "snoozed", "done", "lost"]}, "addition", "takes lost there"),
        ({"enum": ["open", "snoozed", "done"], "maxLength": 4}, "breaking", "maxLength is 4 there, 9 here"),
        ({"enum": ["open", "snoozed", "done"], "maxLength": 99}, "addition", "maxLength is 99 there, 9 here"),
        ({"type": "number"}, "breaking", "is number there, string here"),
    ],
)
def test_a_value_that_is_taken_no_more_breaks_and_one_more_is_an_addition(
    there: dict[str, Any], severity: str, told: str
) -> None:
    """What our contracts let through must be taken there."""
    from kustomer_sandbox.command.checking.drifting.facts import Found, Side, compared  # noqa: PLC0415 - next to its use

    here = {"type": "string", "enum": ["open", "snoozed", "done"], "maxLength": 9}
    theirs = {"type": "string", "maxLength": 9, **there}

    found = list(compared(Side(theirs, {}), Side(here, {}), "body.status", is_answer=False))

    assert found == [Found(severity, "body.status", told)]  # type: ignore[arg-type] # one of the two words


@pytest.mark.parametrize("text", ["[]", "{", '{"openapi": "3.1.0"}'])
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    """In one line, with exit code 2."""
    file = tmp_path / "openapi.json"
    file.write_text(text, "utf-8")

    found = CliRunner().invoke(app, ["drift", str(file)])

    assert found.exit_code == 2
    assert "is no OpenAPI document as JSON" in found.output
