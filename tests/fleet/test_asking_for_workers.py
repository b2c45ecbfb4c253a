"""`--workers`: what it cannot go together with, and that one is as none asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kustomer_sandbox.cli import app
from kustomer_sandbox.command.asked_world import SandboxSettings, UpError
from kustomer_sandbox.command.running.reaching import check_replicas, check_workers


def asked(workers: int, **options: Any) -> SandboxSettings:
    return SandboxSettings(
        host="127.0.0.1", port=0, scenario="empty", plan="enterprise", seed="0", frozen=True, workers=workers, **options
    )


@pytest.mark.parametrize(
    ("options", "other"),
    [
        ({"store": "sqlite:///a.db"}, "postgresql+psycopg://"),
        ({"state": Path("somewhere")}, "--state"),
        ({"state": Path("somewhere"), "store": "postgresql+psycopg://localhost/sandbox"}, "--state"),
        ({"public_url": "https://sandbox.example.com"}, "--public-url"),
    ],
)
def test_what_several_workers_cannot_do_is_told(options: dict[str, Any], other: str) -> None:
    """In one sentence that names the other option, or what to give it; one worker can do all of it."""
    with pytest.raises(UpError, match=r"^--workers ") as refusal:
        check_workers(asked(2, **options))
    assert other in str(refusal.value)
    check_workers(asked(1, **options))


def test_workers_with_a_store_that_they_can_share_have_one_port_behind_any_address() -> None:
    """Unlike those of a fleet, each of which has a port of its own."""
    check_workers(asked(2, store="postgresql+psycopg://localhost/sandbox", public_url="https://sandbox.example.com"))


@pytest.mark.parametrize("store", ["", "sqlite:///a.db"])
def test_several_simulators_need_a_store_that_they_can_share(store: str) -> None:
    """Each would else have worlds of its own, and whoever calls would meet one or the other."""
    with pytest.raises(UpError, match=r"^--workers .*postgresql\+psycopg://"):
        check_replicas(asked(2, store=store))
    check_replicas(asked(1, store=store))
    check_replicas(asked(2, store="postgresql+psycopg://localhost/sandbox"))


@pytest.mark.parametrize("workers", ["0", "65", "-1", "two"])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: str) -> None:
    """Only a typing error can mean it."""
    told = CliRunner().invoke(app, ["up", "--workers", workers])
    assert (told.exit_code, "'--workers'" in told.output) == (2, True)
