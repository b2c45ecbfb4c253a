"""The modules whose mutants are tried, the tests nearest to each, and why some mutants live."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCORES = HERE / "scores.json"
"""What the last runs of `nox -s mutation` have found, by module."""

_BUDGETS = (
    "simulator/test_limits.py", "simulator/test_object_limits.py", "simulator/test_budgets_of_callers.py",
)  # fmt: skip
_FORECASTS = ("simulator/test_forecasts.py",)
_WINDOWS = ("simulator/test_unmasking_windows.py", "simulator/test_masking.py", "simulator/test_cache.py")
_LEASES = (
    "mcp_server/test_windows_of_the_book.py", "mcp_server/test_unmasked.py", "mcp_server/test_windows.py",
    "attack/test_windows_of_neighbours.py",
    "attack/test_closing_without_a_state.py", "attack/test_nothing_personal.py",
    "mcp_server/test_lease_machine.py::test_no_sequence_of_crashes_leaves_a_window_open",
)  # fmt: skip

NEAREST: Mapping[str, tuple[str, ...]] = {
    "simulator.world.limits": _BUDGETS,
    "simulator.world.spending.filling": ("simulator/test_fillings.py", "simulator/test_budgets_of_callers.py"),
    "simulator.world.spending.run": (*_FORECASTS, "simulator/test_notes_of_runs.py"),
    "simulator.world.spending.saving": _FORECASTS,
    "simulator.world.spending.what_if": _FORECASTS,
    "simulator.records.masking": (
        "simulator/test_masks_of_paths.py", "simulator/test_masking.py", "simulator/test_masking_paths.py",
        "simulator/test_mask_guard.py",
    ),
    "simulator.request.mask_guard": ("simulator/test_mask_guard.py", "simulator/resources/test_bulk.py"),
    "simulator.request.rendering": (
        *_WINDOWS, "simulator/test_rendering.py", "simulator/test_masking_paths.py", "simulator/test_readings.py",
        "simulator/test_store_calls.py",
    ),
    "simulator.values.unmasking": _WINDOWS,
    "simulator.resources.customers.unmasking_windows": _WINDOWS,
    "mcp_server.unmasking.leases": ("mcp_server/test_leases.py",),
    "mcp_server.unmasking.book": ("mcp_server/test_book_of_leases.py",),
    "mcp_server.unmasking.windows": ("mcp_server/test_snapshots_of_leases.py", *_LEASES),
    "mcp_server.unmasking.unmasking": ("mcp_server/test_snapshots_of_leases.py", *_LEASES),
    "mcp_server.unmasking.neighbours": ("mcp_server/test_notes_of_windows.py",),
    "mcp_server.unmasking.notes": ("mcp_server/test_notes_of_windows.py",),
    "mcp_server.unmasking.reasons": ("mcp_server/test_reasons.py",),
}  # fmt: skip

VALUES = "proofs/test_values.py"
"""Near to all of them."""

EVERYWHERE: Mapping[str, str] = {
    "@lru_cache": "How much is remembered decides how fast it is, never what is answered.",
}
"""How the changed line begins -> why no test can tell such a mutant from the original."""

_TWO_WORDS = "Of the words that stand here none sorts on the other side of this one."
_LOOK = 'return STARS if style == "stars" else {"isMasked": True, "maskedPresentation": _presentation(value, style)}'
EXPLAINED: Mapping[str, Mapping[str, str]] = {
    "simulator.world.limits": {
        'if principal.user_type == "user": -> if principal.user_type >= "user":': _TWO_WORDS,
        'return name if name != USERS else f"{USERS}:{principal.user_id}:{ALL}"'
        ' -> return name if name < USERS else f"{USERS}:{principal.user_id}:{ALL}"': _TWO_WORDS,
        'value = (path if where == "path" else body).get(name)'
        ' -> value = (path if where >= "path" else body).get(name)': _TWO_WORDS,
    },
    "simulator.world.spending.saving": {
        'return one.method == "POST" and any(spend.budget.name in budgets for spend in other.spends)'
        ' -> return one.method <= "POST" and any(spend.budget.name in budgets for spend in other.spends)': (
            "What is deleted in bulk draws on no budget, so nothing draws on the same."
        ),
    },
    "simulator.world.spending.what_if": {
        "widths = [max(map(len, column)) for column in zip(*rows, strict=True)]"
        " -> widths = [max(map(len, column)) for column in zip(*rows, strict=False)]": "All rows have as many cells.",
    },
    "simulator.request.mask_guard": {
        "if operation.method not in _CHANGES or _MARKS[x.world.masking] not in x.request.body:"
        " -> if operation.method not in _CHANGES and _MARKS[x.world.masking] not in x.request.body:": (
            "A body without a mask has none to be found, and no POST writes an attribute that can be hidden to a record"
            " of its path."
        ),
        'if node == STARS if style == "stars" else isinstance(node, dict) and node.get("isMasked") is True:'
        ' -> if node == STARS if style >= "stars" else isinstance(node, dict) and node.get("isMasked") is True:': (
            _TWO_WORDS
        ),
    },
    "simulator.records.masking": {
        f"{_LOOK} -> {_LOOK.replace('==', '>=')}": _TWO_WORDS,
        'return "*" * 8 + (str(value)[-_PARTIAL_SHOWN:] if style == "partial" and is_long else "")'
        ' -> return "*" * 8 + (str(value)[-_PARTIAL_SHOWN:] if style >= "partial" and is_long else "")': _TWO_WORDS,
    },
    "simulator.values.unmasking": {
        'return self.is_open and (opens_for == "everyone" or self.stamps.get("requestedBy") == reader)'
        ' -> return self.is_open and (opens_for <= "everyone" or self.stamps.get("requestedBy") == reader)': _TWO_WORDS,
    },
    "mcp_server.unmasking.leases": {
        'return self.status == "closed" -> return self.status <= "closed"': _TWO_WORDS,
        'status: LeaseStatus = "open" if lease.status == "opening" else "closing"'
        ' -> status: LeaseStatus = "open" if lease.status >= "opening" else "closing"': _TWO_WORDS,
        "return self.wanted > 1 -> return self.wanted != 1": "One is the least that is ever wanted.",
    },
    "mcp_server.unmasking.unmasking": {
        "if cleaned != reason: -> if cleaned is not reason:": "To write the same reason once more changes nothing.",
    },
    "mcp_server.unmasking.notes": {
        "@property -> ": "What a protocol declares does not run.",
        "handle = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)"
        " -> handle = os.open(draft, os.O_CREAT + os.O_RDWR, 0o600)": "The two have no bit in common.",
        "handle = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)"
        " -> handle = os.open(draft, os.O_CREAT ^ os.O_RDWR, 0o600)": "The two have no bit in common.",
    },
}
"""Module -> mutant, as the run prints it -> why no test can tell it from the original."""


def source_of(module: str) -> str:
    """A module of the product as it stands in its file."""
    return (ROOT / f"kustomer_sandbox/{module.replace('.', '/')}.py").read_text(encoding="utf-8")


def mark_of(source: str) -> str:
    """What tells one text of a module from another: kept with its score."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def explained(module: str, mutant: str) -> str:
    """Why this mutant lives; empty if nobody knows."""
    known = EXPLAINED.get(module, {}).get(mutant, "")
    return known or next((why for start, why in EVERYWHERE.items() if mutant.startswith(start)), "")
