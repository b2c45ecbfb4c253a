"""What masks cover: plans from flags, every style, inheritance, and who may see through."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.build.masks import sensitive_names
from kustomer_sandbox.simulator.records.masking import (
    MaskedPaths,
    Style,
    apply,
    compile_masked_paths,
    masked,
)
from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient

CONTRACTS = load()
RESOURCES = sorted(name for name, resource in CONTRACTS.resources.items() if resource.sensitive)
CUSTOM = ("ssnStr", "sumNum", "vipBool", "seenAt")
STYLES: tuple[Style, ...] = ("stars", "object", "partial")
MASKS = {"stars": "***", "object": {"isMasked": True, "maskedPresentation": "********"}}

letters = st.text("abcdefghijklmnopqrstuvwxyz", max_size=14)
leaves = st.none() | st.booleans() | st.integers(10**6, 10**7) | letters.map(lambda text: f"§{text}")
"""Scalars whose texts cannot occur in a record by chance: not in a field's name, nor in the end a mask may show."""
anything = leaves | st.lists(leaves, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), leaves)

Path = tuple[str, ...]


def shaped(paths: list[Path]) -> st.SearchStrategy[JSON]:
    """Values shaped as sensitive paths say, with a neighbour nobody flags beside every named part."""
    if not any(paths):
        return anything
    below: dict[str, list[Path]] = {}
    for head, *rest in filter(None, paths):
        below.setdefault(head, []).append(tuple(rest))
    if "*" in below:
        return st.lists(shaped(below["*"]), max_size=3)
    parts = {head: shaped(rest) for head, rest in below.items()}
    return st.fixed_dictionaries({"neighbour": leaves}, optional=parts)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, Any], frozenset[str]]:
    """A resource, a record's attributes, and flags as `sensitive_names` gives them."""
    name = draw(st.sampled_from(RESOURCES))
    rules = CONTRACTS.resources[name].sensitive
    assert rules is not None
    flaggable = [*rules.attributes, *(f"custom.{custom}" for custom in CUSTOM)]
    flags = frozenset(flag for flag in flaggable if draw(st.booleans()))
    paths = [tuple(path.split(".")) for parts in rules.attributes.values() for path in parts]
    paths += [tuple(path.split(".")) for path in rules.inherits] + [("custom", custom) for custom in CUSTOM]
    return name, draw(shaped(paths)), flags


def hidden_paths(name: str, flags: frozenset[str]) -> list[Path]:
    """The naive reading of the contract: own flags, then what inherits from a flagged attribute of the type."""
    rules = CONTRACTS.resources[name].sensitive
    assert rules is not None
    found = [path for attribute in flags for path in rules.attributes.get(attribute, [attribute])]
    found += [path for path, sources in rules.inherits.items() if flags & set(sources)]
    return [tuple(path.split(".")) for path in found]


def leaves_of(node: JSON, path: Path = ()) -> Iterator[tuple[Path, JSON]]:
    """Every scalar with its path, `*` for the items of lists."""
    if isinstance(node, dict) and "isMasked" not in node:
        for key, item in node.items():
            yield from leaves_of(item, (*path, key))
    elif isinstance(node, list):
        for item in node:
            yield from leaves_of(item, (*path, "*"))
    else:
        yield path, node


def plan_of(name: str, flags: frozenset[str]) -> MaskedPaths:
    resource = CONTRACTS.resources[name]
    return compile_masked_paths(resource, resource.type, lambda kind: flags if kind == resource.type else frozenset())


def after(attributes: dict[str, Any], plan: MaskedPaths, style: Style) -> dict[str, Any]:
    changed = copy.deepcopy(attributes)
    apply(changed, plan, style)
    return changed


@given(cases(), st.sampled_from(STYLES))
def test_exactly_the_flagged_scalars_are_masked(case: tuple[str, dict[str, Any], frozenset[str]], style: Style) -> None:
    """What nobody flagged stays readable; lists keep their length, objects their fields, null stays null."""
    name, attributes, flags = case
    hidden = hidden_paths(name, flags)

    shown = list(leaves_of(after(attributes, plan_of(name, flags), style)))

    assert shown == [
        (path, masked(value, style) if any(path[: len(top)] == top for top in hidden) else value)
        for path, value in leaves_of(attributes)
    ]


def test_what_two_flags_hide_is_masked_once() -> None:
    """A message's `meta` and, through `subject`, what is in it may both be flagged; a mask is nothing to mask."""
    attributes = {"subject": "Jane", "meta": {"subject": "Jane", "from": "jane@example.com"}}

    shown = after(attributes, plan_of("messages", frozenset({"meta", "subject"})), "object")

    mask = MASKS["object"]
    assert shown == {"subject": mask, "meta": {"subject": mask, "from": mask}}


