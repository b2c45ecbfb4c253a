"""All shipped checks, found by being in `checks_*` modules of this package or of one in it."""

from __future__ import annotations

import importlib
import pkgutil

import kustomer_sandbox.contracts.suite
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.suite.target import Check, checks_in


def catalogue() -> dict[str, Check]:
    """Every check by name, in module and source order. Raises `ContractError` if a name is used twice."""
    found: dict[str, Check] = {}
    for module in pkgutil.walk_packages(kustomer_sandbox.contracts.suite.__path__, "kustomer_sandbox.contracts.suite."):
        if module.name.rpartition(".")[2].startswith("checks_"):
            for check in checks_in(importlib.import_module(module.name)):
                if found.setdefault(check.name, check) is not check:
                    raise ContractError(f"check {check.name!r} is defined twice")
    return found
