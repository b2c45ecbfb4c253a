"""Tests of a form on a web page: what a visitor sends is a customer, a conversation and a message."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest
from contact import create_app
from fastapi.testclient import TestClient

from kustomer_sandbox import Kustomer


class Form(HTMLParser):
    """The form of a page: where it is sent, and its fields with what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"] or ""
        elif tag in {"input", "textarea"}:
            self.fields[found["name"] or ""] = found.get("value") or ""

    def filled(self, **values: str) -> dict[str, str]:
        """What a browser sends once a visitor has filled in these fields, which the page must have."""
        assert values.keys() <= self.fields.keys()
        return self.fields | values


@pytest.fixture
def form(kustomer: Kustomer) -> Form:
    """As it stands in the page of a site that has a form hook."""
    hook = kustomer.client().post("/v1/hooks/form", json={"title": "Contact"}).json()["data"]
    return Form(TestClient(create_app(hook["attributes"]["url"])).get("/contact").text)


@pytest.mark.usefixtures("kustomer_everywhere")
def test_a_form_becomes_a_conversation(kustomer: Kustomer, form: Form) -> None:
    """The visitor's browser sends it to Kustomer itself, without a key."""
    said = form.filled(name="Zoë O'Hara & Co", email="zoe@example.com", message="Where is it?")
    assert httpx.post(form.action, data=said).status_code == httpx.codes.OK

    client = kustomer.client()
    customer = client.get("/v1/customers/email=zoe@example.com").json()["data"]
    [conversation] = client.get(f"/v1/customers/{customer['id']}/conversations").json()["data"]
    [message] = client.get(f"/v1/conversations/{conversation['id']}/messages").json()["data"]
    assert customer["attributes"]["name"] == "Zoë O'Hara & Co"
    assert conversation["attributes"]["name"] == "A question"
    assert message["attributes"]["preview"] == "Where is it?"


@pytest.mark.usefixtures("kustomer_everywhere")
def test_a_page_with_an_old_address_is_told(form: Form) -> None:
    """Nobody else would notice that what visitors write is lost."""
    gone = form.action[:-64] + "0" * 64
    assert httpx.post(gone, data=form.fields).status_code == httpx.codes.NOT_FOUND
