"""No key of any document can be misspelt or mistyped in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import yaml12

from kustomer_sandbox.contracts import ContractError, load
from kustomer_sandbox.contracts.documents import Document, parse_document, read_documents
from kustomer_sandbox.contracts.sources.ledger import NAME as LEDGER
from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.contracts.vocabulary.behaviour import BEHAVIOUR
from kustomer_sandbox.contracts.vocabulary.complaints import Steps, place_of
from kustomer_sandbox.contracts.vocabulary.forms import Form, Listing
from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT
from kustomer_sandbox.contracts.vocabulary.shapes import kind_of
from tests.contracts.mutations import Mutation, is_free, misspelt, mistyped
from tests.contracts.own_names import line, lines

DOCUMENTS = read_documents()
JSON = Any


@pytest.fixture(scope="module")
def snapshots() -> dict[str, set[str]]:
    """The names the documents give, as `test_every_name_is_as_its_snapshot_says` holds them."""
    return {name: set(lines(document)) for name, document in DOCUMENTS.items()}


def with_value(document: Document, at: Steps, value: JSON) -> Document:
    """A copy of a document with another value at a place."""
    copy: Document = json.loads(json.dumps(document))
    node: JSON = copy
    for step in at[:-1]:
        node = node[step]
    node[at[-1]] = value
    return copy


def written(name: str) -> JSON:
    """A document as it is written, for the vocabulary is about that."""
    return yaml12.parse_yaml((files("kustomer_sandbox.contracts") / "resources" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_key_with_a_letter_too_many_is_refused(name: str, snapshots: dict[str, set[str]]) -> None:
    """A key of the vocabulary by the vocabulary; a name of the document's own by the snapshot of its names."""
    silent = []
    for mutation in misspelt(written(name), DOCUMENT):
        fault = mutation.fault()
        if fault is not None:
            named = mutation.key + "x" in fault or "missing" in fault or "must not be empty" in fault
        else:
            seen = line(mutation.place.steps, mutation.mutated) not in snapshots[name]
            known = line(mutation.place.steps, mutation.place.value) in snapshots[name]
            named = is_free(mutation) and seen and known
        if not named:
            silent.append((place_of(mutation.at), fault))
    assert silent == []


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("each", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_a_value_of_another_type_is_refused(name: str, each: int) -> None:
    """By the vocabulary; where that takes any value, by a check of the value against its schema.

    A check loads all documents: every day it is asked for each eighth place, by `nox -s contracts` for all.
    """
    open_to_all = {
        mutation.at: mutation.place.value[mutation.key]
        for mutation in mistyped(written(name), DOCUMENT)
        if mutation.fault() is None
    }
    silent = []
    for at, value in list(open_to_all.items())[::each]:
        # Null may stand in the place of a free object, which then takes a mapping, too.
        others = ["surprise", {"surprise": 7}][kind_of(value) != "a mapping" and value is not None :]
        if not any(is_refused(name, at, other) for other in others):
            silent.append(place_of(at))
    assert silent == []


def is_refused(name: str, at: Steps, other: JSON) -> bool:
    """Whether a document with another value there is refused, for that place."""
    try:
        load({**DOCUMENTS, name: with_value(DOCUMENTS[name], at, other)})
    except ContractError as refusal:
        assert str(refusal).startswith(f"{name}: {place_of(at)}: ")  # noqa: PT017 - each of many
        return True
    return False


def test_the_ledger_has_no_silent_key_either() -> None:
    """A misspelt `checks` would be a rule that nothing checks.

    What a part is called is its entry's own word; so is a reading, of which tests hold that the code knows it.
    """
    entries = yaml12.parse_yaml((files("kustomer_sandbox.contracts") / LEDGER).read_text(encoding="utf-8"))
    shape = Listing(BEHAVIOUR)
    silent = [m.at for m in [*misspelt(entries, shape), *mistyped(entries, shape)] if m.fault() is None]
    assert [at for at in silent if at[-2] not in {"parts", "readings"}] == []


def first_of_each_key() -> Iterator[tuple[str, Mutation]]:
    """For each key of each form of the vocabulary one misspelling and one wrong type, in the first document with it."""
    seen = set()
    for name in DOCUMENTS:
        document = written(name)
        for what, mutations in (("misspelt", misspelt(document, DOCUMENT)), ("mistyped", mistyped(document, DOCUMENT))):
            for mutation in mutations:
                form = mutation.place.chosen
                if isinstance(form, Form) and (what, form.name, mutation.key) not in seen:
                    seen.add((what, form.name, mutation.key))
                    if mutation.fault() is not None:
                        yield name, mutation


def test_the_loader_says_where_each_fault_stands() -> None:
    """The tests above ask the vocabulary at the place itself: the whole way from the text says the same, and where."""
    for name, mutation in first_of_each_key():
        document = written(name)
        at = mutation.place.steps
        faulty = with_value(document, at, mutation.mutated) if at else mutation.mutated
        with pytest.raises(ContractError) as refusal:
            parse_document(name, json.dumps(faulty))
        place = place_of(mutation.at if mutation.key in mutation.mutated else at)
        assert str(refusal.value).startswith(f"{name}: {place}: " if place else f"{name}: ")


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_misspelt_name_ends_in_a_refusal_or_another_promise(name: str) -> None:
    """Never in an exception of another kind, which would name neither document nor place."""
    for mutation in misspelt(written(name), DOCUMENT):
        if mutation.fault() is None:
            mutated = with_value(DOCUMENTS[name], mutation.place.steps, mutation.mutated)
            try:
                load({**DOCUMENTS, name: mutated})
            except ContractError as refusal:
                assert str(refusal).partition(":")[0] in DOCUMENTS  # noqa: PT017 - each of many
            else:
                assert lines(mutated) != lines(DOCUMENTS[name])


def test_a_ledger_entry_is_refused_by_its_place() -> None:
    """A ledger of hundreds of entries is not searched by eye."""
    with pytest.raises(ContractError, match=r"^behaviours\.yaml: 0: unknown key 'rul'; did you mean 'rule'\?$"):
        ledger("- {id: a, rul: B., source: seed, status: kept, checks: [x]}")
