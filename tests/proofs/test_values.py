"""What the modules of `NEAREST` hand around cannot be changed under anybody's hands, and is made field by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from inspect import getmembers, isclass

import pytest

from tests.proofs.nearest import NEAREST

GROWING = {"Fillings", "RunNotes", "LeaseSnapshot"}
"""They gather what they are asked about, each in one hand."""
BY_PLACE = {"Fillings", "RunNotes"}
BY_IDENTITY = {"MaskedPaths"}
"""There is one for the same paths."""


def values(module: str) -> Iterator[type]:
    """The dataclasses that a module defines."""
    loaded = import_module(f"kustomer_sandbox.{module}")
    for _, kind in getmembers(loaded, isclass):
        if is_dataclass(kind) and kind.__module__ == loaded.__name__:
            yield kind


@pytest.mark.parametrize("module", NEAREST)
def test_values_are_frozen_made_by_name_and_hold_nothing_else(module: str) -> None:
    for kind in values(module):
        name = kind.__name__
        assert kind.__dataclass_params__.frozen is (name not in GROWING), name  # type: ignore[attr-defined]
        assert {field.kw_only for field in fields(kind)} == {name not in BY_PLACE}, name
        assert "__slots__" in vars(kind), name
        assert ("__eq__" not in vars(kind)) is (name in BY_IDENTITY), name
