"""A correct receiver of webhooks, and the same with one defect each, for `explore_receiver` to find."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from kustomer_sandbox import Kustomer
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from kustomer_sandbox.testkit.webhooks.control import Webhook

MADE, CHANGED = "kustomer.customer.create", "kustomer.customer.update"
TAKEN, FORGED, CONFLICT = 204, 401, 409
Event = Mapping[str, Any]


def two_customers(kustomer: Kustomer) -> None:
    """Two customers; one of them is renamed twice."""
    client = kustomer.client()
    ada, _ = (client.post("/v1/customers", json={"name": name}).json()["data"]["id"] for name in ("Ada", "Bo"))
    for name in ("Ada L.", "Ada Lovelace"):
        kustomer.clock.advance(1)
        client.put(f"/v1/customers/{ada}", json={"name": name}).raise_for_status()


class Crm:
    """Keeps the customers of another system as Kustomer has them, and counts what it was told of each."""

    def __init__(self, kustomer: Kustomer, hook: Webhook) -> None:
        self.kustomer, self.token = kustomer, hook.token
        self.seen: set[str] = set()
        self.last = ""
        self.rows: dict[str, dict[str, Any]] = {}

    def __call__(self, request: WebhookRequest) -> int:
        """The status for a request."""
        if not self.is_signed(request):
            return FORGED
        event = json.loads(request.body)
        if self.is_known(event["id"]):
            return self.known
        self.take(event)
        self.seen.add(event["id"])
        self.last = event["id"]
        return TAKEN

    known = TAKEN

    def is_signed(self, request: WebhookRequest) -> bool:
        expected = hmac.new(self.token.encode(), request.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, dict(request.headers).get("X-Kustomer-Webhook-Signature", ""))

    def is_known(self, event: str) -> bool:
        return event in self.seen

    def take(self, event: Event) -> None:
        row = self.rows.setdefault(event["dataId"], {"name": "", "at": "", "events": 0})
        row["events"] += 1
        facts = event["data"]["attributes"]
        if self.is_news(row, facts["updatedAt"]):
            row["name"], row["at"] = facts["name"], facts["updatedAt"]

    def is_news(self, row: Mapping[str, Any], at: str) -> bool:
        return at > str(row["at"])


class BelievesEverybody(Crm):
    """It never looks at the signature."""

    def is_signed(self, _: WebhookRequest) -> bool:
        return True


class BelievesTheUnsigned(Crm):
    """It looks at the signature if there is one."""

    def is_signed(self, request: WebhookRequest) -> bool:
        return "X-Kustomer-Webhook-Signature" not in dict(request.headers) or super().is_signed(request)


class SignsTheAnswer(Crm):
    """It tells who is not known that all is well, so that forgers learn that they were heard."""

    def __call__(self, request: WebhookRequest) -> int:
        super().__call__(request)
        return TAKEN


class TakesTwice(Crm):
    """It knows no event again."""

    def is_known(self, _: str) -> bool:
        return False


class RemembersTheLast(Crm):
    """It knows the last event again, and none before."""

    def is_known(self, event: str) -> bool:
        return event == self.last


class LastWriteWins(Crm):
    """What comes last counts, whenever it was written."""

    def is_news(self, row: Mapping[str, Any], at: str) -> bool:  # noqa: ARG002 - that is the defect
        return True


class FirstMustBeThere(Crm):
    """It passes over changes of customers that it was not told of yet."""

    def take(self, event: Event) -> None:
        if event["name"] == MADE or event["dataId"] in self.rows:
            super().take(event)


class RefusesWhatItKnows(Crm):
    """It answers what comes again with a refusal, until nothing is sent any more."""

    known = CONFLICT


class Welcomes(Crm):
    """It opens a conversation in Kustomer whenever it is told of a new customer."""

    def is_known(self, _: str) -> bool:
        return False

    def take(self, event: Event) -> None:
        body = {"customer": event["dataId"], "name": "Welcome"}
        if event["name"] == MADE:
            self.kustomer.client().post("/v1/conversations", json=body).raise_for_status()


class ServerErrorOnGaps(Crm):
    """Another correct way: what cannot be done yet is refused, and comes again."""

    def take(self, event: Event) -> None:
        if event["name"] != MADE and event["dataId"] not in self.rows:
            raise LookupError(event["dataId"])
        super().take(event)


def rows(crm: Crm) -> dict[str, dict[str, Any]]:
    """What a receiver has made of it all."""
    return crm.rows
