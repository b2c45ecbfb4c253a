"""Facts that are well written and wrong: each is caught by the loader or by a test, here named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from kustomer_sandbox.contracts import ContractError, Contracts, load
from kustomer_sandbox.contracts.documents import Document, read_documents
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.errors import Refusal
from tests.contracts import seeded
from tests.promised import PromisedClient, promised
from tests.simulator.resources import test_conversations as of_conversations
from tests.simulator.resources import test_custom_objects as of_custom_objects
from tests.simulator.resources import test_klasses as of_klasses
from tests.simulator.resources import test_teams as of_teams
from tests.world_client import WorldClient, opened

JSON = Any
RESOURCE, LIST, GET = "x-resource", ("paths", "/v1/conversations", "get"), ("paths", "/v1/conversations/{id}", "get")
EMAIL = ("paths", "/v1/customers/email={email}", "get", "x-default")
OF_USER, OF_CUSTOMER = ("paths", "/v1/users/{id}/teams", "get"), ("paths", "/v1/customers/{id}/notes", "get")
GONE = object()


class Mutant(NamedTuple):
    """One fact replaced by another that could be true; what catches it: a refusal's words, or a check of a world."""

    document: str
    place: tuple[str, ...]
    value: JSON
    caught_by: str | Callable[[Contracts], None]


def in_a_world(test: Callable[[WorldClient], None]) -> Callable[[Contracts], None]:
    """A test of an empty world, as one of contracts."""

    def check(contracts: Contracts) -> None:
        with opened(create_api(contracts), WorldSpec(name="planted", plan="ultimate")) as client:
            test(promised(client))

    return check


def in_a_shop(test: Callable[[WorldClient], None]) -> Callable[[Contracts], None]:
    """A test of a world with two Klasses, as one of contracts."""

    def with_klasses(client: WorldClient) -> None:
        for name in ("order", "return"):
            client.post("/v1/klasses", {"name": name})
        test(client)

    return in_a_world(with_klasses)


def in_a_seeded_world(check: Callable[[seeded.Seeded], None]) -> Callable[[Contracts], None]:
    """A check of the seeded world, as one of contracts."""
    return lambda contracts: check(seeded.seeded(contracts))


def a_new_conversation(client: WorldClient) -> None:
    assert isinstance(client, PromisedClient)
    of_conversations.test_a_new_conversation_has_the_documented_attributes(client)


ORDER = in_a_seeded_world(seeded.plain_lists_are_whole_and_in_order)
READS = in_a_seeded_world(seeded.every_read_meets_its_schema)
OWN = in_a_seeded_world(seeded.lists_of_a_record_show_what_names_it)
SECOND_KLASS = in_a_world(of_klasses.test_a_second_klass_of_the_same_name_is_a_conflict)
EXTERNAL_ID = in_a_shop(of_custom_objects.test_an_external_id_is_unique_within_its_klass)

MUTANTS: dict[str, Mutant] = {
    "wrong list index: by state": Mutant("conversations", (*LIST, "x-default", "index"), "status", ORDER),
    "wrong list index: by last change": Mutant("conversations", (*LIST, "x-default", "index"), "updatedAt", ORDER),
    "wrong list index: of another relation": Mutant(
        "notes", (*OF_CUSTOMER, "x-default", "index"), "conversation", "leads to conversation records, not customer",
    ),
    "wrong list index: of other values": Mutant(
        "teams", (*OF_USER, "x-default", "index"), "isDeleted", "holds boolean values, and 'id' is a string",
    ),
    "wrong default: a status": Mutant(
        "conversations", (RESOURCE, "defaults", "status"), "done", in_a_world(a_new_conversation),
    ),
    "wrong default: a flag": Mutant(
        "teams", (RESOURCE, "defaults", "deleted"), True, in_a_world(of_teams.test_a_new_team_has_the_documented_shape),
    ),
    "wrong default: another type": Mutant("queues", (RESOURCE, "defaults", "priority"), "1", "must be an integer"),
    "wrong attributes schema: another type's": Mutant(
        "tags", (RESOURCE, "attributes"), "TeamAttributes",
        "no schema of 'tag' records has attributes of 'TeamAttributes'",
    ),
    "wrong attributes schema: the body's": Mutant(
        "teams", (RESOURCE, "attributes"), "TeamCreate", "no schema of 'team' records has attributes of 'TeamCreate'",
    ),
    "wrong hidden field: another stamp": Mutant("tags", (RESOURCE, "hidden"), ["importedAt"], READS),
    "wrong hidden field: a promised one": Mutant(
        "tags", (RESOURCE, "hidden"), ["rev", "createdAt"], "'createdAt' is hidden, and TagAttributes promises it",
    ),
    "wrong hidden field: none": Mutant("teams", (RESOURCE, "hidden"), GONE, READS),
    "wrong at: another path's parameter": Mutant("customers", (*EMAIL, "at"), "path.id",
        "'id' is no parameter of the path"),
    "wrong at: none": Mutant("teams", (*OF_USER, "x-default", "at"), GONE, OWN),
    "wrong look-up index: another unique one": Mutant(
        "customers", (*EMAIL, "index"), "phone", "must be the index that bears the parameter's name, 'email'",
    ),
    "wrong look-up index: one by another value": Mutant(
        "customers", (RESOURCE, "indexes", "email", "path"), "attributes.phones.*.phone",
        "index 'email' reads attributes.phones.*.phone, not attributes.emails.*.email",
    ),
    "wrong unique index: not unique": Mutant(
        "conversations", (RESOURCE, "indexes", "externalId",
        "unique"), False, "is not unique, so a look-up may find several",
    ),
    "wrong unique index: not unique, without look-up": Mutant(
        "klasses", (RESOURCE, "indexes", "name", "unique"), False, SECOND_KLASS,
    ),
    "wrong unique index: another one": Mutant("klasses", (RESOURCE, "indexes", "status", "unique"), True, READS),
    "wrong unique index: across Klasses": Mutant(
        "custom-objects", (RESOURCE, "indexes", "externalId", "path"), "attributes.externalId", EXTERNAL_ID,
    ),
}  # fmt: skip


def with_the_mutant(mutant: Mutant) -> dict[str, Document]:
    documents = read_documents()
    copy = json.loads(json.dumps(documents[f"{mutant.document}.yaml"]))
    node: JSON = copy
    for step in mutant.place[:-1]:
        node = node[step]
    if mutant.value is GONE:
        del node[mutant.place[-1]]
    else:
        assert node.get(mutant.place[-1]) != mutant.value
        node[mutant.place[-1]] = mutant.value
    return {**documents, f"{mutant.document}.yaml": copy}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_mutant_is_caught(name: str) -> None:
    """A rule or a test that lets every wrong fact pass holds nothing."""
    mutant = MUTANTS[name]
    documents = with_the_mutant(mutant)
    if isinstance(mutant.caught_by, str):
        with pytest.raises(ContractError) as refusal:
            load(documents)
        assert str(refusal.value).startswith(f"{mutant.document}.yaml: ") or "x-search" in str(refusal.value)
        assert mutant.caught_by in str(refusal.value)
    else:
        contracts = load(documents)
        with pytest.raises((AssertionError, KeyError, Refusal)):
            mutant.caught_by(contracts)


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if not isinstance(mutant.caught_by, str)])
def test_what_catches_a_mutant_lets_the_documents_pass(name: str, contracts: Contracts) -> None:
    """Else it would not be the mutant that it catches."""
    check = MUTANTS[name].caught_by
    assert not isinstance(check, str)
    check(contracts)
