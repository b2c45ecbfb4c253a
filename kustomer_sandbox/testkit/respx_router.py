"""Routes the calls of code with a hard-wired Kustomer address to a test's world, by way of respx."""

from __future__ import annotations

from typing import Any

import httpx

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.transports import answer

try:
    import respx
    from respx.models import AllMockedAssertionError, PassThrough
except ImportError as missing:
    raise ImportError("kustomer_respx needs respx: install kustomer-sandbox[pytest]") from missing

HOSTS = r"^([^.]+\.)?api\.kustomerapp\.com$"


class KustomerRouter(respx.MockRouter):
    """A respx router that knows Kustomer's hosts. `kustomer` is that route; add others as with `respx_mock`.

    Calls to hosts without a route go out as if there were no router.
    """

    def __init__(self, api: Api) -> None:
        super().__init__(assert_all_called=False)
        self._api = api
        self.kustomer: respx.Route = self.route(host__regex=HOSTS, name="kustomer").mock(side_effect=self._answer)

    def handler(self, request: httpx.Request) -> httpx.Response:
        """As respx's own, but lets through what it has no route for."""
        try:
            return super().handler(request)
        except AllMockedAssertionError:
            raise self._passed(request) from None

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """The same for async clients."""
        try:
            return await super().async_handler(request)
        except AllMockedAssertionError:
            raise self._passed(request) from None

    def _passed(self, request: httpx.Request) -> PassThrough:
        return PassThrough("not Kustomer's", request=request, origin=self.kustomer)

    def _answer(self, request: httpx.Request, **_: Any) -> httpx.Response:  # noqa: ANN401 - respx passes what it matched
        return answer(self._api, request, request.read())
