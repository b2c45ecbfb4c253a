"""Runs every measurement, or those named; prints a table or JSON and ends with 1 when a target is missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator

from bench import (
    broad_searching,
    fleet,
    in_process,
    peers,
    scenarios,
    searching,
    startup,
    stores,
    test_kit,
    throughput,
    tool_list,
    tools,
    worlds,
)
from bench.figures import Figure, table
from bench.history import keep
from bench.processes import CORES, pin
from bench.targets import TARGETS

CASES: dict[str, Callable[[], Iterator[Figure]]] = {
    "throughput": throughput.measure,
    "stores": stores.measure,
    "startup": startup.measure,
    "in-process": in_process.measure,
    "worlds": worlds.measure,
    "fleet": fleet.measure,
    "searching": searching.measure,
    "broad-searching": broad_searching.measure,
    "tools": tools.measure,
    "tool-list": tool_list.measure,
    "scenarios": scenarios.measure,
    "peers": peers.measure,
    "test-kit": test_kit.measure,
}
NOTE = (
    "Each ratio is the median over rounds in which both sides were measured in turns on this machine; its target\n"
    "is held against that median, without a margin. Other work on the machine makes the range wide: repeat a miss\n"
    "on a quiet one."
)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="case", help=f"any of {', '.join(CASES)}; all if left out")
    parser.add_argument("--json", action="store_true", help="print one JSON list instead of the table")
    parser.add_argument("--keep", metavar="NOTE", help="add a line to bench/history.jsonl: say what machine it was")
    asked = parser.parse_args()
    unknown = set(asked.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if len(CORES) > 1:
        pin(0, 1)
    figures = list(_measured(asked.cases or list(CASES)))
    if asked.keep is not None:
        keep(figures, asked.keep)
    missed = [figure.name for figure in figures if figure.is_missed]
    if asked.json:
        print(json.dumps([figure.shown() for figure in figures], indent=1))
    else:
        print(table(figures), NOTE, sep="\n\n")
        print(f"\nmissed: {'; '.join(missed)}" if missed else "\nevery target is met")
        if not asked.cases and (untold := TARGETS.keys() - {figure.name for figure in figures}):
            print(f"not measured: {'; '.join(sorted(untold))}")
    return 1 if missed else 0


def _measured(cases: list[str]) -> Iterator[Figure]:
    for name in cases:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        yield from CASES[name]()


if __name__ == "__main__":
    sys.exit(main())
