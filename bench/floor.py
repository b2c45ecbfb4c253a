"""The floor: a bare FastAPI application with pydantic answer models on uvicorn, as one would write it in an hour.

It gives the same document as the product, from a dict. It checks no key, counts no budget, masks nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException

from bench.floor_models import Conversation, Customer, Document, NewConversation

CUSTOMER: dict[str, Any] = json.loads((Path(__file__).parent / "customer.json").read_text(encoding="utf-8"))
ID: str = CUSTOMER["id"]
_NOW = "2026-06-09T12:00:00.000Z"

app = FastAPI()
records: dict[str, dict[str, Any]] = {ID: CUSTOMER}


@app.get("/v1/customers/{id}", response_model=Document[Customer])
async def read(id: str) -> Any:  # noqa: ANN401 - the answer model says what it is
    """One record."""
    if id not in records:
        raise HTTPException(404)
    return {"data": records[id]}


@app.post("/v1/conversations", response_model=Document[Conversation], status_code=201)
async def create(asked: NewConversation) -> Any:  # noqa: ANN401
    """Another record."""
    id = f"{len(records):024x}"
    attributes = {
        **asked.model_dump(exclude={"customer"}),
        "status": "open",
        "open": {"statusAt": _NOW},
        "createdAt": _NOW,
        "updatedAt": _NOW,
        "modifiedAt": _NOW,
        "lastActivityAt": _NOW,
        "modificationHistory": dict.fromkeys(("nameAt", "priorityAt", "channelAt", "statusAt", "tagsAt"), _NOW),
    }
    records[id] = {
        "type": "conversation",
        "id": id,
        "attributes": attributes,
        "relationships": {
            "org": _to_one("org", ID),
            "customer": _to_one("customer", asked.customer),
            "messages": {"links": {"self": f"/v1/conversations/{id}/messages"}},
            "createdBy": _to_one("user", ID),
            "modifiedBy": _to_one("user", ID),
        },
        "links": {"self": f"/v1/conversations/{id}"},
    }
    return {"data": records[id]}


def _to_one(kind: str, id: str) -> dict[str, Any]:
    return {"data": {"type": kind, "id": id}, "links": {"self": f"/v1/{kind}s/{id}"}}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
