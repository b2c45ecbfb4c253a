"""A tool and its arguments as one upstream request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import Contracts, Operation
from kustomer_sandbox.mcp_server.model import Cause, UpstreamRequest
from kustomer_sandbox.mcp_server.tools.cursor import Position
from kustomer_sandbox.mcp_server.tools.definitions import Definition, catalogue
from kustomer_sandbox.mcp_server.tools.read_unmasked import read_requests
from kustomer_sandbox.mcp_server.tools.request import ArgumentRefused, build
from tests.mcp_server.fakes import JANE

Tools = Mapping[str, Definition]


def test_a_look_up_by_email_encodes_the_address_whole(tools: Tools) -> None:
    """A plus, a slash or an at sign must reach the upstream as data."""
    request = build(tools["kustomer_customers_using_email"], {"email": "jane+a/b@example.com"})
    assert request == UpstreamRequest(method="GET", path="/v1/customers/email=jane%2Ba%2Fb%40example.com")


def test_body_fields_and_fixed_fields_make_one_body(tools: Tools) -> None:
    """The tool's name decides the context of a search; the model only gives the criteria."""
    criteria = {"conversation_status": {"equals": "open"}}
    request = build(tools["list_all_kustomer_search_conversations"], {"and": criteria, "limit": 7})
    assert (request.method, request.path) == ("POST", "/v1/customers/search")
    assert dict(request.query) == {"page": "1", "pageSize": "7"}
    assert json.loads(request.body or b"") == {"and": criteria, "queryContext": "conversation"}


def test_a_position_decides_the_page(tools: Tools) -> None:
    """The cursor's page wins over the first page, and nothing is sent twice."""
    position = Position(query=(("page", "4"), ("pageSize", "10")))
    request = build(tools["list_all_kustomer_customers"], {"limit": 3}, position=position)
    assert request.query == (("page", "4"), ("pageSize", "10"))


def test_a_call_without_body_fields_sends_no_body(tools: Tools) -> None:
    """Opening a window takes no body; an empty object would be one."""
    request = build(tools["create_a_kustomer_customer_unmasking_window"], {"customer_id": JANE})
    assert request == UpstreamRequest(method="POST", path=f"/v1/customers/{JANE}/unmasking-windows")


CONTRACT_TOOLS: list[Definition] = []


@pytest.fixture(autouse=True, scope="module")
def _look_up(contracts: Contracts) -> None:
    CONTRACT_TOOLS[:] = [d for d in catalogue(contracts).values() if any(a.place == "path" for a in d.tool.arguments)]


@given(st.data(), st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()))
def test_no_path_argument_can_change_the_endpoint(data: st.DataObject, text: str) -> None:
    """Whatever a model puts into an id stays one segment and comes out as it went in."""
    definition = data.draw(st.sampled_from(CONTRACT_TOOLS))
    named = {a.name: text for a in definition.tool.arguments if a.place == "path"}
    template = definition.operation.path.split("/")
    try:
        path = build(definition, named).path
    except ArgumentRefused:
        assert text in {".", ".."}
        return
    segments = path.split("/")
    assert len(segments) == len(template)
    assert not {".", "..", ""} & set(segments[1:])
    assert {unquote(s) for s in segments} == {_filled(t, text) for t in template}


def _filled(segment: str, text: str) -> str:
    start, brace, rest = segment.partition("{")
    return start + text + rest.partition("}")[2] if brace else segment


def test_no_tool_sends_a_parameter_that_its_operation_does_not_know(contracts: Contracts, tools: Tools) -> None:
    """A strict sandbox, and an API that becomes so, would refuse it; with every argument given, and on later pages."""
    position = Position(query=(("page", "4"), ("pageSize", "10")))
    for definition in tools.values():
        arguments = {argument.name: "a" * 24 for argument in definition.tool.arguments}
        more = {"limit": 7} if definition.tool.paged else {}
        for given_position in (None, position) if definition.tool.paged else (None,):
            sent = build(definition, {**arguments, **more}, position=given_position)
            assert {name for name, _ in sent.query} <= known(definition.operation), definition.tool.name
    every = ("conversations", "messages", "notes")
    for part, request in read_requests(contracts, JANE, every, cause=Cause(tool="x", call_id="y")).items():
        path = f"/v1/customers/{{id}}{'' if part == 'customer' else '/' + part}"
        (operation,) = (o for o in contracts.operations.values() if (o.method, o.path) == ("GET", path))
        assert {name for name, _ in request.query} <= known(operation), part


def known(operation: Operation) -> set[str]:
    """The names of the query parameters of an operation."""
    return {parameter.name for parameter in operation.parameters if parameter.place == "query"}


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_path_argument_that_would_walk_is_refused(tools: Tools, text: str) -> None:
    """Percent-encoding does not protect against these."""
    with pytest.raises(ArgumentRefused):
        build(tools["get_single_kustomer_customer_by_id"], {"id": text})
