"""Which operations of Kustomer are served, and what is known and shown of each: a table, to be read by machines."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.sources.unserved import UnservedOperation, unserved_operations
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.promises.fidelity import ConfidenceWord
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec

CoverageWord = Literal["served", "unserved"]


class OperationCovered(BaseModel):
    """One operation of Kustomer."""

    method: str
    path: str
    area: str = Field(description="The part of the API it belongs to.")
    operation: str | None = Field(description="Its operationId; null if it is not served.")
    served: bool = Field(description="Whether the sandbox answers it; others are a 404 whose `meta` says so.")
    documented: bool = Field(description="Whether the vendor's pages have it.")
    seeded: bool = Field(description="Whether the demo world has a record of the type it is about.")
    assumed: list[str] = Field(description="Which parts of it are our reading; `all` if nobody attests it.")
    confidence: ConfidenceWord = Field(description="How it is known.")
    why: str | None = Field(description="Why it is not served; null if it is.")
    tools: list[str] = Field(description="The MCP tools that call it.")


class CoverageTally(BaseModel):
    """How many operations there are."""

    served: int
    unserved: int
    by_confidence: dict[ConfidenceWord, int]


class Coverage(BaseModel):
    """The operations asked for, and a tally of all."""

    operations: list[OperationCovered]
    tally: CoverageTally


def add_coverage(router: APIRouter, api: Api) -> None:
    """Add the route."""

    @router.get("/coverage")
    async def coverage(
        only: Annotated[CoverageWord | None, Query(description="Only operations that are, or are not, served.")] = None,
    ) -> Coverage:
        """Every operation that Kustomer is known to have: whether it is served, how it is known, and its tools."""
        every = covered(api)
        wanted = [each for each in every if only is None or each.served is (only == "served")]
        return Coverage(operations=wanted, tally=_tally(every))


def covered(api: Api) -> list[OperationCovered]:
    """Every operation, served or not, by path and method."""
    world = api.worlds.pristine(WorldSpec(name="coverage", scenario="demo"))
    types = {kind.type for kind in world.records.kinds() if world.records.count(kind.type)}
    served = [_served(operation, types) for operation in api.contracts.operations.values()]
    return sorted([*served, *map(_unserved, unserved_operations())], key=lambda each: (each.path, each.method))


def _served(operation: Operation, seeded: set[str]) -> OperationCovered:
    source = operation.source
    parts = sorted(name for name, part in source.parts.items() if part.confidence == "assumed")
    return OperationCovered(
        method=operation.method,
        path=operation.path,
        area=operation.tags[0] if operation.tags else "",
        operation=operation.id,
        served=True,
        documented=source.confidence == "vendor-docs",
        seeded=operation.resource.type in seeded,
        assumed=["all"] if source.confidence == "assumed" else parts,
        confidence=source.confidence,
        why=None,
        tools=sorted(tool.name for tool in operation.tools),
    )


def _unserved(operation: UnservedOperation) -> OperationCovered:
    return OperationCovered(
        method=operation.method,
        path=operation.path,
        area=operation.area,
        operation=None,
        served=False,
        documented=operation.confidence == "vendor-docs",
        seeded=False,
        assumed=["all"] if operation.confidence == "assumed" else [],
        confidence=operation.confidence,
        why=operation.why,
        tools=[],
    )


def _tally(every: list[OperationCovered]) -> CoverageTally:
    served = sum(each.served for each in every)
    return CoverageTally(
        served=served, unserved=len(every) - served, by_confidence=Counter(each.confidence for each in every)
    )
