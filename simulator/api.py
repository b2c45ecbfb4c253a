"""Puts the API together: contracts, rules, routing table, pipeline, worlds. Knows nothing of HTTP frameworks."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import kustomer_sandbox.simulator.scenarios
from kustomer_sandbox.contracts.call_headers import tool_names
from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.contracts.sources.scenario_files import scenario_files
from kustomer_sandbox.contracts.sources.unserved import unserved_operations
from kustomer_sandbox.simulator.hosting.kept_scenarios import kept
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import Seeder, Worlds, WorldSpec
from kustomer_sandbox.simulator.operations.perform import Performer, job_handlers
from kustomer_sandbox.simulator.request.file_door import FileDoor, is_file
from kustomer_sandbox.simulator.request.gate import Gate
from kustomer_sandbox.simulator.request.pipeline import Pipeline
from kustomer_sandbox.simulator.request.routing import RoutingTable
from kustomer_sandbox.simulator.request.validation import RequestValidator
from kustomer_sandbox.simulator.request.webhook_events import announce
from kustomer_sandbox.simulator.resources import bulk
from kustomer_sandbox.simulator.resources.collect import bind, collect
from kustomer_sandbox.simulator.resources.hooks.form_workflow import WORKFLOW, workflow_job
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.world import World

_LONG = ("demo",)
"""The scenarios that are worth a file of what they leave in a world."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Api:
    """The whole simulator without a server: call `handle`."""

    contracts: Contracts
    worlds: Worlds
    gate: Gate
    files: FileDoor

    def __repr__(self) -> str:
        """Short: a failing test would else print megabytes of contracts."""
        return f"Api({len(self.contracts.operations)} operations)"

    def handle(self, request: Request) -> Reply:
        """Answer one request. Not thread-safe: call it from one thread, or one event loop, at a time."""
        return self.files.handle(request) if is_file(request.path) else self.gate.handle(request)

    def opening(self, plan: WorldSpec) -> tuple[World, str]:
        """The world of this plan for whoever starts the process, and a key. Raises what `Worlds.create` raises."""
        world = self.worlds.create(plan)
        return world, issue_key(self.worlds, world)[0]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else changes worlds within it, and what others did before is known: there may be other processes."""
        yield


def create_api(
    contracts: Contracts | None = None,
    *,
    random_hex: Callable[[int], str] | None = None,
    folder: Path | None = None,
) -> Api:
    """A simulator without worlds; `random_hex` makes its keys secret, and played scenarios are kept in `folder`.

    Raises `ContractError` or `BindingError`.
    """
    contracts = contracts or load()
    registered = collect()
    rules = bind(contracts.operations, registered)
    performer = Performer(contracts=contracts, rules=rules)
    jobs = {**registered.jobs, bulk.JOB: bulk.bulk_job(performer), WORKFLOW: workflow_job(performer)}
    pipeline = Pipeline(
        rules=rules,
        presenters=registered.presenters,
        validator=RequestValidator(contracts),
    )
    worlds = Worlds(
        contracts=contracts,
        scenarios=scenarios(folder),
        jobs=job_handlers(jobs),
        random_hex=random_hex,
        watch=partial(announce, registered.presenters),
    )
    table = RoutingTable(contracts.operations.values(), unserved_operations())
    gate = Gate(worlds=worlds, table=table, pipeline=pipeline, performer=performer, tools=tool_names(contracts))
    return Api(contracts=contracts, worlds=worlds, gate=gate, files=FileDoor(worlds=worlds))


def scenarios(folder: Path | None = None) -> dict[str, Seeder]:
    """Every scenario by name, those of the contracts with them; each is read when it is first used.

    `folder` is for the long ones.
    """
    found = {
        module.name: _seeder(module.name)
        for module in pkgutil.iter_modules(kustomer_sandbox.simulator.scenarios.__path__)
        if not module.ispkg and not module.name.startswith("_")
    }
    found |= {file.stem: _file_seeder(file) for file in scenario_files()}
    return found if folder is None else found | {name: kept(found[name], folder) for name in _LONG}


def _file_seeder(file: Path) -> Seeder:
    def seed(world: World) -> None:
        _read(file)(world)

    return seed


@cache
def _read(file: Path) -> Seeder:
    from kustomer_sandbox.simulator.scenarios.files.loader import load_scenario  # noqa: PLC0415 - a plain start does without the YAML reader

    return load_scenario(file)


def _seeder(name: str) -> Seeder:
    def seed(world: object) -> None:
        importlib.import_module(f"kustomer_sandbox.simulator.scenarios.{name}").seed(world)

    return seed
