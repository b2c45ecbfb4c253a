"""The documentation's site has every page, in one place each; `nox -s docs` builds it and follows all links."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox.contracts.sources.ledger import ledger
from tests.docs.site.links import faults_of
from tests.docs.site.pages import MADE, ROOT, lay_out, on_the_site, sources

SITE = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]


def pages_in(nav: Any) -> Iterator[str]:
    """The pages that a part of the navigation names."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from pages_in(part)


def test_every_page_has_one_place_in_the_navigation() -> None:
    """A page that is in none is found by nobody."""
    assert sorted(pages_in(SITE["nav"])) == sorted({*sources(), *MADE})


def test_the_site_is_split_by_what_a_reader_wants() -> None:
    """As Diátaxis has it."""
    parts = [name for part in SITE["nav"] for name in part]
    assert [name for name in parts if name in {"Tutorial", "How to", "Reference", "Explanation"}] == parts[1:5]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[limits](limits.md#budgets)", "[limits](limits.md#budgets)"),
        ("[the log](../CHANGELOG.md)", "[the log](changelog.md)"),
        ("[ledger](../contracts/behaviours.yaml)", "[ledger](rules.md)"),
        ("[`suite`](../contracts/suite)", "`suite` (`contracts/suite`)"),
        ("[`contracts/suite`](../contracts/suite)", "`contracts/suite`"),
        ("[nox](https://nox.thea.codes)", "[nox](https://nox.thea.codes)"),
        ("```python\nfound[0](../x)\n```\n", "```python\nfound[0](../x)\n```\n"),
    ],
)
def test_a_link_leads_to_the_page_of_the_site(written: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is no page is told by its name: the site has no files."""
    monkeypatch.setattr(Path, "read_text", lambda *_: written)
    assert on_the_site(ROOT / "docs" / "some.md") == shown


def test_the_pages_that_are_made_tell_all_there_is(tmp_path: Path) -> None:
    """Every rule, command and fixture."""
    lay_out(tmp_path / "pages")
    made = {name: (tmp_path / "pages" / name).read_text("utf-8") for name in MADE}
    assert [id for id in ledger() if f"| `{id}` |" not in made["rules.md"]] == []
    assert "\n## kustomer-sandbox scenarios lint\n" in made["commands.md"]
    assert "\n### kustomer_everywhere\n" in made["pytest.md"]
    assert "**`advance(by: float | str | timedelta) -> datetime`**" in made["pytest.md"]


def test_a_dead_link_and_a_foreign_script_are_found(tmp_path: Path) -> None:
    """Else a site without faults would say nothing."""
    (tmp_path / "a.html").write_text(
        '<h2 id="here"></h2><a href="#here"></a><a href="#gone"></a><a href="b.html"></a>'
        '<a href="c.html#there"></a><a href="https://example.com"></a><script src="https://example.com/x.js"></script>'
    )
    (tmp_path / "c.html").write_text("<p></p>")
    assert faults_of(tmp_path) == [
        "a.html: #gone has no such heading",
        "a.html: b.html is not there",
        "a.html: c.html#there has no such heading",
        "a.html: https://example.com/x.js is loaded from elsewhere",
    ]
