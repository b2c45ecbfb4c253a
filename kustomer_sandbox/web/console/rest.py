"""Calls of the world's REST API by a page: reading in a copy of the world, acting with a key of its first user.

Decision: to read, the world is forked, asked, and forgotten, all at one stroke. A fork copies nothing, so it takes
microseconds; and whoever looks at the console spends no budget, meets no fault and leaves no line in the journal of the
world that is looked at. The key of the copy may not read sensitive values, so masks are on as for any integration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import orjson

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.values.webhooks import accept
from kustomer_sandbox.simulator.world.waiting.triggers import NOTHING
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.web.console.calls import CallRefused, MadeCall

_COPY = "__console__"
"""No world can be called so: names begin with a letter or a digit."""
_KEY = "__console__"
"""Opens a world while one call of a page is made, and never longer: no request of anybody else comes in between."""
_ENOUGH = 1_000_000_000
_REFUSED_FROM = 400


class Look:
    """A copy of a world to read in; `calls` are those made so far."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.calls: list[MadeCall] = []

    def get(self, path: str) -> JSON:
        """What a GET answers, masked. Raises `CallRefused`."""
        return self._ask("GET", path, None)

    def search(self, body: JSON) -> JSON:
        """What a search, of whatever type its body names, answers. Raises `CallRefused`."""
        return self._ask("POST", "/v1/customers/search", body)

    def _ask(self, method: str, path: str, body: JSON) -> JSON:
        call, said = _made(self._api, method, path, body)
        self.calls.append(call)
        if call.status >= _REFUSED_FROM:
            raise CallRefused(call.status, _message(said))
        return said


@contextmanager
def looking(api: Api, world: World) -> Iterator[Look]:
    """A copy of the world as it stands. Never await inside: nobody else may see the copy."""
    worlds = api.worlds
    keeping, worlds.keeping = worlds.keeping, None
    try:
        world.run_due(world.clock.now())
        copy = worlds.fork(world, _COPY)
        copy.clock.run("frozen")
        copy.watched_by(None, accept)
        copy.triggers = NOTHING
        copy.configure(limits=dict.fromkeys(copy.budgets.ceilings, _ENOUGH))
        first = next(iter(world.live_keys()), None)
        worlds.admit(copy, digest(_KEY), _without_rights(first or issue_key(worlds, copy)[1]))
        yield Look(api)
    finally:
        if worlds.get(_COPY) is not None:
            worlds.drop(_COPY)
        worlds.keeping = keeping


def act(api: Api, world: World, method: str, path: str, body: JSON = None) -> tuple[MadeCall, JSON]:
    """A call in the world itself, as its first key's user would make it; never with the right to sensitive values.

    What it answers is given whatever its status is. Raises `CallRefused` for a world without a key.
    """
    first = next(iter(world.live_keys()), None)
    if first is None:
        raise CallRefused(409, "This world has no API key any more; issue one to act in it.")
    api.worlds.admit(world, digest(_KEY), _without_rights(first))
    try:
        return _made(api, method, path, body)
    finally:
        api.worlds.dismiss(world, digest(_KEY))


def _without_rights(who: Principal) -> Principal:
    return replace(who, read_sensitive=False)


def _made(api: Api, method: str, path: str, body: JSON) -> tuple[MadeCall, JSON]:
    route, _, query = path.partition("?")
    headers = {"authorization": f"Bearer {_KEY}"} | ({"content-type": "application/json"} if body is not None else {})
    data = b"" if body is None else orjson.dumps(body)
    request = Request(method=method, path=route, query=query, headers=headers, body=data)
    # As every `Api` does; one that is kept is written down with the answer of the page.
    reply = Api.handle(api, request)
    call = MadeCall(method=method, path=path, body=body, opened_by="KUSTOMER_API_KEY", status=reply.status)
    try:
        return call, orjson.loads(reply.body) if reply.body else None
    except orjson.JSONDecodeError:
        return call, reply.body.decode("utf-8", "replace")


def _message(said: JSON) -> str:
    errors = said.get("errors") if isinstance(said, dict) else None
    return str(errors[0].get("detail") or errors[0].get("message")) if errors else "The API refused the call."
