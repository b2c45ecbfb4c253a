"""A careful client's job, and the same with one defect each, for `explore` to find."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import httpx

from kustomer_sandbox import Kustomer

logger = logging.getLogger(__name__)

WINDOWS = "/v1/customers/{}/unmasking-windows"
TOO_MANY, CONFLICT, NOT_FOUND, SERVER = 429, 409, 404, 500


class GaveUp(Exception):
    """The API did not do what was asked; the words hold nothing of the call."""


class Careful:
    """Repeats what may be repeated, waits for budget, believes JSON only."""

    tries = 4
    waits_for_budget = True
    repeats_refusals = False
    believes_pages = False

    def __init__(self, kustomer: Kustomer) -> None:
        self.client = kustomer.client()
        self.clock = kustomer.clock

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """An answer of the API's own. Raises `GaveUp`."""
        for _ in range(self.tries):
            try:
                answer = self.client.request(method, path, json=body)
            except httpx.TransportError:
                time.sleep(1)
                continue
            if answer.status_code == TOO_MANY and self.waits_for_budget:
                time.sleep(max(0, float(answer.headers["x-ratelimit-reset"]) - self.clock.now.timestamp()))
            elif answer.status_code < SERVER and self.is_believed(answer) and not self.is_repeated(answer):
                return answer
        raise GaveUp(method)

    def is_believed(self, answer: httpx.Response) -> bool:
        is_json = answer.headers.get("content-type", "").startswith("application/json") or answer.status_code == 204
        return is_json or self.believes_pages

    def is_repeated(self, answer: httpx.Response) -> bool:
        return answer.status_code == TOO_MANY or (self.repeats_refusals and answer.is_error)

    def made(self, path: str, external_id: str, body: Mapping[str, Any]) -> str:
        """The id of a record that is there once, whether it was made now or before."""
        answer = self.ask("POST", path, {**body, "externalId": external_id})
        if answer.status_code == CONFLICT:
            answer = self.ask("GET", f"{path}/externalId={external_id}")
        return id_of(answer)


def id_of(answer: httpx.Response) -> str:
    if answer.is_error:
        raise GaveUp(str(answer.status_code))
    return str(answer.json()["data"]["id"])


def careful(kustomer: Kustomer) -> None:
    """Take over an order: its customer, a conversation, the phone in clear for a moment, and done."""
    api = Careful(kustomer)
    customer = api.made("/v1/customers", "shop-1", {"name": "Ada", "phones": [{"phone": "+15550100111"}]})
    conversation = api.made("/v1/conversations", "order-1", {"customer": customer, "name": "Order 1"})
    _with_window(api, customer)
    if api.ask("PUT", f"/v1/conversations/{conversation}", {"status": "done"}).is_error:
        raise GaveUp("status")


def _with_window(api: Careful, customer: str) -> None:
    try:
        if api.ask("POST", WINDOWS.format(customer)).is_error:
            raise GaveUp("window")
        id_of(api.ask("GET", f"/v1/customers/{customer}"))
    finally:
        closed = api.ask("DELETE", WINDOWS.format(customer))
        if closed.is_error and closed.status_code != NOT_FOUND:
            raise GaveUp("still open")


def repeats_a_note(kustomer: Kustomer) -> None:
    """A note has no id of another system, so repeating it writes it twice."""
    api = Careful(kustomer)
    customer = api.made("/v1/customers", "shop-1", {"name": "Ada"})
    conversation = api.made("/v1/conversations", "order-1", {"customer": customer, "name": "Order 1"})
    id_of(api.ask("POST", f"/v1/conversations/{conversation}/notes", {"body": "Called back"}))


def makes_customers_without_external_ids(kustomer: Kustomer) -> None:
    id_of(Careful(kustomer).ask("POST", "/v1/customers", {"name": "Ada"}))


def begins_again_after_a_crash(kustomer: Kustomer) -> None:
    """It never repeats a call, but a restarted process makes them all again."""
    client = kustomer.client()
    client.post("/v1/customers", json={"name": "Ada"}).raise_for_status()
    client.get("/v1/teams").raise_for_status()


def repeats_a_400(kustomer: Kustomer) -> None:
    api = Careful(kustomer)
    api.repeats_refusals = True
    api.ask("POST", "/v1/customers", {"name": "Ada", "externalId": "shop-1"})


def closes_only_when_all_went_well(kustomer: Kustomer) -> None:
    client, customer = kustomer.client(), some_customer(kustomer)
    client.post(WINDOWS.format(customer)).raise_for_status()
    client.get(f"/v1/customers/{customer}").raise_for_status()
    client.delete(WINDOWS.format(customer)).raise_for_status()


def opens_before_it_tries(kustomer: Kustomer) -> None:
    """When the answer to the opening is lost, the window is open and nobody closes it."""
    api, customer = Careful(kustomer), some_customer(kustomer)
    api.client.post(WINDOWS.format(customer)).raise_for_status()
    try:
        api.ask("GET", f"/v1/customers/{customer}")
    finally:
        api.ask("DELETE", WINDOWS.format(customer))


def tells_the_token(kustomer: Kustomer) -> None:
    answer = kustomer.client().get("/v1/teams")
    if answer.is_error:
        raise GaveUp(f"refused: {dict(answer.request.headers)}")


def logs_the_phone(kustomer: Kustomer) -> None:
    phone = "+15550100111"
    try:
        Careful(kustomer).made("/v1/customers", "shop-1", {"name": "Ada", "phones": [{"phone": phone}]})
    except GaveUp:
        logger.debug("not taken over: %s", phone)
        raise


def swallows_a_429(kustomer: Kustomer) -> None:
    answer = kustomer.client().post("/v1/customers", json={"externalId": "shop-1"})
    if answer.status_code not in (TOO_MANY, CONFLICT):
        answer.raise_for_status()


def does_not_wait_for_budget(kustomer: Kustomer) -> None:
    api = Careful(kustomer)
    api.waits_for_budget = False
    api.made("/v1/customers", "shop-1", {"name": "Ada"})


def believes_any_200(kustomer: Kustomer) -> None:
    answer = kustomer.client().post("/v1/customers", json={"externalId": "shop-1"})
    if answer.status_code != CONFLICT:
        answer.raise_for_status()


def takes_a_part_for_the_whole(kustomer: Kustomer) -> None:
    api = Careful(kustomer)
    for number in range(3):
        try:
            api.made("/v1/customers", f"shop-{number}", {"name": f"Ada {number}"})
        except GaveUp:
            continue


def never_gives_up(kustomer: Kustomer) -> None:
    client = kustomer.client()
    while True:
        try:
            if client.get("/v1/teams").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(60)


def takes_silence_for_consent(kustomer: Kustomer) -> None:
    client, customer = kustomer.client(timeout=1), some_customer(kustomer)
    try:
        client.put(f"/v1/customers/{customer}", json={"name": "Ada"}).raise_for_status()
    except httpx.ReadTimeout:
        logger.warning("slow again")


def some_customer(kustomer: Kustomer) -> str:
    """The id of a customer that has been there from the beginning; without a call."""
    return str(kustomer.world.store.find("customer", "id")[0].id)
