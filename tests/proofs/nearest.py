"""The modules whose mutants are tried, the tests nearest to each, and why some mutants live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCORES = HERE / "scores.json"
"""What the last runs of `nox -s mutation` have found, by module."""

_BUDGETS = (
    "simulator/test_limits.py", "simulator/test_object_limits.py", "simulator/test_budgets_of_callers.py",
    "stateful/test_limits_machine.py", "simulator/test_budget_boundaries.py", "simulator/resources/test_hooks.py",
)  # fmt: skip
_FORECASTS = ("kustomer_sandbox/test_what_if.py", "simulator/test_budgets_of_callers.py")
_WINDOWS = ("simulator/test_unmasking_windows.py", "simulator/test_masking.py", "simulator/test_cache.py")
_LEASES = (
    "mcp_server/test_unmasked.py", "mcp_server/test_windows.py", "attack/test_windows_of_neighbours.py",
    "attack/test_closing_without_a_state.py", "attack/test_nothing_personal.py", "mcp_server/test_lease_machine.py",
)  # fmt: skip

NEAREST: Mapping[str, tuple[str, ...]] = {
    "simulator.world.limits": _BUDGETS,
    "simulator.world.spending.filling": _FORECASTS,
    "simulator.world.spending.run": _FORECASTS,
    "simulator.world.spending.saving": _FORECASTS,
    "simulator.world.spending.what_if": _FORECASTS,
    "simulator.records.masking": (
        "simulator/test_masking.py", "simulator/test_masking_paths.py", "simulator/test_mask_guard.py",
    ),
    "simulator.request.mask_guard": ("simulator/test_mask_guard.py",),
    "simulator.request.rendering": (*_WINDOWS, "simulator/test_rendering.py", "simulator/test_masking_paths.py"),
    "simulator.values.unmasking": _WINDOWS,
    "simulator.resources.customers.unmasking_windows": _WINDOWS,
    "mcp_server.unmasking.leases": _LEASES,
    "mcp_server.unmasking.book": _LEASES,
    "mcp_server.unmasking.windows": _LEASES,
    "mcp_server.unmasking.unmasking": _LEASES,
    "mcp_server.unmasking.neighbours": _LEASES,
    "mcp_server.unmasking.notes": _LEASES,
    "mcp_server.unmasking.reasons": ("attack/test_nothing_personal.py", "mcp_server/test_unmasked.py"),
}  # fmt: skip

EXPLAINED: Mapping[str, Mapping[str, str]] = {}
"""Module -> mutant, as the run prints it -> why no test can tell it from the original."""


def explained(module: str, mutant: str) -> str:
    """Why this mutant lives; empty if nobody knows."""
    return EXPLAINED.get(module, {}).get(mutant, "")
