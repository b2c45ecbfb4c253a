"""The page of criteria: `python -m kustomer_sandbox.grading.criteria.page > docs/criteria.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kustomer_sandbox.grading.criteria.reading import kinds
from kustomer_sandbox.grading.criteria.values import MATCHERS
from kustomer_sandbox.grading.criteria.words import CALL, CriterionKind

_HEAD = """\
# Criteria

Made by `python -m kustomer_sandbox.grading.criteria.page > docs/criteria.md` from the criteria's own functions.

What a scenario's `criteria` can demand; [grading.md](grading.md) says how they are used. A criterion without arguments
is its name alone. Operations are named as in `/openapi.json`, records as `@section.entry` or by id. A *call* is a
mapping with some of {fields};
it is one that succeeded, unless a `status` (`429`, `4xx`) is given. What happens by itself is a call of the method
`DUE`, what is tied to calls one of `WHEN`.

In `values`, attributes are named by their paths (`status`, `custom.tierStr`) and relations by their names (`queue`, an
id). In place of a value may stand what is true of it:

| | |
| --- | --- |
{matchers}
"""


def page() -> str:
    """The whole page."""
    matchers = "\n".join(f"| `{{{name}: …}}` | {told} |" for name, told in MATCHERS.items())
    fields = ", ".join(f"`{name}`" for name in CALL["properties"])
    parts = [_HEAD.format(fields=fields, matchers=matchers)]
    for about, title in (("state", "The state"), ("trace", "The trace"), ("cost", "The cost")):
        parts.append(f"## {title}\n")
        parts += [_told(kind) for kind in kinds().values() if kind.about == about]
    return "\n".join(parts)


def _told(kind: CriterionKind) -> str:
    return "\n".join([f"### `{kind.name}`\n", f"{kind.told}\n", *_arguments(kind)])


def _arguments(kind: CriterionKind) -> Iterator[str]:
    for name, schema in kind.arguments.items():
        needed = "" if name in kind.required else " (may be left out)"
        yield f"* `{name}`{needed}: {schema.get('description', '')}"
    if kind.arguments:
        yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
