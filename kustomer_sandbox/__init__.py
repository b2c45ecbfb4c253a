"""The front door and the one import name: public names, the command line, both servers on one port, the test kit.

The public names are loaded when they are first asked for (PEP 562). The pytest plugin lies in this package and is
imported in every test run of every project that has it installed, so the package itself must cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kustomer_sandbox.testkit.kustomer import Kustomer
    from kustomer_sandbox.testkit.server import KustomerServer
    from kustomer_sandbox.testkit.standalone import world
    from kustomer_sandbox.testkit.tools import KustomerMcp

__version__ = "0.1.0"

__all__ = ["Kustomer", "KustomerMcp", "KustomerServer", "world"]

_MODULES = {
    "Kustomer": "kustomer_sandbox.testkit.kustomer",
    "KustomerMcp": "kustomer_sandbox.testkit.tools",
    "KustomerServer": "kustomer_sandbox.testkit.server",
    "world": "kustomer_sandbox.testkit.standalone",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Kept, so that Python does not ask here again.
    value = globals()[name] = getattr(importlib.import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
