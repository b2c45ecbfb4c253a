"""Traffic: every call of a world as it happens, why it came out as it did, and the same call once more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.journal_summary import JOB, NO_CALLS
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.areas.waiting import SIDES
from kustomer_sandbox.web.console.calls import CallRefused, MadeCall, with_query
from kustomer_sandbox.web.console.rendering import pretty

FILTERS: Final = ("path", "method", "status", "operation", "tool", "call", "customer", "key")
"""What entries can be chosen by, as the control API calls it."""
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SHOWN: Final = 200
_LATEST: Final = 10
_UNREACHED: Final = ("refused", "unknown_tool")


async def show(visit: AreaVisit) -> Facts:
    """The newest entries that fit the filter, a summary of all, and the trace of the one that is chosen."""
    facts = {**_filter_facts(visit), **await _list(visit), **await summary(visit), **await unreached(visit)}
    if (chosen := visit.given.get("entry", "")).isdigit():
        return {**facts, **await trace(visit), "chosen": int(chosen)}
    return {**facts, "entry": None, "chosen": 0}


async def summary(visit: AreaVisit) -> Facts:
    """How many calls came to which status, and what was refused most."""
    return {"summary": await visit.of_world("GET", with_query("/journal/summary", _wanted(visit)))}


async def unreached(visit: AreaVisit) -> Facts:
    """The latest tool calls that the tool server refused before they became a call of the API, newest first."""
    found: list[dict[str, Any]] = []
    for outcome in _UNREACHED:
        query = {"integrated_account_id": visit.account, "outcome": outcome, "limit": _LATEST}
        try:
            found += (await visit.management("GET", with_query("/log", query)))["result"]
        except CallRefused:
            return {"unreached": []}
    refused = [line for line in found if line["http_status_code"] is None]
    return {"unreached": sorted(refused, key=lambda line: str(line["created_at"]), reverse=True)[:_LATEST]}


async def rows(visit: AreaVisit, since: int) -> tuple[Facts, int]:
    """The entries after a number; after all were forgotten, those that are there."""
    was_emptied = visit.world.journal.total < since
    query = {**_wanted(visit), "since": 0 if was_emptied else since, "limit": _SHOWN, "newest": "true"}
    page = await visit.of_world("GET", with_query("/journal", query))
    facts = {"entries": _told(page["entries"]), "was_emptied": was_emptied, "is_new": True, "chosen": 0}
    return facts, page["total"]


async def trace(visit: AreaVisit) -> Facts:
    """One entry: each decision on its way, the ledger's word on it, and what else belongs to it."""
    number = int(visit.given["entry"])
    page = await visit.of_world("GET", f"/journal?since={max(number - 1, 0)}&limit=1")
    entry = next((one for one in page["entries"] if one["seq"] == number), None)
    if entry is None:
        return {"entry": None}
    rules = {rule: await _rule(visit, rule) for rule in _rules(entry)}
    return {
        "entry": _told([entry])[0],
        "rules": {name: found for name, found in rules.items() if found},
        "related": await _related(visit, entry),
        "curl": _curl(visit, entry),
        "methods": METHODS,
    }


async def replay(visit: AreaVisit) -> str:
    """Make a call again, in earnest, as it was or as it was changed to."""
    method, path, text = (visit.given.get(name, "").strip() for name in ("method", "path", "body"))
    if method not in METHODS or not path.startswith("/"):
        raise CallRefused(400, "A call has a method, and a path that begins with a slash.")
    try:
        body = json.loads(text) if text else None
    except ValueError:
        raise CallRefused(400, "The body is not valid JSON.") from None
    call, said = visit.act(method, path, body)
    visit.answered = "" if said is None else pretty(said)
    return f"{method} {path} was answered with {call.status}."


def _wanted(visit: AreaVisit) -> dict[str, str | int | None]:
    return {name: value for name in FILTERS if (value := visit.given.get(name, "").strip())}


def _filter_facts(visit: AreaVisit) -> Facts:
    wanted = _wanted(visit)
    facts = {"is_filtered": bool(wanted), "methods": METHODS, "no_calls": NO_CALLS}
    return {"wanted": {name: wanted.get(name, "") for name in FILTERS}, **facts}


