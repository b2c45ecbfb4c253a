"""A recording played again in the state it began in gives the same answers, to the byte."""

from __future__ import annotations

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient

EMAIL = "ann@example.com"


def a_day(client: WorldClient) -> None:
    """Creations, refusals, time, a window, searches."""
    customer = client.post("/v1/customers", {"name": "Ann", "emails": [{"email": EMAIL}]}).data["id"]
    client.post("/v1/customers", {"emails": [{"email": EMAIL}]})
    client.post(f"/v1/customers/{customer}/conversations", {"name": "Where is my parcel?", "tags": ["Urgent"]})
    client.post(f"/v1/customers/{customer}/unmasking-windows")
    client.advance(24 * 3600)
    client.get(f"/v1/customers/{customer}")
    client.post("/v1/customers/search", {"queryContext": "conversation"})


def test_a_recording_played_in_a_world_of_the_same_plan_gives_the_same_answers(world_client: WorldClient) -> None:
    """Ids, times, budgets and order all come back, so a recorded run is a regression test."""
    api = world_client.api
    first = api.worlds.create(WorldSpec(name="recorded", plan="ultimate"))
    second = api.worlds.create(WorldSpec(name="replayed", plan="ultimate"))
    key, who = issue_key(api.worlds, first)
    recording = first.record()
    a_day(WorldClient(api, first, key))

    again = recording.replay(second.clock, api.handle, keys={who.key_id: issue_key(api.worlds, second)[0]})

    assert len(recording.calls) == 6
    assert again == []


def test_a_recording_played_in_another_state_tells_which_calls_differ(world_client: WorldClient) -> None:
    """A replay that cannot fail would prove nothing."""
    recording = world_client.world.record()
    a_day(world_client)
    world_client.world.recording = None

    differences = recording.replay(world_client.world.clock, world_client.api.handle, keys={"key-1": world_client.key})

    assert (differences[0].number, differences[0].recorded, differences[0].replayed) == (1, 201, 409)


def test_a_recording_shows_nothing_of_what_it_holds(world_client: WorldClient) -> None:
    """It holds whole requests: its text must not carry them into a log."""
    recording = world_client.world.record()
    a_day(world_client)
    assert EMAIL not in repr(recording) + repr(recording.calls[0])
