"""docs/criteria.md is what the functions say."""

from __future__ import annotations

from pathlib import Path

from kustomer_sandbox.grading.criteria.page import page
from kustomer_sandbox.grading.criteria.reading import kinds

PAGE = Path(__file__).parents[2] / "docs" / "criteria.md"


def test_the_page_of_criteria_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_every_argument_of_a_criterion_is_explained() -> None:
    """A word without an explanation would be a riddle."""
    unexplained = [
        f"{kind.name}.{name}"
        for kind in kinds().values()
        for name, schema in kind.arguments.items()
        if not schema.get("description")
    ]
    assert unexplained == []