@given(cases(), st.sampled_from(STYLES))
def test_no_masked_text_can_be_read_anywhere(case: tuple[str, dict[str, Any], frozenset[str]], style: Style) -> None:
    """The whole of a hidden value appears nowhere, unless an attribute nobody flagged holds it as well."""
    name, attributes, flags = case
    hidden = hidden_paths(name, flags)
    split: dict[bool, list[JSON]] = {True: [], False: []}
    for path, value in leaves_of(attributes):
        split[any(path[: len(top)] == top for top in hidden)].append(value)

    text = orjson.dumps(after(attributes, plan_of(name, flags), style)).decode()

    readable = " ".join(str(value) for value in split[False])
    texts = [str(value) for value in split[True] if value is not None and not isinstance(value, bool)]
    assert [leaf for leaf in texts if leaf in text and leaf not in readable] == []


@given(cases(), st.sampled_from(STYLES))
def test_a_plan_covers_what_it_masks(case: tuple[str, dict[str, Any], frozenset[str]], style: Style) -> None:
    """Searches ask the plan before they count values: an uncovered path would count hidden ones."""
    name, attributes, flags = case
    plan = plan_of(name, flags)
    shown = dict(zip(leaves_of(attributes), leaves_of(after(attributes, plan, style)), strict=True))

    changed = {before[0] for before, now in shown.items() if before != now}

    assert [path for path in changed if not plan.covers(("attributes", *path))] == []


@pytest.mark.parametrize(
    ("path", "is_covered"),
    [
        (("attributes", "emails", "*", "email"), True),
        (("attributes", "emails"), True),
        (("attributes", "**"), True),
        (("attributes", "emails", "*", "type"), False),
        (("attributes", "phones"), False),
        (("id",), False),
    ],
)
def test_a_path_above_or_below_a_hidden_one_is_covered(path: Path, is_covered: bool) -> None:  # noqa: FBT001
    """A look at all of a record (`**`) sees the hidden part of it too."""
    assert MaskedPaths(paths=(("emails", "*", "email"),)).covers(path) is is_covered


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        ("a.*.b", "jane"),
        ("a.*.b", {"b": "jane"}),
        ("a.*.b", [["jane"]]),
        ("a.b.c", "jane"),
        ("a.b.c", [{"b": {"c": "jane"}}]),
        ("a.b.c", {"b": [{"c": "jane"}]}),
    ],
)
def test_an_unexpected_shape_hides_more_rather_than_less(path: str, odd: JSON) -> None:
    """A record that does not fit its contract must not be the way a value gets out."""
    attributes = {"a": odd}

    apply(attributes, MaskedPaths(paths=(tuple(path.split(".")),)), "stars")

    assert "jane" not in str(attributes)


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [
        ("Jane Doe", "stars", "***"),
        ("", "stars", "***"),
        (0, "stars", "***"),
        (False, "stars", "***"),
        (None, "stars", None),
        (None, "object", None),
        ("Jane Doe", "object", MASKS["object"]),
        ("Jane Doe!", "partial", MASKS["object"]),
        ("+15555550100", "partial", {"isMasked": True, "maskedPresentation": "********0100"}),
        (15555550100, "partial", MASKS["object"]),
        (["a", None], "stars", ["***", None]),
        ({"a": {"b": 1}}, "stars", {"a": {"b": "***"}}),
    ],
)
def test_a_mask_looks_as_the_organisation_chose(value: JSON, style: Style, expected: JSON) -> None:
    """Three stars, the vendor's object, or the object with the end of a long text."""
    assert masked(value, style) == expected


@pytest.mark.parametrize(
    ("facts", "is_flagged"),
    [
        ({"sensitive": True}, True),
        ({"sensitive": {"enabled": True}}, True),
        ({"sensitive": {"enabled": False}}, False),
        ({"sensitive": False}, False),
        ({}, False),
    ],
)
def test_a_flag_counts_only_when_it_is_on(facts: dict[str, Any], is_flagged: bool) -> None:  # noqa: FBT001
    """The metadata keeps `{enabled, maskType}`; a flag that was switched off is still there. Kinds do not mix."""
    names = sensitive_names({"properties": {"ssnStr": facts}, "standardProperties": {"emails": facts}})

    assert names == (frozenset({"custom.ssnStr", "emails"}) if is_flagged else frozenset())


def flag(client: WorldClient, resource: str, **groups: list[str]) -> None:
    """Make attributes sensitive: `properties=[…]`, `standardProperties=[…]`."""
    body = {group: {name: {"sensitive": True} for name in names} for group, names in groups.items()}
    assert client.put(f"/v1/metadata/{resource}", body).status == 200


