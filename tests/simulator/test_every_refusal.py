"""Every refusal the API can make, made once in the words of either choice: none is left that a client cannot read."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.perform import InvalidBody
from kustomer_sandbox.simulator.request import error_entries, fault_effects
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary, Refusal
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.world.faults import FaultMatch, RateLimited, Status
from tests.simulator.refused_calls import (
    BUDGETS,
    DOUBTED,
    GATE,
    MASKED_SEARCHES,
    READINGS,
    RULES,
    SEARCHES,
    RefusedCall,
    stock,
)
from tests.world_client import WorldClient, opened

SOURCE = Path(fault_effects.__file__).resolve().parents[1]
RULE = re.compile(r'rule="([a-z0-9_-]+)"')

ELSEWHERE: Mapping[str, list[str]] = {
    "made once, when the module is imported; the 500 below is it": ["request/responses.py"],
    "a body that no schema has seen yet comes from a scenario file alone": ["operations/perform.py checked"],
    "what happens in a world of itself is told to its journal, and to no caller": ["operations/when.py _set"],
    "a store that cannot be written is told of in tests/keeping": ["keeping/kept_api.py unavailable"],
    "the schema of a search refuses the body before": [
        "search/aggregate.py parse_aggregations",
        "search/parse.py _checked",
        "search/parse.py _checked",
        "search/parse.py _context",
        "search/parse.py _flag",
        "search/sort.py _entries",
        "search/sort.py _key",
    ],
}
"""Places that no call reaches in its own right, by the reason."""

KINDS = frozenset(
    kind.__name__
    for direct in Refusal.__subclasses__()
    for kind in (direct, *direct.__subclasses__(), InvalidBody, fault_effects.InjectedError)
)


def places() -> dict[tuple[str, int], str]:
    """Every place of the simulator that makes a refusal, by file and first line: the function it stands in."""
    found = {}
    for file in SOURCE.rglob("*.py"):
        name = file.relative_to(SOURCE).as_posix()
        within: list[tuple[ast.AST, str]] = [(ast.parse(file.read_text("utf-8")), "")]
        while within:
            node, function = within.pop()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                found[name, node.lineno] = f"{name} {function}".rstrip()
            inner = node.name if isinstance(node, ast.FunctionDef) else function
            within += [(child, inner) for child in ast.iter_child_nodes(node)]
    return found


PLACES = places()


def place_of(frame: FrameType | None) -> tuple[str, int]:
    """Where a refusal is made: the innermost frame that is no constructor."""
    while frame is not None and frame.f_code.co_name in ("__init__", "remembering"):
        frame = frame.f_back
    assert frame is not None
    name = Path(frame.f_code.co_filename).resolve().relative_to(SOURCE).as_posix()
    return max((place for place in PLACES if place[0] == name and place[1] <= frame.f_lineno), key=lambda at: at[1])


@dataclass
class Told:
    """The refusals that were told: each one's place in the source, the rule it names, and its document."""

    places: set[tuple[str, int]] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    documents: list[dict[str, Any]] = field(default_factory=list)


def witnessed(patch: pytest.MonkeyPatch) -> Told:
    """What is told from now on."""
    told, make, write = Told(), Refusal.__init__, error_entries.refusal_document

    def remembering(self: Refusal, *problems: Any, **options: Any) -> None:
        make(self, *problems, **options)
        self.place = place_of(sys._getframe(1))  # type: ignore[attr-defined]  # noqa: SLF001

    def writing(refusal: Refusal, words: ErrorVocabulary) -> dict[str, Any]:
        told.places.add(refusal.place)  # type: ignore[attr-defined]
        told.rules.add(refusal.rule)
        return write(refusal, words)

    patch.setattr(Refusal, "__init__", remembering)
    patch.setattr(error_entries, "refusal_document", writing)
    return told


def failing(_: Call) -> Outcome:
    raise ZeroDivisionError


