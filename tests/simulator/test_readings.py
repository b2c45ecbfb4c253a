"""Every reading that the ledger names is one that a world can have, and shows in an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.readings import UnknownReading
from kustomer_sandbox.simulator.values.record import JSON
from tests.control_client import local
from tests.simulator.refused_calls import EMAIL, HOURS, NOBODY, SCHEDULE, stock
from tests.world_client import Answer, WorldClient, opened

WORLDS = "/_sandbox/worlds"
ROOT = Path(__file__).parents[2]
WITH_READINGS = {id: rule for id, rule in ledger().items() if rule.readings}
SPAN = {**SCHEDULE, "hours": {**HOURS, "1": [[600, 540]]}}
SEARCH = {"queryContext": "customer", "and": [{"customer_phone": {"contains": "555"}}]}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stocked world of one reading."""

    client: WorldClient
    ids: dict[str, str]

    def call(self, method: str, path: str, body: JSON = None, *, key: str = "", query: str = "") -> Answer:
        """One call; `{name}` in path and body stands for an id."""
        return self.client.call(method, self._filled(path), self._filled(body), key=self.ids.get(key), query=query)

    def _filled(self, value: JSON) -> JSON:
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        return re.sub(r"\{(\w+)\}", lambda at: self.ids[at[1]], value) if isinstance(value, str) else value


def _status(method: str, path: str, body: JSON = None, *, query: str = "", key: str = "") -> Callable[[Stage], JSON]:
    return lambda stage: stage.call(method, path, body, query=query, key=key).status


def _custom(stage: Stage) -> JSON:
    stage.call("PUT", "/v1/customers/{john}", {"custom": {"aStr": "A", "bStr": "B"}})
    return stage.call("PUT", "/v1/customers/{john}", {"custom": {"bStr": "C"}}).attributes["custom"]


def _direction(stage: Stage) -> JSON:
    return stage.call("POST", "/v1/conversations/{talk}/messages", EMAIL).attributes["direction"]


def _window_of_another(stage: Stage) -> JSON:
    stage.call("POST", "/v1/customers/{jane}/unmasking-windows")
    return stage.call("GET", "/v1/customers/{jane}", key="masked").attributes["phones"][0]["phone"]


def _mask_written(stage: Stage) -> JSON:
    stage.call("PUT", "/v1/customers/{jane}", {"username": "jane"})
    return stage.call("PUT", "/v1/customers/{jane}", {"username": "***"}, key="masked").status


def _budget(stage: Stage) -> JSON:
    wrong = [stage.call("POST", "/v1/conversations", {"customer": "{john}", "snooze": 1}).status for _ in range(119)]
    assert set(wrong) == {400}
    return stage.call("POST", "/v1/conversations", {"customer": "{john}"}).status


def _source_of_a_merge(stage: Stage) -> JSON:
    stage.call("POST", "/v1/customers/merges", {"source": "{john}", "target": "{jane}"})
    read = stage.call("GET", "/v1/customers/{john}")
    return read.data["id"] == stage.ids["jane"] if read.status == 200 else read.status


def _second_team(stage: Stage) -> JSON:
    return [stage.call("POST", "/v1/teams", {"name": "One"}).status for _ in range(2)][-1]


def _second_default(stage: Stage) -> JSON:
    return [stage.call("POST", "/v1/schedules", {**SCHEDULE, "default": True}).status for _ in range(2)][-1]


def _whose_message(stage: Stage) -> JSON:
    answer = stage.call("POST", "/v1/conversations/{talk}/messages", {**EMAIL, "conversation": "{other}"})
    if answer.status != 400:
        owner: str = answer.data["relationships"]["customer"]["data"]["id"]
        assert owner == stage.ids["jane"]
    return answer.status


def _moved_message(stage: Stage) -> JSON:
    answer = stage.call("PUT", "/v1/messages/{message}", {"conversation": "{other}"})
    owner = answer.data["relationships"]["customer"]["data"]["id"]
    return next(name for name in ("jane", "john") if stage.ids[name] == owner)


