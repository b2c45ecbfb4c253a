"""Workflows as documents, their variables and failed runs, and the settings of the chat."""

from __future__ import annotations

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

WORKFLOWS = "/v1/workflows"


def test_a_workflow_is_kept_as_it_is_written_and_counts_its_revisions(world_client: WorldClient) -> None:
    """A failed run names the revision that ran, so the document must show its own."""
    body = {"name": "Greet", "trigger": {"eventName": "kustomer.message.create"}, "steps": [{"id": "a"}]}
    made = world_client.post(WORKFLOWS, body)
    changed = world_client.put(f"{WORKFLOWS}/{made.data['id']}", {**body, "enabled": True})

    assert (made.status, made.attributes["steps"], made.attributes["rev"]) == (201, [{"id": "a"}], 1)
    assert (changed.attributes["enabled"], changed.attributes["rev"]) == (True, 2)


def test_failed_runs_are_listed_by_workflow(shared_api: Api) -> None:
    """Nothing runs workflows here; the demo shows what a failure looks like."""
    with opened(shared_api, WorldSpec(name="failed runs", scenario="demo")) as client:
        (workflow,) = client.get(WORKFLOWS).data
        (process,) = client.get(f"{WORKFLOWS}/{workflow['id']}/processes").data
        assert process["attributes"]["meta"] == {"context": "greet", "workflowRev": 1}
        assert process["relationships"]["workflow"]["data"]["id"] == workflow["id"]
        assert client.get(f"{WORKFLOWS}/{'0' * 24}/processes").status == 404


def test_chat_settings_are_there_once_chat_is_set_up(world_client: WorldClient, shared_api: Api) -> None:
    """Every key may read them: a chat window shows them to customers."""
    assert world_client.get("/v1/chat/settings").status == 404
    with opened(shared_api, WorldSpec(name="chatting", scenario="demo")) as client:
        shown = client.get("/v1/chat/settings", key=client.new_key("org.user.note.read"))
    assert (shown.status, shown.attributes["teamName"]) == (200, "Wayfarer Support")
