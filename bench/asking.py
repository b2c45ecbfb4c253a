"""The requests whose answers are counted, of the product or of the floor: both have the same paths and ids."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bench.load import Ask, ask, in_turn
from bench.many import CONVERSATIONS, CUSTOMERS, conversation_id, customer_id

_MESSAGE = {"app": "chat", "channel": "chat", "preview": "Where is my parcel?", "direction": "in"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A server that is asked, and the one customer that is asked for again and again."""

    url: str
    customer: str
    headers: dict[str, str] = field(default_factory=dict)

    def one_customer(self) -> Ask:
        return self._ask("GET", f"/v1/customers/{self.customer}")

    def different_customers(self) -> Ask:
        return in_turn([self._ask("GET", f"/v1/customers/{customer_id(number)}") for number in range(CUSTOMERS)])

    def list_of_100(self) -> Ask:
        return self._ask("GET", "/v1/customers?page=1&pageSize=100")

    def changes(self) -> Ask:
        """Each differs from what stands in the record."""
        return in_turn(
            [
                self._ask("PUT", f"/v1/customers/{customer_id(number)}", {"name": f"{name} {number}"})
                for name in ("Jane", "Joan")
                for number in range(CUSTOMERS)
            ]
        )

    def messages(self) -> Ask:
        paths = [f"/v1/conversations/{conversation_id(number)}/messages" for number in range(CONVERSATIONS)]
        return in_turn([self._ask("POST", path, _MESSAGE) for path in paths])

    def conversations(self) -> Ask:
        body = {"customer": self.customer, "name": "Where is my parcel?", "priority": 3}
        return self._ask("POST", "/v1/conversations", body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Ask:
        raw = b"" if body is None else json.dumps(body).encode()
        return ask(self.url, method, path, headers=self.headers, body=raw)


def product_side(facts: dict[str, str]) -> Side:
    """The product, by its ready line."""
    headers = {"authorization": f"Bearer {facts['api_key']}"}
    return Side(url=facts["base_url"], customer=facts["customer"], headers=headers)
