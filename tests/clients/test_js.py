"""The TypeScript client goes with this package: same version, the documented snippet, the control API's shapes.

What it does is tried by `nox -s js`, which needs Node.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from kustomer_sandbox import __version__
from kustomer_sandbox.episodes import models as episodes
from kustomer_sandbox.grading import shapes as grading
from kustomer_sandbox.mcp_server.management import management_models as management
from kustomer_sandbox.simulator.control import fault_models as faults
from kustomer_sandbox.simulator.control import models, view_models
from kustomer_sandbox.simulator.control.views import JournalFilter, SummaryFilter

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "js"
PACKAGE = json.loads((CLIENT / "package.json").read_text("utf-8"))
LOCK = json.loads((CLIENT / "package-lock.json").read_text("utf-8"))
SHAPES = "".join((CLIENT / "src" / name).read_text("utf-8") for name in ("shapes.ts", "seen.ts"))
INTERFACE = re.compile(r"^export interface (\w+)(?: extends (.+?))? \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (\w+)\??:", re.MULTILINE)
FAULT = re.compile(r"\{ kind: \"(\w+)\"(.*?) \}")

SAME: dict[str, type[BaseModel]] = {
    "NewWorld": models.NewWorld,
    "WorldShown": models.WorldShown,
    "ClockShown": models.ClockShown,
    "NewKey": models.NewKey,
    "KeyMade": models.KeyMade,
    "FaultMatch": faults.FaultMatchShape,
    "NewFault": faults.NewFault,
    "FaultArmed": faults.FaultArmed,
    "SummaryFilter": SummaryFilter,
    "JournalFilter": JournalFilter,
    "TraceStep": view_models.TraceStep,
    "RecordChange": view_models.RecordChangeShown,
    "JournalEntry": view_models.JournalEntryShown,
    "JournalPage": view_models.JournalPage,
    "RefusedKind": view_models.RefusedKindShown,
    "WarningKind": view_models.WarningKindShown,
    "JournalSummary": view_models.JournalSummaryShown,
    "Budget": view_models.BudgetShown,
    "ObjectBudget": view_models.ObjectBudgetShown,
    "LimitsShown": view_models.LimitsShown,
    "WindowShown": view_models.WindowShown,
    "DraftShown": view_models.DraftShown,
    "SnapshotShown": view_models.SnapshotShown,
    "Change": view_models.ChangeShown,
    "TypeDiff": view_models.TypeDiffShown,
    "DiffShown": view_models.DiffShown,
    "ServerConfig": management.ServerConfig,
    "McpUrlMade": episodes.McpUrlMade,
    "NewEpisode": episodes.NewEpisode,
    "EpisodeBegun": episodes.EpisodeBegun,
    "EpisodeEnded": episodes.EpisodeEnded,
    "Verdict": grading.VerdictShown,
}


def fields(interface: str) -> set[str]:
    """The names of an interface's fields, those it inherits included."""
    inherited, body = {name: (base, body) for name, base, body in INTERFACE.findall(SHAPES)}[interface]
    own = set(FIELD.findall(body))
    if not inherited:
        return own
    (base,) = (word for word in re.findall(r"\w+", re.sub(r'"\w+"', "", inherited)) if word not in {"Required", "Omit"})
    return own | fields(base) - set(re.findall(r'"(\w+)"', inherited))


@pytest.mark.parametrize("interface", sorted(SAME))
def test_an_interface_has_the_fields_of_the_control_api(interface: str) -> None:
    """The types are written by hand; whoever changes a shape of the control API is told here."""
    assert fields(interface) == set(SAME[interface].model_fields)


def test_every_fault_is_typed() -> None:
    """With all the options that it has."""
    given = {kind: {"kind", *re.findall(r"(\w+)\??: ", rest)} for kind, rest in FAULT.findall(SHAPES)}
    shapes = faults.AnyFault.__args__[0].__args__
    assert given == {shape.model_fields["kind"].annotation.__args__[0]: set(shape.model_fields) for shape in shapes}


def test_the_client_has_the_version_of_the_package() -> None:
    """It stands in `kustomer_sandbox/__init__.py`, and whoever changes it there is told of the others."""
    assert [PACKAGE["version"], LOCK["version"], LOCK["packages"][""]["version"]] == [__version__] * 3


def test_the_client_depends_on_nothing() -> None:
    """What its tests need is pinned; what it is used with, Vitest, is its user's."""
    assert "dependencies" not in PACKAGE
    assert all(re.fullmatch(r"[\d.]+", version) for version in PACKAGE["devDependencies"].values())


def test_what_the_package_offers_has_a_source() -> None:
    """An entrance that leads nowhere would only be found by who installs it."""
    offered = [entry["default"] for entry in PACKAGE["exports"].values() if isinstance(entry, dict)]
    sources = [CLIENT / "src" / f"{Path(path).stem}.ts" for path in offered]
    assert [source.name for source in sources if not source.is_file()] == []


def test_the_documented_snippet_is_the_one_that_is_run() -> None:
    """`docs/languages.md` shows the file that `nox -s js` runs, to the letter."""
    page = (ROOT / "docs" / "languages.md").read_text("utf-8")
    assert f"```ts\n{(CLIENT / 'examples' / 'support.test.ts').read_text('utf-8')}```" in page
