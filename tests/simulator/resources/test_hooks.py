"""Form, web and e-mail hooks: who may send what to them, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.transports import SimulatorTransport
from tests.world_client import WorldClient, opened

FORM, WEB = "/v1/hooks/form", "/v1/hooks/web"
SAID = {"name": "Jo Doe", "email": "Jo@example.com", "subject": "Late parcel", "message": "Where is it?"}
HASH = "0" * 64
XML = "<form>" + "".join(f"<{name}>{value}</{name}>" for name, value in SAID.items()) + "</form>"
BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><form><name>&c;</name></form>'
FILES = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><form><name>&b;</name></form>'


@pytest.fixture
def client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="hooks")) as made:
        yield made


@pytest.fixture
def page(client: WorldClient) -> Iterator[httpx.Client]:
    """What a browser with a form on a page is: a plain HTTP client without a key."""
    with httpx.Client(transport=SimulatorTransport(client.api), base_url="http://127.0.0.1:8700") as made:
        yield made


def hook(client: WorldClient, family: str = FORM, **changes: Any) -> Any:
    made = client.post(family, {"title": "Contact"}).data
    return client.call("PATCH", f"{family}/{made['id']}", changes).data if changes else made


def address(made: Any) -> str:
    """Its path, as the answer tells it."""
    return "/v1/hooks/" + str(made["attributes"]["url"]).partition("/v1/hooks/")[2]


def older_address(made: Any) -> str:
    return f"{FORM}/{made['attributes']['hash']}"


@pytest.mark.parametrize(
    "sent",
    [
        {"json": SAID},
        {"data": SAID},
        {"data": SAID, "files": {"photo": ("parcel.jpg", b"\xff\xd8\x00 not shown", "image/jpeg")}},
        {"content": XML, "headers": {"Content-Type": "application/xml"}},
        {"content": XML, "headers": {"Content-Type": "text/xml; charset=utf-8"}},
    ],
    ids=["json", "urlencoded", "multipart", "xml", "text xml"],
)
@pytest.mark.parametrize("place", [address, older_address])
def test_a_form_of_a_web_page_becomes_a_conversation(
    client: WorldClient, page: httpx.Client, sent: dict[str, Any], place: Any
) -> None:
    answer = page.post(place(hook(client)), **sent)
    assert (answer.status_code, answer.json()) == (200, {})
    customer = client.get("/v1/customers/email=jo@example.com").data
    assert customer["attributes"]["name"] == "Jo Doe"
    [conversation] = client.get(f"/v1/customers/{customer['id']}/conversations").json["data"]
    assert conversation["attributes"]["name"] == "Late parcel"
    [message] = client.get(f"/v1/conversations/{conversation['id']}/messages").json["data"]
    told = {name: message["attributes"][name] for name in ("preview", "direction", "channel")}
    assert told == {"preview": "Where is it?", "direction": "in", "channel": "email"}
    assert "createdBy" not in message["relationships"]


def test_a_form_of_somebody_who_is_known_is_hers(client: WorldClient, page: httpx.Client) -> None:
    known = client.post("/v1/customers", {"name": "Jo", "emails": [{"type": "home", "email": "jo@example.com"}]}).data
    path = address(hook(client))
    for _ in range(2):
        page.post(path, data=SAID)
    found = client.get(f"/v1/customers/{known['id']}/conversations").json["data"]
    assert len(found) == 2
    assert client.get(f"/v1/customers/{known['id']}").attributes["name"] == "Jo"


@pytest.mark.parametrize(
    "said", [{"message": "Hello"}, {}, {"email": ["a@example.com", "b@example.com"]}, {"email": "x"}]
)
def test_a_form_that_names_nobody_makes_nothing(client: WorldClient, page: httpx.Client, said: dict[str, Any]) -> None:
    """It is taken all the same: whoever filled it in cannot mend it."""
    assert page.post(address(hook(client)), json=said).status_code == 200
    assert client.get("/v1/customers").json["data"] == []
    assert client.get("/v1/conversations").json["data"] == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/xml", "<form><name>Jo</form>"),
        ("application/xml", BOMB),
        ("text/xml", FILES),
        ("application/xml", "<a>" * 60 + "</a>" * 60),
        ("application/xml", "<a>" + "<b/>" * 1_001 + "</a>"),
        ("application/x-www-form-urlencoded", "&".join("a=1" for _ in range(1_001))),
        ("multipart/form-data", "no boundary"),
        ("multipart/form-data; boundary=x", "--x\r\n\r\nno name\r\n--x--\r\n"),
        ("text/plain", "Hello"),
        ("application/json", "{"),
        ("application/json", "[]"),
    ],
)
def test_what_no_hook_can_read_is_refused(client: WorldClient, page: httpx.Client, kind: str, body: str) -> None:
    """Entities above all: a document of a few lines could else fill the memory, or show files of the machine."""
    answer = page.post(address(hook(client)), content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (400, 400)


def test_a_hook_takes_four_times_what_other_operations_do(client: WorldClient, page: httpx.Client) -> None:
    path, head = address(hook(client)), {"Content-Type": "application/json"}
    assert page.post(path, content=b"{}".ljust(400_000), headers=head).status_code == 200
    assert page.post(path, content=b"{}".ljust(400_001), headers=head).status_code == 413


def test_hooks_have_a_budget_of_their_own(shared_api: Api) -> None:
    """A page that is filled in by robots does not lock agents out, nor the other way about."""
    with opened(shared_api, WorldSpec(name="hook budget", limits={"hooks": 2})) as client:
        path = address(hook(client))
        used = client.world.budgets.request_state(client.world.clock.now()).used
        assert [client.call("POST", path, {}, key="").status for _ in range(3)] == [200, 200, 429]
        assert client.world.budgets.request_state(client.world.clock.now()).used == used
        client.advance(60)
        assert client.call("POST", path, {}, key="").status == 200


@pytest.mark.parametrize(("plan", "most"), [("enterprise", 1_000), ("ultimate", 2_000)])
def test_the_plan_says_how_much_hooks_take(shared_api: Api, plan: str, most: int) -> None:
    with opened(shared_api, WorldSpec(name=f"hooks of {plan}", plan=plan)) as client:
        assert client.world.budgets.ceilings["hooks"] == most


def test_a_web_hook_asks_for_a_key_with_its_role(client: WorldClient) -> None:
    path = address(hook(client, WEB))
    assert client.call("POST", path, SAID, key="").status == 401
    key, _ = issue_key(client.api.worlds, client.world, roles=["org.user"])
    assert client.call("POST", path, SAID, key=key).status == 403
    assert client.call("POST", path, SAID).status == 200
    assert client.get("/v1/customers").json["data"] == []


@pytest.mark.parametrize("path", [f"{FORM}/{HASH}", f"{FORM}/{'0' * 24}/{HASH}", f"{FORM}/not-a-hash"])
def test_an_unknown_hook_is_a_404(client: WorldClient, path: str) -> None:
    assert client.call("POST", path, SAID, key="").status == 404
    assert client.call("POST", f"{WEB}/{HASH}", SAID).status == 404


def test_the_organisation_of_the_address_must_be_the_hooks(client: WorldClient) -> None:
    made = hook(client)
    assert client.call("POST", f"{FORM}/{'1' * 24}/{made['attributes']['hash']}", SAID, key="").status == 404


def test_of_worlds_with_the_same_hook_the_newest_answers_or_that_of_a_key(shared_api: Api) -> None:
    """Worlds of one scenario are the same to the byte, addresses of hooks included."""
    with (
        opened(shared_api, WorldSpec(name="hook one", scenario="demo")) as first,
        opened(shared_api, WorldSpec(name="hook two", scenario="demo")) as second,
    ):
        path = address(first.get(FORM).json["data"][0])
        first.call("POST", path, SAID, key="")
        assert [world.get("/v1/customers/email=jo@example.com").status for world in (first, second)] == [404, 200]
        first.call("POST", path, SAID)
        assert first.get("/v1/customers/email=jo@example.com").status == 200


def test_transactions_can_be_read_for_a_day_while_debug_is_on(client: WorldClient) -> None:
    made = hook(client)
    client.call("POST", address(made), SAID, key="")
    path = f"{FORM}/{made['id']}"
    assert client.get(f"{path}/transactions").json["data"] == []
    client.call("PATCH", path, {"debug": True})
    [told] = client.get(f"{path}/transactions").json["data"]
    assert told["attributes"] == {
        "event": f"kustomer.hooks.form.{made['id']}.receive",
        "fields": ["name", "email", "subject", "message"],
        "createdAt": "2026-06-09T12:00:00.000Z",
    }
    client.advance(24 * 3600 + 1)
    assert client.get(f"{path}/transactions").json["data"] == []


def test_a_form_leads_to_events_like_any_call(client: WorldClient) -> None:
    """What a form makes other systems are told of, and the journal says that a form was the cause."""
    body = {"name": "CRM", "url": "https://crm.example.com/", "events": ["kustomer.conversation.create"]}
    client.post("/v1/outbound-webhooks", body)
    client.call("POST", address(hook(client)), SAID, key="")
    client.world.run_due(client.world.clock.now())
    form, made, sent = client.world.journal.find(since=2)
    assert (form.operation, form.key, form.path.rpartition("/")[2]) == ("PostFormHook", "", "***")
    assert (made.path, sent.path) == ("form-workflow", "webhook-delivery")
    assert sent.steps()[0]["detail"]["cause"] == made.seq


@pytest.mark.parametrize(
    ("family", "own"), [(FORM, {"url", "version"}), (WEB, {"url", "version"}), ("/v1/hooks/email", {"email", "key"})]
)
def test_hooks_are_made_listed_and_changed(client: WorldClient, family: str, own: set[str]) -> None:
    made = client.post(family, {"title": "Contact", "description": "Of the shop"}).data
    assert own <= made["attributes"].keys()
    assert client.call("PATCH", f"{family}/{made['id']}", {"title": "Shop"}).attributes["title"] == "Shop"
    [listed] = client.get(family).json["data"]
    assert listed == client.get(f"{family}/{made['id']}").data
    assert client.get(f"{family}/{made['id']}/transactions").json["data"] == []


@pytest.mark.parametrize(("host", "status"), [("hooked.api.kustomerapp.com", 404), ("empty.api.kustomerapp.com", 200)])
def test_the_ways_to_sign_in_are_told_without_a_key(page: httpx.Client, host: str, status: int) -> None:
    answer = page.get("/v1/p/auth/settings", headers={"Host": host})
    assert answer.status_code == status
    if answer.is_success:
        assert answer.json()["data"]["attributes"]["kustomer"] == {"enabled": True}
