"""The code under test: takes events of new customers, and greets each customer once."""

from __future__ import annotations

import hashlib
import hmac

from fastapi import FastAPI, HTTPException, Request


def create_app(token: str) -> FastAPI:
    """The application; `token` is the webhook's, by which events are signed."""
    app = FastAPI()
    greeted: dict[str, str] = {}
    app.state.greeted = greeted

    @app.post("/events")
    async def take(request: Request) -> dict[str, bool]:
        body = await request.body()
        signed = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signed, request.headers.get("x-kustomer-webhook-signature", "")):
            raise HTTPException(401, "The signature is wrong.")
        customer = (await request.json())["data"]
        greeted.setdefault(customer["id"], customer["attributes"]["name"])
        return {"taken": True}

    return app
