"""The floor: a bare FastAPI application with pydantic answer models on uvicorn, as one would write it in an hour.

It gives the same documents as the product, from a dict. It checks no key, counts no budget, masks nothing.
"""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException

from bench.floor_models import (
    Conversation,
    Customer,
    CustomerChanges,
    Document,
    Message,
    NewConversation,
    NewMessage,
    Page,
)
from bench.many import CUSTOMERS, customer_id

CUSTOMER: dict[str, Any] = json.loads((Path(__file__).parent / "customer.json").read_text(encoding="utf-8"))
ID: str = CUSTOMER["id"]
_NOW = "2026-06-09T12:00:00.000Z"

app = FastAPI()
customers = {id: {**CUSTOMER, "id": id} for id in (ID, *map(customer_id, range(CUSTOMERS)))}
others: dict[str, dict[str, Any]] = {}


@app.get("/v1/customers/{id}", response_model=Document[Customer])
async def read(id: str) -> Any:  # noqa: ANN401 - the answer model says what it is
    """One record."""
    return {"data": _found(id)}


@app.get("/v1/customers", response_model=Page[Customer])
async def page(page: int = 1, pageSize: int = 100) -> Any:  # noqa: ANN401, N803 - the API's own word
    """Some of the records."""
    pages = -(-len(customers) // pageSize)
    at = [f"/v1/customers?page={number}&pageSize={pageSize}" for number in (page, 1, page - 1, page + 1, pages)]
    return {
        "data": list(islice(customers.values(), (page - 1) * pageSize, page * pageSize)),
        "meta": {"pageSize": pageSize, "page": page, "total": len(customers), "totalPages": pages},
        "links": dict(zip(("self", "first", "prev", "next", "last"), at, strict=True)),
    }


@app.put("/v1/customers/{id}", response_model=Document[Customer])
async def change(id: str, asked: CustomerChanges) -> Any:  # noqa: ANN401
    """The record with other attributes."""
    before = _found(id)
    times = dict.fromkeys(("updatedAt", "modifiedAt", "lastActivityAt"), _NOW)
    attributes = {**before["attributes"], **asked.model_dump(exclude_unset=True), **times}
    customers[id] = {**before, "attributes": attributes}
    return {"data": customers[id]}


@app.post("/v1/conversations", response_model=Document[Conversation], status_code=201)
async def create(asked: NewConversation) -> Any:  # noqa: ANN401
    """Another record."""
    attributes = {
        **asked.model_dump(exclude={"customer"}),
        "status": "open",
        "open": {"statusAt": _NOW},
        **dict.fromkeys(("createdAt", "updatedAt", "modifiedAt", "lastActivityAt"), _NOW),
        "modificationHistory": dict.fromkeys(("nameAt", "priorityAt", "channelAt", "statusAt", "tagsAt"), _NOW),
    }
    made = _kept("conversation", attributes, customer=_to_one("customer", asked.customer))
    made["relationships"]["messages"] = {"links": {"self": f"/v1/conversations/{made['id']}/messages"}}
    return {"data": made}


@app.post("/v1/conversations/{id}/messages", response_model=Document[Message], status_code=201)
async def say(id: str, asked: NewMessage) -> Any:  # noqa: ANN401
    """A message, of a conversation that is taken to be there."""
    times = dict.fromkeys(("createdAt", "updatedAt", "modifiedAt", "sentAt"), _NOW)
    attributes = {**asked.model_dump(), **times, "size": len(asked.preview)}
    return {
        "data": _kept("message", attributes, conversation=_to_one("conversation", id), customer=_to_one("customer", ID))
    }


def _found(id: str) -> dict[str, Any]:
    if id not in customers:
        raise HTTPException(404)
    return customers[id]


def _kept(kind: str, attributes: dict[str, Any], **relationships: dict[str, Any]) -> dict[str, Any]:
    id = f"{len(others):024x}"
    by = {name: _to_one(kind, ID) for name, kind in (("org", "org"), ("createdBy", "user"), ("modifiedBy", "user"))}
    links = {"self": f"/v1/{kind}s/{id}"}
    others[id] = {
        "type": kind, "id": id, "attributes": attributes, "relationships": {**by, **relationships}, "links": links,
    }  # fmt: skip
    return others[id]


def _to_one(kind: str, id: str) -> dict[str, Any]:
    return {"data": {"type": kind, "id": id}, "links": {"self": f"/v1/{kind}s/{id}"}}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
