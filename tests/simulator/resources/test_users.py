"""Users: inviting, changing, deactivating, and what an API key learns about itself."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient

SECRET = "correct horse battery staple"


def invited(client: WorldClient, name: str, **fields: JSON) -> str:
    """The id of a newly invited user."""
    answer = client.post("/v1/users", {"name": name, "email": f"{name.lower()}@example.com", **fields})
    assert answer.status == 201
    return str(answer.data["id"])


def names(client: WorldClient, query: str = "") -> list[str]:
    return [user["attributes"]["name"] for user in client.get("/v1/users", query).data]


def test_an_invited_user_is_pending_and_shows_no_secret(world_client: WorldClient) -> None:
    """A new colleague has not confirmed the address yet, and the answer has the whole documented shape."""
    answer = world_client.post(
        "/v1/users", {"name": "Maya Alvarez", "email": "maya@example.com", "roles": ["org.user"]}
    )

    now = "2026-06-09T12:00:00.000Z"
    assert answer.status == 201
    assert answer.attributes == {
        "name": "Maya Alvarez",
        "displayName": None,
        "email": "maya@example.com",
        "avatarUrl": None,
        "mobile": None,
        "emailSignature": None,
        "emailVerifiedAt": None,
        "firstEmailVerifiedAt": None,
        "userType": "user",
        "roles": ["org.user"],
        "roleGroups": [],
        "password": {"allowNew": True, "forceNew": False, "updatedAt": None},
        "isEmailValid": True,
        "verifiedEmailStatus": None,
        "firstLoginAt": None,
        "mostRecentLoginAt": None,
        "deletedAt": None,
        "createdAt": now,
        "updatedAt": now,
        "modifiedAt": now,
    }


def test_an_address_of_a_user_cannot_be_invited_again_in_any_case(world_client: WorldClient) -> None:
    """An e-mail address names one user, however it is written."""
    invited(world_client, "Maya")

    answer = world_client.post("/v1/users", {"name": "Other", "email": "MAYA@Example.com"})

    assert (answer.status, answer.errors[0]["code"]) == (409, "conflict")
    assert "maya" not in str(answer.json).lower()


def test_a_user_cannot_take_the_address_of_another(world_client: WorldClient) -> None:
    """Uniqueness holds for changes too; keeping one's own address is no conflict."""
    maya, ben = invited(world_client, "Maya"), invited(world_client, "Ben")

    taken = world_client.put(f"/v1/users/{ben}", {"email": "maya@example.com"})
    kept = world_client.put(f"/v1/users/{maya}", {"email": "maya@example.com"})

    assert (taken.status, kept.status) == (409, 201)


@pytest.mark.parametrize(
    "body", [{"name": "No address"}, {"email": "no-name@example.com"}, {}, {"name": None, "email": None}]
)
def test_an_invitation_without_name_or_address_is_refused(world_client: WorldClient, body: JSON) -> None:
    """Both are required by the published schema."""
    assert world_client.post("/v1/users", body).status == 400


def test_a_deactivated_user_leaves_the_list_and_stays_readable(world_client: WorldClient) -> None:
    """Records keep naming it as their author, so its id must go on answering."""
    maya = invited(world_client, "Maya")

    answer = world_client.put(f"/v1/users/{maya}", {"deleted": True})

    assert (answer.status, answer.attributes["deletedAt"]) == (201, "2026-06-09T12:00:00.000Z")
    assert names(world_client, "userType=user") == []
    assert names(world_client, "deleted=true") == ["Maya"]
    assert world_client.get(f"/v1/users/{maya}").status == 200


def test_null_restores_a_deactivated_user(world_client: WorldClient) -> None:
    """The schema says `deleted` is nullable: null undoes a deactivation."""
    maya = invited(world_client, "Maya")
    world_client.put(f"/v1/users/{maya}", {"deleted": True})

    answer = world_client.put(f"/v1/users/{maya}", {"deleted": None})

    assert answer.attributes["deletedAt"] is None
    assert names(world_client, "userType=user") == ["Maya"]


