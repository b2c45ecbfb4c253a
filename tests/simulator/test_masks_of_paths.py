"""Masks along paths written by hand: what they reach, what they leave, and what repeats a hidden value."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kustomer_sandbox.contracts.model import Sensitive
from kustomer_sandbox.contracts.sources.source import Source
from kustomer_sandbox.simulator.records.masking import MaskedPaths, apply, compile_masked_paths, masked, masked_paths

MAIL = ("emails", "*", "email")


def paths(*hidden: tuple[str, ...], repeats: Any = ()) -> MaskedPaths:
    return MaskedPaths(paths=hidden, repeats=repeats)


def seen(attributes: dict[str, Any], hidden: MaskedPaths) -> dict[str, Any]:
    apply(attributes, hidden, "stars")
    return attributes


def test_the_end_of_a_text_is_shown_from_ten_characters_on() -> None:
    ends = [masked(text, "partial")["maskedPresentation"] for text in ("123456789", "1234567890", "12345678901")]
    assert ends == ["********", "********7890", "********8901"]


def test_a_name_that_sorts_before_the_star_is_a_name_like_any() -> None:
    """Organisations name their attributes themselves."""
    held = {"custom": [{"#": "x", "b": "y"}], "b": "x"}
    assert seen(held, paths(("custom", "#"))) == {"custom": [{"#": "***", "b": "y"}], "b": "x"}
    repeated = paths(repeats=((("b",), (("custom", "#"),)),))
    assert seen({"custom": [{"#": "x", "b": "y"}], "b": "x"}, repeated)["b"] == "***"
    assert seen({"custom": [{"#": "x", "b": "y"}], "b": "y"}, repeated)["b"] == "y"


def test_there_is_one_object_for_the_same_paths() -> None:
    """It stands in keys of the cache, and is compared by what it is."""
    assert masked_paths((MAIL,)) is masked_paths((MAIL,)) is not masked_paths((MAIL, ("name",)))


def test_a_mask_reaches_into_objects_and_leaves_what_lies_beside() -> None:
    attributes = {"a": {"b": {"c": "x", "d": "y"}, "e": "z"}, "f": 1}
    hidden = paths(("a", "b", "c"), ("g",))
    assert seen(attributes, hidden) == {"a": {"b": {"c": "***", "d": "y"}, "e": "z"}, "f": 1}


@pytest.mark.parametrize(
    ("path", "is_covered"),
    [
        (("a",), False), (("b",), True), (("c",), False), (("b", "x"), True), (("aa", "b"), False),
        (("attributes", "b"), True), (("attributes", "a"), False), (("d",), True), (("d", "e"), True),
        (("d", "f"), False),
    ],
)  # fmt: skip
def test_what_is_hidden_and_what_may_repeat_it_is_covered(path: tuple[str, ...], *, is_covered: bool) -> None:
    """By the very names, with or without `attributes` in front."""
    assert paths(("b",), repeats=((("d", "e"), (MAIL,)),)).covers(path) is is_covered
    assert paths(("b",)).all == (("b",),)
    assert paths(("b",), repeats=((("d",), (MAIL,)),)).all == (("b",), ("d",))


@pytest.mark.parametrize(
    ("origin", "held", "is_masked"),
    [
        (MAIL, {"emails": [{"email": "x"}, {"email": "jane"}]}, True),
        (MAIL, {"emails": [{"email": "other"}]}, False),
        (("emails", "email"), {"emails": [{"email": "jane"}]}, True),
        (("emails",), {"emails": ["jane"]}, True),
        (("emails",), {"emails": {"email": "jane"}}, False),
        (("emails", "email"), {"emails": 5}, False),
        (("emails", "email"), {}, False),
        (("a", "b", "c"), {"a": {"b": {"c": "jane"}}}, True),
        (("a", "c"), {"a": {"b": {"c": "jane"}}}, False),
    ],
)
def test_a_text_is_hidden_where_it_repeats_a_hidden_one(
    origin: tuple[str, ...], held: dict[str, Any], *, is_masked: bool
) -> None:
    """And what lies beside it is not."""
    hidden = paths(repeats=((("preview", "text"), (origin,)),))
    shown = seen({"preview": {"text": "jane", "subject": "jane"}, **held}, hidden)
    assert shown == {"preview": {"text": "***" if is_masked else "jane", "subject": "jane"}, **held}


@pytest.mark.parametrize(
    ("flags", "repeats"),
    [
        ({"emails"}, ((("displayName",), (MAIL,)),)),
        ({"emails", "name"}, ()),
        ({"name"}, ()),
        (set(), ()),
    ],
)
def test_a_repeat_matters_while_its_source_is_hidden_and_it_is_not(flags: set[str], repeats: Any) -> None:
    source = Source(confidence="assumed", pages=())
    rules = Sensitive(
        owner=("id",),
        attributes={"name": ("name",), "emails": (".".join(MAIL),)},
        inherits={"displayName": ("name",)},
        repeats={"displayName": ("emails",)},
        source=source,
    )
    resource: Any = SimpleNamespace(sensitive=rules)
    assert compile_masked_paths(resource, "customer", lambda _: frozenset(flags)).repeats == repeats
