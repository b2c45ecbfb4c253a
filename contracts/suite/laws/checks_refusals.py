"""Refusals and life cycles: what is wrong is told where it is; a status counts the same, whatever way led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kustomer_sandbox.contracts.suite.checks_values import CUSTOMERS, conversation
from kustomer_sandbox.contracts.suite.laws.generated import holds_for_all
from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_code, expect_status

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

FIELDS = ("name", "emails", "phones", "locale", "birthdayAt", "custom")
STATUSES = ("open", "snoozed", "done")


@check("error-sub-errors", "error-source", "closed-bodies")
def every_wrong_field_of_a_body_is_pointed_to(target: Target) -> None:
    def bodies() -> SearchStrategy[dict[str, Any]]:
        from hypothesis import strategies as st  # noqa: PLC0415 - see `generated.py`

        unknown = st.text("abcdefghij", min_size=3, max_size=8).map(lambda word: f"qz{word}")
        return st.dictionaries(st.sampled_from(FIELDS) | unknown, st.just(7), min_size=1, max_size=3)

    def law(body: dict[str, Any]) -> None:
        answer = expect_status(target.call("POST", CUSTOMERS, body), 400)
        expect_code(answer, "bad_request")
        expect(len(answer.errors) == 1, "a refusal has one entry")
        sources = [fault["source"] for fault in answer.error["meta"]["subErrors"]]
        told = {str(one.get("pointer") or one.get("parameter")).strip("/").partition("/")[0] for one in sources}
        expect(told == set(body), f"subErrors point to {sorted(body)}")

    holds_for_all(target, bodies, law)


@check("conversation-status-lifecycle")
def a_conversation_counts_how_often_it_was_done_and_opened_again(target: Target) -> None:
    def ways() -> SearchStrategy[list[str]]:
        from hypothesis import strategies as st  # noqa: PLC0415 - see `generated.py`

        return st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5)

    def law(way: list[str]) -> None:
        path = f"/v1/conversations/{conversation(target)['id']}"
        status, done, opened = "open", 0, 0
        for following in way:
            done += following == "done" != status
            opened += following == "open" != status
            status = following
            shown = expect_status(target.call("PUT", path, {"status": status}), 200).attributes
            expect(shown["status"] == status, f"the conversation is {status}")
            expect(shown.get("doneCount", 0) == done, f"it was done {done} times")
            expect(shown.get("reopenCount", 0) == opened, f"it was opened again {opened} times")

    holds_for_all(target, ways, law)