def _told_with_a_team(stage: Stage) -> JSON:
    caller = stage.call("GET", "/v1/users/current").data["id"]
    team = stage.call("POST", "/v1/teams", {"name": "One", "members": [caller]}).data["id"]
    body = {"body": "N", "userMentions": [{"team": team}]}
    assert stage.call("POST", "/v1/conversations/{talk}/notes", body).status == 201
    return len(stage.call("GET", "/v1/notifications").data)


def _klass_again(stage: Stage) -> JSON:
    klass = stage.call("POST", "/v1/klasses", {"name": "parcel"}).data["id"]
    stage.call("PUT", "/v1/metadata/kobject.parcel", {"properties": {"sizeStr": {"displayName": "Size"}}})
    stage.call("DELETE", f"/v1/klasses/{klass}")
    stage.call("POST", "/v1/klasses", {"name": "parcel"})
    return "sizeStr" in stage.call("GET", "/v1/metadata/kobject.parcel").attributes.get("properties", {})


CHAT = {"channel": "chat", "body": "B"}
PAST = {**CHAT, "sendAt": "2020-01-01T00:00:00Z", "scheduled": True}
TO_OTHER = {"conversation": "{other}", "body": "B"}
OTHER_CUSTOMER = {"channel": "email", "customer": "{john}", "body": "B"}
CASES: dict[tuple[str, str], tuple[Callable[[Stage], JSON], JSON, JSON]] = {
    ("page-size-clamped", "refused"): (_status("GET", "/v1/customers", query="pageSize=5000"), 200, 400),
    ("custom-merged-by-key", "replaced"): (_custom, {"aStr": "A", "bStr": "C"}, {"bStr": "C"}),
    ("window-delete-without-window", "not-found"): (
        _status("DELETE", "/v1/customers/{jane}/unmasking-windows"), 204, 404),
    ("window-opens-for", "requester"): (_window_of_another, "+15555550100", "***"),
    ("no-mask-written-back", "stored"): (_mask_written, 400, 200),
    ("refused-creations-do-not-count", "counted"): (_budget, 201, 429),
    ("merge-source-gone", "redirected"): (_source_of_a_merge, 404, True),
    ("known-references", "not-found"): (_status("POST", "/v1/conversations", {"customer": NOBODY}), 400, 404),
    ("snooze-status", "taken"): (
        _status("PUT", "/v1/conversations/{talk}",
                {"status": "done", "snooze": {"status": "scheduled", "time": "2099-01-01T00:00:00Z"}}), 400, 200),
    ("conversation-tag-limit", "per-write"): (
        _status("POST", "/v1/conversations/{tagged}/tags", ["one more"]), 400, 200),
    ("message-customer-matches", "overruled"): (_whose_message, 400, 201),
    ("message-direction-default", "outbound"): (_direction, "in", "out"),
    ("message-move", "kept"): (_moved_message, "john", "jane"),
    ("notifications-of-mentions", "users-alone"): (_told_with_a_team, 1, 0),
    ("draft-sent-at-once", "refused"): (
        _status("POST", "/v1/customers/{jane}/drafts", PAST), 200, 400),
    ("draft-conversation", "taken"): (
        _status("POST", "/v1/customers/{jane}/drafts", {**TO_OTHER, "channel": "email"}), 400, 200),
    ("draft-other-channel", "refused"): (
        _status("POST", "/v1/customers/{jane}/drafts", {**CHAT, "conversation": "{talk}"}), 200, 400),
    ("klass-by-plural", "name-alone"): (_status("GET", "/v1/klasses/orders"), 200, 404),
    ("kobject-of-its-klass", "found"): (_status("GET", "/v1/klasses/return/{object}"), 404, 200),
    ("klass-deletion-forgets-metadata", "kept"): (_klass_again, False, True),
    ("draft-channel-fixed", "changed"): (
        _status("PUT", "/v1/drafts/{draft}", {"channel": "chat", "body": "B"}), 400, 200),
    ("draft-customer", "overruled"): (
        _status("POST", "/v1/customers/{jane}/drafts", {**OTHER_CUSTOMER, "channel": "chat"}), 400, 200),
    ("kobject-customer-of-the-path", "overruled"): (
        _status("POST", "/v1/customers/{jane}/klasses/order", {"title": "A", "customer": "{john}"}), 400, 201),
    ("id-attribute-has-target", "taken"): (
        _status("PUT", "/v1/metadata/customer", {"properties": {"otherId": {}}}), 400, 200),
    ("password-reset-tells-nothing", "not-found"): (
        _status("POST", "/v1/users/passwordreset", {"domain": "a", "email": "nobody@example.com"}), 204, 404),
    ("team-members-are-users", "taken"): (
        _status("POST", "/v1/teams", {"name": "One", "members": [NOBODY]}), 400, 201),
    ("team-names-may-repeat", "unique"): (_second_team, 201, 409),
    ("search-masked-criteria", "exact"): (_status("POST", "/v1/customers/search", SEARCH, key="masked"), 200, 400),
    ("search-masked-criteria", "refuse"): (_status("POST", "/v1/customers/search", SEARCH, key="masked"), 200, 400),
    ("repeated-query-parameters", "last"): (_status("GET", "/v1/customers", query="pageSize=1&pageSize=2"), 400, 200),
    ("one-default-schedule", "refused"): (_second_default, 200, 409),
    ("schedule-hours", "taken"): (_status("POST", "/v1/schedules", SPAN), 400, 200),
    ("system-role-groups", "forbidden"): (_status("DELETE", "/v1/role-groups/{group}"), 409, 403),
    ("note-conversation-matches", "overruled"): (
        _status("POST", "/v1/conversations/{talk}/notes", {"body": "N", "conversation": "{other}"}), 400, 201),
    ("forward-customer", "overruled"): (
        _status("POST", "/v1/conversations/{talk}/forwards", OTHER_CUSTOMER), 400, 200),
    ("one-draft-of-a-language", "overwritten"): (
        _status("POST", "/v1/kb/articles/{article}/versions/en_us", {"title": "B"}), 409, 201),
    ("setting-type", "changed"): (_status("PUT", "/v1/users/current/settings/a/b/c", {"value": 1}), 400, 200),
}  # fmt: skip
"""By rule and other reading: what is asked, what the sandbox's own reading gives, and what the other one does."""


