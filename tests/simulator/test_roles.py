"""Every operation is opened by each of its roles alone, and by none that belongs to others."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.model import Operation
from tests.world_client import WorldClient

OPERATIONS = load().operations.values()
STRANGER = "org.user.nothing_of_this_name.read"
KLASS = "parcel"


def path_of(operation: Operation) -> str:
    """The operation's path to something that is not there."""
    path = operation.path.replace("{name}", KLASS).replace("{resource}", "customer")
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", "a" * (64 if parameter.name == "hash" else 24))
    return path


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_asks_for_one_of_its_roles(world_client: WorldClient, operation: Operation) -> None:
    """A key made for one call must not be turned away, and one made for another must be: 403 comes first of all."""

    def status(*roles: str) -> int:
        key = world_client.new_key(*roles)
        return world_client.call(operation.method, path_of(operation), {}, key=key).status

    refused = [role for role in operation.roles if status(role.replace("{name}", KLASS)) == 403]
    assert refused == []
    if operation.roles:
        assert status(STRANGER) == 403
        assert status("org.permission.kobject.kobject_other.read", "org.permission.kobject.kobject_other.create") == 403


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/v1/users", "org.user.read", 200),
        ("/v1/users", "org.permission.user.read", 200),
        ("/v1/users", "org.user.user.read", 403),
        ("/v1/routing/queues", "org.user.routing.read", 200),
        ("/v1/routing/queues", "org.permission.routing.read", 200),
        ("/v1/routing/queues", "org.permission.queue.read", 200),
        ("/v1/routing/queues", "org.user.queue.read", 403),
        ("/v1/klasses/parcel/externalId=7", "org.user.kobject.read", 200),
        ("/v1/klasses/parcel/externalId=7", "org.permission.kobject.read", 200),
        ("/v1/klasses/parcel/externalId=7", "org.permission.kobject.kobject_parcel.read", 200),
        ("/v1/klasses/parcel/externalId=7", "org.permission.kobject.kobject_order.read", 403),
        ("/v1/klasses/parcel/externalId=7", "org.user.customer.read", 403),
    ],
)
def test_the_roles_of_the_pages_open_what_they_name(
    world_client: WorldClient, path: str, role: str, status: int
) -> None:
    """These were once refused, and invented ones let through."""
    world_client.post("/v1/klasses", {"name": "parcel"})
    world_client.post("/v1/klasses/parcel", {"title": "Parcel", "externalId": "7"})

    assert world_client.get(path, key=world_client.new_key(role)).status == status
