"""What the list of tools costs a model in every conversation, in tokens: the mean, the largest tool, all, discovery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from statistics import mean
from typing import Any

from bench.figures import Figure
from bench.tokens import counter
from kustomer_sandbox.contracts import load
from kustomer_sandbox.mcp_server.tools import discovery
from kustomer_sandbox.mcp_server.tools.definitions import ToolListing
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from kustomer_sandbox.mcp_server.tools.ready_made import FILTERS, passes


def measure() -> Iterator[Figure]:
    """Counted over name, description and input schema, which is what a model is given; discovery over all listed."""
    count, how = counter()
    catalogue = build_catalogue(load())
    costs = {name: count(_text(read(definition.listed))) for name, definition in catalogue.items()}
    largest = max(costs, key=lambda name: costs[name])
    everything = count(_text([_whole(definition.listed) for definition in catalogue.values()]))
    found = count(_text([_whole(listing) for listing in discovery.listed()]))
    yield _figure("tokens of a tool, mean", mean(costs.values()), f"{len(costs)} tools; {how}")
    yield _figure("tokens of the largest tool", costs[largest], largest)
    yield _figure("tokens of tools/list in discovery mode", found, "annotations and all")
    yield _figure("tokens of all tools", sum(costs.values()), f"{everything} with titles, annotations and outputs")
    for made in FILTERS.values():
        kept = [costs[name] for name, definition in catalogue.items() if passes(made.name, definition.tool)]
        yield _figure(f"tokens with the filter {made.name}", sum(kept), f"{len(kept)} tools")


def read(listing: ToolListing) -> dict[str, Any]:
    """What a model is given of a tool."""
    return {"name": listing.name, "description": listing.description, "inputSchema": listing.input_schema}


def _whole(listing: ToolListing) -> dict[str, Any]:
    output = {} if listing.output_schema is None else {"outputSchema": listing.output_schema}
    return {**read(listing), "title": listing.title, "annotations": listing.annotations, **output}


def _text(listed: dict[str, Any] | Iterable[dict[str, Any]]) -> str:
    return json.dumps(listed, separators=(",", ":"), ensure_ascii=False)


def _figure(name: str, value: float, detail: str) -> Figure:
    return Figure(name=name, rounds=(value,), unit="", detail=detail)
