"""What a worker is told of how it was asked for, as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

from kustomer_sandbox.command.asked_world import SandboxSettings

_OF_THE_PROCESS = {"control_token", "environment", "log_stream", "state", "workers"}
"""What a worker finds for itself, or is none of its business."""
_LISTS = {"cors", "allowed_hosts"}

ReplicaKind = Literal["simulator", "sandbox"]
"""What a replica serves: the simulator alone, or with it the tool server."""


def plan_for(
    settings: SandboxSettings, *, kind: ReplicaKind | Literal["worlds"], api_token: str = ""
) -> dict[str, Any]:
    """The options for a worker, of a fleet whose API token is given (`worlds`), or a replica.

    Secrets among them are for the socket between the processes alone.
    """
    told = {one.name: getattr(settings, one.name) for one in fields(settings) if one.name not in _OF_THE_PROCESS}
    if kind != "worlds":
        told["log"] = ""  # the main one shows what all were asked: their worlds have one journal
    stream = "stdout" if settings.log_stream is sys.stdout else "stderr"
    return {"settings": told, "log_stream": stream, "kind": kind, "api_token": api_token}


def settings_from(plan: Mapping[str, Any], *, control_token: str, environment: Mapping[str, str]) -> SandboxSettings:
    """The same options in the worker; what it logs goes where the main process's does."""
    told: dict[str, Any] = {name: tuple(value) if name in _LISTS else value for name, value in plan["settings"].items()}
    stream = sys.stdout if plan["log_stream"] == "stdout" else sys.stderr
    return SandboxSettings(**told, control_token=control_token, environment=environment, log_stream=stream)
