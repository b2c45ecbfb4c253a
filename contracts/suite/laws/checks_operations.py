"""What holds for every form and every operation alike: drafts of each channel, and roles."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.build.examples import body_example, filled
from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.suite.checks_values import conversation
from kustomer_sandbox.contracts.suite.laws.promised import Records, empty_path, promised
from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, check, expect, expect_code, expect_status

FORBIDDEN = 403


def draft_forms() -> list[Operation]:
    """The ways to draft, each an operation of ours that stands for one form of the vendor's."""
    operations = promised().operations.values()
    return [operation for operation in operations if operation.alias_of == "CreateDraftByCustomer"]


def draft_body(target: Target, form: Operation, conversation_id: str) -> dict[str, Any]:
    """A worked draft of a form, in a conversation of the check's own."""
    example = filled(body_example(promised(), form), Records(target).find)
    own = {"conversation": conversation_id} if "conversation" in example else {}
    return {**form.fixed, **example, **own}


@check("draft-forms", "draft-is-not-sent")
def a_draft_of_each_form_waits_and_takes_no_field_of_another(target: Target) -> None:
    for form in draft_forms():
        talk = conversation(target)
        path = f"/v1/customers/{talk['relationships']['customer']['data']['id']}/drafts"
        body = draft_body(target, form, talk["id"])
        made = expect_status(target.call("POST", path, body), 200).attributes
        expect((made["channel"], made["status"]) == (body["channel"], "draft"), f"{form.path}: a draft of its channel")
        expect_status(target.call("POST", path, {**body, "fieldOfNoForm": "x"}), 400)


def guarded() -> list[Operation]:
    """The operations that ask for a role."""
    return [one for one in promised().operations.values() if one.roles and not (one.keyless or one.is_hook)]


@check("role-needed", writes=False, sandbox=True)
def no_operation_answers_to_a_key_without_its_role(target: Sandboxed) -> None:
    key = target.new_key("org.user.nothing")
    for operation in guarded():
        answer = target.call(operation.method, empty_path(operation)[0], key=key)
        expect(answer.status == FORBIDDEN, f"{operation.method} {operation.path} is forbidden; {answer.status} came")
        expect_code(answer, "forbidden")


@check("role-needed", sandbox=True)
def any_one_of_an_operations_roles_is_enough(target: Sandboxed) -> None:
    keys: dict[str, str] = {}
    for operation in guarded():
        path, values = empty_path(operation)
        for role in operation.roles:
            named = role.format(**values)
            keys[named] = keys.get(named) or target.new_key(named)
            answer = target.call(operation.method, path, key=keys[named])
            expect(answer.status != FORBIDDEN, f"{named} is enough for {operation.method} {operation.path}")