def test_deactivating_again_keeps_the_first_instant(world_client: WorldClient) -> None:
    """`deletedAt` says since when, so repeating the call must not move it."""
    maya = invited(world_client, "Maya")
    first = world_client.put(f"/v1/users/{maya}", {"deleted": True}).attributes["deletedAt"]
    world_client.advance(60)

    assert world_client.put(f"/v1/users/{maya}", {"deleted": True}).attributes["deletedAt"] == first


def test_a_deactivated_user_keeps_its_address(world_client: WorldClient) -> None:
    """Restoring must always be possible, so nobody else may take the address meanwhile."""
    maya = invited(world_client, "Maya")
    world_client.put(f"/v1/users/{maya}", {"deleted": True})

    assert world_client.post("/v1/users", {"name": "New", "email": "maya@example.com"}).status == 409


def test_a_password_is_accepted_and_never_kept(world_client: WorldClient) -> None:
    """Only the time it was set may be seen: not the secret, in any answer or in the store."""
    maya = invited(world_client, "Maya")
    world_client.advance(60)

    answer = world_client.put(f"/v1/users/{maya}", {"password": SECRET, "currentPassword": SECRET + "!"})

    assert answer.status == 201
    assert answer.attributes["password"] == {
        "allowNew": True,
        "forceNew": False,
        "updatedAt": "2026-06-09T12:01:00.000Z",
    }
    assert SECRET not in str(answer.json)
    assert SECRET not in str(world_client.world.records.find("user"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pending=true", ["Maya", "Ben"]),
        ("pending=false", ["API key 1", "Grace"]),
        ("userType=machine", ["API key 1"]),
        ("email=BEN%40example.com", ["Ben"]),
        ("deleted=true&userType=limited", ["Zoe"]),
        ("deleted=false&userType=limited", ["Ben"]),
    ],
)
def test_a_filter_of_the_user_list_finds_who_it_says(world_client: WorldClient, query: str, found: list[str]) -> None:
    """An address is found in any case; who has not accepted the invitation yet is pending."""
    invited(world_client, "Maya")
    invited(world_client, "Ben", userType="limited")
    world_client.put(f"/v1/users/{invited(world_client, 'Zoe', userType='limited')}", {"deleted": True})
    confirmed = {"name": "Grace", "email": "grace@example.com", "emailVerifiedAt": "2026-06-01T00:00:00.000Z"}
    world_client.world.records.insert(new_record(system_context(world_client.world), "user", confirmed))

    assert names(world_client, query) == found


@pytest.mark.parametrize(
    "query",
    ["pending=false&userType=user", "email=ben%40example.com&userType=user", "deleted=true&pending=true",
     "deleted=true&userType=user&email=ben%40example.com"],
)  # fmt: skip
def test_filters_of_the_user_list_do_not_combine(world_client: WorldClient, query: str) -> None:
    """The page allows deleted with userType alone; a silent choice among the others would look like an answer."""
    refused = world_client.get("/v1/users", query)

    assert (refused.status, "deleted with userType" in refused.errors[0]["message"]) == (400, True)


def test_the_user_list_comes_in_pages_of_at_most_500(world_client: WorldClient) -> None:
    """500 is the published maximum for users; a larger wish is lowered to it."""
    for name in ("Maya", "Ben"):
        invited(world_client, name)

    first = world_client.get("/v1/users", "pageSize=2")
    large = world_client.get("/v1/users", "pageSize=600")

    assert [user["attributes"]["name"] for user in first.data] == ["API key 1", "Maya"]
    assert first.json["links"] == {
        "self": "/v1/users?page=1&pageSize=2",
        "first": "/v1/users?page=1&pageSize=2",
        "prev": None,
        "next": "/v1/users?page=2&pageSize=2",
    }
    assert names(world_client, "pageSize=2&page=2") == ["Ben"]
    assert large.json["meta"] == {"page": 1, "pageSize": 500}


