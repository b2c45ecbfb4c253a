"""Puts the API together: contracts, rules, routing table, pipeline, worlds. Knows nothing of HTTP frameworks."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

import simulator.scenarios
from contracts.load import load
from contracts.model import Contracts
from simulator.gate import Gate
from simulator.intake import Intake
from simulator.pipeline import Pipeline
from simulator.registry import collect
from simulator.routing import Table, bind
from simulator.wire import Reply, Request
from simulator.worlds import Seeder, Worlds


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Api:
    """The whole simulator without a server: call `handle`."""

    contracts: Contracts
    worlds: Worlds
    gate: Gate

    def __repr__(self) -> str:
        """Short: a failing test would else print megabytes of contracts."""
        return f"Api({len(self.contracts.operations)} operations)"

    def handle(self, request: Request) -> Reply:
        """Answer one request. Not thread-safe: call it from one thread, or one event loop, at a time."""
        return self.gate.handle(request)


def create_api(contracts: Contracts | None = None) -> Api:
    """A simulator without worlds. Raises `ContractError` or `BindingError` if the parts do not fit."""
    contracts = contracts or load()
    registered = collect()
    pipeline = Pipeline(
        contracts=contracts,
        rules=bind(contracts.operations, registered),
        registered=registered,
        intake=Intake(contracts),
    )
    worlds = Worlds(contracts=contracts, scenarios=scenarios(), dues=registered.dues)
    gate = Gate(worlds=worlds, table=Table(contracts.operations.values()), pipeline=pipeline)
    return Api(contracts=contracts, worlds=worlds, gate=gate)


def scenarios() -> dict[str, Seeder]:
    """Every scenario by name; a module's `seed` is imported when it is first used."""
    return {
        module.name: _seeder(module.name)
        for module in pkgutil.iter_modules(simulator.scenarios.__path__)
        if not module.ispkg and not module.name.startswith("_")
    }


def _seeder(name: str) -> Seeder:
    def seed(world: object) -> None:
        importlib.import_module(f"simulator.scenarios.{name}").seed(world)

    return seed
