"""What is tried here is what users install."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

import kustomer_sandbox


def test_it_is_the_wheel_that_is_tried() -> None:
    """A working copy would find files that the wheel lacks."""
    origin = importlib.metadata.distribution("kustomer-sandbox").read_text("direct_url.json")
    if json.loads(origin or "{}").get("dir_info", {}).get("editable"):
        pytest.skip("installed as a working copy; `nox -s compat` installs the wheel")
    assert "site-packages" in Path(kustomer_sandbox.__file__).parts
