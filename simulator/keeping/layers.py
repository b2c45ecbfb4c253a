"""Layers in the file: written once, below before above, and deleted when nobody stands on them any more."""

from __future__ import annotations

import sqlite3
from typing import Final
from weakref import WeakSet

from kustomer_sandbox.simulator.keeping import changes
from kustomer_sandbox.simulator.keeping.database import transaction
from kustomer_sandbox.simulator.store.layers import Layer
from kustomer_sandbox.simulator.store.tables import KeyedRow

_SWEEP: Final = """
    WITH RECURSIVE needed (number) AS (
        SELECT layer FROM worlds UNION SELECT layer FROM states UNION SELECT value FROM json_each(?)
        UNION SELECT below FROM layers JOIN needed USING (number) WHERE below IS NOT NULL
    )
    DELETE FROM layers WHERE number NOT IN (SELECT number FROM needed)
"""
_SWEEP_FILES: Final = """
    DELETE FROM files WHERE digest NOT IN (SELECT value FROM worlds, json_each(worlds.form, '$.files'))
"""

_LONELY: Final = """
    SELECT upper.below, upper.number FROM layers AS upper
    WHERE upper.below IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM worlds WHERE layer = upper.below)
    AND NOT EXISTS (SELECT 1 FROM states WHERE layer = upper.below)
    AND NOT EXISTS (SELECT 1 FROM layers AS other WHERE other.below = upper.below AND other.number != upper.number)
    ORDER BY upper.number
"""
_MERGE: Final = (
    "INSERT OR REPLACE INTO rows SELECT :lower, kind, id, rev, data, keys FROM rows WHERE layer = :upper",
    "UPDATE worlds SET layer = :lower WHERE layer = :upper",
    "UPDATE states SET layer = :lower WHERE layer = :upper",
    "UPDATE layers SET below = :lower WHERE below = :upper",
    "DELETE FROM layers WHERE number = :upper",
)


def compact(connection: sqlite3.Connection) -> None:
    """Make one of two layers where nothing but the upper one stands on the lower: what forgotten snapshots leave.

    For the start, while nothing in this process stands on any. In a transaction of the caller's.
    """
    merged: dict[int, int] = {}
    for lower, upper in connection.execute(_LONELY).fetchall():
        of = {"lower": merged.get(lower, lower), "upper": upper}
        merged[upper] = of["lower"]
        for statement in _MERGE:
            connection.execute(statement, of)


class LayerShelf:
    """The layers of one process that are in the file. `save` is for the inside of a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._held: WeakSet[Layer] = WeakSet()
        self._saving: list[tuple[Layer, int | None, dict[tuple[str, str], KeyedRow | None]]] = []

    def hold(self, layer: Layer) -> None:
        """A layer that was read from the file is in use."""
        self._held.add(layer)

    def save(self, layer: Layer) -> int:
        """Write a layer and those below it, as far as they are not written yet; gives its number."""
        chain: list[Layer] = []
        at: Layer | None = layer
        while at is not None and (at.number is None or at.unsaved):
            chain.append(at)
            at = at.below
        for one in reversed(chain):
            self._saving.append((one, one.number, one.unsaved))
            if one.number is None:
                below = None if one.below is None else one.below.number
                one.number = self._connection.execute("INSERT INTO layers (below) VALUES (?)", (below,)).lastrowid
            rows = [changes.kept_row(place, record) for place, record in one.unsaved.items()]
            changes.put_rows(self._connection, one.number or 0, rows)
            one.unsaved = {}
            self._held.add(one)
        return layer.number or 0

    def undo(self) -> None:
        """The transaction failed: what was saved in it is not."""
        for layer, number, unsaved in self._saving:
            layer.number, layer.unsaved = number, unsaved
        self._saving.clear()

    def done(self) -> None:
        """The transaction is committed."""
        self._saving.clear()

    def sweep(self) -> None:
        """Delete the layers on which neither a world nor a state nor anything in this process stands."""
        numbers = [layer.number for layer in self._held if layer.number is not None]
        with transaction(self._connection):
            self._connection.execute(_SWEEP, (str(numbers),))
            self._connection.execute(_SWEEP_FILES)
