"""Everyday work: reading, Klasses, bulk updates, teams, triage, merging, snoozing."""

from __future__ import annotations

from kustomer_sandbox.grading.arena import ToolCaller
from tests.grading import steps
from tests.grading.steps import Step, does, makes_a_team, note, times, update
from tests.grading.table import ScenarioRuns

NADIA = "nadia.petrova@example.com"
TOLD = "Works for Northwind Logistics; asks for twelve label printers by Friday."


def looks(tools: ToolCaller) -> None:
    nadia = steps.customer_id(tools, NADIA)
    tools("list_all_kustomer_customer_conversations", customer_id=nadia)


def searches(tools: ToolCaller) -> None:
    nadia = tools("list_all_kustomer_search_customers", {"and": [{"customer_name": {"equals": "Nadia Petrova"}}]})
    tools("list_all_kustomer_search_conversations", {"and": [{"conversation_status": {"equals": "open"}}]})
    assert nadia["result"]


PROFILE = ScenarioRuns(
    good=(
        does(looks, note("A new order", TOLD)),
        does(searches, note("A new order", TOLD.upper())),
        does(looks, looks, note("A new order", f"Nadia is a VIP. {TOLD}")),
    ),
    bad={
        1: does(looks, note("A hotel", TOLD)),
        2: does(looks, note("A new order", "Asks for label printers.")),
        3: does(looks, note("A new order", "Works for Northwind.")),
        4: does(looks, note("A new order", f"{TOLD} Earlier: the scanner does not start.")),
        5: does(looks, note("A new order", TOLD), makes_a_team),
        6: lambda tools: tools.rest("POST", "/v1/notes", {"body": TOLD, "conversation": _printers(tools)}),
    },
)


def _printers(tools: ToolCaller) -> str:
    """The conversation's id by a way that is no look at the customer."""
    messages = tools.rest("GET", "/v1/messages")["data"]
    found: str = next(
        message["relationships"]["conversation"]["data"]["id"]
        for message in messages
        if "printers" in message["attributes"]["preview"]
    )
    return found


def shipment(tracking: str, klass: str = "shipment") -> Step:
    return sets(tracking, klass, custom={"deliveryStatusStr": "Delayed"})


def found(tools: ToolCaller, tracking: str, klass: str = "shipment") -> str:
    page = tools("list_all_kustomer_custom_objects", name=klass)
    record: str = next(
        each["id"] for each in page["result"] if each["attributes"]["custom"]["trackingNumberStr"] == tracking
    )
    return record


def sets(tracking: str, klass: str = "shipment", **values: object) -> Step:
    return lambda tools: tools(
        "update_a_kustomer_custom_object_by_id", name=klass, id=found(tools, tracking, klass), **values
    )


def by_customer(tools: ToolCaller) -> None:
    ines = steps.customer_id(tools, "ines@example.com")
    page = tools("list_all_kustomer_customer_custom_objects", customer_id=ines, name="shipment")
    coat = next(each["id"] for each in page["result"] if each["attributes"]["title"] == "Coat")
    tools(
        "update_a_kustomer_custom_object_by_id", name="shipment", id=coat, custom={"deliveryStatusStr": "Delayed"}
    )  # fmt: skip


def klasses(tools: ToolCaller) -> object:
    return tools("list_all_kustomer_klasses")


SHIPMENT = ScenarioRuns(
    good=(does(klasses, shipment("TR-2002")), shipment("TR-2002"), does(klasses, by_customer)),
    bad={
        1: does(klasses, lambda tools: found(tools, "TR-2002"), sets("TR-2002", title="Coat")),
        2: does(klasses, sets("TR-2002", custom={"deliveryStatusStr": "Delayed", "weightNum": 4})),
        3: does(klasses, shipment("TR-2002"), shipment("TR-2001")),
        4: does(klasses, shipment("TR-2002"), times(20, klasses)),
    },
)


def outage(tools: ToolCaller) -> list[str]:
    tagged = {"and": [{"conversation_tags": {"equals": steps.tag(tools, "Outage")}}]}
    page = tools("list_all_kustomer_search_conversations", tagged)
    return [each["id"] for each in page["result"]]


def bulk(*left_out: str, also: tuple[str, ...] = (), by: int = 100) -> Step:
    """Close those with the tag in calls of so many, but for some by name."""

    def step(tools: ToolCaller) -> None:
        out = {steps.conversation_id(tools, name) for name in left_out}
        ids = [id for id in outage(tools) if id not in out] + [steps.conversation_id(tools, name) for name in also]
        for start in range(0, len(ids), by):
            body = [{"id": id, "status": "done"} for id in ids[start : start + by]]
            tools("kustomer_conversations_bulk_update", body=body)
        tools.wait(60)

    return step


def listed(tools: ToolCaller) -> None:
    """The same from the list, without a search."""
    urgent = steps.tag(tools, "Outage")
    page = tools("list_all_kustomer_conversations", limit=100)
    ids = [each["id"] for each in page["result"] if urgent in each["attributes"].get("tags", [])]
    tools("kustomer_conversations_bulk_update", body=[{"id": id, "status": "done"} for id in ids])
    tools.wait(60)


OUTAGE = ScenarioRuns(
    good=(bulk(), listed, does(outage, bulk())),
    bad={
        1: bulk("Nothing loads"),
        2: bulk("Error 502"),
        3: bulk("The page is white"),
        4: bulk("Still white"),
        5: bulk(also=("My bill",)),
        6: does(bulk("Error 502"), update("Error 502", status="done")),
        7: bulk(by=2),
    },
)

