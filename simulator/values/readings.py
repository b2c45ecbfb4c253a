"""Rules that nobody has verified and that can be read in more than one way: which way a world reads them.

The ledger names the readings of a rule, the sandbox's own first. Code asks for another one where the rule
is decided, by the names of both (`World.reads`), so a world that was told nothing pays for one look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class UnknownReading(Exception):
    """The ledger has no such reading; the message says which rules, or which readings of the rule, there are."""


@dataclass(slots=True)
class RuleNotes:
    """The rules with readings that decided something: since noting began, and since the last call was journalled.

    A call's stand in its journal entry, if `in_journal`.
    """

    in_journal: bool = True
    asked: set[str] = field(default_factory=set)
    of_call: set[str] = field(default_factory=set)

    def add(self, rule: str) -> None:
        """A rule has decided something."""
        self.asked.add(rule)
        self.of_call.add(rule)


def check_readings(readings: Mapping[str, str]) -> None:
    """Raise `UnknownReading` unless the ledger has every one of these, by rule."""
    if not readings:
        return
    from kustomer_sandbox.contracts.sources.ledger import ledger  # noqa: PLC0415 - most worlds are told nothing

    known = {rule.id: rule.readings for rule in ledger().values() if rule.readings}
    for rule, reading in readings.items():
        if rule not in known:
            raise UnknownReading(f"{rule} has no readings; those that have some: {', '.join(sorted(known))}")
        if reading not in known[rule]:
            raise UnknownReading(f"{rule} can be read as {' or '.join(known[rule])}, not as {reading}")