@contextmanager
def staged(api: Api, **readings: str) -> Iterator[Stage]:
    """A stocked world with these readings."""
    spec = WorldSpec(
        name="read", plan="ultimate", readings={name.replace("_", "-"): it for name, it in readings.items()}
    )
    with opened(api, spec) as client:
        yield Stage(client, stock(client))


def test_every_other_reading_is_tried_here() -> None:
    """A reading that no answer shows is a word."""
    others = [(id, reading) for id, rule in WITH_READINGS.items() for reading in list(rule.readings)[1:]]
    assert sorted(others) == sorted(CASES)


@pytest.mark.parametrize(("rule", "reading"), CASES)
def test_a_reading_shows_in_an_answer_and_the_journal_names_the_rule(shared_api: Api, rule: str, reading: str) -> None:
    """Each is asked in a world of its own reading and in one of the other."""
    asked, own, other = CASES[rule, reading]
    for chosen, expected in ((next(iter(ledger()[rule].readings)), own), (reading, other)):
        with staged(shared_api, **{rule: chosen}) as stage:
            assert asked(stage) == expected
            steps = [step for entry in stage.client.world.journal.entries for step in entry.steps()]
            assert chosen in [step["detail"].get(rule) for step in steps if step["step"] == "readings"]
            assert stage.client.faults() == []


def test_a_world_that_is_told_nothing_notes_nothing(shared_api: Api) -> None:
    """Nobody pays for what nobody asks."""
    with staged(shared_api) as stage:
        stage.call("GET", "/v1/customers", query="pageSize=5000")
        last = stage.client.world.journal.entries[-1].steps()
        assert "readings" not in [step["step"] for step in last]


