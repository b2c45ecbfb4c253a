"""Which checks are run: all of them, those of some groups, or some by name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from kustomer_sandbox.contracts.suite.catalogue import catalogue
from kustomer_sandbox.contracts.suite.groups import GROUPS, TOOLS, group_of
from kustomer_sandbox.contracts.suite.laws.schema_checks import schema_checks
from kustomer_sandbox.contracts.suite.target import Check
from kustomer_sandbox.contracts.suite.tools.calling import CALLING
from kustomer_sandbox.contracts.suite.tools.listing import LISTING
from kustomer_sandbox.contracts.suite.tools.passing import PASSING
from kustomer_sandbox.contracts.suite.tools.scoping import SCOPING


class UnknownCheck(Exception):
    """No group or check has this name; the message says what there is."""


def selected(only: Sequence[str] = (), *, of_tools: bool = False) -> list[Check]:
    """The checks of an API, or `of_tools` of an MCP server, that are meant, by group.

    `only` has names of groups and checks; none means all. Raises `UnknownCheck`.
    """
    every = [*schema_checks(), *catalogue().values(), *LISTING, *CALLING, *SCOPING, *PASSING]
    every.sort(key=lambda check: GROUPS.index(group_of(check)))
    known = {*GROUPS, *(check.name for check in every)}
    for name in only:
        if name not in known:
            raise UnknownCheck(f"there is no group or check {name}{_nearest(name, known)}; groups: {', '.join(GROUPS)}")
    wanted = set(only)
    meant = [check for check in every if (group_of(check) == TOOLS) is of_tools]
    return [check for check in meant if not wanted or wanted & {check.name, group_of(check)}]


def _nearest(name: str, known: set[str]) -> str:
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""
