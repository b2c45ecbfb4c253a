"""A world without pytest: for unittest, notebooks and scripts."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.values.clock import Mode
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.settings import Option, plan_of
from kustomer_sandbox.testkit.shared import create_shared_api

LOG_RECORDS = 10_000
"""How many log records `no_pii_leaks` can look at; older ones are forgotten."""


@contextmanager
def world(  # noqa: PLR0913 - a keyword for each option of a world
    scenario: str = "demo",
    *,
    plan: str = "enterprise",
    seed: str = "0",
    masking: Style = "stars",
    errors: ErrorVocabulary | None = None,
    masked_search: MaskedSearch = "allow",
    clock: Mode = "frozen",
    start: str | datetime = "",
    strict: bool | None = None,
    limits: Mapping[str, int] | None = None,
) -> Iterator[Kustomer]:
    """A fresh Kustomer world on a simulator of its own, gone when the block ends; the same to the byte every time.

    `scenario` is `demo`, `empty`, or the path of a scenario file (`.yaml`) below the working directory; `plan` sets
    the requests a minute; `masking` is how masked values look, `masked_search` what searches may ask of them (`allow`
    everything, `exact` whole values, `refuse` nothing); `errors` is whose error codes there
    are, `page` (the default) or `recorded`; another `seed` gives other ids; `clock` is `frozen` or
    `real`; `start` is the instant at which the world's time starts, such as `2026-06-09T12:00:00Z`, or a `datetime`.

    A `strict` world refuses query parameters that the API does not know, others ignore them; `limits` are budgets of
    its own, such as `{"record_updates": 120}`. Either is as the scenario says unless given.

    Raises `SettingsError`, a `ValueError`, for anything else. Options of `pytest.ini` do not count here.
    """
    api, folder, log = create_shared_api(), Path.cwd(), _Log()
    asked: dict[str, Option] = {"scenario": scenario, "plan": plan, "seed": seed, "clock": clock, "start": start}
    asked |= {"masking": masking, "masked_search": masked_search, "errors": errors or ""}
    asked |= {"strict": "" if strict is None else strict, "limits": limits or {}}
    spec = plan_of(asked, api.worlds, folders=(folder,))
    with Kustomer(api, spec, folder=folder, log_records=lambda: list(log.records)) as kustomer, log.listening():
        yield kustomer


class _Log(logging.Handler):
    """Keeps what is logged, as pytest's `caplog` does for the fixture."""

    def __init__(self) -> None:
        super().__init__()
        self.records: deque[logging.LogRecord] = deque(maxlen=LOG_RECORDS)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear all loggers inside the block."""
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