def test_a_call_that_no_unverified_rule_decides_names_none(shared_api: Api) -> None:
    """A page of a usual size is the same whatever becomes of one that is too large."""
    with staged(shared_api, page_size_clamped="clamped") as stage:
        stage.call("GET", "/v1/customers", query="pageSize=5")
        last = stage.client.world.journal.entries[-1].steps()
        assert "readings" not in [step["step"] for step in last]


def test_forks_snapshots_and_resets_keep_the_readings(shared_api: Api) -> None:
    """They belong to the organisation, as its plan does."""
    with staged(shared_api, page_size_clamped="refused") as stage:
        world, worlds = stage.client.world, stage.client.api.worlds
        fork, before = worlds.fork(world, "read-fork").readings, world.snapshot()
        worlds.drop("read-fork")
        world.configure(readings={})
        world.restore(before)
        restored = world.readings
        worlds.reset(world)
        assert fork == restored == world.readings == {"page-size-clamped": "refused"}


def test_a_world_made_over_http_has_readings_and_no_unknown_ones(shared_api: Api) -> None:
    """A suite in any language can be run under doubt; a misspelled rule would doubt nothing."""
    server, readings = local(create_app(shared_api)), {"page-size-clamped": "refused"}
    made = server.post(WORLDS, json={"name": "doubted", "readings": readings}).json()
    key = {"Authorization": f"Bearer {made['api_key']}"}
    asked = server.get("/v1/customers?pageSize=5000", headers=key)
    server.delete(f"{WORLDS}/doubted")
    assert (made["readings"], asked.status_code) == (readings, 400)
    refused = server.post(WORLDS, json={"readings": {"page-size-clamped": "both"}})
    assert refused.status_code == 400
    assert "page-size-clamped can be read as clamped or refused, not as both" in refused.text


@pytest.mark.parametrize("readings", [{"page-size": "refused"}, {"page-size-clamped": "both"}])
def test_a_reading_that_is_none_is_refused(shared_api: Api, readings: dict[str, str]) -> None:
    """A misspelled doubt would look like an answer."""
    with pytest.raises(UnknownReading, match=r"page-size-clamped"):
        shared_api.worlds.create(WorldSpec(name="none", readings=readings))


def test_a_rule_is_asked_for_at_one_place_and_never_for_its_own_reading() -> None:
    """What decides a rule twice can decide it in two ways."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "simulator").rglob("*.py"))
    asked = re.findall(r'reads\("([a-z-]+)", (?:"([a-z-]+)"|other)\)', text)
    assert sorted({rule for rule, _ in asked}) == sorted(WITH_READINGS)
    assert len(asked) == len(WITH_READINGS)
    assert [rule for rule, reading in asked if reading == next(iter(ledger()[rule].readings))] == []


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("readings: {a: A., b: B.}", "verify is missing"),
        ("readings: {a: A.}, verify: V.", "must"),
        ("verify: V.", "verify is for rules with readings"),
        ("why: W.", "readings or only-reading is missing"),
        ("only-reading: W., readings: {a: A., b: B.}, verify: V.", "have no readings"),
    ],
)
def test_an_assumed_rule_can_be_doubted_or_says_why_not(added: str, words: str) -> None:
    """Who is told to doubt a rule is told what to do about it; what nobody can doubt is not passed over in silence."""
    entry = f"- {{id: a, rule: B., source: {{confidence: assumed, note: N.}}, status: kept, checks: [x], {added}}}"
    with pytest.raises(ContractError, match=words):
        ledger(entry)


def test_what_is_known_has_no_other_reading() -> None:
    """A published rule is not doubted."""
    with pytest.raises(ContractError, match="for rules that are assumed"):
        ledger("- {id: a, rule: B., source: seed, status: kept, checks: [x], readings: {a: A., b: B.}, verify: V.}")
    with pytest.raises(ContractError, match="rules that are assumed as a whole"):
        ledger("- {id: a, rule: B., source: seed, status: kept, checks: [x], only-reading: W.}")
