"""Tests of a receiver of webhooks: the world sends its events right into the application."""

from __future__ import annotations

from receiver import create_app

from kustomer_sandbox import Kustomer


def test_an_event_that_comes_twice_greets_once(kustomer: Kustomer) -> None:
    """Kustomer sends again what it is not sure of."""
    hook = kustomer.webhooks.subscribe("kustomer.customer.create", url="https://support.example.com/events")
    app = create_app(hook.token)
    kustomer.webhooks.receive_with(app)
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    delivery = kustomer.webhooks.wait_for("kustomer.customer.create")
    kustomer.webhooks.replay(delivery)
    assert list(app.state.greeted.values()) == ["Ann"]


def test_a_forged_event_is_refused(kustomer: Kustomer) -> None:
    """Signed by another token."""
    kustomer.webhooks.subscribe("kustomer.customer.create", url="https://support.example.com/events")
    app = create_app("another-token")
    kustomer.webhooks.receive_with(app)
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    kustomer.webhooks.deliver()
    assert app.state.greeted == {}