def test_names_inherit_from_the_name_and_external_id_from_its_list(world_client: WorldClient) -> None:
    """`firstName`, `lastName`, `displayName` and `externalId` repeat what their source holds (vendor documents)."""
    body = {"name": "Jane Doe", "externalId": "crm-17", "username": "jane"}
    path = f"/v1/customers/{world_client.post('/v1/customers', body).data['id']}"
    flag(world_client, "customer", standardProperties=["name", "externalIds"])

    shown = world_client.get(path).attributes

    names = ("name", "firstName", "lastName", "displayName", "externalId", "username")
    assert [shown[name] for name in names] == ["***"] * 5 + ["jane"]
    assert [item["externalId"] for item in shown["externalIds"]] == ["***"]


def test_a_display_name_made_from_a_hidden_username_is_hidden(world_client: WorldClient) -> None:
    """Without a name the username is shown in its place, and must not come out that way."""
    path = f"/v1/customers/{world_client.post('/v1/customers', {'username': 'jane.doe'}).data['id']}"
    flag(world_client, "customer", standardProperties=["username"])

    assert "jane.doe" not in str(world_client.get(path).json)


def test_a_flag_on_one_type_leaves_the_others_alone(world_client: WorldClient) -> None:
    """A custom attribute of the same name on another type has metadata of its own."""
    world_client.post("/v1/klasses", {"name": "order"})
    jane = world_client.post("/v1/customers", {"custom": {"ssnStr": "078-05-1120"}})
    made = world_client.post("/v1/klasses/order", {"title": "x", "custom": {"ssnStr": "078-05-1120"}})
    flag(world_client, "kobject.order", properties=["ssnStr"])

    assert world_client.get(f"/v1/customers/{jane.data['id']}").attributes["custom"] == {"ssnStr": "078-05-1120"}
    assert world_client.get(f"/v1/klasses/order/{made.data['id']}").attributes["custom"] == {"ssnStr": "***"}


def test_a_reader_with_the_right_sees_everything(world_client: WorldClient) -> None:
    """Masks are for readers without it; no window is needed."""
    path = f"/v1/customers/{world_client.post('/v1/customers', {'name': 'Jane Doe'}).data['id']}"
    flag(world_client, "customer", standardProperties=["name"])

    right = world_client.new_key("org", read_sensitive=True)

    assert (world_client.get(path).attributes["name"], world_client.get(path, key=right).attributes["name"]) == (
        "***", "Jane Doe",
    )  # fmt: skip


def test_a_window_opens_the_customers_own_objects_and_no_others(world_client: WorldClient) -> None:
    """Every page mixes owners: each record is judged by its own; an object of nobody stays hidden."""
    world_client.post("/v1/klasses", {"name": "order"})
    jane, joe = (world_client.post("/v1/customers", {"name": name}).data["id"] for name in ("Jane Doe", "Joe Roe"))
    for title, owner in (("Jane's", {"customer": jane}), ("Joe's", {"customer": joe}), ("Nobody's", {})):
        world_client.post("/v1/klasses/order", {"title": title, **owner})
    flag(world_client, "kobject.order", standardProperties=["title"])

    world_client.post(f"/v1/customers/{jane}/unmasking-windows")
    titles = [record["attributes"]["title"] for record in world_client.get("/v1/klasses/order").data]

    assert titles == ["Jane's", "***", "***"]


def test_a_window_ends_by_its_date_alone(world_client: WorldClient) -> None:
    """Whether or not the end has been noted yet: at `endDate` itself the window is over."""
    world = world_client.world
    jane = world_client.post("/v1/customers", {"name": "Jane Doe"}).data["id"]
    window = world_client.post(f"/v1/customers/{jane}/unmasking-windows").attributes["unmaskingWindow"]
    end = parse(window["endDate"])

    just_before, at_end = (
        world.unmasking_window(jane, end + step) for step in (-timedelta(milliseconds=1), timedelta(0))
    )
    assert just_before
    assert just_before.is_open
    assert at_end
    assert not at_end.is_open


def test_what_a_write_answers_is_masked_like_a_read(world_client: WorldClient) -> None:
    """Otherwise an empty update would be the way to read."""
    path = f"/v1/customers/{world_client.post('/v1/customers', {'name': 'Jane Doe'}).data['id']}"
    flag(world_client, "customer", standardProperties=["name"])

    assert world_client.put(path, {"locale": "en"}).attributes["name"] == "***"
    assert world_client.post("/v1/customers", {"name": "Joe Roe"}).attributes["name"] == "***"
