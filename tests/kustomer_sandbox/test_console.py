"""The console at `/`: every area answers, shows what is hostile as text, and acts for nobody but its own pages."""

from __future__ import annotations

from html import unescape

import httpx
import orjson
import pytest
from starlette.testclient import TestClient

from kustomer_sandbox.app import Sandbox, create_sandbox
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.web.console.areas.table import AREAS

ORIGIN = "http://127.0.0.1:8700"
TOKEN = "a-token-of-the-control"
NAMES = [area.name for area in AREAS]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\u2066" + "x" * 10_000
PAGE = {"hx-request": "true", "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return create_sandbox(WorldSpec(name="demo", scenario="demo"), base_url=ORIGIN, is_shared=False)


def browser(sandbox: Sandbox, *, client: str = "127.0.0.1", host: str = "127.0.0.1:8700") -> TestClient:
    """A browser of this machine, unless its address or the name it calls say otherwise."""
    return TestClient(sandbox.app, base_url=f"http://{host}", client=(client, 50_000), follow_redirects=False)


@pytest.fixture(scope="module")
def visitor(sandbox: Sandbox) -> TestClient:
    return browser(sandbox)


def call(sandbox: Sandbox, method: str, path: str, body: bytes = b"") -> httpx.Response:
    headers = {"authorization": f"Bearer {sandbox.api_key}", "content-type": "application/json"}
    reply = sandbox.api.handle(Request(method=method, path=path, headers=headers, body=body))
    return httpx.Response(reply.status, content=reply.body)


def test_the_start_names_every_world_and_its_areas(visitor: TestClient) -> None:
    page = visitor.get("/")
    assert page.status_code == 200
    assert [f'href="/console/world/demo/{name}"' in page.text for name in NAMES] == [True] * len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_area_answers_with_a_strict_policy(visitor: TestClient, name: str) -> None:
    """Were a value ever taken for markup, it could neither run nor load anything."""
    page = visitor.get(f"/console/world/demo/{name}")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not any(place in page.text for place in (" style=", " onclick=", "<script>", "http://www", "https://"))


@pytest.mark.parametrize("name", [area.name for area in AREAS if area.rows is None])
def test_the_live_part_of_an_area_is_made_by_itself(visitor: TestClient, name: str) -> None:
    part = visitor.get(f"/console/world/demo/{name}", params={"block": "live"})
    assert part.status_code == 200
    assert "<html" not in part.text


@pytest.mark.parametrize("name", NAMES)
def test_an_area_shows_a_second_world(visitor: TestClient, name: str) -> None:
    """One without anything in it: every list has its words for that."""
    visitor.post("/_sandbox/worlds", json={"name": "second"})
    page = visitor.get(f"/console/world/second/{name}")
    assert page.status_code == 200
    assert f'href="/console/world/demo/{name}"' in page.text


@pytest.mark.parametrize("name", NAMES)
def test_what_is_hostile_is_shown_as_text(sandbox: Sandbox, visitor: TestClient, name: str) -> None:
    body = orjson.dumps({"name": HOSTILE[:200]})
    made = call(sandbox, "POST", "/v1/customers", body).json()
    call(sandbox, "POST", f"/v1/customers/{made['data']['id']}/unmasking-windows")
    query = {"path": HOSTILE, "tool": HOSTILE, "q": HOSTILE, "customer": made["data"]["id"]}
    for page in (visitor.get(f"/console/world/demo/{name}"), visitor.get(f"/console/world/demo/{name}", params=query)):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_an_act_is_for_pages_of_the_console_alone(visitor: TestClient) -> None:
    """No form of another site, and none of another port of this machine, can set htmx's header or hide its origin."""
    act, form = "/console/world/demo/traffic/replay", {"method": "GET", "path": "/v1/users/current"}
    foreign = {"origin": "https://evil.example", **PAGE}
    assert visitor.post(act, data=form, headers=PAGE).status_code == 200
    assert visitor.post(act, data=form).status_code == 403
    assert visitor.post(act, data=form, headers=foreign).status_code == 403
    assert visitor.post(act, data=form, headers={**PAGE, "sec-fetch-site": "same-site"}).status_code == 403
    assert visitor.post(act, data=form, headers={**PAGE, "sec-fetch-site": "cross-site"}).status_code == 403


def test_only_browsers_of_this_machine_see_it(sandbox: Sandbox) -> None:
    assert browser(sandbox, client="203.0.113.9").get("/").status_code == 403
    assert browser(sandbox, client="203.0.113.9").get("/console/world/demo/traffic").status_code == 403


def test_with_a_control_token_it_is_shown_to_who_has_given_it() -> None:
    """Once in each browser: the cookie stands for it, and says nothing of it."""
    access = Access(token=digest(TOKEN))
    made = create_sandbox(WorldSpec(name="main"), base_url=ORIGIN, access=access)
    visitor = browser(made, client="203.0.113.9")
    assert visitor.get("/").headers["location"] == "/console/sign-in"
    assert visitor.get("/console/world/main/traffic", headers={"hx-request": "true"}).status_code == 401
    assert visitor.post("/console/sign-in", data={"token": "another-token-of-it"}).status_code == 401
    answer = visitor.post("/console/sign-in", data={"token": TOKEN})
    assert (answer.status_code, TOKEN in answer.headers["set-cookie"]) == (303, False)
    assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert visitor.get("/console/world/main/traffic").status_code == 200


def test_a_sandbox_that_others_can_reach_without_a_token_shows_it_to_nobody() -> None:
    made = create_sandbox(WorldSpec(name="main"), base_url=ORIGIN, access=Access(is_closed=True))
    assert browser(made).get("/").status_code == 403


def test_to_look_leaves_no_trace(sandbox: Sandbox, visitor: TestClient) -> None:
    """Neither a budget nor the journal knows that somebody watches."""
    before = sandbox.world.journal.total, sandbox.world.budgets.state("org", sandbox.world.clock.now()).used
    for name in NAMES:
        visitor.get(f"/console/world/demo/{name}")
    after = sandbox.world.journal.total, sandbox.world.budgets.state("org", sandbox.world.clock.now()).used
    assert after == before
    assert [world.name for world in sandbox.api.worlds if world.name.startswith("_")] == []


def test_a_replay_is_a_call_in_earnest_and_shows_no_masked_value(sandbox: Sandbox, visitor: TestClient) -> None:
    total = sandbox.world.journal.total
    form = {"method": "GET", "path": "/v1/customers?pageSize=5"}
    answer = visitor.post("/console/world/demo/traffic/replay", data=form, headers=PAGE)
    assert sandbox.world.journal.total == total + 1
    assert "was answered with 200" in answer.text
    assert "curl -sS 'http://127.0.0.1:8700/v1/customers?pageSize=5'" in unescape(answer.text)
    assert [phone for phone in phones(visitor, sandbox) if phone in answer.text] == []


def phones(visitor: TestClient, sandbox: Sandbox) -> list[str]:
    """The masked numbers of the first customers, read with a key that may."""
    asked = {"read_sensitive": True}
    key = visitor.post("/_sandbox/worlds/demo/keys", json=asked).json()["api_key"]
    headers = {"authorization": f"Bearer {key}"}
    request = Request(method="GET", path="/v1/customers", query="pageSize=5", headers=headers)
    customers = orjson.loads(sandbox.api.handle(request).body)["data"]
    found = [phone["phone"] for customer in customers for phone in customer["attributes"]["phones"]]
    assert found
    assert "***" not in found
    return found


ACTS = [
    ("world/clock", {"advance": "PT61S"}, "The world's time is", "POST /_sandbox/worlds/acted/clock"),
    ("world/snapshot", {}, "Kept as snapshot-1", "POST /_sandbox/worlds/acted/snapshots"),
    ("world/restore", {"id": "snapshot-1"}, "as it was at snapshot-1", "snapshots/snapshot-1/restore"),
    ("world/forget", {"id": "snapshot-1"}, "snapshot-1 is forgotten", "DELETE"),
    ("world/change", {"plan": "professional", "masking": "object"}, "these settings", "PATCH /_sandbox/worlds/acted"),
    ("world/arm", {"kind": "status", "times": "2"}, "fault-1 is armed", "POST /_sandbox/worlds/acted/faults"),
    ("world/disarm", {"id": "fault-1"}, "fault-1 is disarmed", "faults/fault-1"),
    ("world/fork", {"name": "forked"}, "The world forked is made", "POST /_sandbox/worlds/acted/fork"),
    ("world/reset", {}, "as it was made", "POST /_sandbox/worlds/acted/reset"),
    ("limits/record", {}, "recorded from now on", "POST /_sandbox/worlds/acted/recording"),
    ("limits/stop", {}, "has ended", "DELETE /_sandbox/worlds/acted/recording"),
    ("world/clock", {"advance": "soon"}, "ISO 8601", ""),
    ("world/restore", {"id": "../../demo/reset"}, "have ids such as", ""),
    ("windows/close", {"customer": "a/../b"}, "named by an id", ""),
]


def test_every_act_is_a_call_that_is_shown(sandbox: Sandbox) -> None:
    """What was done can be done again with curl; what is refused says why, and nothing is done."""
    visitor = browser(sandbox)
    visitor.post("/_sandbox/worlds", json={"name": "acted"})
    for act, form, said, called in ACTS:
        answer = visitor.post(f"/console/world/acted/{act}", data=form, headers=PAGE)
        text = unescape(answer.text)
        assert (answer.status_code, said in text, called in text) == (200, True, True), (act, text[:500])
        assert ('role="alert"' in text) is (called == "")


def test_what_the_journal_has_is_streamed_as_it_happens(sandbox: Sandbox) -> None:
    """Without being asked again: an entry is told once it is there, and what came before a page was open is not."""
    world = sandbox.world
    heard: list[int] = []
    with world.journal.heard_by(lambda: heard.append(world.journal.total)):
        call(sandbox, "GET", "/v1/users/current")
    call(sandbox, "GET", "/v1/users/current")
    assert heard == [world.journal.total - 1]
