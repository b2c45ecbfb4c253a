"""Generated examples, and the smallest one that breaks a law. Hypothesis is imported when a law is first tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from kustomer_sandbox.contracts.suite.target import MISREAD, Broken, NotApplicable, Target, misread

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_T = TypeVar("_T")
EXTRA = "its examples are made by Hypothesis, which is not installed: pip install 'kustomer-sandbox[check]'"
_SHRINKING = 40
"""How many more examples may be tried to find a smaller one: each costs calls of somebody's budget."""


def holds_for_all(
    target: Target, examples: Callable[[], SearchStrategy[_T]], law: Callable[[_T], None], *, calls: int = 1
) -> None:
    """Try a law with `target.examples` examples, fewer if each takes several `calls` of a small budget.

    Raises `Broken` with the smallest that was found to break it, and `NotApplicable` where Hypothesis is not installed.
    """
    try:
        from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise NotApplicable(EXTRA) from None
    tried = _Tried(target, law)
    asked = settings(
        max_examples=max(2, target.examples // calls),
        deadline=None,
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )

    @asked
    @given(examples())
    def hold(example: _T) -> None:
        tried.hold(example)

    hold()


class _Tried(Generic[_T]):
    """What became of each example: none is tried twice, so that looking for a smaller one costs few calls."""

    def __init__(self, target: Target, law: Callable[[_T], None]) -> None:
        self._target, self._law = target, law
        self._outcomes: dict[str, Broken | None] = {}
        self._left = _SHRINKING
        self._has_broken = False

    def hold(self, example: _T) -> None:
        name = repr(example)
        if name not in self._outcomes:
            self._outcomes[name] = self._outcome(example, name)
        broken = self._outcomes[name]
        if broken is not None:
            self._has_broken = True
            # A new one from this one place: to Hypothesis, faults of different places are different ones.
            again = Broken(str(broken))
            again.example, again.trail = broken.example, broken.trail
            raise again

    def _outcome(self, example: _T, name: str) -> Broken | None:
        if self._has_broken:
            self._left -= 1
        if self._left < 0:
            return None
        # Others may change the target while it is asked: what breaks must break again.
        return self._once(example, name) and self._once(example, name)

    def _once(self, example: _T, name: str) -> Broken | None:
        before = len(self._target.trail)
        try:
            self._law(example)
        except Broken as broken:
            found = broken
        except MISREAD as fault:
            found = misread(fault)
        else:
            return None
        found.example, found.trail = name, tuple(self._target.trail[before:])
        return found
