"""The records that generated calls may name: those that answers have shown, the latest of each type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kustomer_sandbox.contracts.build.examples import RecordName, is_known_by
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.testkit.pii.canaries.chance import Chance

MOST = 60
"""How many records of a type are known at once."""
_NOT_NAMED = ("auth_token",)
"""What calls name no record of: the driver's own key would be among them."""
_FAVOURED = 0.4
"""How often the customer that the present window is of is meant, where a customer is asked for."""


@dataclass(slots=True)
class Pool:
    """Known records by type and id. `favoured` is the id of a customer that calls are likely to be about."""

    chance: Chance
    favoured: str = ""
    _records: dict[str, dict[str, Record]] = field(default_factory=dict)

    def learn(self, records: Iterable[JSON]) -> None:
        """Take records in from an answer; one that is known already is seen anew."""
        for record in records:
            if not isinstance(record, dict) or record.get("type") in _NOT_NAMED:
                continue
            if {"type", "id", "attributes"} <= record.keys():
                known = self._records.setdefault(str(record["type"]), {})
                known.pop(record["id"], None)
                known[record["id"]] = record
                if len(known) > MOST:
                    del known[next(iter(known))]

    def of(self, kind: str) -> list[Record]:
        """The known records of a type."""
        return list(self._records.get(kind, {}).values())

    def id_of(self, kind: str) -> str | None:
        """The id of some record of a type."""
        known = self._records.get(kind)
        if kind == "customer" and self.favoured and self.chance.random() < _FAVOURED:
            return self.favoured
        return self.chance.choice(list(known)) if known else None

    def any_id(self) -> str:
        """The id of some record of whatever type."""
        kinds = list(self._records)
        return (self.id_of(self.chance.choice(kinds)) if kinds else None) or "0" * 24

    def find(self, name: RecordName) -> JSON:
        """What a name in an example stands for: of a record that fits it, else of any of the type."""
        if not name.text and not name.path:
            return self.id_of(name.type)
        known = self.of(name.type)
        fitting = [record for record in known if not name.text or is_known_by(name.text, record)]
        values = [value for record in fitting or known if (value := name.value_in(record)) is not None]
        return self.chance.choice(values) if values else None
