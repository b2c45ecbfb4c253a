"""One HTTP transport towards the upstream API. Every way a call can fail becomes a `Reply`; nothing is ever retried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

import anyio
import httpx
import orjson

from contracts.cause import CALL_HEADER, TOOL_HEADER
from mcp_server.model import Account, Reply, UpstreamRequest

TIMEOUT_SECONDS: Final = 45.0
"""Below the minute after which clients give up, so that the model hears what happened."""

BODY_BYTES: Final = 32 * 1024 * 1024
_REDIRECT: Final = range(300, 400)
_OK: Final = range(200, 300)


class Upstream:
    """Sends requests for an account with its key, which is looked up for each call and never kept."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        secrets: Mapping[str, str],
        timeout: float = TIMEOUT_SECONDS,
        user_agent: str = "kustomer-sandbox-mcp",
    ) -> None:
        self._transport = transport
        self._secrets = secrets
        self._timeout = timeout
        self._user_agent = user_agent

    async def send(self, account: Account, request: UpstreamRequest) -> Reply:
        """The upstream's answer, or a 502 or 504 with a `fault` when there is none to be had."""
        headers = self._headers(account, request)
        if headers is None:
            return Reply(status=401, headers={}, fault="No usable API key is configured for this account.")
        url = account.base_url.rstrip("/") + request.path
        if request.query:
            url += "?" + urlencode(request.query, quote_via=quote)
        try:
            with anyio.fail_after(self._timeout):
                return await self._exchange(request, url, headers)
        except (TimeoutError, httpx.TimeoutException):
            return Reply(status=504, headers={}, fault="The upstream API did not answer in time.")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return Reply(status=502, headers={}, fault="The connection to the upstream API failed.")

    async def _exchange(self, request: UpstreamRequest, url: str, headers: dict[str, str]) -> Reply:
        # The transport itself: a client would add cookies, redirects and its own defaults, and double the cost.
        timeout = {"timeout": httpx.Timeout(self._timeout).as_dict()}
        asked = httpx.Request(request.method, url, content=request.body, headers=headers, extensions=timeout)
        response = await self._transport.handle_async_request(asked)
        raw = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > BODY_BYTES:
                    return _untrusted(response, "The upstream API's answer is too large.")
        finally:
            await response.aclose()
        return _reply(response, bytes(raw))

    def _headers(self, account: Account, request: UpstreamRequest) -> dict[str, str] | None:
        key = self._secrets.get(account.key_env, "").strip()
        if not key or not key.isascii() or not key.isprintable():
            return None
        headers = {
            "authorization": f"Bearer {key}",
            "accept": "application/json",
            "user-agent": self._user_agent,
        }
        if request.cause is not None:
            headers[TOOL_HEADER] = request.cause.tool
            headers[CALL_HEADER] = request.cause.call_id
        if request.body is not None:
            headers["content-type"] = "application/json"
        return headers


def _reply(response: httpx.Response, raw: bytes) -> Reply:
    if response.status_code in _REDIRECT:
        return _untrusted(response, "The upstream address redirects; the account's base URL is wrong.")
    if not raw.strip():
        return Reply(status=response.status_code, headers=_lower(response))
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _untrusted(response, "The upstream API answered with something other than JSON, or a cut-off body.")
    return Reply(status=response.status_code, headers=_lower(response), body=body, raw=raw)


def _untrusted(response: httpx.Response, fault: str) -> Reply:
    """An error status stands as it is; a success without a readable body is the fault of the upstream."""
    status = response.status_code
    is_error = status not in _OK and status not in _REDIRECT
    return Reply(status=status if is_error else 502, headers=_lower(response), fault=fault)


def _lower(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
