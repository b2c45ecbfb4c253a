"""The front door and the one import name: public names, the command line, both servers on one port, the test kit.

The public names are loaded when they are first asked for (PEP 562). The pytest plugin lies in this package and is
imported in every test run of every project that has it installed, so the package itself must cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kustomer_sandbox.exploring.exploration import Exploration
    from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
    from kustomer_sandbox.simulator.world.journal import JournalEntry, JournalMismatch
    from kustomer_sandbox.simulator.world.spending.what_if import WhatIf
    from kustomer_sandbox.testkit.clock import ClockControl
    from kustomer_sandbox.testkit.faults import FaultControl
    from kustomer_sandbox.testkit.kustomer import Kustomer, MakeKustomer
    from kustomer_sandbox.testkit.patches.everywhere import KustomerEverywhere
    from kustomer_sandbox.testkit.patches.respx_router import KustomerRouter
    from kustomer_sandbox.testkit.recording import Recording
    from kustomer_sandbox.testkit.seeding import WhenControl
    from kustomer_sandbox.testkit.server.thread import KustomerServer
    from kustomer_sandbox.testkit.settings import SettingsError
    from kustomer_sandbox.testkit.standalone import world
    from kustomer_sandbox.testkit.tools import KustomerMcp, ToolFailed

__version__ = "0.1.0"

__all__ = [
    "ClockControl",
    "Exploration",
    "FaultControl",
    "JournalEntry",
    "JournalMismatch",
    "Kustomer",
    "KustomerEverywhere",
    "KustomerMcp",
    "KustomerRouter",
    "KustomerServer",
    "MakeKustomer",
    "Recording",
    "ScenarioError",
    "SettingsError",
    "ToolFailed",
    "WhatIf",
    "WhenControl",
    "world",
]

_MODULES = {
    "ClockControl": "kustomer_sandbox.testkit.clock",
    "Exploration": "kustomer_sandbox.exploring.exploration",
    "FaultControl": "kustomer_sandbox.testkit.faults",
    "JournalEntry": "kustomer_sandbox.simulator.world.journal",
    "JournalMismatch": "kustomer_sandbox.simulator.world.journal",
    "Kustomer": "kustomer_sandbox.testkit.kustomer",
    "KustomerEverywhere": "kustomer_sandbox.testkit.patches.everywhere",
    "KustomerMcp": "kustomer_sandbox.testkit.tools",
    "KustomerRouter": "kustomer_sandbox.testkit.patches.respx_router",
    "KustomerServer": "kustomer_sandbox.testkit.server.thread",
    "MakeKustomer": "kustomer_sandbox.testkit.kustomer",
    "Recording": "kustomer_sandbox.testkit.recording",
    "WhatIf": "kustomer_sandbox.simulator.world.spending.what_if",
    "WhenControl": "kustomer_sandbox.testkit.seeding",
    "ScenarioError": "kustomer_sandbox.simulator.scenarios.files.sections",
    "SettingsError": "kustomer_sandbox.testkit.settings",
    "ToolFailed": "kustomer_sandbox.testkit.tools",
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
