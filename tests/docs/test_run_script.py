"""`run.py` where something is missing: it says what, and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.printed import ROOT


def said(before: str, call: str) -> str:
    """What the script says and ends with, when something is otherwise than here."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import run; from pathlib import Path; {before}; {call}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_an_old_python_is_told_where_a_newer_one_is() -> None:
    """Before anything is made."""
    assert said("run.OLDEST = (4, 0)", "run.main()").startswith("Python 3.11 or newer is needed, and this is 3.")


@pytest.mark.parametrize("content", [None, b"no pip"])
def test_a_pip_that_cannot_be_had_is_told_with_a_way_out(tmp_path: Path, content: bytes | None) -> None:
    """No network, or something else in its place."""
    wheel = tmp_path / "pip.whl"
    if content is not None:
        wheel.write_bytes(content)
    told = said(f"run.PIP = {wheel.as_uri()!r}", f"run.fetched_pip(Path({str(tmp_path)!r}))")
    assert "`sudo apt install python3-venv` has it." in told


def test_a_step_that_fails_leaves_nothing_half_made(tmp_path: Path) -> None:
    """The next call begins anew."""
    half = tmp_path / "nox"
    half.mkdir()
    told = said(f"run.PLACE = Path({str(half)!r})", "run.run(sys.executable, '-c', 'raise SystemExit(3)')")
    assert "failed (3); see above." in told
    assert not half.exists()


def test_the_script_can_be_read_by_old_pythons() -> None:
    """Else it could not say that they are too old."""
    compile((ROOT / "run.py").read_text("utf-8"), "run.py", "exec", dont_inherit=True)
    text = (ROOT / "run.py").read_text("utf-8")
    assert [word for word in ("from __future__", ":=", "match ", " | None:") if word in text] == []
