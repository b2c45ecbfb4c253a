"""Finds every rule, job and presenter of the resource modules, and ties rules to the contract's operations."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import kustomer_sandbox.simulator.resources
from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.operations.defaults import DEFAULTS
from kustomer_sandbox.simulator.operations.registry import TAG, BindingError, Registered, Rule


class DuplicateRegistration(Exception):
    """Two functions claim the same name."""


def collect() -> Registered:
    """Every tagged function of the resource modules; `DuplicateRegistration` if a name is claimed twice."""
    found: dict[str, dict[str, Any]] = {"rule": {}, "job": {}, "presents": {}}
    for module in pkgutil.walk_packages(
        kustomer_sandbox.simulator.resources.__path__, "kustomer_sandbox.simulator.resources."
    ):
        loaded = importlib.import_module(module.name)
        for value in vars(loaded).values():
            if callable(value) and getattr(value, "__module__", "") == module.name:
                for group, name in getattr(value, TAG, ()):
                    if name in found[group]:
                        raise DuplicateRegistration(f"{group} {name}")
                    found[group][name] = value
    return Registered(rules=found["rule"], jobs=found["job"], presenters=found["presents"])


def bind(operations: Mapping[str, Operation], registered: Registered) -> dict[str, Rule]:
    """What serves each operation. Raises `BindingError` unless operations and rules match exactly.

    It also names an operation whose body or paging is of a kind that nothing here serves.
    """
    bound: dict[str, Rule] = {}
    for operation in operations.values():
        _refuse_unserved(operation)
        if operation.rule is None:
            bound[operation.id] = DEFAULTS[operation.default or ""]
        elif operation.rule in registered.rules:
            bound[operation.id] = registered.rules[operation.rule]
        else:
            place = f"{operation.resource.name}.yaml: {operation.method} {operation.path} x-rule: {operation.id}"
            raise BindingError(f"{place}: there is no rule {operation.rule!r}")
    unused = set(registered.rules) - {operation.rule for operation in operations.values()}
    if unused:
        raise BindingError(f"rules without an operation: {sorted(unused)}")
    return bound


def _refuse_unserved(operation: Operation) -> None:
    """Refuse a body that would be misread, or a cursor that would be ignored.

    Every body is read as JSON, whatever its Content-Type says: another media type is served if it takes the same.
    """
    for kind, schema in operation.bodies.items():
        if operation.body is None or schema != operation.body:
            raise BindingError(f"{operation.id}: bodies of {kind} cannot be read")
    if operation.paging is not None and operation.paging.style != "page":
        raise BindingError(f"{operation.id}: lists cannot be read by {operation.paging.style}")
