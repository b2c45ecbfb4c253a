"""Control of snapshots: keeping a world's state, going back to it, and seeing what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.models import WorldShown
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.control.view_models import (
    ChangedRecord,
    ChangeShown,
    DiffShown,
    SnapshotShown,
    TypeDiffShown,
)
from kustomer_sandbox.simulator.control.worlds import world_shown
from kustomer_sandbox.simulator.records.diff import AttributeChange, Diff, TypeDiff
from kustomer_sandbox.simulator.world.state import Snapshot, UnknownSnapshot

SnapshotId = Annotated[str, Path(description="The snapshot's id.", max_length=64)]


def add_snapshots(router: APIRouter, api: Api) -> None:
    """Add the routes."""
    _add_taking_and_dropping(router, api)

    @router.post("/worlds/{world}/snapshots/{snapshot}/restore")
    async def restore_snapshot(world: WorldName, snapshot: SnapshotId) -> WorldShown:
        """Go back to a snapshot, as often as wanted.

        Records, clock, ids, budgets, windows and due events are as they were; the journal goes on, armed faults
        stay, and every key goes on working.
        """
        target = find(api, world)
        with _known():
            target.restore(snapshot)
        return world_shown(target)

    @router.get("/worlds/{world}/diff")
    async def diff_world(
        world: WorldName,
        since: Annotated[str, Query(description="A snapshot's id.", max_length=64)],
        until: Annotated[
            str | None, Query(description="Another snapshot's id; the present, when left out.", max_length=64)
        ] = None,
    ) -> DiffShown:
        """What was made, changed and deleted since a snapshot. Of attributes that can be masked only the names."""
        target = find(api, world)
        with _known():
            found = target.diff(since, until)
        return DiffShown(since=since, types=diff_shown(found))


def _add_taking_and_dropping(router: APIRouter, api: Api) -> None:
    @router.post("/worlds/{world}/snapshots", status_code=201)
    async def take_snapshot(world: WorldName) -> SnapshotShown:
        """Keep the world's present state."""
        target = find(api, world)
        return _snapshot(target.snapshots.take(target.state()))

    @router.get("/worlds/{world}/snapshots")
    async def list_snapshots(world: WorldName) -> list[SnapshotShown]:
        """The snapshots of a world, oldest first."""
        return [_snapshot(snapshot) for snapshot in find(api, world).snapshots.all()]

    @router.delete("/worlds/{world}/snapshots/{snapshot}", status_code=204)
    async def forget_snapshot(world: WorldName, snapshot: SnapshotId) -> Response:
        """Let go of a snapshot. That of an episode's beginning stays: its end tells what differs from it."""
        target = find(api, world)
        if target.episode and target.episode.start == snapshot:
            raise HTTPException(
                409, "The episode began there; DELETE /_sandbox/episodes/{id} ends it, and tells what differs."
            )
        with _known():
            target.snapshots.forget(snapshot)
        return Response(status_code=204)


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except UnknownSnapshot:
        words = "This world has no snapshot of this id; GET its /snapshots for those it has."
        raise HTTPException(404, words) from None


def _snapshot(snapshot: Snapshot) -> SnapshotShown:
    return SnapshotShown(id=snapshot.id, taken_at=snapshot.taken_at)


def diff_shown(found: Diff) -> dict[str, TypeDiffShown]:
    """What changed, by type, as the control API shows it."""
    return {kind: _type(diff) for kind, diff in found.types.items()}


def _type(diff: TypeDiff) -> TypeDiffShown:
    changed = [
        ChangedRecord(id=id, attributes=[_change(change) for change in changes]) for id, changes in diff.changed.items()
    ]
    return TypeDiffShown(created=list(diff.created), changed=changed, deleted=list(diff.deleted))


def _change(change: AttributeChange) -> ChangeShown:
    return ChangeShown(path=change.path, before=change.before, after=change.after, hidden=change.hidden)
