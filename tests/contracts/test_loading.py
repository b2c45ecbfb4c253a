"""The loader: what it refuses, and what holds for every document, operation and tool it accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args

import pytest
import yaml

from kustomer_sandbox.contracts import ContractError, Contracts, load
from kustomer_sandbox.contracts.documents import lookup, parse_document, read_documents, references
from kustomer_sandbox.contracts.model import Tool
from kustomer_sandbox.contracts.sources.source import Confidence, Source
from tests.contracts.planted import TEXTS, changed

GET = ("paths", "/v1/things", "get")
LIMITS = ("x-limits",)

Place = tuple[str | int, ...]
Documents = dict[str, dict[str, Any]]
JSON = Any


def planted() -> Documents:
    """Small documents the loader accepts."""
    return {name: parse_document(name, text) for name, text in TEXTS.items()}


def reach(documents: Documents, place: Place) -> JSON:
    """The node at a place: of the shared document when it is about limits, else of the other one."""
    node: JSON = documents["common.yaml" if place[:1] == LIMITS else "things.yaml"]
    for key in place:
        node = node[key]
    return node


def read(documents: Documents) -> Contracts:
    """The documents through the same two steps as the shipped ones."""
    return load(documents={name: parse_document(name, json.dumps(document)) for name, document in documents.items()})


def repeated_keys(text: str) -> list[str]:
    """Keys that stand twice in one mapping of a YAML document, with their lines."""

    def walk(node: yaml.Node | None) -> Iterator[str]:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    yield f"{key.value} in line {key.start_mark.line + 1}"
                seen.add(key.value)
                yield from walk(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item)

    return list(walk(yaml.compose(text, Loader=yaml.SafeLoader)))


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("components",),
        ("paths", "/v1/things"),
        GET,
        ("paths", "/v1/things/name={name}", "get", "x-default"),
        (*GET, "x-page"),
        (*GET, "x-source"),
        (*GET, "x-tools", 0),
        (*GET, "x-tools", 0, "arguments", "thing_colour"),
        (*GET, "x-tools", 0, "hints"),
        (*GET, "x-tools", 0, "source"),
        ("x-resource",),
        ("x-resource", "source"),
        ("x-resource", "indexes", "name"),
        ("x-resource", "relationships", "org"),
        ("x-resource", "sensitive"),
        ("x-search",),
        ("x-search", "attributes", "thing_name"),
        LIMITS,
        (*LIMITS, "source"),
        (*LIMITS, "budgets", "made"),
    ],
    ids=lambda place: "/".join(str(part) for part in place) or "document",
)
def test_an_unknown_key_stops_the_load_with_its_name(place: Place) -> None:
    """A misspelt fact must not silently become a wrong simulator, wherever it stands."""
    documents = planted()
    reach(documents, place)["surprise"] = {}

    with pytest.raises(ContractError, match="unknown key 'surprise'"):
        read(documents)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (GET, "x-source"),
        ((*GET, "x-tools", 0), "source"),
        (("x-resource",), "source"),
        (("x-resource", "sensitive"), "source"),
        (LIMITS, "source"),
        ((*LIMITS, "budgets", "made"), "source"),
        ((*GET, "x-source"), "confidence"),
    ],
    ids=lambda part: part if isinstance(part, str) else "/".join(str(step) for step in part),
)
def test_a_fact_without_a_source_is_refused(place: Place, key: str) -> None:
    """Every fact says where it comes from and how sure it is."""
    documents = planted()
    del reach(documents, place)[key]

    with pytest.raises(ContractError, match=rf": {key} is missing"):
        read(documents)


@pytest.mark.parametrize("source", [{"confidence": "certain"}, "certain", ["vendor-docs"]], ids=["map", "word", "list"])
def test_an_unknown_confidence_is_refused(source: JSON) -> None:
    """Four words are known, so that an assumption cannot pass for knowledge under a fifth."""
    documents = planted()
    reach(documents, GET)["x-source"] = source

    with pytest.raises(ContractError, match=r"^things.yaml: GET /v1/things x-source(/confidence)?: must be "):
        read(documents)


@pytest.mark.parametrize(
    "ref",
    [
        "#/components/parameters/Nothing",
        "common.yaml#/components/schemas/Thing",
        "missing.yaml#/components/schemas/Thing",
        "#/paths/~1v1~1things",
        "https://example.com/schema.json",
    ],
)
def test_a_reference_to_nothing_is_refused(ref: str) -> None:
    """A reference leads to a component of one of the documents, never anywhere else."""
    documents = planted()
    reach(documents, GET)["parameters"].append({"$ref": ref})

    with pytest.raises(ContractError, match=r"\$ref"):
        read(documents)


@pytest.mark.parametrize("part", ["components", "paths"])
def test_a_name_two_documents_define_is_refused(part: str) -> None:
    """All documents share one space of component names and paths."""
    documents = planted()
    documents["zzz.yaml"] = {key: reach(documents, (key,)) for key in ("openapi", "info", "x-resource", part)}

    with pytest.raises(ContractError, match="defined twice"):
        read(documents)


@pytest.mark.parametrize("change", ["operationId", "x-tools"], ids=["tool", "operation"])
def test_an_operation_id_or_tool_name_used_twice_is_refused(change: str) -> None:
    """Rules find operations by their id, and clients reject a list of tools in which a name comes twice."""
    documents = planted()
    other = {key: value for key, value in reach(documents, GET).items() if key != change}
    if change == "operationId":
        other["operationId"] = "GetOthers"
    documents["things.yaml"]["paths"]["/v1/others"] = {"get": other}

    with pytest.raises(ContractError, match="is defined twice"):
        read(documents)


@pytest.mark.parametrize("change", [{"x-rule": "things.list_things"}, {"x-default": None}], ids=["both", "neither"])
def test_an_operation_has_either_a_rule_or_a_default(change: JSON) -> None:
    """With both, one would be ignored; with neither, nothing would answer."""
    documents = planted()
    reach(documents, GET).update(change)
    if change.get("x-default", "") is None:
        del reach(documents, GET)["x-default"]

    with pytest.raises(ContractError, match="exactly one of x-rule and x-default"):
        read(documents)


@pytest.mark.parametrize("statuses", [["default"], ["200", "201", "default"]], ids=["default", "two"])
def test_an_operation_has_exactly_one_success(statuses: list[str]) -> None:
    """The status of an answer comes from the contract, so it must be one."""
    documents = planted()
    answer = reach(documents, (*GET, "responses", "200"))
    reach(documents, GET)["responses"] = dict.fromkeys(statuses, answer)

    with pytest.raises(ContractError, match="exactly one 2xx"):
        read(documents)


def test_a_custom_tool_without_a_method_is_refused() -> None:
    """The kind follows the method's name, and a custom tool's cannot be read off its own name."""
    documents = planted()
    del reach(documents, (*GET, "x-tools", 1))["method"]

    with pytest.raises(ContractError, match=r"x-tools/1/method: is missing: a custom tool names its method"):
        read(documents)


@pytest.mark.parametrize("arguments", [{"size": {}}, {"colour": {"in": "body"}}], ids=["unknown", "elsewhere"])
def test_a_tool_argument_that_goes_nowhere_is_refused(arguments: JSON) -> None:
    """An argument must reach the API under a name the operation knows."""
    documents = planted()
    reach(documents, (*GET, "x-tools", 0))["arguments"] = arguments

    with pytest.raises(ContractError, match="matches no parameter"):
        read(documents)


def test_an_argument_that_is_required_is_not_seldom_needed() -> None:
    """`tools/list` would leave out what no call can do without."""
    documents = planted()
    reach(documents, (*GET[:-1], "post", "x-tools", 0))["seldom"] = ["name"]

    with pytest.raises(ContractError, match=r"required cannot be seldom needed: \['name'\]"):
        read(documents)


def test_a_budget_nobody_defined_is_refused() -> None:
    """An operation that draws on an unknown budget would have no limit at all."""
    documents = planted()
    reach(documents, GET)["x-budgets"] = {"unknown": ["path.id"]}

    with pytest.raises(ContractError, match="unknown budget 'unknown'"):
        read(documents)


@pytest.mark.parametrize("count", [0, 2])
def test_the_limits_are_stated_exactly_once(count: int) -> None:
    """Two statements could contradict each other."""
    documents = planted()
    limits = documents["common.yaml"].pop("x-limits")
    for name in list(documents)[:count]:
        documents[name]["x-limits"] = limits

    with pytest.raises(ContractError, match="exactly one document states x-limits"):
        read(documents)


def test_paths_need_a_resource() -> None:
    """Without one nothing says which records the operations are about."""
    documents = planted()
    del documents["things.yaml"]["x-resource"]

    with pytest.raises(ContractError, match=r"^things\.yaml: x-resource is missing"):
        read(documents)


@pytest.mark.parametrize("text", ["{", "[]", "text", ""], ids=["broken", "list", "text", "empty"])
def test_a_document_that_is_no_mapping_is_refused_by_name(text: str) -> None:
    """Whoever edits the documents is told which one is broken."""
    with pytest.raises(ContractError, match=r"^planted\.yaml: "):
        parse_document("planted.yaml", text)


def test_a_repeated_key_is_found() -> None:
    """The YAML reader keeps the last of two equal keys in silence, so a check of our own must see them."""
    assert repeated_keys("a: 1\nb: [{c: 1,\n c: 2}]\na: {a: 3}") == ["c in line 3", "a in line 4"]


@pytest.mark.parametrize("name", sorted(read_documents()))
def test_no_document_repeats_a_key(name: str) -> None:
    """The earlier of two equal keys would be a fact that is written down and does not hold."""
    assert repeated_keys((files("kustomer_sandbox.contracts") / "resources" / name).read_text(encoding="utf-8")) == []


def test_every_reference_of_the_merged_document_resolves(contracts: Contracts) -> None:
    """Clients that read the served document must find everything it points to."""
    found = set(references(contracts.document))

    assert {ref for ref in found if not ref.startswith("#/") or lookup(contracts.document, ref[1:]) is None} == set()


def sources(contracts: Contracts) -> Iterator[tuple[str, Source]]:
    """Every source the contracts carry, with what it speaks of."""
    for resource in contracts.resources.values():
        yield resource.name, resource.source
    for operation in contracts.operations.values():
        yield operation.id, operation.source
    for tool in contracts.tools.values():
        yield tool.name, tool.source
    for budget in contracts.limits.budgets.values():
        yield budget.name, budget.source


def test_every_source_has_a_known_confidence(contracts: Contracts) -> None:
    """Nothing may be more or less sure than the four words can say."""
    assert {name for name, source in sources(contracts) if source.confidence not in get_args(Confidence)} == set()


def test_knowledge_names_the_pages_it_comes_from(contracts: Contracts) -> None:
    """What is said to be documented or attested can be looked up."""
    known = ("vendor-docs", "client-code")

    assert {name for name, source in sources(contracts) if source.confidence in known and not source.pages} == set()


KINDS = {"list": "read", "get": "read", "create": "write", "update": "write", "delete": "write"}
NAMES = {
    "list": "list_all_kustomer_{many}",
    "get": "get_single_kustomer_{one}_by_id",
    "create": "create_a_kustomer_{one}",
    "update": "update_a_kustomer_{one}_by_id",
    "delete": "delete_a_kustomer_{one}_by_id",
}


def singular(resource: str) -> str:
    """The resource's name with its last word in the singular."""
    for ending, ends in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if resource.endswith(ending):
            return resource.removesuffix(ending) + ends
    return resource


