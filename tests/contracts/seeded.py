"""A world with at least one record of every type that answers show, and every call that reads with a record to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.record import JSON, Record
from tests.promised import PromisedClient
from tests.world_client import Answer

FEW = 3
"""Records of each type that are read one by one; the first, the last and one between."""
NAMED = {"org", "setting", "user_setting"}
"""Types whose records are read by their name."""
REFUSED = {"GetAllCustomerEvents", "GetChatSessions"}
"""Reads that the API refuses: always, or without a parameter."""
BEGINS = {
    "/v1/klasses/{name}": "kobject",
    "/v1/queues/": "queue",
    "/v1/customers/": "customer",
    "/v2/conversations/": "conversation",
    "/v1/customers/{customerId}/events/": "customer_event",
    "/v1/customers/{customerId}/sessions/": "customer_session",
    "/v1/chat/queues/metrics/": "queue",
    "/v1/routing/conversations/": "conversation",
    "/v1/routing/users/": "user",
    "/v1/domains/": "org",
    "/v2.1/chat/sessions/": "chat_session",
    "/v1/users/": "user",
}
"""Paths that begin otherwise than the self links of the type whose records they name."""


@dataclass(frozen=True)
class Seeded:
    """The demo world, and what it lacks: an external id of each kind, a redaction, a bulk job."""

    client: PromisedClient

    @property
    def contracts(self) -> Contracts:
        return self.client.api.contracts

    def records(self, kind: str) -> list[Record]:
        """All records of a type that are not deleted, by id; of those that are not stored, what is answered."""
        if kind == "audit_log":
            log: list[Record] = self.get("/v1/audit-logs").data
            return log
        if kind in ("chat_session", "chat_message"):
            return self._chats(kind)
        if kind == "auth_token":
            return [self.get("/v1/auth/tokens/current").data]
        return [record for record in self.client.world.records.find(kind) if not record.get("deleted")]

    def _chats(self, kind: str) -> list[Record]:
        """The sessions of a customer who has chatted, or the messages of the first."""
        chats = (
            one for one in self.client.world.records.find("conversation") if "chat" in one["attributes"]["channels"]
        )
        customer = next(chats)["relationships"]["customer"]["id"]
        sessions: list[Record] = self.get("/v2.1/chat/sessions", f"customerId={customer}").data
        if kind == "chat_session":
            return sessions
        messages: list[Record] = self.get(f"/v2.1/chat/sessions/{sessions[0]['id']}/messages").data
        return messages

    def get(self, path: str, query: str = "") -> Answer:
        """A GET whose answer is held to its schema. Time moves on so that the budget never runs out."""
        self.client.advance(0.04)
        return self.client.get(path, query)

    def reads(self) -> Iterator[tuple[Operation, str, str]]:
        """Every operation that gets or lists, with paths of records there are, and the id that each names."""
        for operation in self.contracts.operations.values():
            if operation.method == "GET" and operation.id not in REFUSED:
                for path, id in self._paths(operation):
                    yield operation, path, id

    def _paths(self, operation: Operation) -> Iterator[tuple[str, str]]:
        if "{" not in operation.path:
            yield operation.path, ""
            return
        for record in few(self._named(operation)):
            values = self._values(operation, record)
            if values is not None:
                yield filled(operation.path, values), record["id"]

    def _named(self, operation: Operation) -> list[Record]:
        """The records that an operation's path may name: those of the type whose path it begins with."""
        if operation.resource.type == "user_setting":
            return self.records("user_setting")
        shown = [resource for resource in self.contracts.resources.values() if resource.attributes_schema]
        begins = {resource.path.partition("{")[0]: resource.type for resource in shown} | BEGINS
        longest = max((begin for begin in begins if operation.path.startswith(begin)), key=len)
        return self.records(begins[longest])

    def _values(self, operation: Operation, record: Record) -> Mapping[str, str] | None:
        attributes = record["attributes"]
        values: dict[str, Any] = {
            "id": record["id"],
            "ids": record["id"],
            "customerId": (record.get("relationships", {}).get("customer") or {}).get("id"),
            "sessionId": attributes.get("sessionId"),
            "resource": attributes.get("resource", record["id"]),
            "app": attributes.get("app"),
            "category": attributes.get("category"),
            "name": attributes["name"] if record["type"] in NAMED else record.get("klass", "shipment"),
            "appVersion": attributes.get("appVersion"),
            "message_id": None,
            "attachmentId": first(record.get("relationships", {}).get("attachments"), "id"),
            "externalId": attributes.get("externalId") or first(attributes.get("externalIds"), "externalId"),
            "email": first(attributes.get("emails"), "email"),
            "phone": first(attributes.get("phones"), "phone"),
            "lang": "en_us",
        }
        if record["type"] == "user_setting":
            values["id"] = record["relationships"]["user"]["id"]
        if record["type"] == "message" and "message_id" in operation.path:
            values |= {"message_id": record["id"], "id": values["attachmentId"]}
        wanted = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
        return None if any(values[name] is None for name in wanted) else {name: values[name] for name in wanted}


