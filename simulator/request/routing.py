"""From method and path to an operation: one table made from the contracts, fixed segments before parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.sources.unserved import UnservedOperation
from kustomer_sandbox.simulator.operations.registry import BindingError
from kustomer_sandbox.simulator.values.ids import is_id_list

MOST_SEGMENTS = 12
"""How many segments of a path that leads nowhere are told."""


@dataclass(slots=True)
class RouteNode:
    """One segment's place in the table: `operations` by method and their `template`, if a path ends here.

    `unserved` are those, by method, that Kustomer has there and the sandbox does not serve.

    `prefixed` holds `email={email}`-like segments, longest first. `params` are the ways to read the segment as a
    value: `{id}` takes ids only, so that `/v1/klasses/{id}` and `/v1/klasses/{name}` stand side by side, as in the
    vendor's reference.
    """

    fixed: dict[str, RouteNode] = field(default_factory=dict)
    prefixed: list[tuple[str, str, RouteNode]] = field(default_factory=list)
    params: dict[str, RouteNode] = field(default_factory=dict)  # `id` first
    operations: dict[str, Operation] = field(default_factory=dict)
    unserved: dict[str, UnservedOperation] = field(default_factory=dict)
    template: str = ""


class RoutingTable:
    """All paths of the API, of the operations that are served and of those that are known not to be."""

    def __init__(self, operations: Iterable[Operation], unserved: Iterable[UnservedOperation] = ()) -> None:
        self._root = RouteNode()
        self._words: set[str] = set()
        for operation in operations:
            self._add(operation)
        for known in unserved:
            self._place(known.path).unserved[known.method] = known

    def match(self, path: str) -> tuple[RouteNode, dict[str, str]] | None:
        """Where an undecoded path leads, and its decoded parameters; None if there is no such path.

        A trailing slash is tolerated.
        """
        values: dict[str, str] = {}
        node = _find(self._root, path.strip("/").split("/"), 0, values)
        return None if node is None else (node, values)

    def shown(self, path: str) -> str:
        """A path that leads nowhere, undecoded, as it may be told: what is no literal word of the API is `***`.

        Any other segment may be personal data. Of a look-up, `email=…`, the attribute is told.
        """
        segments = path.strip("/").split("/")
        told = "/".join(self._segment(segment) for segment in segments[:MOST_SEGMENTS])
        return f"/{told}/…" if len(segments) > MOST_SEGMENTS else f"/{told}"

    def _segment(self, segment: str) -> str:
        if segment in self._words:
            return segment
        lookup, found, _ = segment.partition("=")
        return f"{lookup}=***" if found and f"{lookup}=" in self._words else "***"

    def _add(self, operation: Operation) -> None:
        node = self._place(operation.path)
        for template in (operation.path, *(relation.path for relation in operation.resource.relationships)):
            self._words |= _words_of(template)
        if operation.method in node.operations:
            raise BindingError(f"{operation.method} {operation.path} is there twice")
        node.operations[operation.method] = operation

    def _place(self, template: str) -> RouteNode:
        node = self._root
        for segment in template.strip("/").split("/"):
            node = _child(node, segment)
        node.template = template
        return node


def _words_of(template: str) -> set[str]:
    """The literal segments of a path; of a look-up what stands before the value."""
    heads = (segment.partition("{")[0] for segment in template.strip("/").split("/"))
    return {f"{head.partition('=')[0]}=" if "=" in head else head for head in heads if head}


def _find(node: RouteNode, segments: list[str], at: int, values: dict[str, str]) -> RouteNode | None:
    """Where the segments from `at` on lead: a fixed segment first, then the ways to read it as a value."""
    while at < len(segments) and not node.prefixed and not node.params:
        fixed = node.fixed.get(segments[at])
        if fixed is None:
            return None
        node, at = fixed, at + 1
    if at == len(segments):
        return node if node.template else None
    segment = segments[at]
    fixed = node.fixed.get(segment)
    if fixed is not None and (found := _find(fixed, segments, at + 1, values)) is not None:
        return found
    for name, text, child in _readings(node, segment):
        if (found := _find(child, segments, at + 1, values)) is not None:
            values[name] = unquote(text) if "%" in text else text
            return found
    return None


def _readings(node: RouteNode, segment: str) -> Iterator[tuple[str, str, RouteNode]]:
    """The ways a segment can be read as a value, most specific first: parameter name, its text, where it leads."""
    for prefix, name, child in node.prefixed:
        if segment.startswith(prefix) and len(segment) > len(prefix):
            yield name, segment[len(prefix) :], child
            return
    if not segment:
        return
    # What is no id is read as one last of all, where no other reading leads anywhere, and refused as a malformed one.
    is_id = len(node.params) == 1 or is_id_list(unquote(segment))
    for name, child in node.params.items() if is_id else reversed(node.params.items()):
        yield name, segment, child


def _child(node: RouteNode, segment: str) -> RouteNode:
    prefix, brace, rest = segment.partition("{")
    name = rest.removesuffix("}")
    if not brace:
        return node.fixed.setdefault(segment, RouteNode())
    if not prefix:
        child = node.params.setdefault(name, RouteNode())
        node.params = dict(sorted(node.params.items(), key=lambda entry: entry[0] != "id"))
        return child
    for known, same, child in node.prefixed:
        if known == prefix and same != name:
            raise BindingError(f"{prefix}{{{name}}} and {prefix}{{{same}}} cannot be told apart")
        if known == prefix:
            return child
    child = RouteNode()
    node.prefixed.append((prefix, name, child))
    node.prefixed.sort(key=lambda entry: -len(entry[0]))
    return child