def faulty(client: WorldClient) -> WorldClient:
    """The same world behind a rule that fails."""
    pipeline = replace(client.api.gate.pipeline, rules={**client.api.gate.pipeline.rules, "GetTags": failing})
    return replace(client, api=replace(client.api, gate=replace(client.api.gate, pipeline=pipeline)))


@pytest.fixture(scope="module", params=get_args(ErrorVocabulary))
def told(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[Told]:
    """Every refusal there is, in the words of one choice."""
    spec = WorldSpec(name=f"refusals-{request.param}", plan="ultimate", errors=request.param, strict=True)
    with opened(shared_api, spec) as client, pytest.MonkeyPatch.context() as patch:
        ids = stock(client)
        found = witnessed(patch)
        for fault in (Status(status=418), RateLimited()):
            client.world.faults.arm(FaultMatch(), fault)
            found.documents.append(client.get("/v1/tags").json)
        found.documents.append(faulty(client).get("/v1/tags").json)
        for group in (GATE, RULES, SEARCHES, MASKED_SEARCHES, DOUBTED, *([call] for call in BUDGETS)):
            client.advance(61)
            client.world.configure(masked_search="exact" if group is MASKED_SEARCHES else "allow")
            client.world.configure(readings=READINGS if group is DOUBTED else {})
            found.documents += [document_of(call, client, ids) for call in group]
        yield found


def document_of(call: RefusedCall, client: WorldClient, ids: dict[str, str]) -> dict[str, Any]:
    answer = call.sent(client, ids)
    assert answer.status == call.status, (call, answer.json)
    document: dict[str, Any] = answer.json
    return document


def test_every_refusal_is_told(told: Told) -> None:
    """A refusal that is new in the source has to be made here before this test passes again."""
    missed = PLACES.keys() - told.places
    expected = sorted(place for elsewhere in ELSEWHERE.values() for place in elsewhere)
    assert sorted(PLACES[place] for place in missed) == expected, sorted(missed)


def test_every_rule_that_refuses_has_refused(told: Told, contracts: Contracts) -> None:
    """Several rules may refuse in one place; each is a row of the ledger, and each is heard."""
    written = {rule for file in SOURCE.rglob("*.py") for rule in RULE.findall(file.read_text("utf-8"))}
    budgets = {spend.budget.name for operation in contracts.operations.values() for spend in operation.spends}
    limits = {f"limit-{name}" for name in (*budgets, "org", "search")}
    assert (written | limits) - told.rules == set()


def told_to_a_recorded_client(document: dict[str, Any]) -> str:
    """What a client written after the traffic shows: it reads the first entry alone."""
    error = document["errors"][0]
    faults = error.get("meta", {}).get("subErrors", [])
    place = error["source"].get("parameter") or error["source"].get("pointer", "")
    texts = [f"{fault['source'].get('pointer', '')} {fault['title']}" for fault in faults]
    return f"{error['status']:d} {error['title']} {place} {'; '.join(texts)}"


def told_to_a_page_client(document: dict[str, Any]) -> str:
    """What a client written after the errors page shows, which reads every entry."""
    return "; ".join(f"{error['code']} {error.get('message') or error['title']}" for error in document["errors"])


def test_every_refusal_is_readable_by_clients_of_both_kinds(told: Told, contracts: Contracts) -> None:
    """Neither meets a missing member or an empty text, and an invalid request says where it is wrong."""
    checker = Checker({"$ref": "#/components/schemas/Refusal"}, contracts.document)
    for document in told.documents:
        assert checker.findings(document) == []
        (error,) = document["errors"]
        shown = told_to_a_recorded_client(document)
        assert re.fullmatch(r"[45]\d\d \w[\w' ]+ .*", shown), shown
        assert re.fullmatch(r"[a-z_]+ \S.*", told_to_a_page_client(document)), document
        if error["status"] == 400:
            faults = error["meta"]["subErrors"]
            assert all(fault["title"] for fault in faults)
            assert error["source"] or error["message"].startswith("A parameter "), document
            assert all(fault["source"] for fault in faults) or not error["source"]