def built_name(tool: Tool) -> str:
    """The name the published rules build from a method and a resource."""
    form = NAMES.get(tool.method_name, "kustomer_{many}_{method}")
    return form.format(many=tool.resource, one=singular(tool.resource), method=tool.method_name)


def test_every_tool_is_named_by_the_rule(contracts: Contracts) -> None:
    """Models and guides know the tools by names that are built, not chosen."""
    named = {tool.name: built_name(tool) for tool in contracts.tools.values()}

    assert {name: built for name, built in named.items() if name != built} == {}


def test_every_tool_name_is_one_all_clients_take(contracts: Contracts) -> None:
    """One bad name, too long or with a number for an ending, makes some clients reject the whole list."""
    pattern = re.compile(r"[a-z](_?[a-z0-9])*(?<!_[0-9])")

    assert {name for name in contracts.tools if len(name) > 64 or not pattern.fullmatch(name)} == set()


def test_the_kind_of_a_tool_follows_its_method(contracts: Contracts) -> None:
    """Access is granted by kind, so a write must never be listed as a read."""
    kinds = {tool.name: (tool.kind, KINDS.get(tool.method_name, "custom")) for tool in contracts.tools.values()}

    assert {name: pair for name, pair in kinds.items() if pair[0] != pair[1]} == {}


def test_every_tool_says_what_it_is_for_within_what_clients_read(contracts: Contracts) -> None:
    """Clients cut descriptions at 2 KB, and a tool without one is not chosen."""
    sizes = {tool.name: len(tool.description.encode()) for tool in contracts.tools.values()}

    assert {name: size for name, size in sizes.items() if not 0 < size <= 2048} == {}
    assert {tool.name for tool in contracts.tools.values() if not tool.title.strip() or not tool.tags} == set()


def test_the_path_of_a_record_names_what_the_record_has() -> None:
    """A link with a brace left in it would lead nowhere."""
    texts = changed("things.yaml", "  path: /v1/things/{id}", "  path: /v1/things/{nam}/{id}")
    with pytest.raises(ContractError, match=r"x-resource/path: the record has no 'nam'; did you mean 'name'"):
        load(documents={name: parse_document(name, text) for name, text in texts.items()})
