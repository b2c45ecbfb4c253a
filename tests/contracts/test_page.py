"""The page about contract documents is made from the vocabulary, and every word of the vocabulary is used or read.

`pytest tests/contracts/test_page.py --update-snapshots` writes the page anew.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from kustomer_sandbox.contracts.build.search_operators import OPERATORS as MEANINGS
from kustomer_sandbox.contracts.vocabulary.calls import DEFAULTS
from kustomer_sandbox.contracts.vocabulary.facts import OPERATORS
from kustomer_sandbox.contracts.vocabulary.page import forms, keys, page
from kustomer_sandbox.simulator.operations import defaults, pages

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"


def test_the_page_is_what_the_vocabulary_says(pytestconfig: pytest.Config) -> None:
    """Who writes a document reads the page; a key that it leaves out would not be found."""
    if pytestconfig.getoption("--update-snapshots"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_the_command_prints_the_page() -> None:
    """The page says how it is made."""
    command = [sys.executable, "-m", "kustomer_sandbox.contracts.vocabulary"]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == page()


def test_every_form_has_a_section_of_its_own() -> None:
    """Links of the page lead to headings, so no two may be alike."""
    names = [form.name.lower() for form in forms()]
    assert len(set(names)) == len(names)
    assert [form.name for form in forms() if f"\n## {form.name}\n" not in page()] == []


def test_every_key_says_what_it_means() -> None:
    """A sentence, for people; no key comes twice in a form."""
    found = [(form.name, key.name, key.meaning) for form, key in keys()]
    assert [entry for entry in found if not entry[2].strip() or entry[2][-1] not in ".:"] == []
    assert len({entry[:2] for entry in found}) == len(found)


def options_read() -> set[str]:
    """The options of defaults that code asks for: `options["index"]`, `options.get("at")`, `"to" in options`."""
    sources = [ast.parse(Path(str(module.__file__)).read_text("utf-8")) for module in (defaults, pages)]
    found = set()
    for node in (node for source in sources for node in ast.walk(source)):
        if isinstance(node, ast.Subscript) and "options" in ast.unparse(node.value):
            found.add(ast.literal_eval(node.slice))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("options.get"):
            found.add(ast.literal_eval(node.args[0]))
    return found


def test_every_option_of_a_default_is_read_by_code() -> None:
    """An option that nothing reads would be a fact that does not hold."""
    assert options_read() == {key.name for form in DEFAULTS.values() for key in form.keys} - {"do"}


def test_the_verbs_are_those_that_code_has() -> None:
    """The contracts cannot import the simulator, so this is where the two meet."""
    assert DEFAULTS.keys() == defaults.DEFAULTS.keys()


def test_the_operator_classes_are_those_of_the_search() -> None:
    """`sort` marks names that can only be sorted by."""
    assert set(OPERATORS) == {*MEANINGS, "sort"}
