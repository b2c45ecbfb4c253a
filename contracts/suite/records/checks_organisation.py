"""The organisation's set-up: brands, business schedules, role groups."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, check, expect, expect_status

SCHEDULES, GROUPS = "/v1/schedules", "/v1/role-groups"
WEEKDAYS = {str(day): None if day in (0, 6) else [[540, 1020]] for day in range(7)}


def schedule(target: Target, **fields: Any) -> dict[str, Any]:
    """The body of a business schedule."""
    return {
        "name": target.unique("Hours"),
        "hours": WEEKDAYS,
        "timezone": "America/New_York",
        "default": False,
        **fields,
    }


@check("schedule-created-200")
def a_new_schedule_is_answered_with_200(target: Target) -> None:
    made = expect_status(target.call("POST", SCHEDULES, schedule(target)), 200)
    expect(made.attributes["hours"] == WEEKDAYS, "the hours are as they were given")


@check("one-default-schedule")
def a_new_default_schedule_takes_the_place_of_the_one_before(target: Target) -> None:
    first = expect_status(target.call("POST", SCHEDULES, schedule(target, default=True)), 200)
    second = expect_status(target.call("POST", SCHEDULES, schedule(target, default=True)), 200)
    found = expect_status(target.call("GET", f"{SCHEDULES}/default"), 200)
    expect(found.data["id"] == second.data["id"], "the newest default is the default")
    before = expect_status(target.call("GET", f"{SCHEDULES}/{first.data['id']}"), 200)
    expect(before.attributes["default"] is False, "the one before is none any more")


@check("schedule-hours")
def hours_that_end_before_they_begin_and_unknown_time_zones_are_refused(target: Target) -> None:
    for wrong in ({"hours": {**WEEKDAYS, "1": [[1020, 540]]}}, {"timezone": "Mars/Olympus"}):
        expect_status(target.call("POST", SCHEDULES, schedule(target, **wrong)), 400)


@check("schedule-deleted-shown")
def a_deleted_schedule_is_shown_once_more_and_then_gone(target: Target) -> None:
    made = expect_status(target.call("POST", SCHEDULES, schedule(target)), 200)
    path = f"{SCHEDULES}/{made.data['id']}"
    gone = expect_status(target.call("DELETE", path), 200)
    expect(gone.attributes["deleted"] is True and "deletedAt" in gone.attributes, "the answer says that it is deleted")
    expect("deletedBy" in gone.data["relationships"], "and by whom")
    expect_status(target.call("GET", path), 404)
    listed = expect_status(target.call("GET", SCHEDULES, query="pageSize=100"), 200)
    expect(made.data["id"] not in [one["id"] for one in listed.data], "it is not listed any more")


@check("system-role-groups")
def a_role_group_of_ones_own_can_be_changed_and_deleted(target: Target) -> None:
    made = expect_status(target.call("POST", GROUPS, {"name": target.unique("Night shift")}), 200)
    path = f"{GROUPS}/{made.data['id']}"
    changed = expect_status(target.call("PUT", path, {"roles": ["org.user.customer.read"]}), 200)
    expect(changed.attributes["roles"] == ["org.user.customer.read"], "the roles are those given")
    expect_status(target.call("DELETE", path), 204)
    expect_status(target.call("GET", path), 404)


@check("own-organisation", writes=False)
def a_key_sees_its_own_organisation(target: Target) -> None:
    own = expect_status(target.call("GET", "/v1/orgs/current"), 200)
    found = expect_status(target.call("GET", f"/v1/orgs/{own.data['id']}"), 200)
    expect(found.attributes["name"] == own.attributes["name"], "by its id it is the same")


@check("key-ended", sandbox=True)
def a_key_that_has_deleted_itself_is_refused(target: Sandboxed) -> None:
    mine = target.new_key("org.user.note.read")
    expect_status(target.call("DELETE", "/v1/auth/tokens/current", key=mine), 204)
    expect_status(target.call("GET", "/v1/auth/tokens/current", key=mine), 401)


@check("queue-rule-conditions", "queue-rule-target")
def a_queue_rule_has_a_condition_and_a_queue_that_is_not_the_systems(target: Target) -> None:
    queues, rules = "/v1/routing/queues", "/v1/routing/queue-rules"
    name = target.unique("Night")
    queue = expect_status(target.call("POST", queues, {"name": name, "key": name}), 201).data["id"]
    expect_status(target.call("POST", queues, {"name": name, "key": name}), 409)
    system = expect_status(target.call("GET", queues, query="key=DEFAULT_QUEUE"), 200).data[0]["id"]
    criteria = {"and": [{"conversation_channel": {"operator": "equals", "value": "email"}}]}
    made = expect_status(target.call("POST", rules, {"criteria": criteria, "queue": queue}), 201)
    expect(made.data["relationships"]["queue"]["data"]["id"] == queue, "it leads to the queue")
    wrongs: tuple[dict[str, Any], ...] = ({"criteria": {"and": [], "or": []}}, {"queue": system})
    for wrong in wrongs:
        expect_status(target.call("POST", rules, {"criteria": criteria, "queue": queue, **wrong}), 400)
        expect_status(target.call("PUT", f"{rules}/{made.data['id']}", wrong), 400)
    expect_status(target.call("DELETE", f"{rules}/{made.data['id']}"), 204)


@check("queue-rule-order")
def queue_rules_are_put_in_order(target: Target) -> None:
    queues, rules = "/v1/routing/queues", "/v1/routing/queue-rules"
    queue = expect_status(target.call("POST", queues, {"name": target.unique("Refunds")}), 201).data["id"]
    body = {"queue": queue, "criteria": {"and": [{"conversation_priority": {"operator": "gte", "value": 4}}]}}
    first, second = (expect_status(target.call("POST", rules, body), 201).data["id"] for _ in range(2))
    try:
        answer = expect_status(target.call("PUT", f"{rules}/order", {"queueRules": [second, first]}), 200)
        expect([rule["id"] for rule in answer.data[:2]] == [second, first], "those that are named come first")
        listed = expect_status(target.call("GET", rules), 200)
        expect([rule["id"] for rule in listed.data[:2]] == [second, first], "and are listed so")
        expect_status(target.call("PUT", f"{rules}/order", {"queueRules": [queue]}), 400)
    finally:
        for rule in (first, second):
            expect_status(target.call("DELETE", f"{rules}/{rule}"), 204)
