"""Looks at what the sandbox needs of a machine, and says what to mend."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kustomer_sandbox import __version__
from kustomer_sandbox.command.running.found import find_running
from kustomer_sandbox.command.settings import FILE, SettingsFileError, file_defaults, unknown_variables
from kustomer_sandbox.serving import listen

if TYPE_CHECKING:
    from typer.core import TyperCommand

Verdict = Literal["ok", "note", "mend"]
"""`note` is worth knowing and does no harm; `mend` keeps something from working."""

OLDEST_PYTHON = (3, 11)
PORTS = {8700: "up", 8701: "simulator", 8702: "mcp"}
LIBRARIES = ("fastapi", "starlette", "uvicorn", "httpx", "mcp", "pydantic", "typer")
EXTRAS = {
    "pytest": "the fixtures for tests: kustomer-sandbox[pytest]",
    "respx": "the fixture kustomer_respx: kustomer-sandbox[pytest]",
    "hypothesis": "the examples of the laws of `check`: kustomer-sandbox[check]",
    "opentelemetry-sdk": "traces of the MCP server: docs/mcp.md",
}
_WAIT_SECONDS = 10.0
_UNAUTHORIZED = 401


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """One thing that was looked at. `told` never holds a secret."""

    name: str
    verdict: Verdict
    told: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """All of them, in the order in which they were looked at."""

    found: tuple[Examined, ...]

    @property
    def is_well(self) -> bool:
        return all(finding.verdict != "mend" for finding in self.found)

    def as_json(self) -> str:
        return json.dumps({"ok": self.is_well, "version": __version__, "checks": [asdict(item) for item in self.found]})

    def as_text(self) -> str:
        lines = [f"{item.verdict:<6}{item.name}: {item.told}" for item in self.found]
        last = "All is well." if self.is_well else "What is marked `mend` keeps something from working."
        return "\n".join([*lines, "", last])


def examine(
    root: TyperCommand,
    folder: Path,
    environment: Mapping[str, str],
    *,
    state: Path | None,
    upstream: str,
    key_env: str,
) -> Examination:
    """Look at everything; `state` and `upstream` only if they are given."""
    found = [_python(), *_libraries(), *_extras(), *_settings(root, folder, environment), *_ports(environment)]
    found.append(_runtime_folder(environment))
    if state is not None:
        found.append(_state(state))
    if upstream:
        found.append(_upstream(upstream, environment.get(key_env, "") if key_env else ""))
    return Examination(found=tuple(found))


def _python() -> Examined:
    told = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    if sys.version_info < OLDEST_PYTHON:
        return Examined(name="python", verdict="mend", told=f"{told}; 3.11 or newer is needed")
    return Examined(name="python", verdict="ok", told=told)


def _libraries() -> Iterator[Examined]:
    yield Examined(name="kustomer-sandbox", verdict="ok", told=__version__)
    for name in LIBRARIES:
        version = _version(name)
        if version is None:
            yield Examined(name=name, verdict="mend", told="is not installed; install kustomer-sandbox anew")
        else:
            yield Examined(name=name, verdict="ok", told=version)


def _extras() -> Iterator[Examined]:
    for name, purpose in EXTRAS.items():
        version = _version(name)
        told = version or f"is not installed, and need not be; it brings {purpose}"
        yield Examined(name=name, verdict="ok" if version else "note", told=told)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _settings(root: TyperCommand, folder: Path, environment: Iterable[str]) -> Iterator[Examined]:
    try:
        file_defaults(folder, root)
    except SettingsFileError as fault:
        yield Examined(name="settings file", verdict="mend", told=str(fault))
    else:
        told = f"{folder / FILE}" if (folder / FILE).is_file() else f"there is no {FILE} here; `init` writes one"
        yield Examined(name="settings file", verdict="ok", told=told)
    for told in unknown_variables(environment, root):
        yield Examined(name="variable", verdict="note", told=f"no option reads {told}")


def _ports(environment: Mapping[str, str]) -> Iterator[Examined]:
    ours = {running.port: running for running in find_running(environment)}
    for port, command in PORTS.items():
        name = f"port {port}"
        if port in ours:
            yield Examined(name=name, verdict="ok", told=f"a sandbox runs on it, version {ours[port].version}")
            continue
        try:
            listen("127.0.0.1", port).close()
        except OSError as fault:
            told = f"`{command}` cannot have it ({fault.strerror}); give it another with --port"
            yield Examined(name=name, verdict="note", told=told)
        else:
            yield Examined(name=name, verdict="ok", told=f"is free for `{command}`")


def _runtime_folder(environment: Mapping[str, str]) -> Examined:
    from kustomer_sandbox.mcp_server.state.user_folder import folder_of_user, refuse_a_foreign_folder  # noqa: PLC0415

    folder = folder_of_user(environment)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_a_foreign_folder(folder)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        told = f"{folder} cannot be written, or is not yours alone: unmasking windows of the MCP server are not opened"
        return Examined(name="runtime folder", verdict="mend", told=told)
    return Examined(name="runtime folder", verdict="ok", told=str(folder))


def _state(state: Path) -> Examined:
    from kustomer_sandbox.mcp_server.state.database import StateUnavailable  # noqa: PLC0415 - only if asked for
    from kustomer_sandbox.mcp_server.state.opening import FILE as STATE_FILE  # noqa: PLC0415
    from kustomer_sandbox.mcp_server.state.opening import CannotOpenState, open_state  # noqa: PLC0415
    from kustomer_sandbox.mcp_server.state.tokens import random_hex  # noqa: PLC0415

    if not (state / STATE_FILE).is_file():
        return Examined(name="state", verdict="note", told=f"{state} is not there yet; the first start makes it")
    try:
        open_state(state, random_hex=random_hex).close()
    except (CannotOpenState, StateUnavailable) as fault:
        return Examined(name="state", verdict="mend", told=str(fault))
    return Examined(name="state", verdict="ok", told=f"{state} can be used")


def _upstream(upstream: str, key: str) -> Examined:
    import httpx  # noqa: PLC0415 - only if asked for

    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{upstream.rstrip('/')}/v1/users/current", headers=headers, timeout=_WAIT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        told = f"cannot be reached ({type(fault).__name__}); --upstream takes an origin such as https://api.kustomerapp.com"
        return Examined(name="upstream", verdict="mend", told=told)
    if key and answer.status_code == _UNAUTHORIZED:
        return Examined(name="upstream", verdict="mend", told="answers, and refuses the key (401)")
    if answer.is_success or answer.status_code == _UNAUTHORIZED:
        told = "answers, and takes the key" if key else "answers; --key-env names the variable with a key to try"
        return Examined(name="upstream", verdict="ok", told=told)
    return Examined(name="upstream", verdict="mend", told=f"answers {answer.status_code}: is it a Kustomer API?")
