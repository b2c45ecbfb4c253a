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
    "simulator.world.spending.run": _FORECASTS,
    "simulator.world.spending.saving": _FORECASTS,
    "simulator.world.spending.what_if": _FORECASTS,
    "simulator.records.masking": (
        "simulator/test_masks_of_paths.py", "simulator/test_masking.py", "simulator/test_masking_paths.py",
        "simulator/test_mask_guard.py",
    ),
    "simulator.request.mask_guard": ("simulator/test_mask_guard.py", "simulator/resources/test_bulk.py"),
    "simulator.request.rendering": (
        *_WINDOWS, "simulator/test_rendering.py", "simulator/test_masking_paths.py", "simulator/test_readings.py",
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
    "@lru_cache(": "How much is remembered decides how fast it is, never what is answered.",
}
"""How the changed line begins -> why no test can tell such a mutant from the original."""

_TWO_WORDS = "Of the words that stand here none sorts on the other side of this one."
_ROW = "text is None else text for name, text in zip(_COLUMNS, texts, strict=True)]"
_NEEDED = "if kind in presenters or (not x.principal.read_sensitive and x.world.masked_paths(kind).paths):"
_AT_ONCE = {
    "for record in records:": ("for record in []:",),
    _NEEDED: (
        _NEEDED.replace("(not x.", "( x."),
        _NEEDED.replace("if kind", "if not kind"),
        _NEEDED.replace(" and ", " or "),
        _NEEDED.replace(" or ", " and "),
    ),
    "if owner is not None:": ("if owner is None:", "if not owner is not None:"),
}
_STAR = "No name sorts before the star."
_MASKED = "return {**node, path[0]: _masked_at(inner, path[1:], style) if len(path) > 1 else masked(inner, style)}"
_ANY_ROW = _ROW.replace("True", "False")
_STILL_OPEN = "still_open = {lease.customer_id for lease in later.leases} - later.unsafe()"
_PLACE = 'name = next(parameter.name for parameter in operation.parameters if parameter.place == "path")'
_UNREAD = 'return {"window": response}, lease is not None and lease.status == "closed"'
_READ = 'closed = (await self._windows.close(lease, reason="read")).status == "closed"'
EXPLAINED: Mapping[str, Mapping[str, str]] = {
    "simulator.world.spending.filling": {
        'span = f"#{self.first}" if self.first == self.last else f"#{self.first} to #{self.last}"'
        ' -> span = f"#{self.first}" if self.first >= self.last else f"#{self.first} to #{self.last}"': (
            "The last of some calls is never before the first."
        ),
        'by_user = held is None or held.per == "user" -> by_user = held is None or held.per >= "user"': _TWO_WORDS,
        "return dict(zip(names, values, strict=True)) -> return dict(zip(names, values, strict=False))": (
            "A step has as many names as values."
        ),
        "return tuple(sorted(counted, key=lambda kind: (-kind.times, kind.first)))"
        " -> return tuple(sorted(counted, key=lambda kind: (~kind.times, kind.first)))": (
            "The complement of a number orders as its negative does."
        ),
    },
    "simulator.world.spending.run": {
        "is_retried = bool(call.refused_by) and granted.get(call.asks, 0) > number"
        " -> is_retried = bool(call.refused_by) and granted.get(call.asks, -1) > number": (
            "Either is no greater than any number of a call."
        ),
        "if len(self.calls) >= MOST_CALLS: -> if len(self.calls) == MOST_CALLS:": "One call is added at a time.",
    },
    "simulator.world.limits": {
        'if principal.user_type == "user": -> if principal.user_type >= "user":': _TWO_WORDS,
        'return _SEARCH if operation.searches and principal.user_type == "machine" else _PLAIN'
        ' -> return _SEARCH if operation.searches and principal.user_type <= "machine" else _PLAIN': _TWO_WORDS,
        'return _SEARCH if operation.searches and principal.user_type == "machine" else _PLAIN'
        ' -> return _SEARCH if operation.searches and principal.user_type >= "machine" else _PLAIN': _TWO_WORDS,
        'return name if name != USERS else f"{USERS}:{principal.user_id}:{ALL}"'
        ' -> return name if name < USERS else f"{USERS}:{principal.user_id}:{ALL}"': _TWO_WORDS,
        'return name if name != USERS else f"{USERS}:{principal.user_id}:{ALL}"'
        ' -> return name if name is not USERS else f"{USERS}:{principal.user_id}:{ALL}"': (
            "The names come from tuples of the same constants, so equal ones are the same one."
        ),
        'is_frozen=self.clock.mode == "frozen", -> is_frozen=self.clock.mode <= "frozen",': _TWO_WORDS,
        'if self.clock.mode != "frozen": -> if self.clock.mode > "frozen":': _TWO_WORDS,
        'if spend.budget.per == "user": -> if spend.budget.per >= "user":': _TWO_WORDS,
        'value = (path if where == "path" else body).get(name)'
        ' -> value = (path if where >= "path" else body).get(name)': _TWO_WORDS,
    },
    "simulator.world.spending.saving": {
        "return tuple(sorted(merged, key=lambda saving: (-saving.saved, saving.first, saving.operation)))"
        " -> return tuple(sorted(merged, key=lambda saving: (~saving.saved, saving.first, saving.operation)))": (
            "The complement of a number orders as its negative does."
        ),
        "if bulk.bulk_of is None or bulk.method != operation.method:"
        " -> if bulk.bulk_of is None or bulk.method > operation.method:": (
            "Nothing is deleted in bulk that an operation of another method does."
        ),
        'if single is operation or (operation.method == "POST" and _makes_the_same(single, operation)):'
        ' -> if single is operation or (operation.method <= "POST" and _makes_the_same(single, operation)):': (
            "What is deleted in bulk draws on no budget, so nothing draws on the same."
        ),
        'if single is operation or (operation.method == "POST" and _makes_the_same(single, operation)):'
        ' -> if single == operation or (operation.method == "POST" and _makes_the_same(single, operation)):': (
            "There is one object for each operation."
        ),
        "return bool(budgets) and budgets == {spend.budget.name for spend in other.spends}"
        " -> return bool(budgets) and budgets <= {spend.budget.name for spend in other.spends}": (
            "No operation draws on two of these budgets."
        ),
    },
    "simulator.world.spending.what_if": {
        "plans = sorted(contracts.limits.plans, key=lambda plan: -contracts.limits.plans[plan])"
        " -> plans = sorted(contracts.limits.plans, key=lambda plan: ~contracts.limits.plans[plan])": (
            "The complement of a number orders as its negative does."
        ),
        "widths = [max(map(len, column)) for column in zip(*rows, strict=True)]"
        " -> widths = [max(map(len, column)) for column in zip(*rows, strict=False)]": "All rows have as many cells.",
        'table = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()'
        " for row in rows] -> "
        'table = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip()'
        " for row in rows]": "All rows have as many cells.",
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
    "simulator.request.rendering": {
        **{
            f"{before} -> {after}": "What is fetched at once need not be fetched one by one; nothing else comes of it."
            for before, others in _AT_ONCE.items()
            for after in others
        },
    },
    "simulator.records.masking": {
        "return tuple(path for path in every if not any(path[:length] in every for length in range(1, len(path))))"
        " -> return tuple(path for path in every"
        " if not any(path[:length] in every for length in range( 0, len(path))))": "No path is empty.",
        'yield from _leaves(item, path[1:] if path[:1] == ("*",) else path)'
        ' -> yield from _leaves(item, path[1:] if path[:1] <= ("*",) else path)': _STAR,
        'rest = path[1:] if path[0] == "*" else path -> rest = path[1:] if path[0] <= "*" else path': _STAR,
        'if isinstance(node, dict) and path[0] != "*": -> if isinstance(node, dict) and path[0] > "*":': _STAR,
        **{
            f"{_MASKED} -> {_MASKED.replace('len(path) > 1', other)}": "One call is saved or not, and does the same."
            for other in ("len(path) > 0", "len(path) >= 1", "len(path) != 1")
        },
        'if style == "stars": -> if style >= "stars":': _TWO_WORDS,
        'return "*" * 8 + (str(value)[-_PARTIAL_SHOWN:] if style == "partial" and is_long else "")'
        ' -> return "*" * 8 + (str(value)[-_PARTIAL_SHOWN:] if style >= "partial" and is_long else "")': _TWO_WORDS,
    },
    "mcp_server.unmasking.leases": {
        'status: LeaseStatus = "open" if lease.status == "opening" else "closing"'
        ' -> status: LeaseStatus = "open" if lease.status >= "opening" else "closing"': _TWO_WORDS,
        'wanted = 2 if lease.status == "opening" else 1 -> wanted = 2 if lease.status >= "opening" else 1': _TWO_WORDS,
        'if lease.status == "closed": -> if lease.status <= "closed":': _TWO_WORDS,
        "if lease.wanted > 1: -> if lease.wanted != 1:": "One is the least that is ever wanted.",
    },
    "mcp_server.unmasking.book": {
        'lease.status == "closing" for lease in self.unclosed(opener.upstream, opener.account_id, opener.customer_id)'
        ' -> lease.status <= "closing" for lease in'
        " self.unclosed(opener.upstream, opener.account_id, opener.customer_id)": _TWO_WORDS,
        'return [lease for lease in every if lease.status != "closed"]'
        ' -> return [lease for lease in every if lease.status > "closed"]': _TWO_WORDS,
        'if lease.status == "closed": -> if lease.status <= "closed":': _TWO_WORDS,
        'if _get(db, waiting[-1].lease).status == "closed": -> if _get(db, waiting[-1].lease).status <= "closed":': (
            _TWO_WORDS
        ),
        'if _get(db, waiting[-1].lease).status == "closed": -> if _get(db, waiting[not 1].lease).status == "closed":': (
            "All that waits in one list is of one lease."
        ),
        'if _get(db, waiting[-1].lease).status == "closed": -> if _get(db, waiting[- 0].lease).status == "closed":': (
            "All that waits in one list is of one lease."
        ),
        "return lease.wanted > 1 and now < lease.opened_at + UNANSWERED and is_alive(lease.owner)"
        " -> return lease.wanted != 1 and now < lease.opened_at + UNANSWERED and is_alive(lease.owner)": (
            "One is the least that is ever wanted."
        ),
        **{
            f'return ["" if name == "retry_at" and {_ROW} -> return ["" if name {than} "retry_at" and {_ROW}': why
            for than, why in (
                ("<=", "An instant that is not there is read as none, however it is written."),
                (">=", "An instant that is not there is read as none, however it is written."),
            )
        },
        f'return ["" if name == "retry_at" and {_ROW} -> return ["" if name == "retry_at" and {_ANY_ROW}': (
            "There is a value for each column."
        ),
    },
    "mcp_server.unmasking.windows": {
        **{
            f"{_STILL_OPEN} -> {_STILL_OPEN.replace(' - ', other)}": "Who is unsafe later counts anyway."
            for other in (" | ", " ^ ")
        },
        'if reason and lease.status != "closing": -> if reason and lease.status > "closing":': _TWO_WORDS,
        'if lease.status == "closed": -> if lease.status <= "closed":': _TWO_WORDS,
        f"{_PLACE} -> {_PLACE.replace('==', '<=')}": _TWO_WORDS,
    },
    "mcp_server.unmasking.unmasking": {
        'if lease is None or lease.status != "open": -> if lease is None or lease.status < "open":': _TWO_WORDS,
        f"{_UNREAD} -> {_UNREAD.replace('==', '<=')}": _TWO_WORDS,
        f"{_READ} -> {_READ.replace('==', '<=')}": _TWO_WORDS,
        "closed = False -> closed = True": "It is told anew before anybody asks.",
        "if cleaned != reason: -> if cleaned is not reason:": "To write the same reason once more changes nothing.",
    },
    "mcp_server.unmasking.neighbours": {
        'return [name for name in names if name.count(".") == _DOTS and name.split(".")[1] != self._state_id]'
        ' -> return [name for name in names if name.count(".") is _DOTS and name.split(".")[1] != self._state_id]': (
            "There is one object for each small number."
        ),
    },
    "mcp_server.unmasking.notes": {
        "@property -> ": "What a protocol declares does not run.",
        "handle = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)"
        " -> handle = os.open(draft, os.O_CREAT + os.O_RDWR, 0o600)": "The two have no bit in common.",
        "handle = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)"
        " -> handle = os.open(draft, os.O_CREAT ^ os.O_RDWR, 0o600)": "The two have no bit in common.",
    },
    "simulator.values.unmasking": {
        'return self.is_open and (opens_for == "everyone" or self.stamps.get("requestedBy") == reader)'
        ' -> return self.is_open and (opens_for <= "everyone" or self.stamps.get("requestedBy") == reader)': _TWO_WORDS,
    },
}
"""Module -> mutant, as the run prints it -> why no test can tell it from the original."""


def explained(module: str, mutant: str) -> str:
    """Why this mutant lives; empty if nobody knows."""
    known = EXPLAINED.get(module, {}).get(mutant, "")
    parts = mutant.split(" -> ")  # a head of a function has one of its own
    half = len(parts) // 2
    if " -> ".join(parts[half:]) == " -> ".join(parts[:half]).replace("*,", "/,"):
        known = "Which arguments may be given by place decides nothing where all are given as the type checker has it."
    return known or next((why for start, why in EVERYWHERE.items() if mutant.startswith(start)), "")
