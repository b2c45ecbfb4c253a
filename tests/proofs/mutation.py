"""Runs the nearest tests on every mutant of the modules for limits, masking, windows and leases.

`python -m tests.proofs.mutation [--jobs N] [--write] [part of a module's name …]`, from the root. Each mutant lives in
a process of its own, forked from one that has loaded everything: no file is changed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import abc, machinery, util
from types import CodeType, ModuleType
from typing import Any

import pytest

from kustomer_sandbox import contracts
from tests.proofs.mutants import Mutant, mutants
from tests.proofs.nearest import NEAREST, ROOT, SCORES, explained
from tests.stateful.exploring import plain_function

QUIETLY = ("-q", "-x", "--tb=no", "-p", "no:cacheprovider", "--assert=plain", "-W", "ignore", "--timeout=60")
PATIENCE = 20.0
"""Seconds that a mutant has beyond ten times what its tests usually take."""

contracts.load = cache(contracts.load)


def tell(line: str) -> None:
    """At once, for whoever waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def nearest_tests(module: str) -> int:
    """What pytest says to the tests of a module."""
    return int(pytest.main([*QUIETLY, *(f"tests/{test}" for test in NEAREST[module])]))


def put_in_place(module: str, mutant: Mutant) -> None:
    """Have everybody who has the function run the mutant's code; else forget all modules, and load the mutant's."""
    try:
        function = plain_function(_found(module, mutant.function))
        function.__code__ = _code(compile(mutant.source, function.__code__.co_filename, "exec"), mutant.function)
    except (AssertionError, AttributeError, LookupError, ValueError):
        _forget_modules()
        sys.meta_path.insert(0, _Finder(f"kustomer_sandbox.{module}", mutant.source))


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


def fork(work: Callable[[], int]) -> int:
    """Do it in a process of its own, unheard; gives its id. What it gives is how the process ends."""
    child = os.fork()
    if child:
        return child
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    status = 1
    try:
        status = work()
    finally:
        os._exit(min(status, 100))


def survivors(module: str, jobs: int, every: list[Mutant]) -> Iterator[Mutant]:
    """The mutants that the nearest tests pass with. Raises `AssertionError` where they fail without one."""
    started = time.perf_counter()
    assert nearest_tests(module) == 0, f"the tests of {module} fail as it is"
    most = (time.perf_counter() - started) * 10 + PATIENCE
    running: dict[int, tuple[Mutant, float]] = {}
    waiting = list(reversed(every))
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[fork(lambda mutant=mutant: _tried(module, mutant))] = (mutant, time.perf_counter() + most)  # type: ignore[misc]
        for child, (mutant, deadline) in list(running.items()):
            if time.perf_counter() > deadline:
                os.kill(child, signal.SIGKILL)
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                del running[child]
                if status == 0:
                    yield mutant
                done = len(every) - len(waiting) - len(running)
                if done % 50 == 0:
                    tell(f"{module}: {done} of {len(every)}")
        time.sleep(0.01)


def _tried(module: str, mutant: Mutant) -> int:
    put_in_place(module, mutant)
    return nearest_tests(module)


def run(module: str, jobs: int) -> dict[str, Any]:
    """The score of one module, printed and given; living mutants are explained or not."""
    source = ROOT / f"kustomer_sandbox/{module.replace('.', '/')}.py"
    every = mutants(source.read_text(encoding="utf-8"))
    living = []
    for mutant in survivors(module, jobs, every):
        known = explained(module, str(mutant))
        tell(f"{module}:{mutant.line} lives{' (explained)' if known else ''}: {mutant}")
        living.append(str(mutant))
    score: dict[str, Any] = {"mutants": len(every), "living": sorted(living)}
    tell(f"{module}: {len(every) - len(living)} of {len(every)} killed")
    return score


def main() -> int:
    """Exit code 1 where a mutant lives that nobody has explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="parts of the names of modules; without, all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep the scores for docs/proofs.md")
    given = parser.parse_args()
    found: dict[str, Any] = {}
    for module in NEAREST:
        if not given.parts or any(part in module for part in given.parts):
            found[module] = run(module, given.jobs)
            if given.write:
                kept = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {}
                SCORES.write_text(json.dumps(kept | found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    mutated = sum(score["mutants"] for score in found.values())
    living = [(module, told) for module, score in found.items() for told in score["living"]]
    tell(f"{mutated - len(living)} of {mutated} mutants killed ({(mutated - len(living)) / max(mutated, 1):.1%})")
    return any(not explained(module, told) for module, told in living)


if __name__ == "__main__":
    sys.exit(main())
