"""What was sent to a world's outbound webhooks, and sending it once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, Field

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.records.deliveries import Delivery
from kustomer_sandbox.simulator.world import webhooks
from kustomer_sandbox.simulator.world.webhooks import UnknownDelivery


class DeliveryShown(BaseModel):
    """One event on its way to one webhook, without what it says."""

    id: str
    webhook: str
    event: str
    record: str = Field(description="Type and id of the record that it tells of.")
    at: str = Field(description="When the record changed.")
    cause: int = Field(description="The number of the journal's entry that changed it.")
    status: str = Field(
        description="`waiting` for its attempt, `sending`, `delivered`, `retrying`, `failed`, or `dropped`: its webhook"
        " was switched off or deleted."
    )
    attempts: int
    answer: int | None = Field(description="The status of the latest answer; null if none came.")
    due: str = Field(description="When the next attempt is due; empty if none is.")


def add_webhooks(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.get("/worlds/{world}/webhooks")
    async def list_deliveries(
        world: WorldName,
        event: Annotated[str | None, Query(description="Those of this event alone.")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[DeliveryShown]:
        """What was sent, or is to be sent, to outbound webhooks: the latest ones, oldest first."""
        found = [each for each in webhooks.sent(find(api, world)) if event in (None, each.event)]
        return [_shown(each) for each in found[-limit:]]

    @router.post("/worlds/{world}/webhooks/{delivery}/replay")
    async def replay(
        world: WorldName, delivery: Annotated[str, Path(description="The delivery's id.")]
    ) -> DeliveryShown:
        """Send a delivery once more, with the same body, as if for the first time."""
        target = find(api, world)
        try:
            return _shown(webhooks.replay(target, delivery))
        except UnknownDelivery:
            raise HTTPException(404, "There is no delivery of this id; GET …/webhooks lists them.") from None


def _shown(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(**{name: getattr(delivery, name) for name in DeliveryShown.model_fields})
