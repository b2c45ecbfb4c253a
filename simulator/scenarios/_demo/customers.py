"""The demo's customers: how they can be reached, and what is known of them. Every contact is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.resources.customers.customers import new_customer
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.values.clock import iso

PAGE = "demo-shop"
_ALWAYS = frozenset({"email", "chat"})
_EVERY = {"whatsapp": 3, "facebook": 5, "instagram": 6, "twitter-dm": 7}
_NO_PHONE_EVERY = 8
_DOMAINS = ("example.com", "example.com", "example.org", "example.net")
_TIERS = ("Silver", "Silver", "Gold", "Platinum")
_BIRTHDAY_EVERY = 4
_YOUNGEST = datetime(2004, 12, 31, tzinfo=UTC)
JANE = "Jane Doe"
_EMPLOYED_EVERY = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """One customer as the scenario knows it. `phone` is empty where there is none."""

    name: str
    email: str
    phone: str
    channels: frozenset[str]
    body: Mapping[str, Any]

    @property
    def first(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def handle(self) -> str:
        """The name used on social channels."""
        return self.name.lower().replace(" ", "_")


def customers(stage: Stage, needed: Mapping[str, frozenset[str]]) -> dict[str, Customer]:
    """All customers by name. `needed` names the channels some must be reachable by."""
    rows = [tuple(map(str, row)) for row in told("customers")]
    return {row[0]: _customer(stage, number, row, needed.get(row[0], frozenset())) for number, row in enumerate(rows)}


def plan_arrival(stage: Stage, customer: Customer) -> None:
    """Have a customer sign up some time before anything else happens to it."""
    chance, name = stage.chance, customer.name
    at = stage.ago(days=chance.between(75, 400, "arrival", name), minutes=chance.between(0, 1439, "at", name))
    stage.plan(at, partial(_arrive, stage, customer, at=at))


def _arrive(stage: Stage, customer: Customer, *, at: datetime) -> None:
    context = stage.context(at, "Channel connector")
    record = new_customer(context, {**customer.body, "signedUpAt": iso(at - timedelta(minutes=3))})
    stage.known["customer", customer.name] = record["id"]


def _customer(stage: Stage, number: int, row: tuple[str, ...], needed: frozenset[str]) -> Customer:
    name, city, country, locale, zone = row
    plain = name.lower().replace(" ", ".")
    channels = _channels(number, needed)
    email = f"{plain}@{'example.com' if name == JANE else stage.chance.pick(_DOMAINS, 'domain', name)}"
    phone = _phone(stage, number) if "sms" in channels else ""
    body = {
        "name": name,
        "externalId": f"C-{10_001 + number}",
        **_employed(stage, number),
        "emails": [{"type": "home", "email": email, "verified": True}],
        **_reached(stage, number, name, phone, channels),
        "locations": [{"type": "home", "cityName": city, "countryCode": country}],
        "locale": locale,
        "timeZone": zone,
        "defaultLang": locale.lower().replace("_", "-"),
        "tags": ["VIP"] if name == JANE or stage.chance.between(1, 8, "vip", name) == 1 else [],
        "custom": _custom(stage, name, country),
        **({"birthdayAt": _birthday(stage, name)} if number % _BIRTHDAY_EVERY == 0 else {}),
    }
    return Customer(name=name, email=email, phone=phone, channels=channels, body=body)


def _employed(stage: Stage, number: int) -> dict[str, str]:
    """The company a customer works for: Jane Doe for the first, one in nine of the others for the second."""
    if number % _EMPLOYED_EVERY:
        return {}
    return {"company": stage.id("company", "Harbour and Pine Freight" if number else "Larkspur Tours")}


def _channels(number: int, needed: frozenset[str]) -> frozenset[str]:
    by_chance = {channel for channel, every in _EVERY.items() if number % every == 1}
    phone = {"sms", "voice"} if (number + 1) % _NO_PHONE_EVERY or needed & {"sms", "voice", "whatsapp"} else set()
    return _ALWAYS | by_chance | phone | needed


def _phone(stage: Stage, number: int) -> str:
    """A number of the form +1555555xxxx, another one for each `number`."""
    return f"+1555555{1000 + (stage.chance.between(0, 8999, 'phone') + number * 37) % 9000:04d}"


def _reached(
    stage: Stage, number: int, name: str, phone: str, channels: frozenset[str]
) -> dict[str, list[dict[str, Any]]]:
    """Contact points by list: only the ones there are."""
    handle = name.lower().replace(" ", "_")
    found: dict[str, list[dict[str, Any]]] = {
        "phones": [{"type": "mobile", "phone": phone, "verified": True}] if phone else [],
        "sharedPhones": [{"type": "home", "phone": "+15555550911"}] if number % 13 == 0 else [],
        "whatsapps": [{"type": "mobile", "phone": _phone(stage, number + 100)}] if "whatsapp" in channels else [],
        "socials": [{"type": "twitter", "username": handle}] if "twitter-dm" in channels else [],
        "facebookIds": [{"pageId": PAGE, "userId": f"fb-{handle}", "name": name}] if "facebook" in channels else [],
        "instagramIds": [{"pageId": PAGE, "threadId": f"ig-{handle}", "username": handle}]
        if "instagram" in channels
        else [],
    }
    if name == JANE:
        found["phones"].append({"type": "work", "phone": _phone(stage, number + 200)})
    return {key: items for key, items in found.items() if items}


def _birthday(stage: Stage, name: str) -> str:
    """A day between 1950 and 2004, at midnight."""
    return iso(_YOUNGEST - timedelta(days=stage.chance.between(0, 20_000, "birthday", name)))


def _custom(stage: Stage, name: str, country: str) -> dict[str, Any]:
    chance = stage.chance
    custom: dict[str, Any] = {
        "loyaltyTierStr": chance.pick(_TIERS, "tier", name),
        "loyaltyPointsNum": chance.between(0, 480, "points", name) * 25,
        "newsletterBool": chance.between(0, 1, "newsletter", name) == 1,
        "passportExpiresAt": iso(stage.now + timedelta(days=chance.between(40, 3000, "passport", name))),
    }
    if country == "US":
        # No number of the area 000 is ever given to anybody.
        custom["ssnStr"] = f"000-{chance.between(10, 99, 'ssn', name)}-{chance.between(1000, 9999, 'ssn-end', name)}"
    return custom
