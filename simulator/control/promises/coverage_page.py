"""The page of all operations: run as a module it prints `docs/coverage.md`."""

from __future__ import annotations

from itertools import groupby

from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.control.promises.coverage import OperationCovered, covered

_HEAD = """# Coverage

Every operation that Kustomer is known to have, by area; `GET /_sandbox/coverage` answers the same as JSON. Made by
`python -m kustomer_sandbox.simulator.control.promises.coverage_page`. *Documented*: the vendor's pages have it; if not,
programs that use the API attest it. *Seeded*: the demo world has a record of its type. *Assumed*: which parts are our
reading, or why the operation is not served. A call of one that is not served is a 404 whose `meta` says so.

{served} operations are served, {unserved} are known and not served.
"""
_COLUMNS = "| operation | served | documented | seeded | assumed | tools |\n| --- | --- | --- | --- | --- | --- |"


def coverage_page(every: list[OperationCovered]) -> str:
    """The page, as Markdown."""
    served = sum(each.served for each in every)
    parts = [_HEAD.format(served=served, unserved=len(every) - served)]
    by_area = sorted(every, key=lambda each: (each.area, each.path, each.method))
    for area, operations in groupby(by_area, key=lambda each: each.area):
        parts.append("\n".join([f"## {area}\n", _COLUMNS, *map(_row, operations)]) + "\n")
    return "\n".join(parts)


def _row(each: OperationCovered) -> str:
    cells = [
        f"`{each.method} {each.path}`",
        _mark(each.served),
        _mark(each.documented),
        _mark(each.seeded),
        each.why or ", ".join(each.assumed),
        ", ".join(f"`{tool}`" for tool in each.tools),
    ]
    return f"| {' | '.join(cells)} |"


def _mark(is_so: bool) -> str:  # noqa: FBT001 - a cell
    return "●" if is_so else ""


if __name__ == "__main__":
    print(coverage_page(covered(create_api())), end="")  # noqa: T201 - the page goes to standard output
