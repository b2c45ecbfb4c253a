"""The calls of a run that passed, as the solution of a task: whoever makes them again passes."""

from __future__ import annotations

import json
from base64 import b64encode

from kustomer_sandbox.command.grading.harnesses.exported import NotExported
from kustomer_sandbox.contracts.call_headers import CALL_HEADER, TOOL_HEADER
from kustomer_sandbox.grading.bundle import Bundle, text_of_file
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario

_SENT = ("accept", "content-type", TOOL_HEADER, CALL_HEADER)
"""The headers that matter to an answer, and those that say which tool call asked; others are the client's own."""


def solution_of(bundle: Bundle, scenario: FileScenario, seed: str) -> str:
    """The calls as JSON, a call a line, each with the seconds after the run's beginning. Raises `NotExported`."""
    if bundle.scenario != scenario.name or bundle.text != text_of_file(scenario.file):
        raise NotExported(f"the bundle is of the scenario {bundle.scenario}, or of another version of it")
    if bundle.seed != seed:
        raise NotExported(f"the bundle is of a world with the seed {bundle.seed}; ids are others in that of {seed}")
    if not bundle.verdict["passed"]:
        raise NotExported("the bundle is of a run that has not passed, which is no solution")
    lines = [
        json.dumps(
            {
                "after": round((call.at - bundle.began_at).total_seconds(), 3),
                "method": call.request.method,
                "path": call.request.path,
                "query": call.request.query,
                "headers": {name: value for name, value in call.request.headers.items() if name.lower() in _SENT},
                "body": b64encode(call.request.body).decode(),
            }
        )
        for call in bundle.calls
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"
