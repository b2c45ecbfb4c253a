"""Calls of the upstream API for an account. Every way to fail becomes an `UpstreamResponse`; nothing is retried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import quote

import orjson

from kustomer_sandbox.contracts.call_headers import CALL_HEADER, TOOL_HEADER
from kustomer_sandbox.mcp_server.model import Account, UpstreamIdentity, UpstreamRequest, UpstreamResponse
from kustomer_sandbox.mcp_server.upstream.identity import identify
from kustomer_sandbox.mcp_server.upstream.wire import BODY_BYTES, Wire

TIMEOUT_SECONDS: Final = 45.0
"""How long an answer may take: less than the minute after which clients give up, so that the model is told of it."""

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

    def identity(self, account: Account) -> UpstreamIdentity:
        """Whom the account reaches with its key."""
        return identify(account.base_url, self._secrets.get(account.key_env, "").strip())

    def answers_at_once(self, account: Account) -> bool:
        """Whether `send` waits for nothing at present."""
        return self._wire.answers_at_once(account.base_url.rstrip("/"), self._secrets.get(account.key_env, "").strip())

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamResponse:
        """The upstream's answer, or a 502 or 504 with a `fault` when there is none to be had. Raises nothing."""
        headers = self._headers(account, request)
        if headers is None:
            return UpstreamResponse(status=401, headers={}, fault="No usable API key is configured for this account.")
        addressed = UpstreamRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            body=request.body,
            cause=request.cause,
            origin=account.base_url.rstrip("/"),
            headers=headers,
        )
        try:
            response = await self._wire.exchange(addressed, timeout=self._timeout)
            return _decoded(_without_key(response, self._secrets[account.key_env].strip()))
        except TimeoutError:
            return UpstreamResponse(status=504, headers={}, fault="The upstream API did not answer in time.")
        except ConnectionError:
            return UpstreamResponse(status=502, headers={}, fault="The connection to the upstream API failed.")

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


def _without_key(response: UpstreamResponse, key: str) -> UpstreamResponse:
    """The same without the API key, which an upstream or something in between may repeat, as errors do."""
    raw = response.raw
    for form in _forms(key):
        if form in raw:
            raw = raw.replace(form, b"***")
    return response if raw is response.raw else replace(response, raw=raw)


@lru_cache(maxsize=4096)
def _forms(key: str) -> tuple[bytes, ...]:
    """A key as it may stand in an answer: plain, percent-encoded, in JSON with and without escaped slashes."""
    in_json = orjson.dumps(key)[1:-1].decode()
    forms = {key, quote(key, safe=""), in_json, in_json.replace("/", "\\/")}
    return tuple(form.encode() for form in sorted(forms))


def _decoded(response: UpstreamResponse) -> UpstreamResponse:
    """The same with its body, or with a fault."""
    if len(response.raw) > BODY_BYTES:
        return _untrusted(response, "The upstream API's answer is too large.")
    if response.status in _REDIRECT:
        return _untrusted(response, "The upstream address redirects; the account's base URL is wrong.")
    if not response.raw.strip():
        return replace(response, raw=b"")
    try:
        body = orjson.loads(response.raw)
    except orjson.JSONDecodeError:
        return _untrusted(response, "The upstream API answered with something other than JSON, or a cut-off body.")
    return UpstreamResponse(status=response.status, headers=response.headers, body=body, raw=response.raw)


def _untrusted(response: UpstreamResponse, fault: str) -> UpstreamResponse:
    """An error status stands as it is; a success without a readable body is the fault of the upstream."""
    is_error = response.status not in _OK and response.status not in _REDIRECT
    return UpstreamResponse(status=response.status if is_error else 502, headers=response.headers, fault=fault)
