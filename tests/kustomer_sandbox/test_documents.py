"""`/openapi.json` and `/docs`: every operation told, every body with an example that works, a page of our own."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from kustomer_sandbox.app import Sandbox, create_sandbox
from kustomer_sandbox.simulator.documentation.document import product_version
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec

BASE = "http://127.0.0.1:8700"


def sandbox(*, is_shared: bool = False) -> Sandbox:
    return create_sandbox(WorldSpec(name="demo", scenario="demo"), base_url=BASE, is_shared=is_shared)


def browser(of: Sandbox) -> TestClient:
    """A client of the same machine that sends what the page has filled in."""
    token = {"authorization": f"Bearer {of.api_token}"}
    return TestClient(of.app, base_url=BASE, client=("127.0.0.1", 1), headers=token)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of a sandbox with a demo world."""
    whole: dict[str, Any] = browser(sandbox()).get("/openapi.json").json()
    return whole


def entries(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(m.upper(), path, entry) for path, item in document["paths"].items() for m, entry in item.items()]


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    """Of the API, of its control and of the management API: the page fills them in."""
    without = [
        f"{method} {path}"
        for method, path, entry in entries(document)
        for media in entry.get("requestBody", {}).get("content", {}).values()
        if not media.get("example") and not media.get("examples")
    ]
    assert without == [], "give the body's model `model_config = ConfigDict(json_schema_extra={'examples': [...]})`"


def test_every_operation_has_a_summary_and_a_description(document: dict[str, Any]) -> None:
    """A list of paths is no documentation."""
    found = [(f"{m} {path}", e.get("summary"), e.get("description")) for m, path, e in entries(document)]
    assert [name for name, summary, words in found if not summary or not words] == []


def test_the_document_says_whose_version_it_is_and_where_it_is_served(document: dict[str, Any]) -> None:
    """Clients made from it call the server it came from."""
    assert document["info"]["version"] == product_version()
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", product_version())
    assert [server["url"] for server in document["servers"]] == ["/"]


OWN = ["/_sandbox", "/integrated-account", "/api-token"]


def own_bodies() -> list[tuple[str, str]]:
    """The operations with a body that control and management have."""
    found = entries(browser(sandbox()).get("/openapi.json").json())
    return [(method, path) for method, path, entry in found if path.startswith(tuple(OWN)) and "requestBody" in entry]


@pytest.mark.parametrize(("method", "path"), own_bodies())
def test_control_and_management_take_their_examples(document: dict[str, Any], method: str, path: str) -> None:
    """Each in a fresh sandbox, as the page fills it in; ids that a sandbox gives at random are looked up first."""
    of = sandbox()
    client = browser(of)
    entry = document["paths"][path][method.lower()]
    values = {p["name"]: p["example"] for p in entry.get("parameters", ()) if "example" in p}
    if "{server_id}" in path:
        values["server_id"] = client.get(f"/integrated-account/{of.account_id}/mcp").json()["result"][0]["id"]
    body = entry["requestBody"]["content"]["application/json"]["example"]

    assert client.request(method, path.format(**values), json=body).is_success


def test_the_page_has_the_key_filled_in(document: dict[str, Any]) -> None:
    """The first call that a newcomer tries works. The names are those of the document's security schemes."""
    of = sandbox()
    page = browser(of).get("/docs").text
    (secrets,) = re.findall(r'data-secrets="([^"]*)"', page)
    filled_in = json.loads(secrets.replace("&quot;", '"'))

    assert filled_in == {"ApiKey": of.api_key, "ApiToken": of.api_token}
    assert filled_in.keys() <= document["components"]["securitySchemes"].keys()


def test_a_sandbox_that_others_can_reach_shows_no_key() -> None:
    """Its keys are secret, and whoever has the address can open the page."""
    of = sandbox(is_shared=True)
    page = browser(of).get("/docs").text

    assert 'data-secrets="{}"' in page
    assert [secret for secret in (of.api_key, of.api_token, of.mcp_token) if secret and secret in page] == []


def test_the_page_runs_files_of_this_server_alone() -> None:
    """Whatever got into the page as text could not run."""
    client = browser(sandbox())
    policy = client.get("/docs").headers["content-security-policy"]

    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert client.get("/docs/page.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/docs/__init__.py").status_code == 404
