"""`kustomer.explore_receiver`: each fault at each delivery of a webhook, and what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import pytest

from kustomer_sandbox import Kustomer
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from kustomer_sandbox.testkit.webhooks.control import RECEIVER_URL, Webhook
from kustomer_sandbox.testkit.webhooks.faults import DELIVERY_FAULTS
from tests.kustomer_sandbox import explored_receivers as receivers
from tests.kustomer_sandbox.explored_receivers import CHANGED, MADE, Crm, rows, two_customers
from tests.programs.webhook_receiver import WebhookProgram

EVENTS = (MADE, CHANGED)
Place = tuple[str, int, str, str]
DEFECTS: dict[type[Crm], Place] = {
    receivers.BelievesEverybody: ("forged_taken", 1, MADE, "forged"),
    receivers.BelievesTheUnsigned: ("forged_taken", 1, MADE, "unsigned"),
    receivers.SignsTheAnswer: ("forged_taken", 1, MADE, "forged"),
    receivers.TakesTwice: ("other_end", 1, MADE, "unheard"),
    receivers.RemembersTheLast: ("other_end", 1, MADE, "unheard"),
    receivers.LastWriteWins: ("other_end", 1, MADE, "lost"),
    receivers.FirstMustBeThere: ("other_end", 1, MADE, "lost"),
    receivers.RefusesWhatItKnows: ("never_taken", 1, MADE, "unheard"),
    receivers.Welcomes: ("effect_twice", 1, MADE, "unheard"),
}
"""Each receiver, the rule it breaks, and the smallest point at which that shows."""

Environ = dict[str, Any]
Message = MutableMapping[str, Any]


@pytest.mark.parametrize(("receiver", "place"), DEFECTS.items(), ids=[each.__name__ for each in DEFECTS])
def test_a_defect_is_found_at_its_smallest_point(kustomer: Kustomer, receiver: type[Crm], place: Place) -> None:
    """The first delivery and fault that shows it is the one to mend it by, and nothing else is told."""
    found = kustomer.explore_receiver(two_customers, receiver, events=EVENTS, state=rows).findings
    assert {finding.rule for finding in found} == {place[0]}
    first = found[0]
    assert (first.rule, first.number, first.operation, first.fault) == place


@pytest.mark.parametrize("receiver", [Crm, receivers.ServerErrorOnGaps])
def test_a_correct_receiver_is_clean(kustomer: Kustomer, receiver: type[Crm]) -> None:
    """Whether it sorts out the order by itself, or refuses what comes too early until it fits."""
    exploration = kustomer.explore_receiver(two_customers, receiver, events=EVENTS, state=rows)
    exploration.assert_clean()
    assert exploration.calls == (MADE, MADE, CHANGED, CHANGED)
    assert exploration.points == len(exploration.calls) * len(DELIVERY_FAULTS)
    assert (kustomer.journal.total, bool(kustomer.diff())) == (0, False)


def test_each_fault_shows_a_receiver_what_it_says(kustomer: Kustomer) -> None:
    """What comes, in which order and at which minute, to whoever takes everything and answers at once."""
    seen: list[tuple[str, int]] = []

    def listener(forked: Kustomer, _: Webhook) -> Callable[[WebhookRequest], int]:
        began = forked.clock.now
        seen.clear()
        names: dict[bytes, str] = {}

        def take(request: WebhookRequest) -> int:
            name = names.setdefault(request.body, f"event {len(names)}")
            seen.append((name, int((forked.clock.now - began).total_seconds() // 60)))
            return 200

        return take

    def seen_under(fault: str) -> list[tuple[str, int]]:
        kustomer.explore_receiver(teams, listener, events=["kustomer.team.create"], at=(1, fault))
        return list(seen)

    assert seen_under("duplicate") == [("event 0", 0), ("event 0", 0), ("event 1", 0)]
    assert seen_under("reordered") == [("event 0", 0), ("event 1", 0)]
    assert seen_under("lost") == [("event 0", 0), ("event 1", 1)]
    assert seen_under("unheard") == [("event 0", 0), ("event 1", 0), ("event 0", 1)]
    assert seen_under("late") == [("event 0", 0), ("event 1", 1), ("event 1", 61)]
    assert seen_under("forged") == [("event 0", 0), ("event 1", 0), ("event 2", 0)]


def teams(kustomer: Kustomer) -> None:
    for name in ("Day", "Night"):
        kustomer.client().post("/v1/teams", json={"name": name, "members": []}).raise_for_status()


def test_the_failure_has_a_table_and_a_test_to_paste(kustomer: Kustomer) -> None:
    explored = kustomer.explore_receiver(two_customers, receivers.TakesTwice, events=[MADE], state=rows)
    asked = f'two_customers, TakesTwice, events=["{MADE}"], state=rows, at=(1, "unheard")'
    with pytest.raises(AssertionError) as failure:
        explored.assert_clean()
    assert str(failure.value).splitlines() == [
        "two_customers: 2 deliveries, 14 points, found: 1",
        "no.   event                          fault         found",
        f"1     {MADE:<30} unheard       other_end: the receiver's state is otherwise (and at 5 more points)",
        "",
        "from tests.kustomer_sandbox.explored_receivers import TakesTwice, rows, two_customers",
        "",
        "",
        "def test_other_end_at_delivery_1(kustomer):",
        f"    kustomer.explore_receiver({asked}).assert_clean()",
    ]


def as_wsgi(kustomer: Kustomer, hook: Webhook) -> Callable[[Environ, Callable[..., object]], Iterable[bytes]]:
    """A receiver as Flask and Django make one."""
    crm = Crm(kustomer, hook)

    def application(environ: Environ, start_response: Callable[..., object]) -> Iterable[bytes]:
        headers = (("X-Kustomer-Webhook-Signature", environ.get("HTTP_X_KUSTOMER_WEBHOOK_SIGNATURE", "")),)
        body = environ["wsgi.input"].read()
        start_response(f"{crm(WebhookRequest('', '', environ['PATH_INFO'], headers, body))} Said", [])
        return []

    return application


def as_asgi(kustomer: Kustomer, hook: Webhook) -> Callable[..., Awaitable[None]]:
    """A receiver as FastAPI and Starlette make one."""
    crm = receivers.BelievesTheUnsigned(kustomer, hook)

    async def application(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        named = {name.decode(): value.decode() for name, value in scope["headers"]}
        signature = named.get("x-kustomer-webhook-signature")
        headers = (("X-Kustomer-Webhook-Signature", signature),) if signature else ()
        body = (await receive())["body"]
        status = crm(WebhookRequest("", "", scope["path"], headers, body))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return application


def test_receivers_may_be_wsgi_applications(kustomer: Kustomer) -> None:
    explored = kustomer.explore_receiver(two_customers, as_wsgi, events=[MADE], url="https://shop.example.com/hook")
    assert (explored.points, explored.findings) == (14, ())


def test_receivers_may_be_asgi_applications(kustomer: Kustomer) -> None:
    """One that has a defect, so that it is seen to be asked."""
    found = kustomer.explore_receiver(two_customers, as_asgi, events=[MADE]).findings
    assert [(finding.rule, finding.fault) for finding in found] == [("forged_taken", "unsigned")]


def test_receivers_may_be_programs(kustomer: Kustomer) -> None:
    """Its address is enough; the test says how it begins anew."""
    with WebhookProgram().listening() as program:

        def receiver(_: Kustomer, hook: Webhook) -> str:
            program.token = hook.token
            program.taken.clear()
            return program.url

        def taken(_: str) -> object:
            return program.taken

        explored = kustomer.explore_receiver(
            teams, receiver, events=["kustomer.team.create"], url=program.url, state=taken
        )
    assert (explored.points, explored.findings) == (14, ())


def test_a_receiver_that_fails_by_itself_is_not_explored(kustomer: Kustomer) -> None:
    def receiver(_: Kustomer, hook: Webhook) -> Callable[[WebhookRequest], int]:
        return lambda request: int(request.url == hook.id) // 0

    with pytest.raises(ZeroDivisionError) as failure:
        kustomer.explore_receiver(teams, receiver, events=["kustomer.team.create"])
    assert failure.value.__notes__ == ["The job fails before explore has anything go wrong."]


def test_a_mistake_is_named(kustomer: Kustomer) -> None:
    with pytest.raises(ValueError, match=r"no fault 'timeout'.*it has lost, unheard, duplicate"):
        kustomer.explore_receiver(teams, Crm, events=EVENTS, faults=["timeout"])
    with pytest.raises(ValueError, match="jobs of 1 to 1000 deliveries; this one makes 0"):
        kustomer.explore_receiver(teams, Crm, events=EVENTS, url=RECEIVER_URL)


@pytest.mark.kustomer(limits={"org": 10_000})
def test_a_receiver_that_goes_on_for_ever_is_told_so(kustomer: Kustomer) -> None:
    """Once it has seen an event twice it makes another at each delivery."""

    def receiver(forked: Kustomer, _: Webhook) -> Callable[[WebhookRequest], int]:
        seen: list[bytes] = []

        def take(request: WebhookRequest) -> int:
            seen.append(request.body)
            if len(set(seen)) < len(seen):
                forked.client().post("/v1/teams", json={"name": f"Team {len(seen)}", "members": []})
            return 200

        return take

    (found,) = kustomer.explore_receiver(teams, receiver, events=["kustomer.team.create"], at=(2, "duplicate")).findings
    assert (found.rule, found.text[:27]) == ("stuck", "more than 1000 deliveries: ")
