"""Work sessions: how long users are signed in to take work, and whether they are available."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import Conflict
from kustomer_sandbox.simulator.values.outcome import Outcome, Single

_FILTERS = ("active", "statusType")


@rule("work_sessions.list_sessions")
def list_sessions(call: Call) -> Outcome:
    """A page of the sessions that fit every filter."""
    find, query = call.records.find, call.query
    mine = query.get("user")
    sessions = find("work_session", "user", call.principal.user_id) if mine else find("work_session")
    wanted = {name: query[name] for name in _FILTERS if name in query}
    fitting = [
        session for session in sessions if all(session["attributes"][name] == value for name, value in wanted.items())
    ]
    return page_of_records(call, fitting)


@rule("work_sessions.update")
def update(call: Call) -> Outcome:
    """Change the status of a session that lasts; `offline` ends it."""
    session = call.records.get_or_404("work_session", call.path["id"])
    if not session["attributes"]["active"]:
        raise Conflict("This work session has ended; it can only be read.", rule="work-session-ended")
    ended = {"active": False, "signedOutAt": iso(call.now)} if call.body["statusType"] == "offline" else {}
    return Single(record=changes.update_by_caller(call, session, {**call.body, **ended}))
