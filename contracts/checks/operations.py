"""One operation: its path and parameters, answers, roles, pages, budgets, fixed fields and alias."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit, OperationPlace
from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.contracts.vocabulary.shapes import shown

PAGE_PARAMETERS = {"page", "pageSize"}
_NO_CONTENT = "204"


def ids(whole: AllDocuments) -> Iterator[Misfit]:
    """No two operations have one id."""
    seen: set[str] = set()
    for spot in whole.operations:
        if spot.entry["operationId"] in seen:
            yield spot.wrong(f"operation {spot.entry['operationId']!r} is defined twice", "operationId")
        seen.add(spot.entry["operationId"])


def parameters(whole: AllDocuments) -> Iterator[Misfit]:
    """The path's parameters are the declared ones, and no parameter is declared twice."""
    for spot in whole.operations:
        given = [(parameter["in"], parameter["name"]) for parameter in whole.parameters(spot)]
        named = re.findall(r"\{([A-Za-z_]+)\}", spot.path)
        declared = [name for place, name in given if place == "path"]
        for name in named:
            if name not in declared:
                near = nearest(name, declared)
                yield spot.wrong(f"path parameter {name!r} is not declared{near}", "parameters")
        for name in declared:
            if name not in named:
                yield spot.wrong(f"{name!r} is no parameter of the path{nearest(name, named)}", "parameters")
        twice = next((name for at, (_, name) in enumerate(given) if given[at] in given[:at]), None)
        if twice is not None:
            yield spot.wrong(f"parameter {twice!r} is declared twice", "parameters")


def answers(whole: AllDocuments) -> Iterator[Misfit]:
    """One answer of success, with a body unless it is 204, and one answer for every refusal."""
    for spot in whole.operations:
        responses = spot.entry["responses"]
        successes = [status for status in responses if status.startswith("2")]
        if len(successes) != 1:
            yield spot.wrong("needs exactly one 2xx response", "responses")
        if "default" not in responses:
            yield spot.wrong("default is missing: what every refusal looks like", "responses")
        for status in successes:
            has_body = "content" in resolve(whole.merged, responses[status])
            if has_body is (status == _NO_CONTENT):
                words = "has no body" if status == _NO_CONTENT else "needs a body: its content is missing"
                yield spot.wrong(words, "responses", status)


def served(whole: AllDocuments) -> Iterator[Misfit]:
    """Exactly one of a rule and a default; what it may be called by fits the method."""
    for spot in whole.operations:
        if ("x-rule" in spot.entry) == ("x-default" in spot.entry):
            yield spot.wrong("needs exactly one of x-rule and x-default")
        if spot.method == "get" and "requestBody" in spot.entry:
            yield spot.wrong("a GET has no body", "requestBody")


def roles(whole: AllDocuments) -> Iterator[Misfit]:
    """A placeholder in a role is a path parameter."""
    for spot in whole.operations:
        known = list(whole.path_parameters(spot))
        for at, role in enumerate(spot.entry["x-roles"]):
            for name in re.findall(r"\{([a-z]+)\}", role):
                if name not in known:
                    yield spot.wrong(f"{name!r} is no parameter of the path{nearest(name, known)}", "x-roles", at)


def pages(whole: AllDocuments) -> Iterator[Misfit]:
    """Page sizes are stated where a call can ask for pages, and only there."""
    for spot in whole.operations:
        asked = {p["name"] for p in whole.parameters(spot) if p["in"] == "query"} & PAGE_PARAMETERS
        if spot.entry.get("x-page", {}).get("style") == "cursor":
            if asked:
                yield spot.wrong("a list that is read by cursor has no page and pageSize", "x-page")
            continue
        if asked and "x-page" not in spot.entry:
            yield spot.wrong("is missing: the operation takes the parameters page and pageSize", "x-page")
        if "x-page" in spot.entry and asked != PAGE_PARAMETERS:
            yield spot.wrong("needs the parameters page and pageSize", "x-page")


