"""A world without pytest: for unittest, notebooks and scripts; or one more beside a fixture's."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.values.clock import Mode
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.unmasking import OpensFor
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.pii.output import overheard
from kustomer_sandbox.testkit.settings import Option, plan_of
from kustomer_sandbox.testkit.shared import create_shared_api

Test = TypeVar("Test", bound=Callable[..., Any])

ARGUMENT = "kustomer"
"""What a decorated function calls the argument in which it is given the world."""


class world:  # noqa: N801 - used as a function: with world() as kustomer
    """A fresh Kustomer world on a simulator of its own, gone when the block ends; the same to the byte every time.

    As a decorator it makes one for every call of a function, sync or async, and passes it as `kustomer`, if the
    function has an argument of that name. A class with test methods has each of them decorated.

    `scenario` is `demo`, `empty`, or the path of a scenario file (`.yaml`) below the working directory; `plan` sets
    the requests a minute; `masking` is how masked values look, `masked_search` what searches may ask of them (`allow`
    everything, `exact` whole values, `refuse` nothing); `errors` is whose error codes there
    are, `page` (the default) or `recorded`; `ratelimit_reset` when that header is sent, `exhausted` (the default: once
    nothing is left) or `always`; another `seed` gives other ids; `clock` is `frozen` or
    `real`; `start` is the instant at which the world's time starts, such as `2026-06-09T12:00:00Z`, or a `datetime`.

    An unmasking window lasts `window_minutes` and opens values for `everyone` or for the `requester` alone
    (`windows_for`).

    A `strict` world refuses query parameters that the API does not know, others ignore them; `limits` are budgets of
    its own, such as `{"record_updates": 120}`. Either is as the scenario says unless given.

    `readings` are other ways to read rules that nobody has verified, such as `{"page-size-clamped": "refused"}`.

    Raises `SettingsError`, a `ValueError`, for anything else. Options of `pytest.ini` do not count here.
    """

    def __init__(  # noqa: PLR0913 - a keyword for each option of a world
        self,
        scenario: str = "demo",
        *,
        plan: str = "enterprise",
        seed: str = "0",
        masking: Style = "stars",
        errors: ErrorVocabulary | None = None,
        ratelimit_reset: RateLimitReset | None = None,
        masked_search: MaskedSearch = "allow",
        window_minutes: int = 24 * 60,
        windows_for: OpensFor = "everyone",
        clock: Mode = "frozen",
        start: str | datetime = "",
        strict: bool | None = None,
        limits: Mapping[str, int] | None = None,
        readings: Mapping[str, str] | None = None,
    ) -> None:
        asked: dict[str, Option] = {"scenario": scenario, "plan": plan, "seed": seed, "clock": clock, "start": start}
        asked |= {"masking": masking, "masked_search": masked_search, "errors": errors or ""}
        asked |= {"ratelimit_reset": ratelimit_reset or ""}
        asked |= {"window_minutes": window_minutes, "windows_for": windows_for}
        asked |= {"strict": "" if strict is None else strict, "limits": limits or {}}
        asked |= {"readings": readings or {}}
        self._asked = asked
        self._open: list[ExitStack] = []

    def __enter__(self) -> Kustomer:
        api, folder = create_shared_api(), Path.cwd()
        spec = plan_of(self._asked, api.worlds, folders=(folder,))
        with ExitStack() as stack:
            printed = stack.enter_context(overheard())
            kustomer = stack.enter_context(Kustomer(api, spec, folder=folder, printed=printed))
            self._open.append(stack.pop_all())
        return kustomer

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.pop().__exit__(kind, fault, trace)

    def __call__(self, test: Test) -> Test:
        """The function with a world of its own for every call, or the class with its test methods so."""
        if isinstance(test, type):
            for name, method in list(vars(test).items()):
                if name.startswith("test") and inspect.isfunction(method):
                    setattr(test, name, self(method))
            return test
        signature = inspect.signature(test)
        wrapped = self._async_one(test, signature) if inspect.iscoroutinefunction(test) else self._one(test, signature)
        others = [item for name, item in signature.parameters.items() if name != ARGUMENT]
        # pytest would look for a fixture of this name.
        vars(wrapped)["__signature__"] = signature.replace(parameters=others)
        return wrapped  # type: ignore[return-value] # the argument is filled in, which no type can say of a name

    def _one(self, test: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
        @functools.wraps(test)
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the function's own
            with self as kustomer:
                return test(*arguments, **named, **_given(kustomer, signature))

        return call

    def _async_one(self, test: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
        @functools.wraps(test)
        async def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            with self as kustomer:
                return await test(*arguments, **named, **_given(kustomer, signature))

        return call


def _given(kustomer: Kustomer, signature: inspect.Signature) -> dict[str, Kustomer]:
    return {ARGUMENT: kustomer} if ARGUMENT in signature.parameters else {}