WARRANTY = "Warranty of my drill"


def assigned(team: str, **more: object) -> Step:
    return lambda tools: update(WARRANTY, assignedTeams=[steps.team(tools, team)], **more)(tools)


TEAM = ScenarioRuns(
    good=(
        assigned("Warranty Claims", assignedUsers=[]),
        does(update(WARRANTY, assignedUsers=[]), assigned("Warranty Claims")),
        does(update(WARRANTY, assignedTeams=[], assignedUsers=[]), assigned("Warranty Claims")),
    ),
    bad={
        1: assigned("Warranty Claims (archive)", assignedUsers=[]),
        2: assigned("Warranty Claims"),
        3: does(assigned("Warranty Claims", assignedUsers=[]), update("Price of a drill", assignedTeams=[])),
        4: does(
            assigned("Warranty Claims", assignedUsers=[]), times(4, steps.tries("GET", "/v1/teams/no-such-team"))
        ),
    },
)  # fmt: skip

MILA = "mila@example.com"


def invoice(number: int, name: str = "Invoice", to: str = MILA) -> Step:
    return lambda tools: tools(
        "create_a_kustomer_conversation", customer=steps.customer_id(tools, to), name=f"{name} {number}"
    )


THREE = does(invoice(1), invoice(2), invoice(3))
TWO = does(invoice(4), invoice(5))
MINUTE = steps.waits(61)

BACK_PRESSURE = ScenarioRuns(
    good=(
        does(THREE, steps.refused(invoice(4)), MINUTE, TWO),
        does(THREE, MINUTE, TWO),
        does(TWO, MINUTE, THREE),
    ),
    bad={
        1: does(THREE, MINUTE, invoice(4)),
        2: does(THREE, times(2, steps.refused(invoice(4))), MINUTE, TWO),
        3: does(THREE, MINUTE, TWO, makes_a_team),
        4: does(THREE, MINUTE, TWO, times(20, klasses)),
    },
)

RISK = "Third time broken"


def at_risk(tools: ToolCaller) -> object:
    return update(RISK, tags=[steps.tag(tools, "At risk")])(tools)


def by_search(tools: ToolCaller) -> None:
    tools("list_all_kustomer_tags")
    both = [{"conversation_sla_breached": {"equals": True}}, {"conversation_sentiment": {"equals": "unhappy"}}]
    (record,) = tools("list_all_kustomer_search_conversations", {"and": both})["result"]
    tools(
        "update_a_kustomer_conversation_by_id", id=record["id"], priority=5, tags=[steps.tag(tools, "At risk")]
    )  # fmt: skip


TRIAGE = ScenarioRuns(
    good=(by_search, does(update(RISK, priority=5), at_risk), does(at_risk, update(RISK, priority=5))),
    bad={
        1: at_risk,
        2: update(RISK, priority=5),
        3: does(by_search, update("Rude driver", priority=5)),
        4: does(by_search, times(20, klasses)),
    },
)

ELENA, DOUBLE, OTHER = "elena.rossi@example.com", "elena@rossi.example.com", "e.rossi@example.com"


def merges(source: str, target: str) -> Step:
    return lambda tools: tools(
        "create_a_kustomer_customer_merge",
        source=steps.customer_id(tools, source),
        target=steps.customer_id(tools, target),
    )


def renames(email: str, **values: object) -> Step:
    return lambda tools: tools("update_a_kustomer_customer_by_id", id=steps.customer_id(tools, email), **values)


def moves(name: str, to: str) -> Step:
    return lambda tools: update(name, customer=steps.customer_id(tools, to))(tools)


def deletes_the_double(tools: ToolCaller) -> None:
    tools("delete_a_kustomer_customer_by_id", id=steps.customer_id(tools, DOUBLE))


RIGHT = merges(DOUBLE, ELENA)
DUPLICATES = ScenarioRuns(
    good=(
        does(steps.reads(ELENA), steps.reads(DOUBLE), RIGHT),
        RIGHT,
        does(lambda tools: tools("list_all_kustomer_customers"), RIGHT),
    ),
    bad={
        1: moves("A table", ELENA),
        2: does(RIGHT, moves("A table", OTHER)),
        3: does(RIGHT, renames(ELENA, externalId="C-1042")),
        4: does(RIGHT, moves("A lamp", ELENA)),
        5: does(moves("A table", ELENA), deletes_the_double),
    },
)

TOMORROW = {"time": "2026-06-10T09:00:00Z", "status": "scheduled"}
TODAY = {"time": "2026-06-09T18:00:00Z", "status": "scheduled"}
SLEEP = update("My delivery", status="snoozed", snooze=TOMORROW)
WAKE = update("The key", status="open")

SNOOZE = ScenarioRuns(
    good=(
        does(SLEEP, WAKE),
        does(WAKE, SLEEP),
        does(update("My delivery", status="snoozed", snooze=TODAY), SLEEP, WAKE),
    ),
    bad={
        1: does(SLEEP, update("My delivery", status="done"), WAKE),
        2: does(update("My delivery", status="snoozed", snooze=TODAY), WAKE),
        3: SLEEP,
        4: does(SLEEP, WAKE, update("The door", status="done")),
    },
)

RUNS = {
    "profile-and-history": PROFILE,
    "update-a-shipment": SHIPMENT,
    "close-many-at-once": OUTAGE,
    "assign-a-team": TEAM,
    "wait-for-the-reset": BACK_PRESSURE,
    "triage-the-unhappy": TRIAGE,
    "merge-duplicates": DUPLICATES,
    "snooze-and-wake": SNOOZE,
}