async def _list(visit: AreaVisit) -> Facts:
    before = visit.given.get("until", "")
    query = {**_wanted(visit), "limit": _SHOWN, "newest": "true", "until": before if before.isdigit() else None}
    page = await visit.of_world("GET", with_query("/journal", query))
    entries = _told(page["entries"])
    older = entries[-1]["seq"] - 1 if len(entries) == _SHOWN else 0
    return {"entries": entries, "older": older, "total": page["total"], "was_emptied": False, "is_new": False}


def _told(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries, newest first, with what a row says of them."""
    return [{**entry, **_row(entry)} for entry in sorted(entries, key=lambda entry: -entry["seq"])]


def _row(entry: Mapping[str, Any]) -> Facts:
    steps = {step["step"]: step for step in entry["trace"]}
    refused = next((step for step in reversed(entry["trace"]) if step["outcome"] == "refused"), None)
    masked = steps.get("masks", {}).get("detail", {})
    return {
        "why": entry["fault"] or (refused and _reason(refused)) or ("when" in steps and _happened(steps["when"])) or "",
        "is_refused": bool(refused or entry["fault"]),
        "masked": sum(count for count in masked.values() if isinstance(count, int)),
        "has_fault": "fault" in steps,
        "cause": _cause(entry),
    }


def _reason(step: Mapping[str, Any]) -> str:
    """`budget: org 1000 of 1000`, `input at /name: must be a string`."""
    detail = step["detail"]
    if "budget" in detail:
        return f"{step['step']}: {detail['budget']} {detail['used']} of {detail['limit']}"
    problems = "; ".join(f"{one['at']} {one['reason']}".strip() for one in detail.get("problems", ())[:3])
    return f"{step['step']}: {problems or detail.get('rule') or detail.get('code') or 'refused'}"


def _happened(step: Mapping[str, Any]) -> str:
    """`CreateTeam, right after number 2 of GetTeams`."""
    detail = step["detail"]
    side = next(side for side in SIDES if side in detail)
    return f"{detail['act']}, right {side} number {detail[side]} of {detail['call']}"


def _cause(entry: Mapping[str, Any]) -> int:
    """The number of the entry that led to this one; 0 if none is known."""
    for step in entry["trace"]:
        if isinstance(cause := step["detail"].get("cause"), int):
            return cause
    return 0


def _rules(entry: Mapping[str, Any]) -> list[str]:
    found = [step["detail"].get("rule") for step in entry["trace"]]
    found += [name for step in entry["trace"] if step["step"] == "readings" for name in step["detail"]]
    return list(dict.fromkeys(name for name in found if isinstance(name, str) and name))


async def _rule(visit: AreaVisit, id: str) -> JSON:
    """What the ledger says of a rule; None if it is none of the ledger's."""
    found = await visit.control("GET", with_query("/fidelity", {"rule": id}))
    return next(iter(found["rules"]), None)


async def _related(visit: AreaVisit, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The other calls of the same tool call, what led to this one, and what it led to."""
    found: dict[int, dict[str, Any]] = {}
    if entry["call"]:
        page = await visit.of_world("GET", with_query("/journal", {"call": entry["call"]}))
        found |= {one["seq"]: one for one in page["entries"]}
    if cause := _cause(entry):
        page = await visit.of_world("GET", f"/journal?since={cause - 1}&limit=1")
        found |= {one["seq"]: one for one in page["entries"]}
    page = await visit.of_world("GET", with_query("/journal", {"since": entry["seq"], "method": JOB, "limit": 100}))
    found |= {one["seq"]: one for one in page["entries"] if _cause(one) == entry["seq"]}
    found.pop(entry["seq"], None)
    return _told(list(found.values()))[::-1]


def _curl(visit: AreaVisit, entry: Mapping[str, Any]) -> str:
    if entry["method"] not in METHODS:
        return ""
    call = MadeCall(method=entry["method"], path=entry["path"], opened_by="KUSTOMER_API_KEY")
    return call.as_curl(visit.origin)


AREA: Final = Area(
    name="traffic",
    title="Traffic",
    about="Every call as it happens: by which tool, what was decided on its way, and what came of it.",
    show=show,
    acts={"replay": replay},
    panels={"trace": trace, "summary": summary, "unreached": unreached},
    rows=rows,
)
