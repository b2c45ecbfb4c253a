"""What a job lets out of its process: what it logs, prints and raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii import leaks
from kustomer_sandbox.testkit.pii.sensitive import Search, SensitiveValue, sensitive_values


class Lookout:
    """Looks for the values that a world masks, and for its key. Texts that were found harmless are not read again."""

    def __init__(self, world: World, before: Store, key: str) -> None:
        own = SensitiveValue(text=key, owner="the API key", spellings=frozenset({key}), digits="")
        self._search = Search([*sensitive_values(world, before, known={}, plan=()), own])
        self._harmless: set[str] = set()

    def found_in(self, places: Iterable[leaks.SearchedPlace]) -> tuple[str, ...]:
        """Where a value was found, and whose; never the value."""
        return tuple(dict.fromkeys(self._found(places)))

    def _found(self, places: Iterable[leaks.SearchedPlace]) -> Iterator[str]:
        for where, text in places:
            if text in self._harmless:
                continue
            found = self._search.found_in(text)
            if not found:
                self._harmless.add(text)
            yield from (f"{where} holds {value.owner}" for value, _ in found)


def from_exception(fault: BaseException | None) -> Iterator[leaks.SearchedPlace]:
    """The words of an exception and of those it came from, as a traceback shows them."""
    while fault is not None:
        yield f"the {type(fault).__name__} it raised", f"{fault}\n{fault!r}"
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
