"""Generated calls: each operation and each tool by its worked example, changed by chance, with canaries in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import orjson

from kustomer_sandbox.contracts.build.examples import body_example, filled, parameters_example, tool_example
from kustomer_sandbox.contracts.model import JSON_MEDIA_TYPE, Contracts, Operation, Parameter, Schema, Tool
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.testkit.pii.canaries.chance import Chance
from kustomer_sandbox.testkit.pii.canaries.marks import Canaries
from kustomer_sandbox.testkit.pii.canaries.planting import SensitivePlaces, sample
from kustomer_sandbox.testkit.pii.canaries.pool import Pool
from kustomer_sandbox.testkit.pii.canaries.values import SchemaPath, Values, replaced

FORM = "application/x-www-form-urlencoded"
_KEPT, _ADDED, _BROKEN, _ECHO = 0.5, 0.3, 0.1, 0.05
"""How often a call is its example, its example with more in it, has one wrong part, asks for a canary by name."""
_OPTIONAL, _OPTIONAL_QUERY, _INCLUDE, _CONTENT_TYPE = 0.15, 0.2, 0.7, 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedCall:
    """A call of an operation, or of a tool if `tool` names one; `planted` are the canaries that it brings."""

    operation: Operation | None = None
    path: str = ""
    query: str = ""
    body: bytes = b""
    content_type: str = ""
    tool: str = ""
    arguments: Mapping[str, JSON] = field(default_factory=dict)
    planted: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.operation is None:
            return f"the tool {self.tool}"
        return f"{self.operation.method} {self.operation.path}"


class CallGenerator:
    """Makes calls by chance: of the same seed, and the same answers in between, the same calls."""

    def __init__(self, contracts: Contracts, canaries: Canaries, pool: Pool, chance: Chance) -> None:
        self._contracts, self._canaries, self._pool, self._chance = contracts, canaries, pool, chance
        self._values = Values(chance, pool, contracts.document)
        self._places = SensitivePlaces(contracts)
        self._planted: list[int] = []
        self._klass = ""
        operations = contracts.operations.values()
        self._bodies = {operation.id: body_example(contracts, operation) for operation in operations}
        self._parameters = {operation.id: parameters_example(contracts, operation) for operation in operations}
        self._arguments = {tool.name: tool_example(contracts, tool) for tool in contracts.tools.values()}

    def call(self, operation: Operation, *, about: str = "", is_plain: bool = False) -> GeneratedCall:
        """A call of an operation; `about` is the id in its path, a plain one is the example with canaries in it."""
        self._planted, self._klass = [], ""
        given = dict(filled(self._parameters[operation.id], self._pool.find))
        given |= {"id": about} if about else {}
        path, query = operation.path, []
        for parameter in operation.parameters:
            value = given.get(parameter.name)
            if parameter.place == "query" and (parameter.required or (not is_plain and self._is_given(parameter))):
                query.append((parameter.name, self._echoed(value or self._values.some(parameter.schema))))
            elif parameter.place == "path":
                known = self._pool.any_id() if value is None else value
                text = str(known if is_plain else self._echoed(known))
                self._klass = text if parameter.name == "name" else self._klass
                path = path.replace(f"{{{parameter.name}}}", quote(text, safe=""))
        body, kind = self._body(operation, is_plain=is_plain)
        return GeneratedCall(
            operation=operation,
            path=path,
            query=urlencode(query),
            body=body,
            content_type=kind,
            planted=tuple(self._planted),
        )

    def _is_given(self, parameter: Parameter) -> bool:
        # What is included is a way out of its own.
        return self._chance.random() < (_INCLUDE if parameter.name == "include" else _OPTIONAL_QUERY)

    def tool_call(self, name: str, schema: Schema, *, customer: str = "") -> GeneratedCall:
        """A call of a tool as a server lists it; `customer` is the customer it is about, if it takes one."""
        self._planted = []
        tool = self._contracts.tools.get(name)
        arguments: dict[str, JSON] = dict(filled(self._arguments.get(name, {}), self._pool.find))
        for argument, of in schema.get("properties", {}).items():
            needed = argument in schema.get("required", ())
            if argument not in arguments and (needed or self._chance.random() < _OPTIONAL):
                arguments[argument] = self._argument(argument, of)
        if customer and "customer_id" in arguments:
            arguments["customer_id"] = customer
        if tool is not None:
            self._plant(tool, arguments)
        if self._chance.random() < _BROKEN:
            arguments = self._with_one_wrong(arguments, schema)
        return GeneratedCall(tool=name, arguments=arguments, planted=tuple(self._planted))

    def _argument(self, name: str, schema: Schema) -> JSON:
        known = self._pool.id_of("customer") if name == "customer_id" else None
        return known or self._values.some(schema, name=name)

    def _plant(self, tool: Tool, arguments: dict[str, JSON]) -> None:
        """Put canaries into the arguments that the tool sends as parts of a body where they can be masked."""
        operation = self._contracts.operations[tool.operation_id]
        wires = {argument.name: argument.wire for argument in tool.arguments if argument.place == "body"}
        names = [argument.name for argument in tool.arguments if (argument.place, argument.wire) == ("path", "name")]
        self._klass = str(arguments.get(names[0], "")) if names else ""
        for name in sorted(arguments.keys() & wires.keys()):
            start = () if tool.whole_body else (wires[name],)
            arguments[name] = self._with_canaries(operation, arguments[name], start)

    def _body(self, operation: Operation, *, is_plain: bool) -> tuple[bytes, str]:
        if not operation.bodies:
            return b"", ""
        kinds = list(operation.bodies)
        kind = self._chance.choice(kinds) if self._chance.random() < _CONTENT_TYPE else kinds[0]
        body = filled(self._bodies[operation.id], self._pool.find)
        luck = 0.0 if is_plain else self._chance.random()
        if luck > _KEPT:
            made = self._values.some(operation.bodies[kind])
            mixed = isinstance(made, dict) and isinstance(body, dict) and luck < _KEPT + _ADDED
            body = {**made, **body} if mixed else made
        body = self._with_canaries(operation, body)
        if luck > 1 - _BROKEN:
            body = self._broken(body, operation.bodies[kind])
        if kind == FORM and isinstance(body, dict):
            return urlencode({name: str(value) for name, value in body.items()}).encode(), kind
        return orjson.dumps(body), kind if kind.endswith("json") else JSON_MEDIA_TYPE

    def _with_canaries(self, operation: Operation, body: JSON, start: SchemaPath = ()) -> JSON:
        def at(path: SchemaPath, value: JSON) -> JSON:
            home = self._places.home(operation, path, klass=self._klass)
            if home is None:
                return value
            made = self._canaries.fresh(sample(path, value), home)
            if made is not None and not isinstance(made, bool):
                self._planted.append(self._canaries.count)
            return value if made is None else made

        return replaced(body, at, start)

    def _broken(self, body: JSON, schema: Schema) -> JSON:
        """A body with one part that is wrong, a canary maybe: a refusal must not say what it refuses.

        Only where one value is meant: what takes any object or list would keep it, and show it again.
        """
        if isinstance(body, list):
            return [self._broken(item, schema) for item in body]
        return self._with_one_wrong(body, schema) if isinstance(body, dict) else self._values.none_that_fits()

    def _with_one_wrong(self, body: Mapping[str, JSON], schema: Schema) -> dict[str, JSON]:
        single = [
            name
            for name, value in body.items()
            if not isinstance(value, dict | list) and not self._values.keeps(schema, name)
        ]
        if not single:
            return dict(body)
        wrong = {"is": [self._known_canary()]} if self._chance.random() < _KEPT else self._values.none_that_fits()
        return {**body, self._chance.choice(single): wrong}

    def _echoed(self, value: JSON) -> JSON:
        return self._known_canary() if self._chance.random() < _ECHO else value

    def _known_canary(self) -> JSON:
        """A canary in the form of a text, such as a caller might hold already."""
        serial = self._chance.randint(1, max(self._canaries.count, 1))
        return f"qzcanary{serial:06d}zqxx"
