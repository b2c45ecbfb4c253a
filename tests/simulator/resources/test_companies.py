"""Companies: their records, who works for them, what is theirs, and how they are searched and masked."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient

COMPANIES = "/v1/companies"
NOBODY = "f" * 24


def company(client: WorldClient, name: str = "Acme", **fields: JSON) -> str:
    answer = client.post(COMPANIES, {"name": name, **fields})
    assert answer.status == 201, answer.json
    return str(answer.data["id"])


def employee(client: WorldClient, employer: str) -> str:
    answer = client.post("/v1/customers", {"name": "Jane", "company": employer})
    assert answer.status == 201, answer.json
    return str(answer.data["id"])


def shown(client: WorldClient, customer: str) -> Answer:
    return client.get(f"/v1/customers/{customer}")


def test_a_new_company_has_the_documented_attributes(world_client: WorldClient) -> None:
    """Name, tags as ids and stamps are published; contact entries read as a customer's."""
    body = {"name": "Acme", "tags": ["VIP"], "emails": [{"email": "a@acme.example.com"}], "rev": 4}

    attributes = world_client.post(COMPANIES, body).attributes

    assert attributes["emails"] == [
        {"email": "a@acme.example.com", "verified": False, "externalVerified": False, "id": None}
    ]
    assert len(attributes["tags"][0]) == len(NOBODY)
    assert (attributes["name"], attributes["rev"], attributes["deleted"]) == ("Acme", 1, False)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/name"),
        ({"name": "ab"}, "/name"),
        ({"name": "Acme", "domains": [{"domain": "no domain"}]}, "/domains/0/domain"),
        ({"name": "Acme", "deleted": True}, "/deleted"),
        ({"name": "Acme", "custom": {"sizeXyz": 1}}, "/custom/sizeXyz"),
    ],
)
def test_a_company_that_the_schema_does_not_allow_is_refused(world_client: WorldClient, body: JSON, place: str) -> None:
    """A name has three characters at least; only an update deletes."""
    answer = world_client.post(COMPANIES, body)

    assert (answer.status, answer.places) == (400, [place])


def test_a_deleted_company_takes_no_change_but_coming_back(world_client: WorldClient) -> None:
    """It is neither listed nor found, and its external id is free; back again it may clash with who took it."""
    id = company(world_client, externalId="C-1")
    assert world_client.put(f"{COMPANIES}/{id}", {"deleted": True}).attributes["deleted"] is True
    assert world_client.put(f"{COMPANIES}/{id}", {"name": "Other"}).status == 404
    assert world_client.get(COMPANIES).data == []
    other = company(world_client, externalId="C-1")
    assert world_client.put(f"{COMPANIES}/{id}", {"deleted": None}).status == 409
    world_client.put(f"{COMPANIES}/{other}", {"externalId": None})

    back = world_client.put(f"{COMPANIES}/{id}", {"deleted": False, "name": "Acme again"})

    assert (back.status, back.attributes["name"]) == (200, "Acme again")
    assert [record["id"] for record in world_client.get(COMPANIES).data] == [id, other]


def test_a_stale_rev_of_a_company_is_a_conflict(world_client: WorldClient) -> None:
    """Companies carry a rev as customers do."""
    id = company(world_client)
    assert world_client.put(f"{COMPANIES}/{id}", {"name": "One", "rev": 1}).status == 200
    assert world_client.put(f"{COMPANIES}/{id}", {"name": "Two", "rev": 1}).status == 409


def test_a_customer_shows_the_new_name_of_its_company(world_client: WorldClient) -> None:
    """The name on the customer is the company's; the change counts as the system's, not as one of the caller's."""
    id = company(world_client)
    jane = employee(world_client, id)
    before = shown(world_client, jane).attributes
    world_client.advance(5)

    world_client.put(f"{COMPANIES}/{id}", {"name": "Acme Europe"})

    after = shown(world_client, jane).attributes
    assert after["companyName"] == "Acme Europe"
    assert (after["modifiedAt"], after["rev"]) == (before["modifiedAt"], before["rev"] + 1)


def test_customers_keep_a_company_that_is_deleted(world_client: WorldClient) -> None:
    """The link stays, as conversations keep a deleted team; nothing is included, and nobody new may be linked."""
    id = company(world_client)
    jane = employee(world_client, id)

    world_client.put(f"{COMPANIES}/{id}", {"deleted": True})

    answer = world_client.get(f"/v1/customers/{jane}", "include=company")
    assert answer.data["relationships"]["company"]["data"]["id"] == id
    assert answer.json["included"] == []
    refused = world_client.post("/v1/customers", {"company": id})
    assert (refused.status, refused.places) == (400, ["/company"])


@pytest.mark.parametrize("replace", ["", "replace=true"])
def test_leaving_the_company_out_unlinks_it(world_client: WorldClient, replace: str) -> None:
    """However the customer is written; null and the empty text do the same."""
    id = company(world_client)
    for body in ({"name": "B"}, {"company": None}, {"company": ""}):
        jane = employee(world_client, id)
        left = world_client.put(f"/v1/customers/{jane}", body, query=replace)
        assert "company" not in left.data["relationships"]
        assert "companyName" not in left.attributes


def test_the_objects_of_a_company_are_listed_by_klass(world_client: WorldClient) -> None:
    """Those that were made for it, and no others; a company that is not there is not found."""
    world_client.post("/v1/klasses", {"name": "order"})
    id = company(world_client)
    made = [world_client.post("/v1/klasses/order", {"title": title, "company": id}).data["id"] for title in "ab"]
    world_client.post("/v1/klasses/order", {"title": "c"})

    assert [record["id"] for record in world_client.get(f"{COMPANIES}/{id}/klasses/order").data] == made
    assert world_client.get(f"{COMPANIES}/{NOBODY}/klasses/order").status == 404


def test_companies_are_searched_by_their_own_attributes_and_those_of_their_customers(world_client: WorldClient) -> None:
    """The search answers with companies in the context of that name."""
    acme, other = company(world_client, custom={"planStr": "Gold"}), company(world_client, "Other")
    employee(world_client, acme)

    def found(**criterion: JSON) -> list[str]:
        body = {"queryContext": "company", "and": [criterion]}
        return [record["id"] for record in world_client.post("/v1/customers/search", body).data]

    assert found(company_name={"equals": "Acme"}) == [acme]
    assert found(company_custom_planStr={"equals": "Gold"}) == [acme]
    assert found(customer_name={"equals": "Jane"}) == [acme]
    assert set(found(company_updated_at={"gte": "2020-01-01T00:00:00Z"})) == {acme, other}


def test_a_masked_company_name_is_masked_on_its_customers_too(world_client: WorldClient) -> None:
    """The customer shows the company's name, so it inherits its mask; a customer's window opens what is its own."""
    world_client.put("/v1/metadata/company", {"standardProperties": {"name": {"sensitive": True}}})
    id = company(world_client)
    jane = employee(world_client, id)

    assert world_client.get(f"{COMPANIES}/{id}").attributes["name"] == "***"
    assert shown(world_client, jane).attributes["companyName"] == "***"
    world_client.post(f"/v1/customers/{jane}/unmasking-windows")
    assert shown(world_client, jane).attributes["companyName"] == "Acme"
    assert world_client.get(f"{COMPANIES}/{id}").attributes["name"] == "***"
