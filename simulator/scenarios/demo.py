"""The demo scenario: a support organisation of an online shop that sells journeys and ships parcels.

It holds what the project's worked examples look for: Jane Doe with masked phones, a newest Urgent conversation on
WhatsApp, an unhappy conversation whose SLA was breached within a day, a team and a queue `Tier 2 Technical Support`,
shipments. Everything follows from the world's seed and start: the same plan gives the same bytes. All that happens
is played in order of time through the rules of the API, so counters, previews and indexes are what calls would make.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from kustomer_sandbox.simulator.operations.acts import Acts
from kustomer_sandbox.simulator.scenarios._demo import desktop, hooks, organisation, settings
from kustomer_sandbox.simulator.scenarios._demo.customers import customers, plan_arrival
from kustomer_sandbox.simulator.scenarios._demo.goods import fields, goods_of
from kustomer_sandbox.simulator.scenarios._demo.knowledge import plan_knowledge
from kustomer_sandbox.simulator.scenarios._demo.objects import plan_goods
from kustomer_sandbox.simulator.scenarios._demo.stage import Chance, Stage
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case, often_told, once_told
from kustomer_sandbox.simulator.scenarios._demo.stories.conversations import plan_case
from kustomer_sandbox.simulator.scenarios._demo.stories.desk import plan_desk
from kustomer_sandbox.simulator.scenarios._demo.stories.drafts import plan_drafts
from kustomer_sandbox.simulator.scenarios._demo.stories.rarities import plan_rarities
from kustomer_sandbox.simulator.scenarios._demo.stories.surveys import plan_surveys
from kustomer_sandbox.simulator.scenarios._demo.stories.visits import plan_visits
from kustomer_sandbox.simulator.scenarios._demo.stories.week import look_back, plan_tidying
from kustomer_sandbox.simulator.scenarios._demo.stories.work import plan_work
from kustomer_sandbox.simulator.world.world import World


def seed(world: World) -> None:
    """Fill an empty world up to its present instant."""
    acts = Acts(world)
    stage = Stage(world=world, now=world.clock.now(), chance=Chance(world.ids.seed), acts=acts)
    organisation.found(stage)
    settings.set_up(stage)
    desktop.extend(stage)
    organisation.deactivate(stage)
    singular = once_told(stage)
    needed = _needed(singular)
    people = customers(stage, needed)
    stories = often_told(stage, [person for name, person in people.items() if name not in needed])
    cases = [*singular, *stories]
    goods = goods_of(stage, people.values(), cases)

    def fill(case: Case) -> Mapping[str, str]:
        return fields(stage, case, people[case.customer], goods[case.customer])

    for customer in people.values():
        plan_arrival(stage, customer)
        plan_goods(stage, customer, goods[customer.name])
    for case in cases:
        plan_case(stage, case, people[case.customer], fill(case))
    plan_drafts(stage, people, stories, fill)
    plan_desk(stage, stories, fill)
    plan_rarities(stage, singular)
    plan_surveys(stage, stories)
    plan_visits(stage, people)
    plan_work(stage, cases)
    plan_knowledge(stage)
    plan_tidying(stage, stories)
    stage.play()
    world.run_due(stage.now)
    hooks.set_up(stage)
    look_back(stage)
    acts.settle()


def _needed(cases: list[Case]) -> dict[str, frozenset[str]]:
    """The channels customers must be reachable by."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        found[case.customer].add(case.channel)
    return {name: frozenset(channels) for name, channels in found.items()}
