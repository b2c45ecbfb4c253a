"""Pure: in which worker each world lives, and where the next one goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_REMEMBERED = 10_000
"""How many names of worlds are remembered whose worker has ended, so that whoever asks hears of it."""


@dataclass(slots=True)
class Directory:
    """The worlds of a fleet by name. Workers are numbered from 0, the main one; each must be `opened` first."""

    _open: set[int] = field(default_factory=set)
    _worker: dict[str, int] = field(default_factory=dict)
    _in_making: dict[str, int] = field(default_factory=dict)
    _makers: Counter[str] = field(default_factory=Counter)
    _pending: Counter[int] = field(default_factory=Counter)
    _held: Counter[int] = field(default_factory=Counter)
    _given: Counter[int] = field(default_factory=Counter)
    _gone: dict[str, int] = field(default_factory=dict)

    def opened(self, worker: int) -> None:
        """This worker takes worlds from now on."""
        self._open.add(worker)

    def workers(self) -> list[int]:
        """Those that take worlds, in order."""
        return sorted(self._open)

    def total(self) -> int:
        """How many worlds there are."""
        return len(self._worker)

    def place(self, name: str = "") -> int:
        """The worker for a new world, until `answered`: the one with the fewest worlds.

        Of several it is that which was given the fewest so far, and of these the first. A name that another world has,
        or is being given, leads to the worker of that one, which refuses it.
        """
        held = self._worker.get(name, self._in_making.get(name))
        worker = self._least_busy() if held is None else held
        self._pending[worker] += 1
        if name:
            self._in_making[name] = worker
            self._makers[name] += 1
        return worker

    def _least_busy(self) -> int:
        return min(self._open, key=lambda one: (self._held[one] + self._pending[one], self._given[one], one))

    def place_beside(self, origin: str, name: str) -> int | None:
        """The worker for a fork, which is its origin's; None where a world elsewhere has the name."""
        worker = self._worker[origin]
        held = self._worker.get(name, self._in_making.get(name, worker))
        if held != worker:
            return None
        self._pending[worker] += 1
        self._in_making[name] = worker
        self._makers[name] += 1
        return worker

    def placed(self, worker: int, name: str) -> None:
        """A worker has made the world of this name."""
        if worker in self._open:
            self._held[worker] += name not in self._worker
            self._given[worker] += 1
            self._worker[name] = worker
            self._gone.pop(name, None)

    def answered(self, worker: int, name: str = "") -> None:
        """What `place` was asked for is over, whatever came of it."""
        self._pending[worker] -= 1
        if name:
            self._makers[name] -= 1
            if not self._makers[name]:
                del self._makers[name], self._in_making[name]

    def dropped(self, worker: int, name: str) -> None:
        """A worker's world of this name is no more, unless another's has the name by now."""
        if self._worker.get(name) == worker:
            del self._worker[name]
            self._held[worker] -= 1

    def lost(self, worker: int) -> list[str]:
        """A worker has ended; gives the names of the worlds that have ended with it."""
        self._open.discard(worker)
        names = [name for name, place in self._worker.items() if place == worker]
        for name in names:
            del self._worker[name]
            self._gone[name] = worker
        self._held[worker] = 0
        while len(self._gone) > MOST_REMEMBERED:
            del self._gone[next(iter(self._gone))]
        return names

    def worker_of(self, name: str) -> int | None:
        """The worker that has the world of this name, if any has."""
        return self._worker.get(name)

    def has_lost(self, name: str) -> int | None:
        """The worker that has ended with the world of this name, if that is what became of it."""
        return self._gone.get(name)

    def free_name(self) -> str:
        """A name no world has, such as `world-1`, nor one had that is gone: whoever asks for that must hear so."""
        number = len(self._worker) + 1
        while (name := f"world-{number}") in self._worker or name in self._in_making or name in self._gone:
            number += 1
        return name

    def ranks(self) -> dict[str, int]:
        """The names in the order in which their worlds were made, with their places in it."""
        return {name: rank for rank, name in enumerate(self._worker)}
