"""A client of one world that calls the simulator without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from kustomer_sandbox.contracts.suite import target
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.world import World


class Answer(target.TargetAnswer):
    """A decoded reply; `json` is its body, None when empty."""

    @property
    def json(self) -> Any:
        return self.body

    @property
    def places(self) -> list[str]:
        """Where an invalid request is wrong: the pointer or parameter of each fault."""
        sources = [fault["source"] for fault in self.error["meta"]["subErrors"]]
        return [source.get("pointer") or source.get("parameter", "") for source in sources]


@dataclass
class WorldClient:
    """Calls the API as one key of one world, straight into the simulator."""

    api: Api
    world: World
    key: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        key: str | None = None,
        raw: bytes | None = None,
        content_type: str = "",
    ) -> Answer:
        """One request; `raw` sends bytes as they are, `key=""` sends none."""
        chosen = self.key if key is None else key
        sent = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        headers = {"authorization": f"Bearer {chosen}"} if chosen else {}
        if content_type:
            headers["content-type"] = content_type
        reply = self.api.handle(
            Request(
                method=method,
                path=path,
                query=query,
                headers=headers,
                body=sent,
            )
        )
        body = orjson.loads(reply.body) if reply.body else None
        return Answer(status=reply.status, headers=dict(reply.headers), body=body)

    def get(self, path: str, query: str = "", **options: Any) -> Answer:
        return self.call("GET", path, query=query, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("DELETE", path, body, **options)

    def new_key(self, *roles: str, read_sensitive: bool = False) -> str:
        """Another key of the same world."""
        return issue_key(self.api.worlds, self.world, roles=roles, read_sensitive=read_sensitive)[0]

    def advance(self, seconds: float) -> None:
        """Move the world's clock on and let what falls due happen."""
        self.world.clock.move_to(self.world.clock.now() + timedelta(seconds=seconds))
        self.world.run_due(self.world.clock.now())

    def faults(self) -> list[str]:
        """Unexpected faults the journal has seen."""
        return [entry.fault for entry in self.world.journal.entries if entry.fault]


@contextmanager
def opened(api: Api, plan: WorldSpec) -> Iterator[WorldClient]:
    """A world for as long as it is needed, with one all-powerful key; for tests that make several, or plant faults."""
    world = api.worlds.create(plan)
    try:
        yield WorldClient(api, world, issue_key(api.worlds, world)[0])
    finally:
        api.worlds.drop(world.name)
