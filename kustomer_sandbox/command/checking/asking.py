"""A target over HTTP: calls of checks become requests, and are kept as the trail of a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from kustomer_sandbox.contracts.suite.running import NoAnswer, shown_path
from kustomer_sandbox.contracts.suite.target import Broken, Exchange, TargetAnswer

MANY_EXAMPLES = 25
"""How many generated examples a law is tried with where calls cost nothing."""
WAIT_SECONDS = 30.0


class HttpTarget:
    """A Kustomer-like API behind an httpx client. `mark` begins every name that `unique` makes."""

    def __init__(self, client: httpx.Client, key: str, *, mark: str = "", examples: int = MANY_EXAMPLES) -> None:
        self._client, self._key, self._mark, self._examples = client, key, mark, examples
        self._count = 0
        self._trail: list[Exchange] = []

    @property
    def examples(self) -> int:
        return self._examples

    @property
    def trail(self) -> Sequence[Exchange]:
        return self._trail

    def begin(self) -> None:
        """Forget the trail of the check before."""
        self._trail = []

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - whatever a check sends
        *,
        query: str = "",
        raw: bytes | None = None,
        key: str | None = None,
    ) -> TargetAnswer:
        if not path.startswith("/") or path.startswith("//"):
            # Followed, it would take the key elsewhere.
            raise Broken("links are paths of the target")
        sent = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        chosen = self._key if key is None else key
        headers = {"authorization": f"Bearer {chosen}"} if chosen else {}
        if sent:
            headers["content-type"] = "application/json"
        url = f"{path}?{query}" if query else path
        shown = raw if raw is not None else body
        try:
            reply = self._client.request(method, url, content=sent, headers=headers)
        except httpx.TransportError as fault:
            self._trail.append(Exchange(method, path, query, shown, None))
            raise NoAnswer(f"{method} {shown_path(path)} is answered: {type(fault).__name__}") from None
        answer = TargetAnswer(status=reply.status_code, headers=dict(reply.headers), body=decoded(reply))
        self._trail.append(Exchange(method, path, query, shown, answer))
        return answer

    def unique(self, stem: str) -> str:
        self._count += 1
        return f"{self._mark}{stem}{self._count}"


def decoded(reply: httpx.Response) -> Any:  # noqa: ANN401 - a decoded body
    """The body of a reply; a text that is no JSON as it is, None if there is nothing."""
    if not reply.content:
        return None
    try:
        return orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        return reply.text
