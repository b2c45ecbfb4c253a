"""Reads exported task folders by Harbor's own classes, as before a trial. Run in an environment that has Harbor."""

from __future__ import annotations

import json
import sys

from harbor.models.task.task import Task
from harbor.models.task.verifier_mode import resolve_verifier_environment_definition


def main() -> None:
    for folder in sys.argv[1:]:
        task = Task(folder)
        assert Task.is_valid_dir(folder), folder
        assert task.config.schema_version == "1.4", task.config.schema_version
        (artifact,), (collected,) = task.config.artifacts, task.config.verifier.collect
        assert (artifact.service, collected.service) == ("sandbox", "sandbox"), (artifact, collected)
        judge = resolve_verifier_environment_definition(task.config, task.paths)
        assert judge is not None, "the judge would work in the agent's container"
        assert judge.bundled_tests, "the judge's image has no tests"
        assert task.instruction.strip(), folder
    sys.stdout.write(json.dumps(len(sys.argv[1:])))


if __name__ == "__main__":
    main()
