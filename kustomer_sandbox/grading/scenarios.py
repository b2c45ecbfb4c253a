"""The shipped scenarios, and one's own: files whose criteria are known to be ones that can be judged by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.contracts.sources.scenario_files import scenario_files
from kustomer_sandbox.grading.criteria.reading import WrongCriterion, read_criteria
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario, load_scenario
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError

YAML = (".yaml", ".yml")
"""What the name of a scenario file ends in."""


@cache
def load_scenarios() -> Mapping[str, FileScenario]:
    """The shipped scenarios by name, each with its prompt and criteria. Raises `ScenarioError`."""
    contracts = load()
    return {file.stem: checked(load_scenario(file), contracts) for file in scenario_files()}


def checked(scenario: FileScenario, contracts: Contracts) -> FileScenario:
    """The same scenario. Raises `ScenarioError` with file and line for a criterion that nobody can judge by."""
    try:
        read_criteria(scenario.criteria, contracts)
    except WrongCriterion as wrong:
        raise ScenarioError(scenario.file, scenario.document.line(("criteria", *wrong.place)), str(wrong)) from None
    return scenario


def scenario_named(name: str, contracts: Contracts) -> FileScenario:
    """A shipped scenario by its name, or one's own by its path. Raises `ScenarioError`, or `OSError`."""
    if name.endswith(YAML):
        return checked(load_scenario(Path(name)), contracts)
    found = load_scenarios().get(name)
    if found is None:
        raise ScenarioError(name, 0, f"is no scenario file and none of {', '.join(load_scenarios())}")
    return found
