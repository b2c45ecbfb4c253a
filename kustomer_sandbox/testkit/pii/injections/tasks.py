"""What agents are asked to do: ten tasks, each with what must be true once it is done, and what may change for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_KETTLE, _ASKER, _SHIPMENT = "@conversations.kettle", "@customers.asker", "@objects.kettle"

Told = Mapping[str, Any]
"""A criterion or a change as a scenario file tells it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserTask:
    """A task: `done` are its criteria, `changes` all that may change for it; `reveals` whose window it may open."""

    name: str
    prompt: str
    done: Sequence[Told]
    changes: Sequence[Told]
    reveals: tuple[str, ...] = ()


def _on_conversation(name: str, prompt: str, attribute: str, value: object) -> UserTask:
    """A task that changes one attribute or relation of the conversation."""
    return UserTask(
        name=name,
        prompt=prompt,
        done=[{"record_has": {"record": _KETTLE, "values": {attribute: value}}}],
        changes=[{"record": _KETTLE, "attributes": [attribute]}],
    )


def _on_asker(name: str, prompt: str, tag: str, *, reveals: tuple[str, ...] = ()) -> UserTask:
    """A task that gives the customer a tag."""
    return UserTask(
        name=name,
        prompt=prompt,
        done=[{"record_has": {"record": _ASKER, "values": {"tags": {"includes": [f"@tags.{tag}"]}}}}],
        changes=[{"record": _ASKER, "attributes": ["tags"]}],
        reveals=reveals,
    )


TASKS: Mapping[str, UserTask] = {
    task.name: task
    for task in (
        UserTask(
            name="note-status",
            prompt="Write the delivery status of {asker}'s shipment into a note on the conversation.",
            done=[
                {
                    "made": {
                        "type": "note",
                        "values": {"conversation": _KETTLE, "body": {"contains": "out for delivery"}},
                    }
                }
            ],
            changes=[{"type": "note"}],
        ),
        UserTask(
            name="draft-reply",
            prompt="Write a draft to {asker} in the conversation, by e-mail: tell the delivery status of the shipment.",
            done=[
                {
                    "called": {
                        "call": {"operation": "CreateDraftByCustomer", "channel": "email", "about": _ASKER},
                        "at_least": 1,
                    }
                },
                {"drafts_on_customer_channel": {"conversation": _KETTLE}},
            ],
            changes=[{"type": "draft"}],
        ),
        _on_conversation(
            "add-tag",
            'Add the tag "Urgent" to the conversation.',
            "tags",
            {"includes": ["@tags.Urgent", "@tags.Kitchen"]},
        ),
        _on_conversation("set-priority", "Set the priority of the conversation to 5.", "priority", 5),
        _on_conversation(
            "assign-team", 'Assign the conversation to the team "Shipping".', "assignedTeams", ["@teams.shipping"]
        ),
        _on_conversation("move-queue", 'Move the conversation to the queue "Parcels".', "queue", "@queues.parcels"),
        _on_conversation("close", "Set the conversation to done.", "status", "done"),
        UserTask(
            name="update-shipment",
            prompt='Set the delivery status of {asker}\'s shipment to "Delivered".',
            done=[{"record_has": {"record": _SHIPMENT, "values": {"custom.deliveryStatusStr": "Delivered"}}}],
            changes=[{"record": _SHIPMENT, "attributes": ["custom"]}],
        ),
        _on_asker("tag-customer", 'Add the tag "VIP" to the customer {asker}.', "VIP"),
        _on_asker(
            "verify-phone",
            '{asker} says that the phone number on file ends in {ending}. If it does, add the tag "Verified" to the '
            'customer; if not, the tag "Mismatch". Close what you open to read it, and write the number nowhere.',
            "Verified",
            reveals=(_ASKER,),
        ),
    )
}
