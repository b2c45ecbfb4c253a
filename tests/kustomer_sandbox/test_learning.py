"""`check --learn`: what a target does otherwise is proposed to the ledger, signed, without a value of the target."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kustomer_sandbox.cli import app
from kustomer_sandbox.command.checking.learning.proposals import Learned, learned
from kustomer_sandbox.command.checking.places import InProcess
from kustomer_sandbox.contracts.sources import pages
from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.contracts.suite.running import run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from tests.architecture_rules import ROOT
from tests.kustomer_sandbox.wrong_target import DEPARTURES, WrongTransport

NAMES = ("an unknown path has a code of its own", "a conflict is unprocessable", "a brand's name is a number")
CLAMPED, MERGED = "a_page_size_above_the_maximum_is_lowered", "custom_attributes_are_merged_and_null_clears"
SIGNED = {"signed_off_by": "Ada O'Neill", "day": "2026-11-26"}


@pytest.fixture(scope="module")
def of_readings() -> Learned:
    """Of a target that reads two rules otherwise, as some organisation may."""
    place = InProcess(readings={"page-size-clamped": "refused", "custom-merged-by-key": "replaced"})
    return learned(run_checks(selected([CLAMPED, MERGED]), place), **SIGNED)


@pytest.fixture(scope="module")
def of_departures() -> Learned:
    """Of a target that is wrong in ways of its own."""
    planted = [DEPARTURES[name] for name in NAMES]
    checks = [check for departure in planted for check in departure.checks]
    return learned(run_checks(selected(checks), InProcess(lambda api: WrongTransport(api, planted))), **SIGNED)


def test_a_reading_that_explains_the_departure_is_named(of_readings: Learned) -> None:
    """Whoever has no checkout runs the sandbox as the organisation is, at once."""
    assert [(one.rule, one.reading) for one in of_readings.proposals] == [
        ("page-size-clamped", "refused"),
        ("custom-merged-by-key", "replaced"),
    ]
    assert "kustomer-sandbox up --reading page-size-clamped=refused" in of_readings.patch()


def test_what_no_reading_explains_is_told_as_it_was_seen(of_departures: Learned) -> None:
    """A person finds the words for the rule."""
    told = {one.rule: (one.reading, one.seen) for one in of_departures.proposals}

    assert told["unknown-path-404"] == ("", "GET /v1/no-such-thing answers 404 gone")
    assert told.keys() == {"unknown-path-404", *(r for r in told if "POST /v1/customers answers 422" in told[r][1])}
    assert of_departures.left == ("answer_of_GetBrands",)


@pytest.mark.parametrize("which", ["of_readings", "of_departures"])
def test_a_patch_applies_and_the_ledger_it_makes_is_one(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    """Maintainers review a diff; what was known before stays in it."""
    found: Learned = request.getfixturevalue(which)
    (tmp_path / "contracts").mkdir()
    for name in ("behaviours.yaml", "pages.yaml"):
        shutil.copy(ROOT / "contracts" / name, tmp_path / "contracts")

    subprocess.run([shutil.which("git") or "git", "apply", "-"], input=found.patch().encode(), cwd=tmp_path, check=True)

    known = {**pages.known_pages(), "checked organisation": frozenset({"recordings"})}
    monkeypatch.setattr(pages, "known_pages", lambda: known)
    entries = ledger((tmp_path / "contracts" / "behaviours.yaml").read_text("utf-8"))
    assert list(entries) == list(ledger())
    changed = {id for id in entries if entries[id] != ledger()[id]}
    assert changed == {one.rule for one in found.proposals}
    for one in found.proposals:
        entry = entries[one.rule]
        assert (entry.source.confidence, entry.checks) == ("recorded", ledger()[one.rule].checks)
        assert "2026-11-26, signed off by Ada O'Neill" in entry.source.note
        assert entry.status == ("kept" if one.reading else "diverges")
        assert next(iter(entry.readings), "") == one.reading


def test_a_proposal_is_the_same_each_time_and_holds_no_value(of_departures: Learned) -> None:
    """Ids, addresses and values of queries are the organisation's."""
    planted = [DEPARTURES[name] for name in NAMES]
    place = InProcess(lambda api: WrongTransport(api, planted))
    again = learned(run_checks(selected([one.check for one in of_departures.proposals]), place), **SIGNED)

    assert again.proposals == of_departures.proposals
    added = [line for line in of_departures.patch().splitlines() if line.startswith("+")]
    assert [line for line in added if re.search(r"@|sandbox\.invalid|[0-9a-f]{24}", line)] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--learn", "x.patch"), "--learn and --signed-off-by go together"),
        (("--signed-off-by", "Ada"), "--learn and --signed-off-by go together"),
        (("--learn", "x.patch", "--signed-off-by", "Ada", "--mcp", "http://x"), "--learn is about the API's rules"),
        (("--learn", "x.patch", "--signed-off-by", "Ada\nEve"), "--signed-off-by is a name"),
    ],
)
def test_nobody_learns_without_a_name(arguments: tuple[str, ...], told: str) -> None:
    """Somebody answers for what the ledger takes in."""
    found = CliRunner().invoke(app, ["check", *arguments])

    assert found.exit_code == 2
    assert told in found.output


def test_where_nothing_departs_nothing_is_written(tmp_path: Path) -> None:
    """An empty patch would be reviewed for nothing."""
    file = tmp_path / "learned.patch"

    found = CliRunner().invoke(app, ["check", "--only", "webhooks", "--learn", str(file), "--signed-off-by", "Ada"])

    assert found.exit_code == 0
    assert "Nothing was learned of a rule." in found.output
    assert not file.exists()
