"""The organisation itself. A key sees its own and no other."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument, Single

POD = "prod1"
"""The only pod that recorded answers name."""


@rule("orgs.get_current")
def get_current(call: Call) -> Outcome:
    """The organisation of the key."""
    return _organisation(call, call.world.org)


@rule("orgs.get")
def get(call: Call) -> Outcome:
    """The organisation of the key by its id; any other is a 404."""
    return _organisation(call, call.path["id"])


@rule("orgs.get_domain")
def get_domain(call: Call) -> Outcome:
    """Whose organisation the name of the path is, for everybody: its id and its pod, nothing else of it."""
    org = call.records.get_or_404("org", call.world.org)
    name, made = call.world.org_name, org["attributes"]["createdAt"]
    facts = {"name": name, "orgId": org["id"], "reservation": False, "pod": POD, "createdAt": made, "updatedAt": made}
    links = {"self": f"/v1/domains/{name}"}
    return RawDocument(document={"data": {"type": "domain", "id": org["id"], "attributes": facts, "links": links}})


def _organisation(call: Call, id: str) -> Single:
    """What is stored, by the name that hosts and answers of this world have: a scenario may have chosen another."""
    org = call.records.get_or_404("org", id)
    name = call.world.org_name
    return Single(record={**org, "attributes": {**org["attributes"], "name": name, "displayName": name}})
