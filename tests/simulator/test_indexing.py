"""Readers of indexes give what walking the path would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.model import Index
from kustomer_sandbox.simulator.records.indexing import parts_of, reader

PATHS = ("a", "a.b", "a.*", "a.*.b", "a.b.*.c", "a.*.b.*", "a.b+c", "a.*.b+c")
NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["x", "X", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def walked(node: Any, path: tuple[str, ...]) -> list[Any]:
    """The naive reading of a path."""
    if not path:
        return [node] if isinstance(node, str | int | float) else []
    head, rest = path[0], path[1:]
    if head == "*":
        return [value for item in node for value in walked(item, rest)] if isinstance(node, list) else []
    if not isinstance(node, dict):
        return []
    if "+" in head:
        return [":".join(str(node.get(name)) for name in head.split("+"))]
    return walked(node.get(head), rest)


@given(record=st.dictionaries(st.sampled_from("abc"), NODES, max_size=3), path=st.sampled_from(PATHS))
def test_a_reader_gives_each_scalar_at_its_path_once(record: dict[str, Any], path: str) -> None:
    """A value that is missed cannot be found by search; one given twice is counted twice."""
    steps = tuple(path.split("."))
    assert reader(Index(name="i", path=steps))(record) == tuple(dict.fromkeys(walked(record, steps)))


def test_a_joined_index_has_every_combination_folded() -> None:
    """Two lists give pairs; a record that lacks one part gives nothing."""
    read = reader(Index(name="i", path=("a", "*"), joined=(("b",),), fold=True))
    assert read({"a": ["X", "Y"], "b": "Z"}) == ("x:z", "y:z")
    assert read({"a": ["X"]}) == ()


@given(
    before=st.dictionaries(st.sampled_from("abc"), NODES),
    after=st.dictionaries(st.sampled_from("abc"), NODES),
    path=st.sampled_from(PATHS),
    joined=st.lists(st.sampled_from(PATHS), max_size=1),
)
def test_a_change_of_other_attributes_leaves_the_values_as_they_are(
    before: dict[str, Any], after: dict[str, Any], path: str, joined: list[str]
) -> None:
    """An index whose attributes are not among the changed ones is not renewed."""
    paths = [("attributes", *each.split(".")) for each in (path, *joined)]
    index = Index(name="i", path=paths[0], joined=tuple(paths[1:]))
    others = {name: value for name, value in after.items() if name not in parts_of(index)}
    read = reader(index)
    assert read({"attributes": before}) == read({"attributes": {**before, **others}})


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (Index(name="i", path=("attributes", "emails", "*", "email")), {"emails"}),
        (Index(name="i", path=("attributes", "type+id")), {"type", "id"}),
        (Index(name="i", path=("klass",), joined=(("attributes", "a"), ("attributes", "b"))), {"a", "b"}),
        (Index(name="i", path=("relationships", "customer", "id")), {"relationships.customer"}),
        (Index(name="i", path=("id",)), set()),
    ],
    ids=["list", "pair", "joined", "relationship", "id"],
)
def test_an_index_reads_the_parts_of_a_record_its_paths_begin_with(index: Index, names: set[str]) -> None:
    """What stands beside attributes and relationships does not change with them."""
    assert parts_of(index) == names
