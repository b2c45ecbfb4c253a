"""Pages: however a list is cut, its pages give each record once, and their links lead from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from kustomer_sandbox.contracts.suite.laws.generated import holds_for_all
from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LISTS = ("/v1/customers", "/v1/conversations", "/v1/tags", "/v1/users")
LOOKED_AT = 24
"""How many records of a list are looked at: a real organisation may have millions."""


class Cut(NamedTuple):
    """A list, and how many records a page of it shall have."""

    path: str
    size: int


def cuts() -> SearchStrategy[Cut]:
    """Every list, in small pages first."""
    from hypothesis import strategies as st  # noqa: PLC0415 - see `generated.py`

    return st.builds(Cut, st.sampled_from(LISTS), st.integers(1, LOOKED_AT))


def page(target: Target, path: str, **query: int) -> Any:
    """The body of one page."""
    return expect_status(target.call("GET", path, query=urlencode(query)), 200).body


def ids(body: Any) -> list[str]:
    """The ids of a page's records, in its order."""
    return [record["id"] for record in body["data"]]


@check("pages-partition", writes=False)
def pages_of_a_list_give_each_record_once(target: Target) -> None:
    def law(cut: Cut) -> None:
        whole = ids(page(target, cut.path, page=1, pageSize=LOOKED_AT))
        found: list[str] = []
        for number in range(1, -(-len(whole) // cut.size) + 1):
            body = page(target, cut.path, page=number, pageSize=cut.size)
            expect(len(body["data"]) <= cut.size, f"a page has {cut.size} records at most")
            told = (body["meta"]["page"], body["meta"]["pageSize"])
            expect(told == (number, cut.size), "meta tells which page it is, and of which size")
            found += ids(body)
        expect(len(set(found)) == len(found), "no record is on two pages")
        expect(found[: len(whole)] == whole, "pages one after the other are the list")

    holds_for_all(target, cuts, law)


@check("page-links", "pages-partition", writes=False)
def links_lead_to_the_next_page_and_back(target: Target) -> None:
    def law(cut: Cut) -> None:
        first = page(target, cut.path, page=1, pageSize=cut.size)
        following = first["links"]["next"]
        full = len(first["data"]) == cut.size
        expect(full or following is None, "a page that is not full is the last one")
        if following is None:
            return
        expect(following.startswith("/v1/"), "links are paths")
        path, _, query = following.partition("?")
        second = expect_status(target.call("GET", path, query=query), 200).body
        expect(not set(ids(first)) & set(ids(second)), "next leads to other records")
        expect(ids(second) == ids(page(target, cut.path, page=2, pageSize=cut.size)), "which are those of page 2")
        back, _, query = second["links"]["prev"].partition("?")
        again = expect_status(target.call("GET", back, query=query), 200).body
        expect(ids(again) == ids(first), "and prev leads back")

    holds_for_all(target, cuts, law)
