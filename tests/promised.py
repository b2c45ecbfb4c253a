"""A client that holds every answer against the contract's schema for that operation and status."""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient


@dataclass
class PromisedClient(WorldClient):
    """A `WorldClient` whose calls fail the test when an answer is not what the contract promises."""

    checkers: dict[tuple[str, int], Checker | None] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        body: JSON = None,
        *,
        query: str = "",
        key: str | None = None,
        raw: bytes | None = None,
        content_type: str = "",
    ) -> Answer:
        answer = super().call(method, path, body, query=query, key=key, raw=raw, content_type=content_type)
        checker = self._checker(method, path, answer.status)
        if checker is None:
            assert answer.json is None, "a body where the contract promises none"
        else:
            assert checker.findings(answer.json) == []
        return answer

    def _checker(self, method: str, path: str, status: int) -> Checker | None:
        found = self.api.gate.table.match(path)
        assert found is not None, "no such path"
        operation = found[0].operations[method]
        if (operation.id, status) not in self.checkers:
            document = self.api.contracts.document
            responses = document["paths"][operation.path][method.lower()]["responses"]
            response = resolve(document, responses.get(str(status), responses["default"]))
            content = response.get("content")
            schema = content["application/json"]["schema"] if content else None
            self.checkers[operation.id, status] = Checker(schema, document) if schema else None
        return self.checkers[operation.id, status]


def promised(client: WorldClient) -> PromisedClient:
    """The same world and key, with every answer checked."""
    return PromisedClient(api=client.api, world=client.world, key=client.key)
