"""What the machines share: a world in process, settings for the day and for long, and faults planted to be found."""

from __future__ import annotations

import inspect
import pkgutil
import textwrap
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.masking import Style
from tests.world_client import WorldClient

SEQUENCES = 2_000
"""How many each machine tries where `--hypothesis-profile=long` asks for many."""


@cache
def _contracts() -> Contracts:
    return load()


@cache
def api() -> Api:
    """One simulator for all machines, but for those that a fault was planted for: that one is not used again."""
    return create_api(_contracts())


class Machine(RuleBasedStateMachine):
    """A machine that knows how many steps a sequence of its takes at most."""

    steps: ClassVar[int] = 25


class InProcessMachine(Machine):
    """A machine with a world of its own, empty and frozen; its `@initialize` calls `found` first."""

    client: WorldClient

    def found(self, *, masking: Style = "stars") -> None:
        world = api().worlds.create(WorldSpec(name=type(self).__name__, plan="ultimate", masking=masking))
        self.client = WorldClient(api(), world, issue_key(api().worlds, world)[0])

    @property
    def is_begun(self) -> bool:
        """Invariants are asked before anything is there, too."""
        return hasattr(self, "client")

    def made(self, path: str, body: Any) -> str:
        """The id of something new that must be accepted."""
        answer = self.client.post(path, body)
        assert answer.status in (200, 201), answer.json
        return str(answer.data["id"])

    def teardown(self) -> None:
        if self.is_begun:
            faults = self.client.faults()
            api().worlds.drop(self.client.world.name)
            assert faults == []


def explore(machine: type[Machine]) -> None:
    """Run a machine: every day the profile's few sequences, in the long profile `SEQUENCES`."""
    usual = settings()
    most = usual.max_examples if usual.max_examples <= _few() else SEQUENCES
    run_state_machine_as_test(machine, settings=settings(max_examples=most, stateful_step_count=machine.steps))


def _few() -> int:
    return settings.get_profile("quick").max_examples


@dataclass(frozen=True)
class PlantedFault:
    """A coarse fault: in the code of `function` (`module:name`, below the package) `old` is written as `new`."""

    words: str
    function: str
    old: str
    new: str

    def __str__(self) -> str:
        return self.words

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have everybody who has the function run other code, whatever tables it stands in."""
        function = plain_function(pkgutil.resolve_name(f"kustomer_sandbox.{self.function}"))
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(self.old) == 1, f"{self.function} has not `{self.old}` once"
        changed = f"from __future__ import annotations\n{source.replace(self.old, self.new)}"
        names = dict(function.__globals__)
        exec(compile(changed, function.__name__, "exec"), names)  # noqa: S102 - the product's own, one thing changed
        monkeypatch.setattr(function, "__code__", plain_function(names[function.__name__]).__code__)


def plain_function(found: Any) -> FunctionType:
    """The function itself, below decorators and properties."""
    getter: Any = found.fget if isinstance(found, property) else found
    function = inspect.unwrap(getter)
    assert isinstance(function, FunctionType)
    return function


NOTHING_IS_UNIQUE = PlantedFault(
    "values are unique no more", "simulator.store.memory:MemoryStore._write", "if held and unique", "if False"
)
ANY_REV_IS_TAKEN = PlantedFault(
    "any rev is taken", "simulator.operations.changes:update_by_caller", "rev is not None and", "False and"
)


def assert_found(fault: PlantedFault, machine: type[Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's everyday run, no longer than it is, must fail while a fault is planted."""
    once = settings(
        max_examples=_few(),
        stateful_step_count=machine.steps,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        print_blob=False,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    fault.plant(monkeypatch)
    api.cache_clear()
    try:
        run_state_machine_as_test(machine, settings=once)
    except Exception:  # noqa: BLE001 - an answer that is not as expected shows in many ways
        return
    finally:
        api.cache_clear()
    pytest.fail(f"the everyday run of {machine.__name__} stays green although {fault}")
