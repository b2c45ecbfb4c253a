"""Clients of the control API as it tells them apart: by their address, the host they call, the token they show."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient

HERE = ("127.0.0.1", 50_000)


def local(app: FastAPI, *, raise_server_exceptions: bool = True) -> TestClient:
    """A client of this machine."""
    return calling(app, raise_server_exceptions=raise_server_exceptions)


def calling(
    app: FastAPI,
    *,
    client: tuple[str, int] = HERE,
    host: str = "127.0.0.1:8700",
    raise_server_exceptions: bool = True,
) -> TestClient:
    """A client at an address, that calls a host by some name."""
    base_url = f"http://{host}"
    return TestClient(app, base_url=base_url, client=client, raise_server_exceptions=raise_server_exceptions)
