"""Which teams a user belongs to."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Context


def teams_of(context: Context, user: str) -> list[str]:
    """The ids of the teams in use that a user is a member of, in their order."""
    return context.records.ids("team", "members", user)
