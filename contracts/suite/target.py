"""What a check may ask of a target, and how it says that a promise is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn, Protocol, TypeVar


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetAnswer:
    """A reply: status, headers (lower-case names) and the decoded body, None when empty."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """The `data` member."""
        return self.body["data"]

    @property
    def attributes(self) -> Any:
        """The attributes of a single record."""
        return self.body["data"]["attributes"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The `errors` member."""
        found: list[dict[str, Any]] = self.body["errors"]
        return found

    @property
    def error(self) -> dict[str, Any]:
        """The first error: all that many clients read."""
        return self.errors[0]


class Exchange(NamedTuple):
    """A request as a check sent it, and what came back: None if nothing did."""

    method: str
    path: str
    query: str
    body: Any
    answer: TargetAnswer | None


class Target(Protocol):
    """A Kustomer-like API, called with a key that may do everything but sees masks.

    `examples` is how many generated examples a law may try; `trail` holds what was sent and answered, oldest first.
    """

    @property
    def examples(self) -> int: ...

    @property
    def trail(self) -> Sequence[Exchange]: ...

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        raw: bytes | None = None,
        key: str | None = None,
    ) -> TargetAnswer:
        """One request. `raw` is sent as it is; `key` replaces the target's key, empty for none."""
        ...

    def unique(self, stem: str) -> str:
        """A word no earlier run has used, for names and unique values."""
        ...


class Sandboxed(Target, Protocol):
    """A target whose time and keys the check may control, as a sandbox allows."""

    def advance(self, seconds: float) -> None:
        """Move the target's clock on."""
        ...

    def new_key(self, *roles: str, read_sensitive: bool = False) -> str:
        """Another key of the same organisation."""
        ...


class Broken(Exception):
    """The target does not keep a promise.

    A law that was tried with generated examples says which is the smallest that broke it, and what was sent then.
    """

    example: str = ""
    trail: Sequence[Exchange] | None = None


class NotApplicable(Exception):
    """The promise cannot be looked into here; the message says what is missing."""


class NotAllowed(Exception):
    """The check would do what nobody has allowed; the message says what."""


MISREAD = (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError)
"""What a check runs into when it reads an answer that has not the form it is due to have."""


def misread(fault: Exception) -> Broken:
    """The same, as a promise that is broken."""
    # The words of other faults may have a value of the answer in them.
    words = (
        f": {fault}" if isinstance(fault, AttributeError | IndexError | KeyError) or "to unpack" in str(fault) else ""
    )
    return Broken(f"the answer has what it is read for: {type(fault).__name__}{words}")


def expect(held: object, promise: str) -> None:
    """Raise `Broken` with the promise unless it held."""
    if not held:
        raise Broken(promise)


def expect_status(answer: TargetAnswer, status: int) -> TargetAnswer:
    """Raise `Broken` unless the answer has this status; the error codes it gave are told."""
    if answer.status != status:
        told = isinstance(answer.body, dict) and "errors" in answer.body
        codes = [error.get("code") for error in answer.errors] if told else []
        fail(f"status {status} was due, {answer.status} came {codes or ''}".rstrip())
    return answer


CODES = {
    "bad_request": ("bad_request", "badparam"),
    "unauthorized": ("unauthorized",),
    "forbidden": ("forbidden",),
    "not_found": ("not_found", "notfound"),
    "too_many_requests": ("too_many_requests", "toomanyrequests"),
}
"""The codes that checks look for: the errors page's word, and the recorded one if that is another."""


def expect_code(answer: TargetAnswer, code: str) -> None:
    """Raise `Broken` unless the first error's code is this word of the errors page, or its recorded counterpart."""
    expect(answer.error["code"] in CODES[code], f"the code is {' or '.join(CODES[code])}")


def fail(why: str) -> NoReturn:
    """Raise `Broken`."""
    raise Broken(why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check: its name, the ledger rules it stands for, and what it needs of a target.

    `writes` says that it changes data; `sandbox` that it moves the clock or makes keys.
    """

    name: str
    rules: tuple[str, ...]
    writes: bool
    sandbox: bool
    run: Callable[[Any], None]


_F = TypeVar("_F", bound=Callable[[Any], None])
_TAG = "__check__"


def check(*rules: str, writes: bool = True, sandbox: bool = False) -> Callable[[_F], _F]:
    """Mark a function as the check of these ledger rules. Only tags; `suite/catalogue.py` collects."""

    def mark(function: _F) -> _F:
        made = Check(name=function.__name__, rules=rules, writes=writes, sandbox=sandbox, run=function)
        setattr(function, _TAG, made)
        return function

    return mark


def checks_in(module: object) -> Iterator[Check]:
    """The checks a module defines, in its order."""
    for value in vars(module).values():
        made = getattr(value, _TAG, None)
        if isinstance(made, Check) and value.__module__ == getattr(module, "__name__", ""):
            yield made
