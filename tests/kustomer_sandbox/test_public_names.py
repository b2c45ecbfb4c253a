"""The names that users import, and a world without pytest."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import kustomer_sandbox
from kustomer_sandbox import Kustomer, KustomerMcp, KustomerServer, world

ROOT = Path(__file__).parents[2]
SHOP = 'sensitive: {customer: [phones]}\ncustomers:\n  ann: {name: Ann, phones: [{phone: "+15555550143"}]}\n'


def run(code: str, cwd: Path) -> str:
    """What a script prints, in a process that has not imported anything of ours."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_every_public_name_is_there_and_told_by_dir() -> None:
    """An editor completes what `dir` tells."""
    assert {"Kustomer", "KustomerEverywhere", "KustomerMcp", "KustomerServer", "world"} <= set(kustomer_sandbox.__all__)
    assert {getattr(kustomer_sandbox, name).__name__ for name in kustomer_sandbox.__all__} == set(
        kustomer_sandbox.__all__
    )
    assert set(kustomer_sandbox.__all__) <= set(dir(kustomer_sandbox))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As of any module: `hasattr` and `from … import` rely on it."""
    assert not hasattr(kustomer_sandbox, "Zustomer")


def test_importing_the_package_loads_nothing_of_it(tmp_path: Path) -> None:
    """Its pytest plugin is imported in every run of every project that has it installed."""
    code = "import sys, kustomer_sandbox; print([name for name in sys.modules if name.startswith('kustomer_sandbox.')])"
    assert run(code, tmp_path) == "[]"


def test_the_fixtures_values_are_of_the_public_types(
    kustomer: Kustomer, kustomer_mcp: KustomerMcp, kustomer_server: KustomerServer
) -> None:
    """So that a test can be annotated with them."""
    assert isinstance(kustomer, Kustomer)
    assert isinstance(kustomer_mcp, KustomerMcp)
    assert isinstance(kustomer_server, KustomerServer)


def test_a_world_works_where_pytest_is_not_installed(tmp_path: Path) -> None:
    """In a notebook, a script, or under unittest."""
    code = (
        "import sys; sys.modules['pytest'] = sys.modules['_pytest'] = None\n"
        "import kustomer_sandbox\n"
        "with kustomer_sandbox.world(scenario='demo') as kustomer:\n"
        "    print(kustomer.client().get('/v1/teams').status_code)\n"
        "try:\n"
        "    kustomer_sandbox.world(plan='small').__enter__()\n"
        "except ValueError as refusal:\n"
        "    print(refusal)\n"
    )
    status, refusal = run(code, tmp_path).splitlines()
    assert status == "200"
    assert refusal == "plan is 'small', but must be one of business, enterprise, professional, ultimate"


def test_two_worlds_at_once_know_nothing_of_each_other() -> None:
    """Each is on a simulator of its own."""
    with world() as one, world() as other:
        one.clock.advance("PT61S")
        one.client().post("/v1/customers", json={"name": "Ann"}).raise_for_status()
        other.assert_only_changed()
        assert (one.base_url, one.api_key) == (other.base_url, other.api_key)
        assert one.clock.now > other.clock.now


def test_the_options_of_a_world_are_those_of_the_marker(
    kustomer: Kustomer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without any it is the world of the fixture, to the byte."""
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("shop.yaml").write_text(SHOP, "utf-8")
    with world() as plain:
        assert plain.client().get("/v1/customers").content == kustomer.client().get("/v1/customers").content
    options: dict[str, Any] = {"masking": "object", "errors": "recorded", "clock": "real", "start": "2026-01-01"}
    with world("shop.yaml", plan="professional", seed="7", **options) as shop:
        assert shop.base_url == "https://shop.api.kustomerapp.com"
        assert (shop.limits.requests.limit, shop.world.masking, shop.world.clock.mode) == (300, "object", "real")
        assert shop.world.errors == "recorded"
        assert shop.world.ids.seed.endswith("/7")
        assert shop.clock.now.year == 2026
    with world("empty", strict=True, limits={"record_updates": 1}) as strict:
        assert strict.client().get("/v1/customers?colour=red").status_code == 400
        assert strict.world.limits == {"record_updates": 1}


def test_what_is_logged_within_a_world_is_looked_at_for_leaks() -> None:
    """As it is for the fixture; and the logger is left as it was."""
    handlers = list(logging.getLogger().handlers)
    with world() as kustomer:
        seeing = kustomer.client(key=kustomer.key(read_sensitive=True))
        jane = seeing.get("/v1/customers/email=jane.doe@example.com").json()["data"]["attributes"]
        logging.getLogger("acme").warning("called %s", jane["phones"][0]["phone"])
        with pytest.raises(AssertionError, match="the log record of acme"):
            kustomer.no_pii_leaks()
    assert logging.getLogger().handlers == handlers
