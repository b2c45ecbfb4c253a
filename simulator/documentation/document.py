"""The OpenAPI document that is served: the contracts' operations with worked examples, and the application's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from kustomer_sandbox.contracts.openapi import openapi
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.documentation.demo_records import DEMO, finder

TITLE = "Kustomer Sandbox"
USUAL_ORIGIN = "http://127.0.0.1:8700"
"""Where `kustomer-sandbox up` serves unless told otherwise."""
_ABOUT = (
    "A stand-in for the Kustomer REST API. Everything here can be tried as it is filled in: the examples are about"
    " records of the demo world. Nothing leaves this machine, and `POST /_sandbox/worlds/{world}/reset` brings the"
    " world back."
)


def product_version() -> str:
    """The version of the installed package; `0` where it is used without being installed."""
    try:
        return version("kustomer-sandbox")
    except PackageNotFoundError:
        return "0"


def api_document(api: Api, *, origin: str = "/") -> dict[str, Any]:
    """The API's operations with examples, served at `origin` (`/`: where the document is)."""
    info = {"title": TITLE, "version": product_version(), "description": _ABOUT}
    return {
        **openapi(api.contracts, finder(api.worlds)),
        "info": info,
        "servers": [{"url": origin, "description": "This sandbox"}],
    }


def with_own(document: dict[str, Any], own: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """The document with the application's own paths and schemas added, as FastAPI describes them."""
    document["paths"] |= own.get("paths", {})
    for kind, parts in own.get("components", {}).items():
        document["components"].setdefault(kind, {}).update(parts)
    world = next((world.name for world in api.worlds), DEMO.name)
    for operation in _operations(own):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            media.update(_example(media["schema"], document["components"]["schemas"]))
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and parameter["name"] in {"world", "account_id"}:
                parameter["example"] = world
    return document


def _operations(own: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in own.get("paths", {}).values():
        yield from item.values()


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The example that a body's model gives; none if it gives none."""
    for form in schema.get("anyOf", (schema,)):
        for example in schemas.get(form.get("$ref", "").rpartition("/")[2], {}).get("examples", ()):
            return {"example": example}
    return {}
