"""A mask is refused only where it would replace what it hides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient, opened

OBJECT = {"isMasked": True, "maskedPresentation": "********"}
FLAGS = {
    "standardProperties": {"username": {"sensitive": True}, "urls": {"sensitive": True}},
    "properties": {"secretStr": {"sensitive": True}},
}


@pytest.fixture(params=["stars", "object", "partial"])
def style(request: pytest.FixtureRequest) -> Style:
    chosen: Style = request.param
    return chosen


@pytest.fixture
def client(shared_api: Api, style: Style) -> Iterator[WorldClient]:
    """A world whose customers' usernames and addresses are sensitive, as is the data of its parcels."""
    with opened(shared_api, WorldSpec(name=f"masks-{style}", masking=style)) as found:
        found.put("/v1/metadata/customer", FLAGS)
        found.post("/v1/klasses", {"name": "parcel"})
        found.put("/v1/metadata/kobject.parcel", {"standardProperties": {"data": {"sensitive": True}}})
        yield found
        assert found.faults() == []


def jane(client: WorldClient) -> str:
    """The path of a customer with a hidden username."""
    made = client.post("/v1/customers", {"name": "Jane", "username": "jane", "urls": [{"url": "www.example.com"}]})
    return f"/v1/customers/{made.data['id']}"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"username": "***"}, "/username"),
        ({"urls": [{"url": "a.example"}, {"url": "***"}]}, "/urls/1/url"),
        ({"custom": {"secretStr": "***"}}, "/custom/secretStr"),
    ],
)
def test_a_mask_is_refused_only_where_it_would_replace_a_hidden_value(
    client: WorldClient, style: Style, body: JSON, pointer: str
) -> None:
    """Where masks look otherwise, stars are a text; where stars are the mask, the hidden value must survive."""
    path = jane(client)

    answer = client.put(path, body)

    if style == "stars":
        assert (answer.status, answer.errors[0]["source"]) == (400, {"pointer": pointer})
        assert client.get(path).attributes["username"] == "***"
    else:
        assert answer.status == 200


@pytest.mark.parametrize("klass", ["parcel", "parcels"])
def test_a_mask_in_free_data_is_refused_by_the_look_of_the_worlds_masks(
    client: WorldClient, style: Style, klass: str
) -> None:
    """Free objects have no schema that would refuse the vendor's mask; a Klass may be named by its plural."""
    made = client.post("/v1/klasses/parcel", {"title": "Parcel", "data": {"to": {"name": "Jane"}}}).data["id"]
    stars, vendors = ({"data": {"to": {"name": mask}}} for mask in ("***", OBJECT))

    statuses = [client.put(f"/v1/klasses/{klass}/{made}", body).status for body in (stars, vendors)]

    assert statuses == ([400, 200] if style == "stars" else [200, 400])


@pytest.mark.parametrize(
    "data", [{"name": "isMasked ****"}, {"isMasked": False}, {"isMasked": 1}, {"isMasked": [True]}]
)
def test_what_only_resembles_a_mask_is_data_like_any(client: WorldClient, data: JSON) -> None:
    """Whatever the world's masks look like: a hidden attribute may be given any value but a mask."""
    made = client.post("/v1/klasses/parcel", {"title": "Parcel"}).data["id"]
    assert client.put(f"/v1/klasses/parcel/{made}", {"data": {"to": data}}).status == 200


def test_beside_a_hidden_part_of_an_item_stars_are_a_text(client: WorldClient) -> None:
    """Of a place the address can be hidden, not its region."""
    client.put("/v1/metadata/customer", {"standardProperties": {"locations": {"sensitive": True}}})
    place = {"address": "1 Main Street", "regionName": "***"}
    assert client.put(jane(client), {"locations": [place]}).status == 200


def test_stars_can_be_stored_wherever_nothing_is_hidden(client: WorldClient) -> None:
    """Names, messages and redactions may hold them: people censor words, and a redaction leaves stars on purpose."""
    path = jane(client)
    client.put("/v1/metadata/message", {"standardProperties": {"preview": {"sensitive": True}}})
    talk = client.post("/v1/conversations", {"customer": path.rpartition("/")[2], "name": "***"})
    message = client.post(
        f"/v1/conversations/{talk.data['id']}/messages", {"channel": "email", "app": "postmark", "preview": "***"}
    )
    redacted = client.post(f"/v1/messages/{message.data['id']}/redactions", {"preview": "***"})

    assert [answer.status for answer in (talk, message, redacted)] == [201] * 3
    assert client.put(path, {"name": "***", "custom": {"openStr": "***"}}).attributes["name"] == "***"
    assert client.post("/v1/customers", {"username": "***"}).status == 201
