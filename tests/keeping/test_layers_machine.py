"""One machine drives layered stores beside plain dicts, writes them down now and then, and reads them from the file."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

import orjson
import pytest
from hypothesis.stateful import invariant, rule

from kustomer_sandbox.simulator.keeping.layers import SavedLayers
from kustomer_sandbox.simulator.keeping.sqlite import open_sqlite
from kustomer_sandbox.simulator.store import index_entries
from kustomer_sandbox.simulator.store.layers import Layer, LayeredStore
from kustomer_sandbox.simulator.store.protocol import Row, Store
from kustomer_sandbox.simulator.store.tables import KeyedRow
from tests.stateful.exploring import PlantedFault, assert_found, explore
from tests.stateful.test_store_machine import INDEXES, TABLES, Abort, Pair, StoreMachine


class LayersMachine(StoreMachine):
    """Whatever was forked, restored, undone or written down when: a store is what its layers say."""

    make_store = LayeredStore
    file: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.database = open_sqlite(self.file)
        self.saved = SavedLayers(self.database)

    def teardown(self) -> None:
        self.database.close()
        self.file.unlink()

    @rule(pair=StoreMachine.pairs)
    def keep(self, pair: Pair) -> None:
        with self.database.transaction():
            self.saved.save(layer_of(pair.store))
        self.saved.done()

    @rule(pair=StoreMachine.pairs)
    def fail_to_keep(self, pair: Pair) -> None:
        with contextlib.suppress(Abort), self.database.transaction():
            self.saved.save(layer_of(pair.store))
            raise Abort
        self.saved.undo()

    @rule()
    def sweep(self) -> None:
        self.saved.sweep()

    @invariant()
    def every_store_is_what_its_layers_say(self) -> None:
        for pair in self.all:
            built = LayeredStore()
            for layer in below(layer_of(pair.store)):
                self.build(built, layer)
            for table in TABLES:
                for index in ("id", *INDEXES):
                    assert built.find(table, index) == pair.store.find(table, index)

    def build(self, store: LayeredStore, layer: Layer) -> None:
        """Put what is in the file, and then what is not there yet."""
        found = self.database.execute("SELECT kind, id, rev, data, keys FROM rows WHERE layer = ?", (layer.number,))
        for kind, id, rev, data, keys in found:
            held = None if data is None else KeyedRow(Row(id, rev, data), read(keys))
            store.load_row(kind, id, held)
        for (kind, id), record in layer.unsaved.items():
            store.load_row(kind, id, record)


def read(keys: str | None) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in orjson.loads(keys or "{}").items()}


def layer_of(store: Store) -> Layer:
    assert isinstance(store, LayeredStore)
    return store.layer


def below(layer: Layer | None) -> list[Layer]:
    """A layer after all that it stands on."""
    return [] if layer is None else [*below(layer.below), layer]


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LayersMachine, "file", tmp_path / "layers.db", raising=False)
    monkeypatch.setattr(index_entries, "BLOCK", 3)


@pytest.mark.properties
def test_a_store_is_what_its_layers_say() -> None:
    explore(LayersMachine)


_LAYERED, _SAVED = "simulator.store.layers:LayeredStore", "simulator.keeping.layers:SavedLayers"
FAULTS = (
    PlantedFault("a snapshot shares its layer", f"{_LAYERED}._end_layer", "self.layer = Layer(ended)", "pass"),
    PlantedFault(
        "a store goes back, its layer does not", f"{_LAYERED}._stand_on", "self.layer, self.logged", "_, self.logged"
    ),
    PlantedFault("a failure counts as kept", f"{_SAVED}.undo", "= number, unsaved", "= layer.number, layer.unsaved"),
    PlantedFault("what others stand on is swept", f"{_SAVED}.sweep", "self.held()", "[]"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, LayersMachine, monkeypatch)
