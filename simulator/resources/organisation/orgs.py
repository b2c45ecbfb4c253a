"""The organisation itself. A key sees its own and no other."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("orgs.get_current")
def get_current(call: Call) -> Outcome:
    """The organisation of the key."""
    return _organisation(call, call.world.org)


@rule("orgs.get")
def get(call: Call) -> Outcome:
    """The organisation of the key by its id; any other is a 404."""
    return _organisation(call, call.path["id"])


def _organisation(call: Call, id: str) -> Single:
    """What is stored, by the name that hosts and answers of this world have: a scenario may have chosen another."""
    org = call.records.get_or_404("org", id)
    name = call.world.org_name
    return Single(record={**org, "attributes": {**org["attributes"], "name": name, "displayName": name}})
