"""Which teams a user belongs to."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Context


def teams_of(context: Context, user: str) -> list[str]:
    """The ids of the teams in use that a user is a member of, in their order."""
    return [team["id"] for team in context.records.find("team", "members", user)]
