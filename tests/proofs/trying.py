"""Tries mutants against tests that are collected once: each mutant in a process forked from the one that collected.

What a process does to caches and fixtures is lost with it, so no mutant finds anything that the original has left.
"""

from __future__ import annotations

import ast
import builtins
import gc
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import abc, machinery, util
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from kustomer_sandbox import contracts
from tests.proofs.mutants import Mutant
from tests.stateful.exploring import plain_function

# A failure is all there is to know: to look for the smallest example would take minutes.
settings.register_profile(
    "mutants",
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
QUIETLY = (
    "-q", "-s", "-x", "--tb=no", "-p", "no:cacheprovider", "--assert=plain", "-W", "ignore", "--timeout=0",
    "--hypothesis-profile=mutants",
)  # fmt: skip
PATIENCE = 20
"""Seconds that a test has beyond ten times what it usually takes; whoever needs more never ends."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one test usually takes, in seconds of the processor and of a clock, and the functions it runs."""

    cpu: float
    wall: float
    functions: frozenset[str]


@dataclass
class Trial:
    """A pytest plugin that runs no test itself: it measures each, then tries each mutant with those that matter."""

    module: str
    every: list[Mutant]
    jobs: int
    tell: Callable[[str], None]
    living: list[Mutant] = field(default_factory=list)
    measured: dict[str, Measured] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Raises `AssertionError` where a test fails without any mutant."""
        assert session.testsfailed == 0, "some tests cannot be collected"
        contracts.load()
        self._measure(session)
        items = {item.nodeid: item for item in session.items}
        waiting, running = list(reversed(self.every)), dict[int, Mutant]()
        gc.freeze()
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop()
                nearest = [items[id] for id in self.in_order(mutant)]
                running[fork(lambda mutant=mutant, nearest=nearest: self._try(mutant, nearest))] = mutant  # type: ignore[misc]
            child, status = ended(running)
            mutant = running.pop(child)
            if status == 0:
                self.living.append(mutant)
            done = len(self.every) - len(waiting) - len(running)
            if done % 50 == 0:
                self.tell(f"{self.module}: {done} of {len(self.every)}")
        return True

    def in_order(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's function, the quickest first; all, if none does or more is changed.

        All as well where results are kept: then the first test that asks runs it for the others.
        """
        is_kept = bool(mutant.function) and hasattr(_found(self.module, mutant.function), "cache_info")
        nearest = [] if is_kept else [id for id, found in self.measured.items() if mutant.function in found.functions]
        return sorted(nearest or self.measured, key=lambda id: self.measured[id].cpu)

    def _measure(self, session: pytest.Session) -> None:
        """In a process of its own; what it had to import is imported here for all that follow."""
        with tempfile.NamedTemporaryFile() as told:
            path = Path(told.name)
            _, status = ended({fork(lambda: self._measure_each(session, path)): None})
            assert status == 0, f"the tests of {self.module} fail as it is: {path.read_text(encoding='utf-8')}"
            found = json.loads(path.read_text(encoding="utf-8"))
        for name in found["imported"]:
            with suppress(ImportError):
                importlib.import_module(name)
        for id, (cpu, wall, functions) in found["tests"].items():
            self.measured[id] = Measured(cpu=cpu, wall=wall, functions=frozenset(functions))

    def _measure_each(self, session: pytest.Session, path: Path) -> int:
        called = _note_calls(self.module)
        tests: dict[str, tuple[float, float, list[str]]] = {}
        for item, following in _pairs(session.items):
            called.clear()
            cpu, wall = time.process_time(), time.perf_counter()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            tests[item.nodeid] = (time.process_time() - cpu, time.perf_counter() - wall, sorted(called))
            if session.testsfailed:
                path.write_text(item.nodeid, encoding="utf-8")
                return 1
        imported = [name for name in sys.modules if name.startswith("kustomer_sandbox.")]
        path.write_text(json.dumps({"tests": tests, "imported": imported}), encoding="utf-8")
        return 0

    def _try(self, mutant: Mutant, nearest: list[pytest.Item]) -> int:
        usual = [self.measured[item.nodeid] for item in nearest]
        most = int(10 * sum(found.cpu for found in usual)) + PATIENCE
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        if not put_in_place(self.module, mutant):
            signal.alarm(int(10 * sum(found.wall for found in usual)) + PATIENCE)
            return int(pytest.main([*QUIETLY, *(item.nodeid for item in nearest)]))
        for item, following in _pairs(nearest):
            signal.alarm(int(10 * self.measured[item.nodeid].wall) + PATIENCE)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if item.session.testsfailed:
                return 1
        return 0


def _pairs(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True)


def _note_calls(module: str) -> set[str]:
    """Have the functions of a module note their dotted names when they are called, in the set that is given."""
    called = set[str]()
    vars(builtins)["_called"] = called
    path = Path(sys.modules[f"kustomer_sandbox.{module}"].__file__ or "")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = list(_noting(tree, ""))
    code = compile(ast.fix_missing_locations(tree), str(path), "exec")
    for name in names:
        with suppress(AssertionError, AttributeError, LookupError, ValueError):
            plain_function(_found(module, name)).__code__ = _code(code, name)
    return called


def _noting(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    """The names of all functions; each now begins by noting its own."""
    for inner in node.body:
        if isinstance(inner, ast.ClassDef):
            yield from _noting(inner, f"{prefix}{inner.name}.")
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            inner.body[:0] = ast.parse(f"_called.add({prefix + inner.name!r})").body
            yield prefix + inner.name


def fork(work: Callable[[], int]) -> int:
    """Do it in a process of its own, unheard; gives its id. What it gives is how the process ends."""
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    status = 1
    try:
        status = work()
    finally:
        os._exit(min(status, 100))


def ended(running: dict[int, Any]) -> tuple[int, int]:
    """Wait for any of these processes, and end whatever it has started; gives its id and its status."""
    child, status = os.waitpid(-1, 0)
    while child not in running:
        child, status = os.waitpid(-1, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return child, status


def put_in_place(module: str, mutant: Mutant) -> bool:
    """Have everybody who has the function run the mutant's code.

    False where more than a function differs: then all modules are forgotten, and the mutant's is the next to be loaded.
    """
    try:
        function = plain_function(_found(module, mutant.function))
        function.__code__ = _code(compile(mutant.source, function.__code__.co_filename, "exec"), mutant.function)
    except (AssertionError, AttributeError, LookupError, ValueError):
        _forget_modules()
        sys.meta_path.insert(0, _Finder(f"kustomer_sandbox.{module}", mutant.source))
        return False
    return True


def _found(module: str, function: str) -> Any:
    if not function:
        raise LookupError
    found: Any = sys.modules[f"kustomer_sandbox.{module}"]
    for name in function.split("."):
        found = getattr(found, name)
    return found


def _code(code: CodeType, function: str) -> CodeType:
    for name in function.split("."):
        (code,) = (inner for inner in code.co_consts if isinstance(inner, CodeType) and inner.co_name == name)
    return code


def _forget_modules() -> None:
    kept = ("kustomer_sandbox.contracts", "tests.proofs")
    for name in list(sys.modules):
        if name.startswith(("kustomer_sandbox.", "tests.")) and not name.startswith(kept):
            del sys.modules[name]


class _Finder(abc.MetaPathFinder, abc.Loader):
    """Loads one module from a text."""

    def __init__(self, name: str, source: str) -> None:
        self._name, self._source = name, source

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> machinery.ModuleSpec | None:
        return util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._name, "exec"), module.__dict__)  # noqa: S102 - the product's own, one thing changed
