"""Every refusal the API can give, as one class tree; `envelope` turns them into bodies.

    Refusal
    ├── BadRequest 400        invalid JSON, unknown field, wrong type, value out of range
    ├── Unauthorized 401      missing, malformed or unknown key
    ├── Forbidden 403         a valid key without a needed role
    ├── NotFound 404          unknown path or id
    ├── MethodNotAllowed 405  known path, other methods (carries `Allow`)
    ├── Conflict 409          stale `rev`, duplicate unique value, state conflict
    ├── PayloadTooLarge 413   body above the limit
    ├── TooManyRequests 429   a budget is used up (carries the reset time)
    └── InternalError 500     an unexpected fault, without internals

Messages never repeat a value from the request or the store: values may be personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong. `pointer` is a JSON pointer into the body, `parameter` a query or path name."""

    message: str
    pointer: str = ""
    parameter: str = ""
    meta: Mapping[str, object] | None = None


class Refusal(Exception):
    """The API declines a call. `problems` are shown to the caller; `rule` is a ledger id when one decided."""

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(self, *problems: Problem | str, rule: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(message=p) for p in problems)
        self.rule = rule
        self.headers = headers
        super().__init__("; ".join(p.message for p in self.problems))


class BadRequest(Refusal):
    status, code, title = 400, "bad_request", "Bad request"


class Unauthorized(Refusal):
    status, code, title = 401, "unauthorized", "Unauthorized"


class Forbidden(Refusal):
    status, code, title = 403, "forbidden", "Forbidden"


class NotFound(Refusal):
    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(Refusal):
    status, code, title = 405, "method_not_allowed", "Method not allowed"


class Conflict(Refusal):
    status, code, title = 409, "conflict", "Conflict"


class PayloadTooLarge(Refusal):
    status, code, title = 413, "payload_too_large", "Payload too large"


class TooManyRequests(Refusal):
    """`resets_at` is epoch seconds; `limit` the budget that ran out; `is_frozen`: the world's time stands still."""

    status, code, title = 429, "too_many_requests", "Too many requests"

    def __init__(
        self, message: str, *, budget: str, limit: int, resets_at: float, rule: str = "", is_frozen: bool = False
    ) -> None:
        meta: dict[str, object] = {"budget": budget, "limit": limit}
        if is_frozen:
            meta["clock"] = "frozen"
        super().__init__(Problem(message=message, meta=meta), rule=rule)
        self.budget = budget
        self.limit = limit
        self.resets_at = resets_at


class InternalError(Refusal):
    status, code, title = 500, "internal_error", "Internal error"
