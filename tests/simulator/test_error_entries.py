"""Error entries: one for each refusal, for clients of the errors page and for those of recorded traffic."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.request.error_entries import refusal_document
from kustomer_sandbox.simulator.values.errors import (
    BadRequest,
    Conflict,
    ErrorVocabulary,
    NotFound,
    Problem,
    Refusal,
    Unauthorized,
)
from tests.promised import promised
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"
CODES = {
    400: ("bad_request", "badparam"),
    401: ("unauthorized", "unauthorized"),
    403: ("forbidden", "forbidden"),
    404: ("not_found", "notfound"),
    405: ("method_not_allowed", "methodnotallowed"),
    409: ("conflict", "conflict"),
    413: ("payload_too_large", "payloadtoolarge"),
    422: ("unprocessable_entity", "unprocessableentity"),
    429: ("too_many_requests", "toomanyrequests"),
    500: ("internal_error", "internalerror"),
}


def entry(refusal: Refusal, words: ErrorVocabulary = "page") -> dict[str, Any]:
    (found,) = refusal_document(refusal, words)["errors"]
    return found  # type: ignore[no-any-return]


def test_an_entry_has_what_either_kind_of_client_reads() -> None:
    """`message` and `meta` for those who read the errors page, the other members for those who met the real API."""
    assert entry(Conflict(Problem(message="M.", pointer="/a", meta={"unique": "a"}))) == {
        "status": 409,
        "code": "conflict",
        "title": "Conflict",
        "detail": "M.",
        "source": {"pointer": "/a"},
        "message": "M.",
        "meta": {"unique": "a"},
    }


@pytest.mark.parametrize("words", ["page", "recorded"])
def test_faults_beyond_the_first_are_told_in_the_same_entry(words: ErrorVocabulary) -> None:
    """Clients read `errors[0]` alone: a second entry would be lost on them."""
    error = entry(BadRequest(Problem(message="M.", pointer="/a/0"), Problem(message="N.", parameter="p")), words)
    assert (error["source"], error["message"], error["detail"]) == ({"pointer": "/a/0"}, "M. N.", "M. N.")
    assert error["meta"] == {
        "subErrors": [{"source": {"pointer": "/a/0"}, "title": "M."}, {"source": {"parameter": "p"}, "title": "N."}]
    }


def test_a_parameter_has_its_published_name_too() -> None:
    """The published schema of two operations says `parameters`, the recordings say `parameter`."""
    refusal = NotFound(Problem(message="M.", parameter="id"))
    assert entry(refusal)["source"] == {"parameter": "id", "parameters": "id"}
    assert entry(refusal, "recorded")["source"] == {"parameter": "id"}


def test_an_entry_without_a_place_has_an_empty_source() -> None:
    """A client may look into `source` and `meta` without asking first whether they are there."""
    error = entry(Unauthorized("M."))
    assert (error["source"], error["meta"]) == ({}, {})


@pytest.mark.parametrize(
    ("pointer", "parameter", "detail"),
    [
        ("/custom/shoeSize", "shoeSize", "/properties/custom/additionalProperties"),
        ("/nickname", "nickname", "/additionalProperties"),
        ("/phones/0/a~1b~0c", "a/b~c", "/properties/phones/items/additionalProperties"),
    ],
)
def test_an_unknown_field_is_told_by_its_name_and_the_schema(pointer: str, parameter: str, detail: str) -> None:
    """The recorded form, seen for a custom attribute; the others are made like it."""
    error = entry(BadRequest(Problem(message="M.", pointer=pointer, is_unknown_field=True)), "recorded")
    assert (error["title"], error["detail"]) == ("Additional properties not allowed", detail)
    assert (error["source"], error["message"]) == ({"parameter": parameter}, "M.")
    assert error["meta"]["subErrors"] == [{"source": {"pointer": pointer}, "title": "M."}]


def test_recorded_entries_are_told_as_recorded(world_client: WorldClient) -> None:
    """To the member where the recording shows the whole; a refused attribute has message and meta besides."""
    world_client.world.errors = "recorded"
    client = promised(world_client)
    for name in ("externalId", "email"):
        assert client.get(f"{CUSTOMERS}/{name}=nobody@example.com").errors == [
            {"status": 404, "source": {"parameter": name}, "code": "notfound", "title": "Not Found"}
        ]
    error = client.post(CUSTOMERS, {"name": "A", "custom": {"shoeSize": 43}}).error
    assert {name: error[name] for name in ("status", "source", "code", "title", "detail")} == {
        "status": 400,
        "source": {"parameter": "shoeSize"},
        "code": "badparam",
        "title": "Additional properties not allowed",
        "detail": "/properties/custom/additionalProperties",
    }


def test_a_look_up_has_the_whole_entry_in_page_worlds(world_client: WorldClient) -> None:
    """What is left out is a fact of the recordings, not of look-ups."""
    error = promised(world_client).get(f"{CUSTOMERS}/externalId=nobody").error
    assert (error["message"], error["meta"]) == ("No customer has this externalId.", {})


def refusals(root: type[Refusal]) -> list[type[Refusal]]:
    return [kind for direct in root.__subclasses__() for kind in (direct, *refusals(direct))]


def test_a_code_is_in_the_words_its_world_has_chosen() -> None:
    """A client tells refusals apart by code alone, so no two statuses share one."""
    kinds = [kind for kind in refusals(Refusal) if kind.__module__ == Refusal.__module__]
    assert {kind.status: (kind.code, kind.recorded_code) for kind in kinds} == CODES
    for place in (0, 1):
        assert len({codes[place] for codes in CODES.values()}) == len(CODES)
