"""Test cases of the vendor's evaluations as skeletons of scenarios (page `api/ai` of its documentation).

A case says what is asked, about which record, what should come out and which tools should be called. What can be judged
by here is taken over; the rest is told in the skeleton's comments, for a person to fill in.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MOST_CASES = 30
"""How many test cases an evaluation has at most."""

_TEXTS = ("input", "resourceType", "resourceId", "expectedOutput")
_CALLS = "toolCalls"
_STATE = "record_has, record_gone, made, nothing_else_changed"
_WIDTH = 120


class WrongCases(Exception):
    """Why a file holds no test cases."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One test case; `calls` are the names of tools with what stood beside them."""

    texts: Mapping[str, str]
    calls: tuple[tuple[str, Any], ...]


def skeletons(text: str, tools: Container[str]) -> dict[str, str]:
    """Scenario files by their names, one for each case; `tools` are those that a criterion can ask for.

    Raises `WrongCases`.
    """
    try:
        told = json.loads(text)
    except ValueError as fault:
        raise WrongCases(f"is no JSON: {fault}") from None
    if not isinstance(told, list) or not told:
        raise WrongCases("must be a list of test cases")
    if len(told) > MOST_CASES:
        raise WrongCases(f"has {len(told)} test cases; an evaluation has at most {MOST_CASES}")
    cases = [_case(number, case) for number, case in enumerate(told, 1)]
    return {f"case-{number:02}.yaml": _skeleton(number, case, tools) for number, case in enumerate(cases, 1)}


def _case(number: int, told: object) -> _Case:
    if not isinstance(told, dict):
        raise WrongCases(f"test case {number} must be an object")
    if unknown := sorted(told.keys() - {*_TEXTS, _CALLS}):
        raise WrongCases(f"test case {number} has {unknown[0]!r}, which is none of {', '.join((*_TEXTS, _CALLS))}")
    texts = {name: told.get(name) or "" for name in _TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise WrongCases(f"test case {number}: {name} must be a text")
    if not texts["input"].strip():
        raise WrongCases(f"test case {number}: input must say something")
    calls = told.get(_CALLS) or []
    if not isinstance(calls, list):
        raise WrongCases(f"test case {number}: {_CALLS} must be a list")
    return _Case(texts=texts, calls=tuple(_call(number, call) for call in calls))


def _call(number: int, told: object) -> tuple[str, Any]:
    """The name of a tool, and the whole of what stood there. The vendor's page does not say what a call looks like."""
    name = told.get("name") if isinstance(told, dict) else told
    if not isinstance(name, str) or not name:
        raise WrongCases(f"test case {number}: each of {_CALLS} must be the name of a tool, or an object with a `name`")
    return name, told


def _skeleton(number: int, case: _Case, tools: Container[str]) -> str:
    known = list(dict.fromkeys(name for name, _ in case.calls if name in tools))
    criteria = [{"called": {"call": {"tool": name}}} for name in known]
    body = {"prompt": case.texts["input"].strip(), "criteria": criteria}
    comments = "".join(f"# {line}\n" for line in _comments(number, case, tools))
    return comments + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _comments(number: int, case: _Case, tools: Container[str]) -> Iterator[str]:
    """What a person has to fill in. JSON keeps each text on a line of its own."""
    yield f"Test case {number} of an evaluation. Before it can be graded by, it needs:"
    about = " ".join(filter(None, (case.texts["resourceType"], case.texts["resourceId"])))
    stands = about and f", with what stands for {_quoted(about)}"
    yield f"- records: sections such as customers and conversations{stands}."
    yield f"- criteria about the world in the end: {_STATE}."
    if case.texts["expectedOutput"]:
        yield f"- what of the expected output can be seen in the world: {_quoted(case.texts['expectedOutput'])}."
    for name, told in case.calls:
        if name not in tools:
            yield f"- what stands for this call, whose tool is not known here: {_quoted(told)}."
        elif isinstance(told, dict) and len(told) > 1:
            yield f"- what has come of this call, as a criterion: {_quoted(told)}."
    yield "docs/scenarios.md has all sections, docs/criteria.md all criteria; `scenarios lint` says what is missing."


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
