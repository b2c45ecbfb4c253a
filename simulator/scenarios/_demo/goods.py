"""What each customer bought: one order and the parcel it came in. Pure values; `objects` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kustomer_sandbox.simulator.scenarios._demo.customers import Customer
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case

_CARRIERS = ("Kestrel Parcels", "Overland Post", "Blue Crane Express")
_GOODS = ("Cabin suitcase", "Travel pillow set", "Hiking backpack", "Camera strap", "Rain jacket", "Phrase book box")
_CITIES = ("Lisbon", "Reykjavik", "Naples", "Marrakesh", "Edinburgh", "Split", "Nicosia", "Oslo", "Malaga", "Seoul")
_USUAL = ("Delivered", "Delivered", "Delivered", "In transit", "In transit", "Out for delivery", "Label created")


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """An order, placed at an instant, and its parcel. `told_at` is when the parcel got its last status."""

    thing: str
    order: str
    tracking: str
    carrier: str
    placed_at: datetime
    sent_at: datetime
    status: str
    told_at: datetime
    cents: int


def goods_of(stage: Stage, people: Iterable[Customer], cases: Iterable[Case]) -> dict[str, Goods]:
    """The goods by the customer's name. A parcel is where the customer's newest case says it is."""
    stories: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda case: case.lines[0].at):
        stories.setdefault(case.customer, []).append(case)
    return {
        person.name: _goods(stage, number, person, stories.get(person.name, [])) for number, person in enumerate(people)
    }


def _goods(stage: Stage, number: int, person: Customer, stories: list[Case]) -> Goods:
    chance, name = stage.chance, person.name
    first = stories[0].lines[0].at if stories else stage.ago(days=chance.between(6, 40, "order", name))
    placed = first - timedelta(days=chance.between(4, 9, "placed", name), minutes=chance.between(0, 900, "at", name))
    sent = placed + timedelta(hours=chance.between(20, 50, "sent", name))
    last = next((case for case in reversed(stories) if case.parcel), None)
    return Goods(
        thing=chance.pick(_GOODS, "goods", name),
        order=f"ORD-{20_000 + number * 41 + chance.between(0, 40, 'order-number', name)}",
        tracking=f"PX{chance.between(100, 999, 'tracking', name)}{1_000 + number * 83}",
        carrier=chance.pick(_CARRIERS, "carrier", name),
        placed_at=placed,
        sent_at=sent,
        status=last.parcel if last else chance.pick(_USUAL, "status", name),
        told_at=last.lines[-1].at if last else sent + timedelta(hours=chance.between(4, 40, "moved", name)),
        cents=chance.between(1_900, 48_900, "price", name),
    )


def fields(stage: Stage, case: Case, person: Customer, goods: Goods) -> Mapping[str, str]:
    """What stands in the place of the braces in a case's texts."""
    chance = stage.chance
    origin, city = chance.shuffled(_CITIES, "cities", case.key)[:2]
    return {
        "first": person.first,
        "agent": case.user.partition(" ")[0],
        "flight": f"XX {chance.between(100, 899, 'flight', case.key)}",
        "origin": origin,
        "city": city,
        "order": goods.order,
        "tracking": goods.tracking,
        "carrier": goods.carrier,
        "amount": f"{chance.between(19, 420, 'amount', case.key)} euros",
        "days": str(chance.between(2, 9, "days", case.key)),
    }
