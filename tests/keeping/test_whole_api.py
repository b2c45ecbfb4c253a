"""Every operation's worked example, kept: what it did is there after the process is gone, whatever it is."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from kustomer_sandbox.simulator.documentation.document import api_document
from tests.keeping.conftest import NewStore
from tests.keeping.kept_stage import KeptStage, all_of, fresh_api
from tests.simulator.test_examples import PREFILLED, prefilled

CALLS = [(id, kind) for id, kind in PREFILLED if id != "DeleteCurrentAuthToken"]
"""The last one would end the key that makes the calls, and the next start would make another."""
PARTS = 8


@cache
def _document() -> dict[str, Any]:
    return api_document(fresh_api())


OTHERS = [pytest.param(part, marks=[pytest.mark.slow, pytest.mark.conformance]) for part in range(1, PARTS)]


@pytest.mark.parametrize("part", [0, *OTHERS])
def test_what_any_operation_did_is_kept(new_store: NewStore, part: int) -> None:
    """One after the other in one world, each seen from a fresh process at the end; and the world goes on for a day."""
    stage = KeptStage(new_store("store"), scenario="demo", limits={"org": 10**6})
    document = _document()
    for id, kind in CALLS[part::PARTS]:
        method, path, query, body = prefilled(document, id, kind)
        stage.client.call(method, path, body, query=query)
    before = all_of(stage.world)
    stage.die_and_start()
    assert all_of(stage.world) == before
    stage.client.advance(24 * 3600)
    assert stage.client.faults() == []
    stage.api.keep()
    before = all_of(stage.world)
    stage.close_and_start()
    assert all_of(stage.world) == before
    stage.end()
