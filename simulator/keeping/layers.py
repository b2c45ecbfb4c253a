"""Layers in the file: written once, below before above, and deleted when nobody stands on them any more."""

from __future__ import annotations

from typing import Final
from weakref import WeakSet

from kustomer_sandbox.simulator.keeping import changes
from kustomer_sandbox.simulator.keeping.database import Database
from kustomer_sandbox.simulator.store.layers import Layer
from kustomer_sandbox.simulator.store.tables import KeyedRow

_LONELY: Final = """
    SELECT upper.below, upper.number FROM layers AS upper
    WHERE upper.below IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM worlds WHERE layer = upper.below)
    AND NOT EXISTS (SELECT 1 FROM states WHERE layer = upper.below)
    AND NOT EXISTS (SELECT 1 FROM layers AS other WHERE other.below = upper.below AND other.number != upper.number)
    ORDER BY upper.number
"""
_MERGE: Final = """
    INSERT INTO rows SELECT CAST(? AS BIGINT), kind, id, rev, data, keys FROM rows WHERE layer = ?
    ON CONFLICT (layer, kind, id) DO UPDATE SET rev = excluded.rev, data = excluded.data, keys = excluded.keys
"""
_MOVE: Final = (
    "UPDATE worlds SET layer = ? WHERE layer = ?",
    "UPDATE states SET layer = ? WHERE layer = ?",
    "UPDATE layers SET below = ? WHERE below = ?",
)


def compact(database: Database) -> None:
    """Make one of two layers where nothing but the upper one stands on the lower: what forgotten snapshots leave.

    For the start, while nothing in any process stands on any. In a transaction of the caller's.
    """
    merged: dict[int, int] = {}
    for below, upper in database.execute(_LONELY):
        lower = merged[upper] = merged.get(below, below)
        for statement in (_MERGE, *_MOVE):
            database.execute(statement, (lower, upper))
        database.execute("DELETE FROM layers WHERE number = ?", (upper,))


class SavedLayers:
    """The layers of one process that are in the store. `save` is for the inside of a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
            rows = [changes.kept_row(place, record) for place, record in one.unsaved.items()]
            is_new = one.number is None
            if is_new:
                below = None if one.below is None else one.below.number
                statement = "INSERT INTO layers (below) VALUES (?) RETURNING number"
                [(one.number,)] = self._database.execute(statement, (below,))
            changes.put_rows(self._database, one.number or 0, rows, are_new=is_new)
            one.unsaved = {}
            self._held.add(one)
        return layer.number or 0

    @property
    def is_saving(self) -> bool:
        """Whether anything was saved in a transaction that goes on."""
        return bool(self._saving)

    def undo(self) -> None:
        """The transaction failed: what was saved in it is not."""
        for layer, number, unsaved in reversed(self._saving):
            layer.number, layer.unsaved = number, unsaved | layer.unsaved
        self._saving.clear()

    def done(self) -> None:
        """The transaction is committed."""
        self._saving.clear()

    def held(self) -> list[int]:
        """The numbers of the layers on which something in this process stands."""
        return [layer.number for layer in self._held if layer.number is not None]

    def sweep(self) -> None:
        """Delete the layers on which neither a world nor a state nor anything in this process stands."""
        self._database.sweep(self.held())
