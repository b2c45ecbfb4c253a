"""What a start tells: for people, as one JSON line, or as lines for a shell to read.

A value stands alone at the end of its line, whole and without spaces after it: it can be copied from any terminal,
however narrow, and read from any pipe.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from kustomer_sandbox.command.settings import TOKEN_ENV

Facts = Mapping[str, str]
Form = Literal["text", "json", "env"]
Control = Literal["open", "token", "closed"]

VARIABLES = {
    "BASE": "base_url",
    "KEY": "api_key",
    "MCP_URL": "mcp_url",
    "DISCOVERY_URL": "discovery_url",
    "ACCOUNT": "account_id",
    "API_TOKEN": "api_token",
    "WORLD": "world",
}
"""What the documentation's commands call the facts."""

_PROMPT = "prompt"
_WIDTH = max(map(len, VARIABLES.values())) + 2


def ready_text(facts: Facts, form: Form, control: Control = "open") -> str:
    """All that is printed once, when the sandbox is ready; `control` is who may use its control API."""
    if form == "json":
        return json.dumps(facts) + "\n"
    return as_env(facts) if form == "env" else as_text(facts, control)


def as_env(facts: Facts) -> str:
    """`export BASE=…` and so on: for `eval`, or to be sourced."""
    given = {name: facts.get(fact) for name, fact in VARIABLES.items()}
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in given.items() if value)


def as_text(facts: Facts, control: Control = "open") -> str:
    """Facts under the names that the documentation uses, and what to do with them."""
    shown = [f"{name:<{_WIDTH}}{value}" for name, value in facts.items() if name != _PROMPT]
    lines = ["Kustomer Sandbox is ready.", "", *shown, "", *_next_steps(facts, control)]
    return "\n".join(lines) + "\n"


def _next_steps(facts: Facts, control: Control) -> list[str]:
    base, command = facts["base_url"], command_as_typed()
    is_demo = facts["world"] == "demo"
    path = "/v1/customers/email=jane.doe@example.com" if is_demo else "/v1/customers"
    title = "Look at Jane Doe, whose phone is masked:" if is_demo else "Look at the customers:"
    steps = [(title, f"curl -H 'Authorization: Bearer {facts['api_key']}' {base}{path}")]
    if mcp_url := facts.get("mcp_url"):
        steps.append(("Give the tools to Claude Code:", f"claude mcp add --transport http kustomer {mcp_url}"))
    steps.append(("Have $KEY, $BASE and the others in another terminal:", f'eval "$({command} env)"'))
    if prompt := facts.get(_PROMPT):
        steps += [("The task of this scenario:", prompt), ("See whether it is done:", f"{command} grade")]
    if control != "closed":
        token = f'-H "Authorization: Bearer ${TOKEN_ENV}" ' if control == "token" else ""
        reset = f"curl -X POST {token}{base}/_sandbox/worlds/{facts['world']}/reset"
        steps.append(("Put everything back to the start:", reset))
    told = [line for title, step in steps for line in (title, f"  {step}")]
    return [*told, f"Every operation, to read and to try: {base}/docs", "Stop it with Ctrl-C."]


def command_as_typed() -> str:
    """How a reader calls this command in another terminal: by its name, or by its path where no PATH leads to it."""
    script = Path(sys.argv[0])
    if script.stem != "kustomer-sandbox":
        return f"{shlex.quote(sys.executable)} -m kustomer_sandbox"
    if script.is_absolute() and script.is_relative_to(Path.cwd()):
        # An environment in the working directory, such as nox makes: its PATH ends with this process.
        return shlex.quote(str(script.relative_to(Path.cwd())))
    return script.stem if shutil.which(script.stem) else shlex.quote(str(script.absolute()))
