"""What a refused call was refused for, as the journal keeps it: places and reasons, in the schema's words alone.

A pointer may hold what a caller made up: a field nobody knows, a key of a free object. What does not look like a name
is shown as `***`, for it may be a value in the wrong place.
"""

from __future__ import annotations

import re

from kustomer_sandbox.simulator.operations.journal_steps import problem
from kustomer_sandbox.simulator.values.errors import WHOLE_BODY, Problem, Refusal

_NAME = re.compile(r"[A-Za-z_$][\w$.-]{0,63}", re.ASCII)
_WITHOUT_DIGITS = re.compile(r"[A-Za-z_$][A-Za-z_$.-]{0,63}", re.ASCII)
_POSITION = re.compile(r"\d{1,4}", re.ASCII)


def problems_of(refusal: Refusal) -> tuple[dict[str, str], ...]:
    """Each thing that is wrong with a call: `{"at": "/name", "reason": "must be a string"}`."""
    return tuple(map(_kept, refusal.problems))


def _kept(told: Problem) -> dict[str, str]:
    at = _shown(told) if told.pointer else told.parameter
    reason = _without_place(told)
    # A message that begins otherwise than with the place may have it in the middle.
    return problem(at, reason if at in (told.pointer, told.parameter) or reason != told.message else "")


def _without_place(told: Problem) -> str:
    """The message without the place it is about, which stands before it."""
    places = (told.pointer, told.pointer[1:], told.parameter, "The body" if told.pointer == WHOLE_BODY else "")
    for place in filter(None, places):
        if told.message.startswith(f"{place} "):
            return told.message[len(place) + 1 :].removesuffix(".")
    return told.message.removesuffix(".")


def _shown(told: Problem) -> str:
    *above, last = told.pointer.split("/")
    kept = [_masked(step, _NAME) for step in above]
    return "/".join([*kept, _masked(last, _WITHOUT_DIGITS if told.is_unknown_field else _NAME)])


def _masked(step: str, name: re.Pattern[str]) -> str:
    return step if not step or name.fullmatch(step) or _POSITION.fullmatch(step) else "***"
