"""Routes the calls of code with a hard-wired Kustomer address to a test's world, by way of respx."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from kustomer_sandbox.testkit.patches.entrance import HOSTS, Entrance, is_kustomers
from kustomer_sandbox.testkit.patches.httpx_transports import answers, transports
from kustomer_sandbox.testkit.patches.sockets import name_look_up

try:
    import respx
    from respx.mocks import HTTPCoreMocker
    from respx.models import AllMockedAssertionError, PassThrough
except ImportError as missing:
    raise ImportError("kustomer_respx needs respx: install kustomer-sandbox[pytest]") from missing


class KustomerRouter(respx.MockRouter):
    """A respx router that knows Kustomer's hosts. `kustomer` is that route; add others as with `respx_mock`.

    Routes of the test's own come before the world, in whichever router they stand. Other hosts are for others: other
    routers answer or refuse them; where there are none, such calls go out as if there were no router.
    """

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(assert_all_called=False)
        self._entrance = entrance
        self._answer_of = answers(httpx, entrance)
        self.kustomer: respx.Route = self.route(host__regex=f"(?i){HOSTS}", name="kustomer")
        self.kustomer.mock(side_effect=self._answer)

    @contextmanager
    def routing(self) -> Iterator[None]:
        """Within, calls are routed; those to Kustomer's hosts before any other kind of mock, and none gets out."""
        ways = transports(httpx, self._entrance, self.handler, self.async_handler)
        with self, ways, name_look_up(self._entrance):
            yield

    def handler(self, request: httpx.Request) -> httpx.Response:
        """As respx's own, after the others' routes for Kustomer's hosts, and before their refusals of other hosts."""
        if is_kustomers(request.url.host):
            other = next((router for router in self._others() if _has_route(router, request)), None)
            return super().handler(request) if other is None else other.handler(request)
        try:
            return super().handler(request)
        except AllMockedAssertionError:
            raise self._left(request) from None

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """The same for async clients."""
        if is_kustomers(request.url.host):
            other = next((router for router in self._others() if _has_route(router, request)), None)
            return await (super().async_handler(request) if other is None else other.async_handler(request))
        try:
            return await super().async_handler(request)
        except AllMockedAssertionError:
            raise self._left(request) from None

    def _others(self) -> list[respx.Router]:
        return [router for router in HTTPCoreMocker.routers if router is not self]

    def _left(self, request: httpx.Request) -> AssertionError | PassThrough:
        if self._others():
            return AllMockedAssertionError(f"RESPX: {request!r} not mocked!")
        return PassThrough("not Kustomer's", request=request, origin=self.kustomer)

    def _answer(self, request: httpx.Request, **_: Any) -> httpx.Response | None:  # noqa: ANN401 - respx passes what it matched
        """The world's answer; none where a route of the test's own, which respx asks next, is for this call."""
        if _has_route(self, request, but=self.kustomer):
            return None
        answered: httpx.Response = self._answer_of(request, request.read())
        return answered


def _has_route(router: respx.Router, request: httpx.Request, *, but: respx.Route | None = None) -> bool:
    routes = (route for route in router.routes if route is not but)
    return any(bool(route.pattern.match(request)) for route in routes if route.pattern)
