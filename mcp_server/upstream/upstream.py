"""Calls of the upstream API for an account. Every way one can fail becomes a `Reply`; nothing is ever retried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

import orjson

from kustomer_sandbox.contracts.call_headers import CALL_HEADER, TOOL_HEADER
from kustomer_sandbox.mcp_server.model import Account, Reply, UpstreamRequest
from kustomer_sandbox.mcp_server.upstream.wire import BODY_BYTES, Received, Sent, Wire

TIMEOUT_SECONDS: Final = 45.0
"""Below the minute after which clients give up, so that the model hears what happened."""

_REDIRECT: Final = range(300, 400)
_OK: Final = range(200, 300)


class Upstream:
    """Sends requests for an account with its key, which is looked up for each call and never kept."""

    def __init__(
        self,
        wire: Wire,
        *,
        secrets: Mapping[str, str],
        timeout: float = TIMEOUT_SECONDS,
        user_agent: str = "kustomer-sandbox-mcp",
    ) -> None:
        self._wire = wire
        self._secrets = secrets
        self._timeout = timeout
        self._user_agent = user_agent

    async def send(self, account: Account, request: UpstreamRequest) -> Reply:
        """The upstream's answer, or a 502 or 504 with a `fault` when there is none to be had."""
        headers = self._headers(account, request)
        if headers is None:
            return Reply(status=401, headers={}, fault="No usable API key is configured for this account.")
        sent = Sent(
            method=request.method,
            origin=account.base_url.rstrip("/"),
            path=request.path,
            query=urlencode(request.query, quote_via=quote) if request.query else "",
            headers=headers,
            body=request.body,
        )
        try:
            return _reply(await self._wire.exchange(sent, patience=self._timeout))
        except TimeoutError:
            return Reply(status=504, headers={}, fault="The upstream API did not answer in time.")
        except ConnectionError:
            return Reply(status=502, headers={}, fault="The connection to the upstream API failed.")

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


def _reply(got: Received) -> Reply:
    if len(got.raw) > BODY_BYTES:
        return _untrusted(got, "The upstream API's answer is too large.")
    if got.status in _REDIRECT:
        return _untrusted(got, "The upstream address redirects; the account's base URL is wrong.")
    if not got.raw.strip():
        return Reply(status=got.status, headers=got.headers)
    try:
        body = orjson.loads(got.raw)
    except orjson.JSONDecodeError:
        return _untrusted(got, "The upstream API answered with something other than JSON, or a cut-off body.")
    return Reply(status=got.status, headers=got.headers, body=body, raw=got.raw)


def _untrusted(got: Received, fault: str) -> Reply:
    """An error status stands as it is; a success without a readable body is the fault of the upstream."""
    is_error = got.status not in _OK and got.status not in _REDIRECT
    return Reply(status=got.status if is_error else 502, headers=got.headers, fault=fault)