def about(whole: AllDocuments) -> Iterator[Misfit]:
    """The type of record that a path is said to name exists."""
    for spot in whole.operations:
        kind = spot.entry.get("x-about")
        if kind is not None and kind not in whole.types:
            yield spot.wrong(f"{kind!r} is no record type{nearest(kind, list(whole.types))}", "x-about")


def budgets(whole: AllDocuments) -> Iterator[Misfit]:
    """Budgets exist, and the ways to the object's id lead somewhere."""
    known = {k: v for d in whole.documents.values() for k, v in d.get("x-limits", {}).get("budgets", {}).items()}
    for spot in whole.operations:
        for name, keys in spot.entry.get("x-budgets", {}).items():
            if name not in known:
                yield spot.wrong(f"unknown budget {name!r}{nearest(name, list(known))}", "x-budgets")
                continue
            for at, key in enumerate(keys):
                for words in _way(whole, spot, key):
                    yield spot.wrong(words, "x-budgets", name, at)
            exempt = known[name].get("exempt")
            if exempt is not None and exempt not in whole.body_fields(spot):
                yield spot.wrong(f"the field that lifts it, {exempt!r}, is no field of the body", "x-budgets", name)


def _way(whole: AllDocuments, spot: OperationPlace, key: str) -> Iterator[str]:
    through, _, place = key.rpartition(":")
    where, _, name = place.partition(".")
    known = list(whole.path_parameters(spot) if where == "path" else whole.body_fields(spot))
    if name not in known:
        what = "parameter of the path" if where == "path" else "field of the body"
        yield f"{name!r} is no {what}{nearest(name, known)}"
    if through:
        kind, _, relation = through.partition(">")
        if kind not in whole.types:
            yield f"{kind!r} is no record type{nearest(kind, list(whole.types))}"
        elif relation not in (known := [r.name for r in whole.types[kind][1].relationships]):
            yield f"{relation!r} is no relationship of {kind}{nearest(relation, known)}"


def fixed(whole: AllDocuments) -> Iterator[Misfit]:
    """What a path fixes is a field of the body, with a value it may have."""
    for spot in whole.operations:
        yield from fixed_fields(whole, spot, spot.entry.get("x-fixed", {}), "x-fixed")


def fixed_fields(
    whole: AllDocuments, spot: OperationPlace, values: dict[str, object], *steps: str | int
) -> Iterator[Misfit]:
    """Fields set for the caller, against every form of the body that has them."""
    fields = whole.body_fields(spot)
    for name, value in values.items():
        if name not in fields:
            yield spot.wrong(f"{name!r} is no field of the body{nearest(name, list(fields))}", *steps)
        elif not any(not Checker(form, whole.merged).findings(value) for form in whole.field_forms(spot, name)):
            yield spot.wrong(f"{shown(value)} does not fit the field", *steps, name)


def bulks(whole: AllDocuments) -> Iterator[Misfit]:
    """A bulk operation does another operation for each item, one of the same method."""
    known = {spot.entry["operationId"]: spot for spot in whole.operations}
    for spot in whole.operations:
        target = spot.entry.get("x-bulk-of")
        if target is None:
            continue
        if target not in known:
            yield spot.wrong(f"there is no operation {target!r}{nearest(target, list(known))}", "x-bulk-of")
        elif known[target].method != spot.method:
            yield spot.wrong(f"{target} is of another method", "x-bulk-of")


def aliases(whole: AllDocuments) -> Iterator[Misfit]:
    """An alias is another way to an operation that does the same, and is none itself."""
    known = {spot.entry["operationId"]: spot.entry for spot in whole.operations}
    for spot in whole.operations:
        target = spot.entry.get("x-alias-of")
        if target is None:
            continue
        if target not in known:
            yield spot.wrong(f"there is no operation {target!r}{nearest(target, list(known))}", "x-alias-of")
        elif any(spot.entry.get(key) != known[target].get(key) for key in ("x-rule", "x-default")):
            yield spot.wrong(f"{target} is served by another rule or default", "x-alias-of")
