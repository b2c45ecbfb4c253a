"""A conversation routed, assigned, requeued and finished in any order, against a short model of its work items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.clock import iso
from tests.stateful.exploring import InProcessMachine, PlantedFault, assert_found, explore

QUEUES = (("A", 1, 1), ("B", 5, 2))
"""Name, priority and item size of each queue."""


@dataclass
class Item:
    """What the model holds of one item: the queue's number, None for the system's own."""

    queue: int | None
    status: str = "queued"
    count: int = 1
    completed: str | None = None


@dataclass
class Model:
    """The rules in short: one open item; its status follows the assignment; each entry into a queue counts."""

    queue: int | None = None
    is_assigned: bool = False
    is_done: bool = False
    items: list[Item] = field(default_factory=list)

    @property
    def open(self) -> Item | None:
        return next((item for item in self.items if item.status != "completed"), None)

    def route(self, queue: int | None) -> None:
        if self.open is None:
            status = "accepted" if self.is_assigned else "queued"
            self.items.append(Item(queue=self.queue if queue is None else queue, status=status))

    def assign(self, *, is_assigned: bool) -> None:
        self.is_assigned = is_assigned
        item = self.open
        if item and is_assigned:
            item.status = "accepted"
        elif item and item.status == "accepted":
            item.status, item.count = "queued", item.count + 1

    def move(self, queue: int) -> None:
        item = self.open
        if item and queue != self.queue:
            item.queue, item.count = queue, item.count + 1
        self.queue = queue

    def finish(self, now: str) -> None:
        item = self.open
        if item and not self.is_done:
            item.status, item.completed = "completed", now
        self.is_done = True


class WorkItemMachine(InProcessMachine):
    """One conversation in one world."""

    @initialize()
    def begin(self) -> None:
        self.found()
        world = self.client.world
        self.queues = [
            str(world.records.insert(new_record(system_context(world), "queue",
                {"name": name, "priority": priority, "itemSize": size}))["id"])
            for name, priority, size in QUEUES
        ]  # fmt: skip
        self.me = self.client.get("/v1/users/current").data["id"]
        customer = self.client.post("/v1/customers", {"name": "Jane"}).data["id"]
        self.id = self.client.post("/v1/conversations", {"customer": customer}).data["id"]
        self.model = Model()

    def change(self, **body: Any) -> None:
        self.client.advance(1)
        assert self.client.put(f"/v1/conversations/{self.id}", body).status == 200

    @rule(queue=st.sampled_from([None, 0, 1]))
    def route(self, queue: int | None) -> None:
        named = {} if queue is None else {"queue": self.queues[queue]}
        body = {"resource": {"type": "conversation", "id": self.id}, **named}
        answer = self.client.post("/v1/routing/work-items", body)
        self.model.route(queue)
        assert answer.status == 201
        assert self.shown(answer.data) == self.expected(self.model.items[-1])

    @rule(is_assigned=st.booleans())
    def assign(self, *, is_assigned: bool) -> None:
        self.change(assignedUsers=[self.me] if is_assigned else [])
        self.model.assign(is_assigned=is_assigned)

    @precondition(lambda self: self.model.items)
    @rule(queue=st.sampled_from([0, 1]))
    def move(self, queue: int) -> None:
        self.change(queue={"id": self.queues[queue]})
        self.model.move(queue)

    @rule(is_done=st.booleans())
    def finish_or_reopen(self, *, is_done: bool) -> None:
        self.change(status="done" if is_done else "open")
        if is_done:
            self.model.finish(iso(self.client.world.clock.now()))
        self.model.is_done = is_done

    @invariant()
    def items_are_those_of_the_model(self) -> None:
        if not self.is_begun:
            return
        listed = self.client.get(f"/v1/routing/conversations/{self.id}/work-items").data
        assert [self.shown(item) for item in listed] == [self.expected(item) for item in self.model.items]

    def shown(self, item: Any) -> tuple[Any, ...]:
        facts, queue = item["attributes"], item["relationships"]["queue"]["data"]["id"]
        number = self.queues.index(queue) if queue in self.queues else None
        copied = (facts["priority"], facts["itemSize"])
        return number, facts["status"], facts["queuedCount"], facts.get("handle", {}).get("completedAt"), copied

    def expected(self, item: Item) -> tuple[Any, ...]:
        copied = (1, 1) if item.queue is None else QUEUES[item.queue][1:]
        return item.queue, item.status, item.count, item.completed, copied


@pytest.mark.properties
def test_work_items_agree_with_the_model() -> None:
    """Whatever agents do with a conversation, its items tell the same story as the rules in short."""
    explore(WorkItemMachine)


_AT = "simulator.resources.conversations.work_items"
FAULTS = (
    PlantedFault("each routing makes an item", f"{_AT}:create", '_open(call, resource["id"]) or', ""),
    PlantedFault("an assignment accepts nothing", f"{_AT}:_status", '"accepted"', '"queued"'),
    PlantedFault(
        "a done conversation keeps its item",
        f"{_AT}:follow",
        'if gone or (now["status"] == "done"',
        "if gone and (True",
    ),
    PlantedFault("a move leaves the item in its queue", f"{_AT}:follow", "queue if moved else", ""),
    PlantedFault("entries into a queue are not counted", f"{_AT}:_entered", "count + 1", "1"),
    PlantedFault("a released item is not queued anew", f"{_AT}:follow", "if moved or released", "if moved"),
    PlantedFault("a queue's priority is not taken over", f"{_AT}:_entered", "for name in _COPIED", "for name in ()"),
    PlantedFault("a completion has no time", f"{_AT}:follow", '{"completedAt": iso(context.now)}', "{}"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, WorkItemMachine, monkeypatch)
