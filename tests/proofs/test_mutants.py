"""What counts as a mutant: every change of the program, and nothing that is none. Asked in `nox -s mutation`."""

from __future__ import annotations

import pytest

pytest.importorskip("cosmic_ray")

from tests.proofs.mutants import mutants

CODE = """
from __future__ import annotations

def area(width: int | None, *more: int, scale: int = 2) -> int | None:
    return width * scale

def told(first: int, *, name: int) -> int: return first * name

async def asked(self: object, *, name: str = "a" * 3) -> str: return name
"""


def test_the_star_between_arguments_is_left_out_and_no_other() -> None:
    """Where it stands decides, not what it looks like: stars that multiply are mutated, in a head as well."""
    marked = [mutant for mutant in mutants(CODE) if mutant.is_of_marker]
    assert [mutant.after for mutant in marked] == [
        "def told(first: int, /, name: int) -> int: return first * name",
        'async def asked(self: object, /, name: str = "a" * 3) -> str: return name',
    ]
    divided = {mutant.after for mutant in mutants(CODE) if not mutant.is_of_marker and " / " in mutant.after}
    assert divided == {
        "return width / scale",
        "def told(first: int, *, name: int) -> int: return first / name",
        'async def asked(self: object, *, name: str = "a" / 3) -> str: return name',
    }


def test_annotations_make_no_mutant() -> None:
    """They decide nothing when the program runs; a default beside one does."""
    typed = {mutant.after for mutant in mutants(CODE) if "scale: int" in mutant.before}
    assert typed == {
        f"def area(width: int | None, *more: int, scale: int = {number}) -> int | None:" for number in (1, 3)
    }
