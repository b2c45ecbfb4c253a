"""Every refusal the API can give, as one class tree; `request/error_entries.py` turns them into bodies.

    Refusal
    ├── BadRequest 400        invalid JSON, unknown field, wrong type, value out of range
    ├── Unauthorized 401      missing, malformed or unknown key
    ├── Forbidden 403         a valid key without a needed role
    ├── NotFound 404          unknown path or id
    │   └── NothingFound      a look-up by value that finds nothing
    ├── MethodNotAllowed 405  known path, other methods (carries `Allow`)
    ├── Conflict 409          stale `rev`, duplicate unique value, state conflict
    ├── PayloadTooLarge 413   body above the limit
    ├── UnprocessableEntity 422  a ceiling on how many there may be
    ├── TooManyRequests 429   a budget is used up (carries the reset time)
    └── InternalError 500     an unexpected fault, without internals

Messages never repeat a value from the request or the store: values may be personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ErrorVocabulary = Literal["page", "recorded"]
"""Whose words errors are in: the vendor's errors page (`not_found`), or the recorded traffic (`notfound`)."""

WHOLE_BODY = "/"
"""The pointer of what is wrong with a body as a whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    `pointer` is a JSON pointer into the body, `parameter` the name of a query or path parameter or of a header.
    `is_unknown_field` says that the pointer leads to a field that the schema does not have.
    """

    message: str
    pointer: str = ""
    parameter: str = ""
    meta: Mapping[str, object] | None = None
    is_unknown_field: bool = False


class Refusal(Exception):
    """The API declines a call. `problems` are shown to the caller; `rule` is a ledger id when one decided.

    `code` is the errors page's word, which the journal has too; `recorded_code` stands for it in `recorded` worlds.
    """

    status = 500
    code = "internal_error"
    recorded_code = "internalerror"
    title = "Internal Server Error"

    def __init__(self, *problems: Problem | str, rule: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(message=p) for p in problems)
        self.rule = rule
        self.headers = headers
        super().__init__("; ".join(p.message for p in self.problems))


class BadRequest(Refusal):
    status, code, recorded_code, title = 400, "bad_request", "badparam", "Bad Request"


class Unauthorized(Refusal):
    status, code, recorded_code, title = 401, "unauthorized", "unauthorized", "Unauthorized"


class Forbidden(Refusal):
    status, code, recorded_code, title = 403, "forbidden", "forbidden", "Forbidden"


class NotFound(Refusal):
    status, code, recorded_code, title = 404, "not_found", "notfound", "Not Found"


class NothingFound(NotFound):
    """No record has the value of the path parameter `parameter`."""

    def __init__(self, message: str, *, parameter: str, rule: str) -> None:
        super().__init__(Problem(message=message, parameter=parameter), rule=rule)


class MethodNotAllowed(Refusal):
    status, code, recorded_code, title = 405, "method_not_allowed", "methodnotallowed", "Method Not Allowed"


class Conflict(Refusal):
    status, code, recorded_code, title = 409, "conflict", "conflict", "Conflict"


class PayloadTooLarge(Refusal):
    status, code, recorded_code, title = 413, "payload_too_large", "payloadtoolarge", "Payload Too Large"


class UnprocessableEntity(Refusal):
    status, code, recorded_code, title = 422, "unprocessable_entity", "unprocessableentity", "Unprocessable Entity"


class TooManyRequests(Refusal):
    """`resets_at` is epoch seconds; `limit` the budget that ran out, `target` what it is for, as it may be told.

    `is_frozen`: the world's time stands still.
    """

    status, code, recorded_code, title = 429, "too_many_requests", "toomanyrequests", "Too Many Requests"

    def __init__(
        self,
        message: str,
        *,
        budget: str,
        limit: int,
        resets_at: float,
        target: str = "",
        rule: str = "",
        is_frozen: bool = False,
    ) -> None:
        meta: dict[str, object] = {"budget": budget, "limit": limit}
        if is_frozen:
            meta["clock"] = "frozen"
        super().__init__(Problem(message=message, meta=meta), rule=rule)
        self.budget = budget
        self.limit = limit
        self.target = target
        self.resets_at = resets_at


class InternalError(Refusal):
    status, code, recorded_code, title = 500, "internal_error", "internalerror", "Internal Server Error"


def refusal_of(status: int) -> type[Refusal] | None:
    """The class of refusals with this status, if the API has one."""
    return next((kind for kind in Refusal.__subclasses__() if vars(kind).get("status") == status), None)
