"""Outbound accounts: what drafts can be sent from."""

from __future__ import annotations

from tests.world_client import WorldClient

ACCOUNTS = [
    {"channel": "email", "name": "Support", "account": "support@example.com"},
    {"channel": "sms", "name": "Hotline", "account": "+15555550199"},
    {"channel": "whatsapp", "name": "WhatsApp", "account": "+15555550198"},
]


def test_accounts_are_listed_page_by_page_without_ids(world_client: WorldClient) -> None:
    """The vendor shows channel, name and account only: an agent must not look for an id to pass on."""
    for position, attributes in enumerate(ACCOUNTS):
        record = {"id": f"{position:024x}", "type": "outbound_account", "attributes": attributes, "relationships": {}}
        world_client.world.records.insert(record)

    first = world_client.get("/v1/outboundAccounts", "applyOutboundBrandVisibility=true&pageSize=2")
    second = world_client.get("/v1/outboundAccounts", "page=2&pageSize=2")

    assert first.data == [{"type": "outbound_account", "attributes": attributes} for attributes in ACCOUNTS[:2]]
    assert second.data == [{"type": "outbound_account", "attributes": ACCOUNTS[2]}]
    assert first.json["meta"] == second.json["meta"] == {}
    assert second.json["links"] == {"self": "/v1/outboundAccounts?page=2&pageSize=2"}


def test_listing_accounts_needs_a_role(world_client: WorldClient) -> None:
    """Accounts are part of the organisation's settings."""
    statuses = [
        world_client.get("/v1/outboundAccounts", key=world_client.new_key(role)).status
        for role in ("org.user.apps.read", "org.permission.apps.read", "org.user.draft.read")
    ]

    assert statuses == [200, 200, 403]
