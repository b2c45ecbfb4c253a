"""Checks of what extends the agents' desktop: apps and cards."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

APPS, CARDS = "/v1/apps/available", "/v1/cards"


@check("app-versions")
def a_version_of_an_app_is_registered_once(target: Target) -> None:
    body = {"app": target.unique("orders"), "version": "1.0.0", "title": "Orders"}
    made = expect_status(target.call("POST", APPS, body), 201)
    found = expect_status(target.call("GET", f"{APPS}/{body['app']}-1.0.0"), 200)
    expect(found.data == made.data, "it is found by its name and version")
    expect_status(target.call("POST", APPS, body), 409)
    expect_status(target.call("POST", APPS, {**body, "version": "1.1.0"}), 201)


@check("app-versions")
def a_registered_app_is_not_installed(target: Target) -> None:
    app = target.unique("orders")
    expect_status(target.call("POST", APPS, {"app": app, "version": "1.0.0", "title": "Orders"}), 201)
    expect_status(target.call("GET", f"/v1/apps/{app}-1.0.0"), 404)


@check("card-installed")
def a_card_is_listed_once_it_is_installed(target: Target) -> None:
    body = {"name": target.unique("card"), "url": "https://cards.example.com/a"}
    card = expect_status(target.call("POST", f"{CARDS}/available", body), 201).data["id"]
    expect(card not in listed(target), "a card that is only available is not listed")
    install = f"{CARDS}/available/{card}/install"
    expect_status(target.call("POST", install, {"contexts": ["planet"]}), 400)
    done = expect_status(target.call("POST", install, {"contexts": ["customer"]}), 201)
    expect(done.attributes["contexts"] == ["customer"], "it shows where it is installed")
    expect(card in listed(target), "and is listed from then on")


def listed(target: Target) -> list[str]:
    """The ids of the installed cards, page by page."""
    found: list[str] = []
    for number in range(1, 100):
        answer = expect_status(target.call("GET", CARDS, query=f"page={number}"), 200)
        found += [card["id"] for card in answer.data]
        if not answer.body["links"]["next"]:
            break
    return found
