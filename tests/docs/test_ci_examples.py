"""The CI files of `examples/ci` fit the action, the image and their tests; test_files.py has their schemas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from kustomer_sandbox import __version__
from kustomer_sandbox.command.settings import TOKEN_ENV
from tests.docs.printed import ROOT

FOLDER = ROOT / "examples" / "ci"
COMMANDS = ["pip install -r requirements.txt", "pytest test_teams.py"]
"""What `test_framework_examples.py` plays."""


@pytest.fixture(scope="module")
def steps() -> list[dict[str, Any]]:
    """Those of the one job of the workflow for GitHub."""
    (job,) = read(FOLDER / ".github/workflows/tests.yml")["jobs"].values()
    return list(job["steps"])


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    """The one job for GitLab."""
    return dict(read(FOLDER / ".gitlab-ci.yml")["tests"])


def read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text("utf-8")))


def test_actions_are_pinned_or_checked_out(steps: list[dict[str, Any]]) -> None:
    """The project's own is in the folder into which a step before has checked it out."""
    used = [step["uses"] for step in steps if "uses" in step]
    [(place, own)] = [(place, name) for place, name in enumerate(used) if not re.search(r"@[0-9a-f]{40}$", name)]
    assert own.removeprefix("./") in {step.get("with", {}).get("path") for step in steps[:place]}


def test_the_action_knows_its_inputs(steps: list[dict[str, Any]]) -> None:
    """One that it does not know would be ignored, with a warning that nobody reads."""
    (given,) = (step["with"] for step in steps if step.get("uses") == "./sandbox")
    assert given.keys() <= read(ROOT / "action.yml")["inputs"].keys()


def test_both_run_what_is_tried(steps: list[dict[str, Any]], job: dict[str, Any]) -> None:
    """And in the same order."""
    assert [step["run"] for step in steps if "run" in step] == COMMANDS
    assert job["script"] == COMMANDS


def test_the_service_is_found_by_its_name(job: dict[str, Any]) -> None:
    """Of this version, with a token that is long enough, and called as the image allows."""
    [service] = job["services"]
    assert service["name"].rpartition(":")[2] == __version__
    assert urlsplit(job["variables"]["KUSTOMER_SANDBOX_URL"]).hostname == service["alias"] == "sandbox"
    assert len(job["variables"][TOKEN_ENV]) >= 16