def filled(path: str, values: Mapping[str, str]) -> str:
    """A path with its parameters' values, encoded."""
    return re.sub(r"\{(\w+)\}", lambda match: quote(values[match.group(1)], safe=""), path)


def first(items: JSON, field: str) -> str | None:
    return items[0][field] if items else None


def few(records: list[Record]) -> list[Record]:
    """Some of the records, from all over the list, and some that carry an external id or attachments."""
    chosen = records[:: max(1, len(records) // FEW)]
    for named in ("externalId", "attachments"):
        bearers = [one for one in records if one["attributes"].get(named) or one.get("relationships", {}).get(named)]
        chosen += [one for one in bearers if one not in chosen][:FEW]
    return chosen


def seeded(contracts: Contracts) -> Seeded:
    """The world, made by the contracts' own rules."""
    api = create_api(contracts)
    world = api.worlds.create(WorldSpec(name="seeded", scenario="demo", plan="ultimate"))
    client = PromisedClient(api=api, world=world, key=issue_key(api.worlds, world, read_sensitive=True)[0])
    found = Seeded(client)
    for kind, path in (("conversation", "/v1/conversations"), ("message", "/v1/messages")):
        record = found.records(kind)[-1]
        assert client.put(f"{path}/{record['id']}", {"externalId": f"X-{kind}"}).status == 200
    message = found.records("message")[0]
    assert client.post(f"/v1/messages/{message['id']}/redactions", {"preview": "(removed)"}).status == 201
    assert client.post("/v1/companies/bulk", [{"name": "Third Company", "_clientRef": "row-1"}]).status == 201
    return found


def facts(record: Record) -> list[JSON]:
    """What a record says, but for its authors."""
    related = {name: to for name, to in record.get("relationships", {}).items() if not name.endswith("By")}
    return [record["attributes"], related]


def every_read_meets_its_schema(world: Seeded) -> None:
    """Each answer is held to its schema by the client; what names one record shows that record."""
    for operation, path, id in world.reads():
        answer = world.get(path)
        assert answer.status == 200, path
        if operation.default in ("get", "lookup"):
            assert answer.data["id"] == id, path


def plain_lists_are_whole_and_in_order(world: Seeded) -> None:
    """A list of all records shows all of them, by id."""
    for operation in world.contracts.operations.values():
        if operation.default == "list" and "at" not in operation.options:
            size = operation.paging.maximum if operation.paging else 0
            records = [record["id"] for record in world.records(operation.resource.type)]
            listed = [
                record["id"]
                for page in range(1, 2 + len(records) // max(size, 1))
                for record in world.get(operation.path, f"page={page}&pageSize={size}").data
            ]
            assert listed == sorted(records), operation.path


def lists_of_a_record_show_what_names_it(world: Seeded) -> None:
    """The list of a customer's drafts or a user's teams shows those in which its id stands, and no others."""
    for operation, path, id in world.reads():
        if operation.default == "list" and "to" in operation.options:
            naming = [record["id"] for record in world.records(operation.resource.type) if id in str(facts(record))]
            assert [record["id"] for record in world.get(path).data] == sorted(naming), path
