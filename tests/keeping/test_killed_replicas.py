"""`kill -9` of one replica again and again, while it and another one write: the other has all that was answered."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import psycopg
import pytest

from kustomer_sandbox.simulator.keeping.postgresql.connection import PostgresDatabase
from kustomer_sandbox.simulator.values.record import JSON
from tests.keeping import killing
from tests.keeping.conftest import POSTGRES, Server
from tests.keeping.kept_stage import KeptStage
from tests.keeping.killing import PLAN, whole

pytestmark = [*POSTGRES, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("KILLS", "50"))


Begin = Callable[[str], KeptStage]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Begins replicas, each of which ends with the test."""
    begun: list[KeptStage] = []

    def one_more(store: str) -> KeptStage:
        begun.append(KeptStage(store, **PLAN))
        return begun[-1]

    yield one_more
    for stage in begun:
        stage.end()


def run_due(stage: KeptStage) -> None:
    for world in stage.api.worlds:
        world.run_due(world.clock.now())


def write(stage: KeptStage, name: str) -> list[str]:
    """A customer, a change, a conversation, a draft that falls due in an hour; gives ids, and what the draft says."""
    client = stage.client
    made = client.post("/v1/customers", {"name": name})
    customer = made.data["id"]
    assert client.put(f"/v1/customers/{customer}", {"name": f"{name}, changed"}).status == 200
    conversation = client.post("/v1/conversations", {"customer": customer, "name": name})
    body = {"channel": "sms", "body": name, "sendAt": "now+1h", "scheduled": True}
    assert client.post(f"/v1/customers/{customer}/drafts", body).status == 200
    stage.api.tick(lambda: run_due(stage))
    return [customer, conversation.data["id"], name]


def work(store: str, name: str, told: Connection) -> None:
    """Write without end, and tell of all that was answered."""
    stage = KeptStage(store, **PLAN)
    number = 0
    while True:
        told.send(write(stage, f"{name}-{number}"))
        number += 1


def move_time(stage: KeptStage, seconds: int) -> None:
    stage.api.hold()
    stage.world.clock.move_to(stage.world.clock.now() + timedelta(seconds=seconds))
    stage.api.release()


@pytest.mark.parametrize("kills", [2, KILLS], ids=["few", "many"])
def test_what_any_replica_answered_is_there(new_database: Callable[[str], str], begin: Begin, kills: int) -> None:
    """Nothing answered is missing, nothing is half done, every scheduled draft is sent once: after each kill."""
    store, chance = new_database("killed"), random.Random(kills)  # noqa: S311 - chooses when to kill
    living = begin(store)
    told: list[list[str]] = []
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([killing.__name__])
    for kill in range(kills):
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(store, f"killed-{kill}", theirs), daemon=True)
        process.start()
        theirs.close()
        for turn in range(chance.randint(1, 6)):
            told.append(mine.recv())
            told.append(write(living, f"living-{kill}-{turn}"))
            move_time(living, chance.choice((0, 60, 1800)))
        for _ in range(chance.randint(0, 200_000)):  # from within one write to within the next: nothing here is timed
            pass
        process.kill()
        process.join()
        try:
            while True:
                told.append(mine.recv())
        except EOFError:
            mine.close()
    move_time(living, 7200)
    living.api.tick(lambda: run_due(living))
    for customer, conversation, _ in told:
        assert living.world.records.get("conversation", conversation) is not None
        found = living.world.records.get("customer", customer)
        assert found is not None
        assert found["attributes"]["name"].endswith(", changed")
    sent = Counter(message["attributes"]["preview"] for message in living.world.records.find("message", "id"))
    assert set(sent.values()) == {1}
    assert sent.keys() >= {name for _, _, name in told}
    assert living.world.records.count("draft") == 0
    before = whole(living)
    assert whole(begin(store)) == before


def test_postgresql_is_restarted_while_replicas_run(
    new_database: Callable[[str], str], begin: Begin, postgres: Server
) -> None:
    """A call that meets it is a 503 and has not happened; the next one is made on a new connection."""
    store = new_database("restarted")
    both = begin(store), begin(store)
    made: list[str] = []
    for number in range(4):
        if number:
            postgres.restart()
            assert [stage.client.post("/v1/customers", {"name": "x"}).status for stage in both] == [503, 503]
        made += [id for stage in both for id in write(stage, f"{number}")[:1]]
    for stage in both:
        stage.client.get("/v1/customers")
        assert [record["id"] for record in stage.world.records.find("customer", "id")] == sorted(made)
    for stage in both:
        stage.api.hold()
        stage.api.release()
    assert whole(both[0]) == whole(both[1])


@pytest.mark.parametrize("is_done", [True, False])
def test_a_commit_whose_answer_was_lost_is_found_out(
    new_database: Callable[[str], str], begin: Begin, monkeypatch: pytest.MonkeyPatch, *, is_done: bool
) -> None:
    """What was done is answered as done, and what was not has not happened."""
    stage = begin(new_database("lost"))
    lose_commits(monkeypatch, is_done=is_done)
    answer = stage.client.post("/v1/customers", {"name": "Jane"})
    monkeypatch.undo()
    assert answer.status == (201 if is_done else 503)
    assert stage.client.get("/v1/customers").status == 200
    assert stage.world.records.count("customer") == is_done


def test_a_commit_that_nobody_can_be_asked_about_is_told_as_that(
    new_database: Callable[[str], str], begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begin(new_database("unknown"))
    lose_commits(monkeypatch, is_done=True)

    def unreachable(_: PostgresDatabase) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(PostgresDatabase, "_connected", unreachable)
    answer = stage.client.post("/v1/customers", {"name": "Jane"})
    assert (answer.status, answer.error["detail"].split(",")[0]) == (503, "It is not known whether this was done")
    assert stage.client.get("/v1/customers").error["detail"] == "Nothing was done: the store cannot be reached."
    monkeypatch.undo()
    assert stage.client.get("/v1/customers").data != []


def lose_commits(monkeypatch: pytest.MonkeyPatch, *, is_done: bool) -> None:
    """Have the connection end as the next commit is sent, before or after it is done."""
    run = psycopg.Cursor.execute
    lost: list[JSON] = []

    def execute(cursor: Any, statement: Any, *rest: Any, **options: Any) -> Any:
        if not isinstance(statement, bytes) or not statement.endswith(b"COMMIT") or lost:
            return run(cursor, statement, *rest, **options)
        lost.append(statement)
        if is_done:
            run(cursor, statement)
        cursor.connection.close()
        raise psycopg.OperationalError

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
