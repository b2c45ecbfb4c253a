"""An organisation that may be changed: only what the run has made, and none of it is left, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kustomer_sandbox import world
from kustomer_sandbox.command.checking.journal import CreatedRecords, JournalError
from kustomer_sandbox.command.checking.pace import Pace
from kustomer_sandbox.command.checking.visit import Visit, visit_organisation
from kustomer_sandbox.contracts.suite.running import run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from kustomer_sandbox.testkit.kustomer import Kustomer

ORIGIN, MARK = "http://acme.invalid", "ksb00-"
CHANGING = ("errors", "life-cycles", "drafts", "masking", "a_customer_is_found_by_e_mail_whatever_its_case")


class Way(httpx.BaseTransport):
    """The way to a world. `dies_after` POST requests that are no searches it loses the answer, and all that follow."""

    def __init__(self, kustomer: Kustomer, dies_after: int = 10**6) -> None:
        self._client, self._left = kustomer.client(), dies_after
        self.sent: list[tuple[str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._left < 0:
            raise KeyboardInterrupt
        path = request.url.raw_path.decode()
        self.sent.append((request.method, path))
        reply = self._client.request(request.method, path, content=request.read(), headers=request.headers)
        self._left -= request.method == "POST" and "/search" not in path
        if self._left < 0:
            raise KeyboardInterrupt
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


@pytest.fixture
def kustomer() -> Iterator[Kustomer]:
    with world(plan="ultimate") as kustomer:
        yield kustomer


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "check.journal"


def visit(kustomer: Kustomer, journal: Path, way: Way) -> Visit:
    def sleep(seconds: float) -> None:
        kustomer.clock.advance(seconds)

    pace = Pace(1, searches=100, sleep=sleep)
    return visit_organisation(
        ORIGIN, kustomer.api_key, mark=MARK, share=1, journal=journal, writes=True, transport=way, pace=pace
    )


def state(kustomer: Kustomer) -> dict[str, Any]:
    """What the organisation's users see of the types that are changed, and of settings, tags and people."""
    client = kustomer.client()
    lists = (
        "customers",
        "conversations",
        "messages",
        "notes",
        "tags",
        "users",
        "teams",
        "klasses",
        "metadata/customer",
    )
    seen = {}
    for name in lists:
        data = client.get(f"/v1/{name}", params={"pageSize": 100}).json()["data"]
        seen[name] = [record["id"] for record in data] if isinstance(data, list) else data["attributes"]
    return seen


def test_checks_change_what_they_have_made_and_leave_nothing(kustomer: Kustomer, journal: Path) -> None:
    """An organisation is in use: nothing of it may change, and nothing of ours may stay."""
    before, way = state(kustomer), Way(kustomer)
    here = visit(kustomer, journal, way)

    results = list(run_checks(selected(CHANGING), here.place))
    assert here.finish() == []

    assert state(kustomer) == before
    assert not journal.exists()
    by_verdict = {verdict: [one for one in results if one.verdict == verdict] for verdict in ("verified", "departed")}
    assert [(one.check, one.told) for one in by_verdict["departed"]] == []
    assert len(by_verdict["verified"]) > 25
    assert {"an_invalid_body_tells_every_fault", "closing_no_window_is_fine", CHANGING[-1]} <= {
        one.check for one in by_verdict["verified"]
    }


REFUSED = {
    "an_attributes_type_follows_from_its_suffix": "PUT /v1/metadata/",
    "every_organisation_has_a_queue_of_the_system": "PUT /v1/routing/queues/{id}",
    "tags_are_written_by_name_and_shown_as_ids": "tags or custom attributes that it names would stay",
    "custom_attributes_are_merged_and_null_clears": "tags or custom attributes that it names would stay",
    "a_mail_to_nowhere_becomes_a_message_with_an_error": "it might be sent to somebody",
    "a_user_tells_of_its_address_its_sign_ins_and_its_password": "POST /v1/users",
    "a_bulk_call_is_answered_with_a_queued_job": "POST /v1/customers/bulk",
    "a_new_customer_shows_what_was_recorded": "would not bear the run's mark",
    "answer_of_DeleteCustomer": "DELETE /v1/customers/{id}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_the_runs_own_is_not_touched(kustomer: Kustomer, journal: Path, name: str) -> None:
    """Settings, people, tags, mail and other people's records: each says why it is left alone."""
    here = visit(kustomer, journal, Way(kustomer))

    (result,) = run_checks(selected([name]), here.place)

    assert here.finish() == []
    assert (result.verdict, REFUSED[name] in result.told) == ("not allowed", True)


@pytest.mark.parametrize("dies_after", range(6))
def test_what_a_crash_has_left_is_removed_later(kustomer: Kustomer, journal: Path, dies_after: int) -> None:
    """Also a record of which nobody has seen the answer: it is found by the run's mark."""
    before = state(kustomer)
    checks = selected(["a_conversation_has_one_open_work_item", "closing_no_window_is_fine", "masking", CHANGING[-1]])
    with pytest.raises(KeyboardInterrupt):
        list(run_checks(checks * 4, visit(kustomer, journal, Way(kustomer, dies_after)).place))
    assert state(kustomer) != before

    assert visit(kustomer, journal, Way(kustomer)).finish() == []

    assert state(kustomer) == before
    assert not journal.exists()


def test_the_journal_holds_paths_and_no_values(kustomer: Kustomer, journal: Path) -> None:
    """It may lie around after a crash."""
    with pytest.raises(KeyboardInterrupt):
        list(run_checks(selected([CHANGING[-1]]), visit(kustomer, journal, Way(kustomer, 0)).place))

    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    assert lines == [{"origin": ORIGIN, "about": MARK}]
    assert kustomer.api_key not in journal.read_text("utf-8")


def test_a_journal_of_another_organisation_is_refused(journal: Path) -> None:
    """Its records would be looked for in the wrong place, and forgotten."""
    CreatedRecords(journal, "http://other.invalid").note(made="/v1/customers/0123456789abcdef01234567")

    with pytest.raises(JournalError, match="of another organisation"):
        CreatedRecords(journal, ORIGIN)
