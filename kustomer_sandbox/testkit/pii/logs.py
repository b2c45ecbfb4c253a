"""All that code logs while a world is there, as production might: every level of every logger, wherever it goes.

Which levels a test run shows says nothing of production. So calls of loggers are noted before levels, handlers and
propagation have a say; what is shown where stays as it was.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

_LOGGING = logging.Logger.info.__code__.co_filename

LOG_CALLS = 10_000
"""How many calls are kept; older ones are forgotten."""


class LogCall(NamedTuple):
    """One call of a logger as it was made; it is put into words only when somebody looks for something."""

    logger: str
    message: object
    arguments: tuple[object, ...]
    exception: object
    extra: Mapping[str, object]
    file: str
    line: int

    @property
    def where(self) -> str:
        """`the log record of acme at acme.py:12`."""
        return f"the log record of {self.logger} at {Path(self.file).name}:{self.line}"

    @property
    def text(self) -> str:
        """The message with its arguments, the extra values, and the trace."""
        return "\n".join([self._message(), *map(str, self.extra.values()), self._trace()])

    def _message(self) -> str:
        try:
            return logging.LogRecord("", 0, "", 0, self.message, self.arguments, None).getMessage()
        except Exception:  # noqa: BLE001 - logging would print this fault and go on, so nothing of it is hidden
            return "\n".join(map(str, (self.message, *self.arguments)))

    def _trace(self) -> str:
        fault = self.exception[1] if isinstance(self.exception, tuple) else self.exception
        return "".join(traceback.format_exception(fault)) if isinstance(fault, BaseException) else ""


LogCalls = deque[LogCall]


_KEPT_BY: list[LogCalls] = []
"""Whoever listens: several worlds may, and they end in any order."""

_REAL_LOG, _REAL_ENABLED = logging.Logger._log, logging.Logger.isEnabledFor  # noqa: SLF001 - below all ways to log


@contextmanager
def log_calls() -> Iterator[LogCalls]:
    """Within, every call of a logger is kept in what is given."""
    calls: LogCalls = deque(maxlen=LOG_CALLS)
    _KEPT_BY.append(calls)
    if len(_KEPT_BY) == 1:
        _replace_by(_log, _always)
    try:
        yield calls
    finally:
        # By identity: those of two worlds can be equal.
        _KEPT_BY[:] = [kept for kept in _KEPT_BY if kept is not calls]
        if not _KEPT_BY:
            _replace_by(_REAL_LOG, _REAL_ENABLED)


def _replace_by(log: Callable[..., None], is_enabled_for: Callable[..., bool]) -> None:
    logging.Logger._log = log  # type: ignore[method-assign] # noqa: SLF001
    logging.Logger.isEnabledFor = is_enabled_for  # type: ignore[method-assign]


def _log(
    logger: logging.Logger,
    level: int,
    msg: object,
    args: Any,  # noqa: ANN401 - as logging has it
    exc_info: Any = None,  # noqa: ANN401
    extra: Mapping[str, object] | None = None,
    stack_info: bool = False,  # noqa: FBT001, FBT002
    stacklevel: int = 1,
) -> None:
    code, line = _caller(stacklevel)
    fault = sys.exc_info() if exc_info and not isinstance(exc_info, BaseException | tuple) else exc_info
    kept = args if isinstance(args, tuple) else (args,)
    made = LogCall(logger.name, msg, kept, fault, extra or {}, code.co_filename, line)
    for calls in _KEPT_BY:
        calls.append(made)
    if _REAL_ENABLED(logger, level):
        _REAL_LOG(logger, level, msg, args, exc_info, extra, stack_info, stacklevel + 1)


def _caller(level: int) -> tuple[CodeType, int]:
    """The code that logs, so many levels up, and its line. Loggers call themselves on the way."""
    frame = sys._getframe(2)  # noqa: SLF001 - as logging finds it
    while frame.f_back is not None and (level > 1 or frame.f_code.co_filename == _LOGGING):
        level -= frame.f_code.co_filename != _LOGGING
        frame = frame.f_back
    return frame.f_code, frame.f_lineno


def _always(_: logging.Logger, level: int) -> bool:  # noqa: ARG001 - as logging has it
    """A message that is not made cannot be looked at, so none is spared; whether it is shown is decided below."""
    return True
