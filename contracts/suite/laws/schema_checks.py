"""One check for each operation: its worked example is answered as its schema says."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.model import JSON_MEDIA_TYPE, Operation
from kustomer_sandbox.contracts.suite.laws.promised import checker_of, promised, worked_call
from kustomer_sandbox.contracts.suite.target import Check, NotApplicable, Target, expect, expect_status
from kustomer_sandbox.contracts.validation import pointer

_ENDS_KEYS = ("auth_token",)
_ALWAYS_REFUSED = ("GetAllCustomerEvents", "GetChatSessions")
"""The first finds nothing whatever is asked; the second wants one of two parameters, neither of which it requires."""
_NOT_FOUND = 404
_FEW = 5


def schema_checks() -> Iterator[Check]:
    """The checks, in the order of the documents. They stand for what the contract says of `operation/<id>`."""
    for operation in promised().operations.values():
        if _is_asked(operation):
            yield _check(operation)


def _is_asked(operation: Operation) -> bool:
    """Not what ends the key that asks, has a path that is our own, or takes other bodies than JSON."""
    ends_key = operation.method == "DELETE" and operation.resource.type in _ENDS_KEYS
    speaks_json = not operation.bodies or JSON_MEDIA_TYPE in operation.bodies
    if operation.id in _ALWAYS_REFUSED:
        return False
    return speaks_json and not ends_key and operation.alias_of is None and operation.keyless is None


def _check(operation: Operation) -> Check:
    def run(target: Target) -> None:
        call = worked_call(target, operation)
        answer = target.call(operation.method, call.path, call.body, query=call.query)
        if answer.status == _NOT_FOUND and len([one for one in operation.parameters if one.required]) > 1:
            raise NotApplicable("no two records are known that belong together as the path wants it")
        expect_status(answer, operation.success)
        checker = checker_of(operation.id, operation.success)
        if checker is None:
            expect(answer.body is None, "the answer has no body")
            return
        wrong = [f"{pointer(found.path) or 'the whole'} {found.reason}" for found in checker.findings(answer.body)]
        expect(not wrong, f"the answer fits the schema: {'; '.join(wrong[:_FEW])}")

    is_read = operation.method == "GET" or operation.searches
    name = f"answer_of_{operation.id}"
    return Check(name=name, rules=(f"operation/{operation.id}",), writes=not is_read, sandbox=False, run=run)