def test_several_users_come_in_the_order_of_their_ids_in_the_path(world_client: WorldClient) -> None:
    """One id answers an object, several a list; ids of nobody are left out."""
    maya, ben = invited(world_client, "Maya"), invited(world_client, "Ben")

    one = world_client.get(f"/v1/users/{ben}")
    several = world_client.get(f"/v1/users/{ben},{'f' * 24},{maya}")

    assert one.data["id"] == ben
    assert [user["id"] for user in several.data] == [ben, maya]
    assert world_client.get(f"/v1/users/{'f' * 24}").status == 404


@pytest.mark.parametrize("path", ["/v1/users/current", "/v1/auth/tokens/current"])
def test_a_key_without_roles_may_ask_who_it_is(world_client: WorldClient, path: str) -> None:
    """Clients use these two to test a key, so they need a valid one and nothing more."""
    key = world_client.new_key("org.user.nothing.read")

    assert world_client.get(path, key=key).status == 200
    assert world_client.get(path, key="").status == 401
    assert world_client.get("/v1/users", key=key).status == 403


def test_the_current_user_is_the_author_of_what_the_key_writes(world_client: WorldClient) -> None:
    """A key stands for a machine user, and its writes carry that user's id."""
    me = world_client.get("/v1/users/current")
    team = world_client.post("/v1/teams", {"name": "Tier 2"})

    assert (me.attributes["userType"], me.attributes["email"]) == ("machine", None)
    assert team.data["relationships"]["createdBy"]["data"] == {"type": "user", "id": me.data["id"]}


def test_changing_the_current_user_does_not_widen_its_key(world_client: WorldClient) -> None:
    """The roles of a key are fixed when it is made."""
    key = world_client.new_key("org.user.team.read")

    answer = world_client.put("/v1/users/current", {"displayName": "Robot", "roles": ["org"]}, key=key)

    assert (answer.status, answer.attributes["displayName"], answer.attributes["roles"]) == (200, "Robot", ["org"])
    assert world_client.get("/v1/users", key=key).status == 403
    assert world_client.get("/v1/auth/tokens/current", key=key).attributes["roles"] == ["org.user.team.read"]


def test_the_token_describes_the_key_without_showing_it(world_client: WorldClient) -> None:
    """Name, roles and user of the key are known to its holder; no part of the secret is kept to be shown."""
    key = world_client.new_key("org.user.team.read", "org.user.customer.read")
    world_client.advance(90)

    answer = world_client.get("/v1/auth/tokens/current", key=key)

    me = world_client.get("/v1/users/current", key=key).data["id"]
    ending = answer.attributes.pop("lastTokenChars")
    assert answer.attributes == {
        "name": "API key 2",
        "ipAddress": "127.0.0.1",
        "userAgent": "unknown",
        "roles": ["org.user.customer.read", "org.user.team.read"],
        "lastAccessedAt": "2026-06-09T12:01:30.000Z",
        "createdAt": "2026-06-09T12:00:00.000Z",
        "updatedAt": "2026-06-09T12:00:00.000Z",
    }
    assert answer.data["relationships"]["user"]["data"] == {"type": "user", "id": me}
    assert (len(ending), key in str(answer.json)) == (4, False)


def test_a_password_reset_tells_nothing_about_who_is_a_user(world_client: WorldClient) -> None:
    """Known and unknown addresses get the same bare answer, and nothing changes."""
    maya = invited(world_client, "Maya")
    before = world_client.get(f"/v1/users/{maya}").json

    known = world_client.post("/v1/users/passwordreset", {"domain": "example", "email": "maya@example.com"})
    unknown = world_client.post("/v1/users/passwordreset", {"domain": "example", "email": "nobody@example.com"})

    assert (known.status, known.json) == (unknown.status, unknown.json) == (204, None)
    assert world_client.get(f"/v1/users/{maya}").json == before
