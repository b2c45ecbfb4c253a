"""Routing: every operation is found under its path, whatever its values hold, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import BindingError, Registered
from kustomer_sandbox.simulator.request.routing import RoutingTable
from kustomer_sandbox.simulator.resources.collect import bind
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome

OPERATIONS = load().operations
TABLE = RoutingTable(OPERATIONS.values())
SEGMENTS = sorted({segment for operation in OPERATIONS.values() for segment in operation.path.split("/")[1:]})

IDS = st.from_regex(r"[0-9a-f]{24}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TRICKS = st.sampled_from(
    ["..", ".", "../users", "a/b", "%2F", "%", "?x=1", "#", "email=x", "customers", ";a=b", "\x00"]
)


def encoded(text: str) -> str:
    """Every byte as `%XX`, as no honest client would but any may."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


@st.composite
def calls(draw: st.DrawFn) -> tuple[Operation, dict[str, str]]:
    """An operation and a value for each parameter of its path."""
    operation = OPERATIONS[draw(st.sampled_from(sorted(OPERATIONS)))]
    names = [name for _, name, _, _ in Formatter().parse(operation.path) if name]
    return operation, {name: draw(IDS if name == "id" else TEXTS | TRICKS) for name in names}


@given(calls())
def test_an_operation_is_found_with_its_values_decoded(call: tuple[Operation, dict[str, str]]) -> None:
    """Whatever bytes a value holds, once encoded it is a value: it cannot lead to another endpoint."""
    operation, values = call
    found = TABLE.match(operation.path.format(**{name: encoded(value) for name, value in values.items()}))
    assert found is not None
    node, read = found
    assert (node.operations[operation.method], node.template, read) == (operation, operation.path, values)


@given(st.lists(st.sampled_from([*SEGMENTS, "..", ".", "", "%2e%2e", "%2F", "a%2Fb", "0" * 24]), max_size=6))
def test_a_path_is_read_segment_by_segment(segments: list[str]) -> None:
    """Dots and encoded slashes are never resolved: what matches has the template's fixed segments, in its places."""
    found = TABLE.match("/" + "/".join(segments))
    if found is not None:
        template = found[0].template.split("/")[1:]
        sent = "/".join(segments).strip("/").split("/")
        assert len(sent) == len(template)
        for wanted, given_segment in zip(template, sent, strict=True):
            assert given_segment.startswith(wanted.partition("{")[0])
            assert "{" in wanted or given_segment == wanted


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v1/customers/../users",
        "/v1/../v1/customers",
        "/v1/%2e%2e/customers",
        "/v1%2Fcustomers",
        "/v1//customers",
        "/V1/customers",
        "/v1/Customers",
        f"/v1/customers/{'0' * 24}/no-such-thing",
    ],
)
def test_a_path_that_is_none_matches_nothing(path: str) -> None:
    """Only the contract's paths exist: no dots, doubled or encoded slashes or other case stand in for them."""
    assert TABLE.match(path) is None


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/customers/", "/v1/customers//", "v1/customers"])
def test_slashes_at_the_ends_are_tolerated(path: str) -> None:
    """A client in the wild ends its paths with one."""
    found = TABLE.match(path)
    assert found is not None
    assert found[0].template == "/v1/customers"


def reading(path: str) -> tuple[str, Mapping[str, str]] | None:
    found = TABLE.match(path)
    return found and (found[0].template, found[1])


def test_a_klass_is_found_by_id_and_by_name() -> None:
    """Both stand in the same place of the path; what has the form of an id is one, encoded or not."""
    id = "0123456789abcdef01234567"
    assert reading(f"/v1/klasses/{id}") == ("/v1/klasses/{id}", {"id": id})
    assert reading(f"/v1/klasses/{encoded(id)}") == ("/v1/klasses/{id}", {"id": id})
    assert reading(f"/v1/klasses/{id[:-1]}") == ("/v1/klasses/{name}", {"name": id[:-1]})
    assert reading(f"/v1/klasses/{id.upper()}") == ("/v1/klasses/{name}", {"name": id.upper()})
    assert reading("/v1/klasses/order") == ("/v1/klasses/{name}", {"name": "order"})


def test_a_fixed_segment_is_preferred_to_a_value() -> None:
    """Every fixed path of the contract reaches itself, though a parameter could read it too."""
    for operation in OPERATIONS.values():
        if "{" not in operation.path:
            assert reading(operation.path) == (operation.path, {})


def test_a_look_up_without_a_value_is_an_id_that_is_none() -> None:
    """`email=` alone looks nothing up; as an id it is refused later."""
    assert reading("/v1/customers/email=") == ("/v1/customers/{id}", {"id": "email="})
    assert reading("/v1/customers/email=%3D") == ("/v1/customers/email={email}", {"email": "="})


def operation(**changes: object) -> Operation:
    """An operation of the contract with some facts changed."""
    return replace(next(iter(OPERATIONS.values())), **changes)  # type: ignore[arg-type]


def test_a_path_and_method_can_be_there_only_once() -> None:
    """Else the last one would silently win."""
    with pytest.raises(BindingError, match="GET /v1/a is there twice"):
        RoutingTable([operation(path="/v1/a", method="GET", id="A"), operation(path="/v1/a", method="GET", id="B")])


def test_look_ups_that_differ_only_in_their_name_are_refused() -> None:
    """The second would be given no value of its name."""
    with pytest.raises(BindingError, match="cannot be told apart"):
        RoutingTable([operation(path="/v1/a/x={x}", method="GET"), operation(path="/v1/a/x={y}", method="PUT")])


def nothing(_: Call) -> Outcome:
    return NoContent()


def registered(*rules: str) -> Registered:
    return Registered(rules=dict.fromkeys(rules, nothing), jobs={}, presenters={})


def test_an_operation_is_bound_to_its_rule_or_default() -> None:
    """One of the two serves it."""
    operations = {"A": operation(id="A", rule="a.b", default=None), "B": operation(id="B", rule=None, default="get")}
    bound = bind(operations, registered("a.b"))
    assert (bound["A"], bound["B"].__name__) == (nothing, "get")


def test_an_operation_without_its_rule_stops_the_start() -> None:
    """A hole is found when the simulator starts, not when somebody calls."""
    with pytest.raises(BindingError, match=r"A: there is no rule 'a\.b'"):
        bind({"A": operation(id="A", rule="a.b", default=None)}, registered())


def test_a_rule_without_an_operation_stops_the_start() -> None:
    """A rule nobody can reach is a mistake in its name."""
    with pytest.raises(BindingError, match=r"rules without an operation: \['a\.c'\]"):
        bind({"A": operation(id="A", rule="a.b", default=None)}, registered("a.b", "a.c"))
