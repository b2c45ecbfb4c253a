"""Searches: criteria find what meets them, groups are an algebra, results are in order, pages give each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kustomer_sandbox.contracts.suite.laws.criteria import Conversations, Criterion
from kustomer_sandbox.contracts.suite.laws.generated import holds_for_all
from kustomer_sandbox.contracts.suite.target import Target, check, expect

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@check("search-criteria-hold", writes=False)
def a_search_shows_all_that_meets_its_criterion_and_nothing_else(target: Target) -> None:
    conversations = Conversations(target)

    def law(criterion: Criterion) -> None:
        found = conversations.found(criterion.body())
        expect(all(criterion.meets(record) for record in found), f"all that is found meets {criterion}")
        due = {record["id"] for record in conversations.records if criterion.meets(record)}
        expect(due <= {record["id"] for record in found}, f"all that meets {criterion} is found")

    holds_for_all(target, conversations.criteria, law)


@check("search-algebra", writes=False)
def groups_of_a_search_are_intersection_union_and_complement(target: Target) -> None:
    conversations = Conversations(target)

    def pairs() -> SearchStrategy[tuple[Criterion, Criterion]]:
        from hypothesis import strategies as st  # noqa: PLC0415 - see `generated.py`

        some = conversations.criteria()
        return st.tuples(some, some).filter(lambda pair: pair[0] != pair[1])

    def law(pair: tuple[Criterion, Criterion]) -> None:
        one, other = pair[0].body(), pair[1].body()
        every, first, second = conversations.ids(), conversations.ids(one), conversations.ids(other)
        expect(conversations.ids({"and": [one, other]}) == first & second, "and finds what both find")
        expect(conversations.ids({"or": [one, other]}) == first | second, "or finds what either finds")
        expect(conversations.ids({"not": [one]}) == every - first, "not finds all that the criterion does not")

    holds_for_all(target, pairs, law, calls=3)


@check("search-order", writes=False)
def a_search_is_in_the_order_asked_for(target: Target) -> None:
    conversations = Conversations(target)

    def law(criterion: Criterion) -> None:
        sorted_by = {
            way: [record["attributes"]["createdAt"] for record in conversations.found(criterion.body(), way=way)]
            for way in ("asc", "desc")
        }
        expect(sorted_by["asc"] == sorted(sorted_by["asc"]), "asc: the oldest first")
        expect(sorted_by["desc"] == sorted_by["asc"][::-1], "desc: the same, the newest first")

    holds_for_all(target, conversations.criteria, law)


@check("search-partition", writes=False)
def pages_of_a_search_give_each_result_once(target: Target) -> None:
    conversations = Conversations(target)

    def sizes() -> SearchStrategy[int]:
        from hypothesis import strategies as st  # noqa: PLC0415 - see `generated.py`

        return st.integers(max(1, len(conversations.records) // 4), len(conversations.records))

    def law(size: int) -> None:
        whole = [record["id"] for record in conversations.found(way="asc")]
        found: list[str] = []
        for number in range(1, -(-len(whole) // size) + 1):
            found += [record["id"] for record in conversations.found(way="asc", size=size, page=number)]
        expect(found == whole, "pages one after the other are the result")

    holds_for_all(target, sizes, law, calls=3)
