"""Answers keep what the contracts promise, with a record of every type to show."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts import Contracts
from tests.contracts.seeded import (
    REFUSED,
    Seeded,
    every_read_meets_its_schema,
    lists_of_a_record_show_what_names_it,
    plain_lists_are_whole_and_in_order,
    seeded,
)


@pytest.fixture(scope="module")
def world(contracts: Contracts) -> Seeded:
    return seeded(contracts)


def test_every_type_that_answers_show_has_a_record(world: Seeded) -> None:
    """The tests below would say nothing of a type without records."""
    shown = {resource.type for resource in world.contracts.resources.values() if resource.attributes_schema}
    assert {kind for kind in shown if not world.records(kind)} == set()


def test_every_operation_that_reads_has_something_to_read(world: Seeded) -> None:
    """The same of operations."""
    reads = {operation.id for operation in world.contracts.operations.values() if operation.method == "GET"}
    assert {operation.id for operation, _, _ in world.reads()} == reads - REFUSED


def test_every_answer_of_a_read_meets_its_schema(world: Seeded) -> None:
    """Clients are generated from the schemas."""
    every_read_meets_its_schema(world)


def test_a_plain_list_is_whole_and_in_the_order_of_ids(world: Seeded) -> None:
    """A client that walks through the pages meets every record once."""
    plain_lists_are_whole_and_in_order(world)


def test_the_list_of_a_record_shows_what_names_it(world: Seeded) -> None:
    """A customer's drafts are drafts of that customer."""
    lists_of_a_record_show_what_names_it(world)
