"""Which other reading of a rule is what an organisation does: the one under which our simulator departs just so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kustomer_sandbox.command.checking.places import InProcess
from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.contracts.suite.running import CheckResult, run_check
from kustomer_sandbox.contracts.suite.selecting import selected

_ID = re.compile("[0-9a-f]{24}")
_CODE = re.compile("[a-z][a-z0-9_]{0,39}")


def fitting_reading(departed: CheckResult) -> tuple[str, str] | None:
    """The rule and its reading that explain a departure; None if none that is known does.

    The check is run in worlds of this process, under each other reading of each rule it stands for.
    """
    (check,) = selected([departed.check])
    for rule in departed.rules:
        for reading in list(ledger()[rule].readings)[1:]:
            ours = run_check(check, InProcess(readings={rule: reading}))
            if ours.verdict == "departed" and _looks(ours) == _looks(departed):
                return rule, reading
    return None


def _looks(result: CheckResult) -> tuple[Any, ...]:
    last = result.sent[-1] if result.sent else None
    return (result.told, *((seen(result),) if last else ()))


def seen(result: CheckResult) -> str:
    """What was asked last and what came, in words without a value: method, path, parameters' names, status, codes."""
    if not result.sent:
        return "nothing was sent"
    last = result.sent[-1]
    call, _, query = last.call.partition("?")
    names = ", ".join(dict.fromkeys(part.partition("=")[0] for part in query.split("&") if part))
    asked = f"{_ID.sub('{id}', call)}{f' with {names}' if names else ''}"
    return f"{asked} answers {' '.join([str(last.status or 'nothing'), *codes(last.came)])}"


def codes(came: Any) -> Iterator[str]:  # noqa: ANN401 - what came of a call
    """The codes of a refusal, if they look like codes."""
    for entry in came if isinstance(came, list) else ():
        code = entry.get("code") if isinstance(entry, dict) else None
        if isinstance(code, str) and _CODE.fullmatch(code):
            yield code
