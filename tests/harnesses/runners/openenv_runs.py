"""Scripted runs through an exported environment of OpenEnv, all at once: prints the grade of each as JSON.

Run in an environment that has OpenEnv. Each argument is a folder with an export and, in `calls.json`, the calls; the
first four go over OpenEnv's own server, the others straight to the environment.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import uvicorn
from fastapi import FastAPI
from openenv.core.env_server.mcp_types import CallToolAction, ListToolsAction
from openenv.core.generic_client import GenericEnvClient

OVER_A_SERVER = 4


def main() -> None:
    folders = [Path(folder) for folder in sys.argv[1:]]
    environments = [(folder, _loaded(folder)) for folder in folders]
    with ThreadPoolExecutor(len(folders)) as pool:
        grades = list(pool.map(lambda given: _played(*given), enumerate(environments)))
    sys.stdout.write(json.dumps(grades))


def _loaded(folder: Path) -> tuple[ModuleType, ModuleType]:
    """The modules of one export: others have modules of the same names."""
    for name in ("kustomer_episode", "environment", "app"):
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("app"), importlib.import_module("environment")
    finally:
        sys.path.remove(str(folder))


def _played(number: int, given: tuple[Path, tuple[ModuleType, ModuleType]]) -> dict[str, Any]:
    folder, (app, environment) = given
    calls = [*json.loads((folder / "calls.json").read_text("utf-8")), {"tool": environment.FINISH, "arguments": {}}]
    if number < OVER_A_SERVER:
        return _over_a_server(app.app, calls)
    session = environment.KustomerEnvironment()
    begun = session.reset(seed=0)
    tools = session.step(ListToolsAction()).tools
    assert begun.prompt
    assert {call["tool"] for call in calls} <= {tool.name for tool in tools}
    for call in calls:
        seen = session.step(CallToolAction(tool_name=call["tool"], arguments=call["arguments"]))
        assert seen.error is None, seen.error
    session.close()
    return _scored(done=seen.done, reward=seen.reward, grade=seen.metadata["grade"])


def _over_a_server(app: FastAPI, calls: list[dict[str, Any]]) -> dict[str, Any]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            with GenericEnvClient(base_url=f"http://127.0.0.1:{door.getsockname()[1]}").sync() as client:
                assert client.reset(seed=0).observation["prompt"]
                for call in calls:
                    action = {"type": "call_tool", "tool_name": call["tool"], "arguments": call["arguments"]}
                    seen = client.step(action)
                return _scored(done=seen.done, reward=seen.reward, grade=_grade(seen))
        finally:
            server.should_exit = True
            thread.join()


def _grade(seen: Any) -> dict[str, Any]:
    """A server keeps metadata in the observation, or beside it."""
    return (seen.metadata or {}).get("grade") or seen.observation["metadata"]["grade"]


def _scored(*, done: bool, reward: float | None, grade: dict[str, Any]) -> dict[str, Any]:
    assert done, "the tool finish has not ended the episode"
    assert reward == float(grade["passed"]), (reward, grade)
    return grade


if __name__ == "__main__":
    main()
