"""Bulk operations: queued at once, done item by item, told in batches."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_values import CUSTOMERS, customer
from kustomer_sandbox.contracts.suite.target import Target, TargetAnswer, check, expect, expect_status

BULK = f"{CUSTOMERS}/bulk"
MOST = 100
LONG = "x" * 256
WAITS = 20


def batch(target: Target, answer: TargetAnswer) -> Any:
    """The attributes of a job's batch once the job is complete."""
    path = f"/v1/bulk/{answer.data['id']}"
    for _ in range(WAITS):
        if expect_status(target.call("GET", path), 200).attributes["status"] == "complete":
            break
    [found] = expect_status(target.call("GET", f"{path}/batches"), 200).data
    expect(found["attributes"]["status"] == "complete", "the job comes to its end")
    return found["attributes"]


@check("bulk-queued")
def a_bulk_call_is_answered_with_a_queued_job(target: Target) -> None:
    answer = expect_status(target.call("POST", BULK, [{"name": target.unique("A")}, {"name": target.unique("B")}]), 201)
    expect(answer.data["type"] == "bulk", "the answer is a job")
    expect((answer.attributes["status"], answer.attributes["completed"]) == ("queued", False), "it has yet to run")
    expect(answer.attributes["context"] == "api.sobjects.customer.bulk-create", "it says what it does")
    done = batch(target, answer)
    expect((done["successCount"], done["failureCount"], len(done["objectIds"])) == (2, 0, 2), "both are made")
    for id in done["objectIds"]:
        expect_status(target.call("GET", f"{CUSTOMERS}/{id}"), 200)


@check("bulk-queued", writes=False)
def a_bulk_call_takes_a_hundred_items_at_most(target: Target) -> None:
    expect_status(target.call("POST", BULK, [{"name": "A"}] * (MOST + 1)), 400)


@check("bulk-item-by-item")
def one_refused_item_does_not_touch_the_others(target: Target) -> None:
    taken = target.unique("E")
    customer(target, externalId=taken)
    rows = [{"externalId": taken, "_clientRef": "row-1"}, {"externalId": target.unique("F"), "_clientRef": "row-2"}]
    done = batch(target, expect_status(target.call("POST", BULK, rows), 201))
    expect((done["successCount"], done["failureCount"]) == (1, 1), "one is made, one is not")
    refused, made = done["results"]
    expect((made["_clientRef"], made["status"]) == ("row-2", "created"), "the one that is made says so")
    expect((refused["status"], refused["error"]) == ("error", "duplicate detected"), "a duplicate is told as one")


@check("bulk-client-refs", writes=False)
def references_of_items_are_for_all_or_none_and_unique(target: Target) -> None:
    for rows in ([{"_clientRef": "a"}, {}], [{"_clientRef": "a"}, {"_clientRef": "a"}], [{"_clientRef": LONG}]):
        expect_status(target.call("POST", BULK, rows), 400)


@check("bulk-items")
def a_bulk_change_names_its_records_in_items_or_in_ids(target: Target) -> None:
    ids = [customer(target)["id"] for _ in range(2)]
    by_item = [{"id": ids[0], "locale": "de_DE"}, {"id": ids[1], "locale": "fr_FR"}]
    done = batch(target, expect_status(target.call("PUT", BULK, by_item), 201))
    expect(done["objectIds"] == ids, "each item changes its record")
    together = target.call("PUT", BULK, {"locale": "it_IT"}, query=f"ids={','.join(ids)}")
    expect(batch(target, expect_status(together, 201))["successCount"] == len(ids), "one change is made of all")
    for id in ids:
        shown = expect_status(target.call("GET", f"{CUSTOMERS}/{id}"), 200).attributes
        expect(shown["locale"] == "it_IT", "all are changed")
    expect_status(target.call("PUT", BULK, [{"locale": "de_DE"}]), 400)
    gone = expect_status(target.call("DELETE", BULK, query=f"ids={','.join(ids)}"), 201)
    expect(batch(target, gone)["objectIds"] == ids, "all are deleted")
    expect_status(target.call("GET", f"{CUSTOMERS}/{ids[0]}"), 404)
