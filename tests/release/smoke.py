"""What an installed release must do anywhere, run by its own Python in an empty folder, without the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

import kustomer_sandbox
from kustomer_sandbox import Kustomer, KustomerMcp, world

COMMAND = [sys.executable, "-m", "kustomer_sandbox"]


def said(*arguments: str) -> str:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def facts() -> Iterator[Mapping[str, str]]:
    """What a started sandbox tells."""
    command = [*COMMAND, "up", "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def test_it_is_the_installed_one() -> None:
    """Not a working copy that happens to be near."""
    assert Path(kustomer_sandbox.__file__).is_relative_to(sys.prefix)
    assert kustomer_sandbox.__version__ == version("kustomer-sandbox") == os.environ["EXPECTED_VERSION"]
    assert kustomer_sandbox.__version__ in said("--version")


@pytest.mark.parametrize("arguments", [("--help",), ("openapi",), ("doctor", "--json"), ("init",)])
def test_the_command_answers(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends with 0; `doctor` finds nothing to mend."""
    monkeypatch.chdir(tmp_path)
    assert said(*arguments)


def test_a_started_sandbox_answers(facts: Mapping[str, str]) -> None:
    """The API with a key, the documentation without."""
    url = f"{facts['base_url']}/v1/customers/email=jane.doe@example.com"
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {facts['api_key']}"})
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["data"]["attributes"]["phones"][0]["phone"] == "***"
    with urllib.request.urlopen(f"{facts['base_url']}/docs") as page:
        assert b"<html" in page.read()


def test_the_fixtures_are_known(kustomer: Kustomer, kustomer_mcp: KustomerMcp) -> None:
    """By the entry point alone: nothing is configured here."""
    assert kustomer.client().get("/v1/teams").status_code == 200
    found = kustomer_mcp.call("kustomer_customers_using_email", email="jane.doe@example.com")
    assert found["attributes"]["name"] == "Jane Doe"


def test_a_world_needs_no_pytest() -> None:
    """Scenario files and contracts are in the package."""
    with world("empty") as kustomer:
        assert kustomer.client().get("/v1/customers").status_code == 200
