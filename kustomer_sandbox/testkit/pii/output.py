"""What has been printed: as pytest has captured it, or, without pytest, as it went to standard output and error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pytest

Printed = list[tuple[str, str]]
"""Where a text was printed, in words, and the text."""

_STREAMS = (("out", "the output"), ("err", "the error output"))


def captured(config: pytest.Config) -> Callable[[], Printed]:
    """Gives what pytest has captured in the present phase of a test, and leaves it there; with `-s`, nothing."""
    manager: Any = config.pluginmanager.getplugin("capturemanager")

    def look() -> Printed:
        found: Printed = []
        fixture = manager and manager._capture_fixture  # noqa: SLF001 - reading by the public way takes away
        for capture in filter(None, (manager and manager._global_capturing, fixture and fixture._capture)):  # noqa: SLF001
            found += [(words, _peek(getattr(capture, name))) for name, words in _STREAMS]
        return found

    return look


def _peek(capture: Any) -> str:  # noqa: ANN401 - pytest's captures have no public type
    """What a capture holds. Its end stays where it is, for the next who writes."""
    file = getattr(capture, "tmpfile", None)
    if file is None:
        return ""
    if hasattr(file, "getvalue"):
        return str(file.getvalue())
    file.flush()
    file.seek(0)
    try:
        return str(file.buffer.read().decode("utf-8", errors="replace"))
    finally:
        file.seek(0, 2)


class _Tee(StringIO):
    """Keeps what is written, and passes it on."""

    def __init__(self, onward: TextIO) -> None:
        super().__init__()
        self._onward = onward

    def write(self, text: str) -> int:
        super().write(text)
        return self._onward.write(text)

    def flush(self) -> None:
        self._onward.flush()

    def isatty(self) -> bool:
        return self._onward.isatty()

    def fileno(self) -> int:
        return self._onward.fileno()


@contextmanager
def overheard() -> Iterator[Callable[[], Printed]]:
    """Within, what Python code prints is printed, and can be looked at; what other processes print is not seen."""
    out, err = _Tee(sys.stdout), _Tee(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        yield lambda: [("the output", out.getvalue()), ("the error output", err.getvalue())]
