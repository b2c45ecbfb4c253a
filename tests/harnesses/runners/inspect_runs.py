"""Scripted runs through exported tasks of Inspect, with its model that needs no network: prints the grades as JSON.

Run in an environment that has Inspect. Each argument is a folder with an export and, in `calls.json`, the calls.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from inspect_ai import eval as evaluated
from inspect_ai.model import ModelOutput, ModelUsage, get_model


def main() -> None:
    grades = [_played(Path(folder)) for folder in sys.argv[1:]]
    sys.stdout.write(json.dumps(grades))


def _played(folder: Path) -> dict[str, Any]:
    for name in ("kustomer_episode", "task"):
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    task = importlib.import_module("task").kustomer()
    sys.path.remove(str(folder))
    calls = json.loads((folder / "calls.json").read_text("utf-8"))
    said = [ModelOutput.for_tool_call("mockllm", call["tool"], call["arguments"]) for call in calls]
    said.append(ModelOutput.from_content("mockllm", "Done."))
    for output in said:
        # Else Inspect counts tokens itself, with a vocabulary from the network.
        output.usage = ModelUsage()
    model = get_model("mockllm/model", custom_outputs=said)
    (log,) = evaluated(task, model=model, display="none", log_dir=str(folder / "logs"))
    assert log.status == "success", log.error.message
    (sample,) = log.samples
    (score,) = sample.scores.values()
    grade = score.metadata["grade"]
    assert score.value == int(grade["passed"]), (score, grade)
    assert log.results.scores[0].metrics["accuracy"].value == score.value
    return grade


if __name__ == "__main__":
    main()
