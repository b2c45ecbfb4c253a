"""The tools' input schemas as the bodies of a made-up API, which is what schemathesis knows how to fill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.mcp_server.tools.definitions import Definition


def as_openapi(tools: Mapping[str, Definition]) -> dict[str, Any]:
    """An OpenAPI document with one operation for each tool, named after it."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for name, definition in tools.items():
        text = json.dumps(definition.input_schema).replace("#/$defs/", f"#/components/schemas/{name}.")
        schema = json.loads(text)
        schemas |= {f"{name}.{key}": value for key, value in schema.pop("$defs", {}).items()}
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        operation = {"operationId": name, "requestBody": body, "responses": {"200": {"description": "Done."}}}
        paths[f"/{name}"] = {"post": operation}
    info = {"title": "Tools", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
