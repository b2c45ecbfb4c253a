"""Bundles: a verdict is recomputed anywhere, and whoever changes a byte is found out."""

from __future__ import annotations

import pytest

from kustomer_sandbox.grading.arena import Arena
from kustomer_sandbox.grading.bundle import bundle_of, text_of_file, verify
from kustomer_sandbox.grading.chain import DamagedBundle, chained
from kustomer_sandbox.grading.judge import grade_world
from kustomer_sandbox.grading.scenarios import load_scenarios
from tests.grading.all_runs import ALL

SCENARIO = "a-window-left-open"


def bundled(arena: Arena, name: str, *, number: int = 0) -> bytes:
    """The bundle of a good run."""
    world = arena.begin(name)
    try:
        began = world.clock.now()
        ALL[name].good[number](arena.tools(world))
        verdict = grade_world(arena.api.worlds, world)
        return bundle_of(world, text_of_file(load_scenarios()[name].file), "0", began, verdict).written()
    finally:
        arena.end(world)


@pytest.mark.parametrize("name", ALL)
def test_a_bundle_comes_to_the_same_verdict_in_a_fresh_world(arena: Arena, name: str) -> None:
    """Whoever has the bundle needs nothing else."""
    assert verify(bundled(arena, name)).has_passed


def test_the_same_run_leaves_the_same_bundle(arena: Arena) -> None:
    assert bundled(arena, SCENARIO) == bundled(arena, SCENARIO)


def test_one_flipped_bit_is_named_with_its_line(arena: Arena) -> None:
    """Wherever it is: in a call, in the verdict, in the chain itself."""
    data = bundled(arena, SCENARIO)
    for place in range(0, len(data) - 1, 97):
        flipped = bytes([*data[:place], data[place] ^ 1, *data[place + 1 :]])
        with pytest.raises(DamagedBundle) as damage:
            verify(flipped)
        line = data.count(b"\n", 0, place) + 1
        assert damage.value.line in {line, line + 1}, (place, str(damage.value))


@pytest.mark.parametrize("field", ["path", "at", "answer", "method"])
def test_the_field_that_was_changed_is_named(arena: Arena, field: str) -> None:
    lines = bundled(arena, SCENARIO).splitlines(keepends=True)
    start = lines[3].index(f'"{field}":"'.encode()) + len(field) + 4
    changed = bytearray(lines[3])
    changed[start] = ord("Z") if changed[start] != ord("Z") else ord("Y")
    with pytest.raises(DamagedBundle, match=f"line 4, field {field}: "):
        verify(b"".join([*lines[:3], bytes(changed), *lines[4:]]))


def test_a_verdict_that_was_made_up_with_a_chain_of_its_own_does_not_stand(arena: Arena) -> None:
    """The chain keeps from mistakes; that the run is made again keeps from lies."""
    world = arena.begin(SCENARIO)
    began = world.clock.now()
    verdict = grade_world(arena.api.worlds, world)
    honest = bundle_of(world, text_of_file(load_scenarios()[SCENARIO].file), "0", began, verdict)
    arena.end(world)
    records = [{**record} for record in honest._records()]  # noqa: SLF001 - a forger has the source, too
    records[-1] = {"verdict": {**records[-1]["verdict"], "passed": True}}
    with pytest.raises(DamagedBundle, match=r"verdict\.passed"):
        verify(b"".join(line + b"\n" for line in chained(records)))
