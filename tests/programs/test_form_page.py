"""A contact form on a web page of another site, posted to a form hook without a key as a browser posts it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest

from tests.programs.form_page import File, forms, page

SITE = {"Origin": "https://boots.example", "Referer": "https://boots.example/", "Sec-Fetch-Site": "cross-site"}
SAID = {"name": "Zoë O'Hara & Co", "email": "zoe@example.com", "message": "Where is it?\nIt was due on Monday: 100%."}
PHOTO = File("párcel.png", "image/png", b"\x89PNG\r\n\x1a\n--not a boundary\r\n")


@dataclass
class Site:
    """A web site with a contact page; its visitors have no key."""

    hook: str
    owner: httpx.Client

    def post(self, kind: str, body: bytes) -> httpx.Response:
        return httpx.post(self.hook, content=body, headers={**SITE, "Content-Type": kind})

    def submit(self, form: str, **values: str | File) -> httpx.Response:
        """What a visitor's browser does when the form is sent."""
        found = forms(page(self.hook))[form]
        assert found.action == self.hook
        return self.post(*found.submitted(values))

    def told(self) -> tuple[str, str, str]:
        """Name of the only customer, and subject and text of what she wrote."""
        [customer] = self.owner.get("/v1/customers").json()["data"]
        [conversation] = self.owner.get(f"/v1/customers/{customer['id']}/conversations").json()["data"]
        [message] = self.owner.get(f"/v1/conversations/{conversation['id']}/messages").json()["data"]
        facts: list[dict[str, Any]] = [each["attributes"] for each in (customer, conversation, message)]
        return facts[0]["name"], facts[1].get("name") or "", facts[2]["preview"]


@pytest.fixture
def site(owner: httpx.Client) -> Site:
    hook = owner.post("/v1/hooks/form", json={"title": "Contact form"}).json()["data"]
    path = hook["attributes"]["url"].partition(".kustomerapp.com")[2]
    return Site(f"{owner.base_url}{path}".replace("//v1", "/v1"), owner)


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("plain", {"subject": "A refund"}),
        ("photo", {"subject": "A refund", "photo": PHOTO}),
        ("photo", {"subject": "A refund"}),
    ],
    ids=["urlencoded", "multipart", "multipart without its file"],
)
def test_a_submitted_form_becomes_a_conversation(site: Site, form: str, more: dict[str, str | File]) -> None:
    """Accents, ampersands, line ends and bytes of a photo all arrive as what they are."""
    assert site.submit(form, **SAID, **more).status_code == 200
    name, subject, text = site.told()
    assert (name, subject, text.splitlines()) == (SAID["name"], "A refund", SAID["message"].splitlines())


def test_what_a_visitor_leaves_as_it_is_is_sent_too(site: Site) -> None:
    """The choice that was made for her is the subject, and what no setting looks for is in nobody's way."""
    assert site.submit("plain", **SAID).status_code == 200
    assert site.told()[1] == "A parcel"


def test_a_script_of_the_page_may_send_json_or_xml(site: Site) -> None:
    """The one customer she then is has written twice."""
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in SAID.items())
    xml = f'<?xml version="1.0" encoding="UTF-8"?><form>{fields}</form>'.encode()
    assert site.post("application/json; charset=utf-8", json.dumps(SAID).encode()).status_code == 200
    assert site.told() == (SAID["name"], "", SAID["message"])
    assert site.post("application/xml", xml).status_code == 200
    [customer] = site.owner.get("/v1/customers").json()["data"]
    conversations = site.owner.get(f"/v1/customers/{customer['id']}/conversations").json()["data"]
    texts = [
        site.owner.get(f"/v1/conversations/{each['id']}/messages").json()["data"][0]["attributes"]["preview"]
        for each in conversations
    ]
    assert texts == [SAID["message"]] * 2


def test_a_photo_that_is_too_large_is_refused(site: Site) -> None:
    """Over 400 kB nothing is read, and nothing comes of it."""
    large = PHOTO._replace(content=b"\x00" * 400_000)
    assert site.submit("photo", **SAID, photo=large).status_code == 413
    assert site.owner.get("/v1/customers").json()["data"] == []


def test_a_page_with_an_old_address_is_told_so(site: Site) -> None:
    site.hook = site.hook[:-64] + "0" * 64
    assert site.submit("plain", **SAID).status_code == 404
