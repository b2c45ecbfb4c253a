"""What `docs/conformance.md` says; `python -m tests.scoring` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kustomer_sandbox.command.checking.reporting.score import COLUMNS
from tests.scoring.measure import OURS, SCORES
from tests.scoring.mocks import MOCKS, NOT_MEASURED

PAGE: Final = Path(__file__).parents[2] / "docs" / "conformance.md"
_Score = Mapping[str, Any]

_BEGIN = """\
<!-- Written by `python -m tests.scoring`; a test holds it to what it tells of. -->
# Conformance

What the checks of [`kustomer-sandbox check`](command-line.md#checking-a-target) find, by group. *Verified*: the target
did what the rule says. *Departed*: it did something else. *Unknown*: the check was not applicable (nothing there to
look at, or no clock and roles to move), not allowed, or not asked. There is no sum: a group of three checks weighs no
less than one of three hundred, and no number says which of them your program needs.

`kustomer-sandbox check --score` prints such a table of any target. The checks were written for this sandbox, from the
vendor's pages and recorded traffic: that it keeps them says that it does what it claims, not that the claims are true.
[The ledger](../contracts/behaviours.yaml) has the source of each rule, and how sure it is.

## This sandbox

The simulator in process, and its MCP server over HTTP (group `mcp`); a test holds the number of checks to the code.
"""
_MOCKS = """\
## Mocks that know the OpenAPI file alone

What a general mock makes of the same operations: each serves what `kustomer-sandbox openapi` prints, and is asked over
a socket, with writes allowed, and no clock or keys to move. It has no memory and no rules, and was never meant to: the
table shows what a client goes without that is tested against one. What such a mock keeps by chance counts as verified.
Where the file has no example, Prism answers with the word `string`, which is no id, so few of its answers fit their
schemas; generated answers are of seed 0. Each cell: verified / departed / unknown.
"""
_AGAIN = """\
## Measure it again

```console
python3 run.py -s score
```

installs the mocks at the versions of `tests/scoring/node`, measures all and writes this page;
`python3 run.py -s score -- ours` measures the sandbox alone, which needs no Node and takes half a minute.
"""


def scores() -> Mapping[str, _Score]:
    """The scores that were measured last, by who was measured."""
    found: Mapping[str, _Score] = json.loads(SCORES.read_text("utf-8"))
    return found


def page() -> str:
    """The whole page."""
    known = scores()
    return "\n".join([_BEGIN, *_table(known[OURS]), _MOCKS, *_mocks(known), *_others(), _AGAIN])


def _table(score: _Score) -> Iterator[str]:
    yield f"Measured on {score['date']}, version {score['version']}."
    yield from ("", f"| group | {' | '.join(COLUMNS)} |", "| --- |" + " --- |" * len(COLUMNS))
    for group, counts in score["groups"].items():
        yield f"| {group} | {' | '.join(str(counts[name] or '·') for name in COLUMNS)} |"
    yield ""


def _mocks(known: Mapping[str, _Score]) -> Iterator[str]:
    found = [known[name] for name in MOCKS if name in known]
    yield f"| group | {' | '.join(str(score['target']) for score in found)} |"
    yield "| --- |" + " --- |" * len(found)
    for group in known[OURS]["groups"]:
        yield f"| {group} | {' | '.join(map(_cell, (score['groups'][group] for score in found)))} |"
    yield from ("", f"Measured on {', '.join(sorted({score['date'] for score in found}))}.", "")


def _cell(counts: Mapping[str, int]) -> str:
    return " / ".join(str(counts[name] or "·") for name in COLUMNS)


def _others() -> Iterator[str]:
    yield from ("Tried, and not measured:", "")
    yield from (f"- {name}: {why}." for name, why in NOT_MEASURED.items())
    yield ""
