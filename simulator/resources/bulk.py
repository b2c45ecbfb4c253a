"""Bulk operations: up to a hundred items in one call, each done as its single operation does one, after the answer.

The call is answered with a job that is queued. It runs before the next call is served, in the caller's name; what is
wrong with one item does not touch the others and is told in the job's batch alone. Items are forgotten once done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context, acting_as
from kustomer_sandbox.simulator.operations.perform import Performer
from kustomer_sandbox.simulator.operations.registry import Job, rule
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.resources.objects.klasses import need_klass
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import WHOLE_BODY, BadRequest, Problem, Refusal
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Principal, Record

JOB = "bulk"
REF = "_clientRef"
_VERBS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
_DONE = {"POST": "created", "PUT": "updated", "DELETE": "deleted"}
DUPLICATE = "duplicate detected"


@rule("bulk.start")
def start(call: Call) -> Outcome:
    """Queue the call's items. Raises `BadRequest` for items that do not say what they are about."""
    if "name" in call.path:
        need_klass(call, call.path["name"])
    single = call.world.contracts.operations[call.operation.bulk_of or ""]
    ids = [id for id in call.query.get("ids", "").split(",") if id]
    items = _items(call, single, ids)
    _refuse_doubtful_refs(items)
    attributes = {
        "ids": ids,
        "context": f"api.sobjects.{call.operation.resource.type}.bulk-{_VERBS[call.operation.method]}",
        "status": "queued",
        "v2": True,
        "completed": False,
        "batches": {"complete": 0, "total": 1},
    }
    me = call.principal
    caller = {"key_id": me.key_id, "user_id": me.user_id, "roles": sorted(me.roles), "user_type": me.user_type,
              "read_sensitive": me.read_sensitive}  # fmt: skip
    work = {"operation": single.id, "path": dict(call.path), "items": items, "caller": caller}
    job = changes.create(call, new_record(call, "bulk", {**attributes, "work": work}))
    waiting: dict[str, JSON] = {"status": "queued", "objectIds": [], "successCount": 0, "failureCount": 0, "errors": []}
    changes.create(
        call, new_record(call, "bulk_batch", waiting, relationships={"bulk": {"type": "bulk", "id": job["id"]}})
    )
    call.world.schedule(JOB, job["id"], iso(call.now))
    return Single(record={**job, "attributes": {**job["attributes"], "payload": {"api": _payload(call)}}})


def _payload(call: Call) -> dict[str, JSON]:
    """What the answer to the call, and no other, repeats of it."""
    me, world, path = call.principal, call.world, call.operation.path
    user = {"id": me.user_id, "userType": me.user_type, "roles": sorted(me.roles), "org": world.org,
            "orgName": world.org_name, "subject": me.user_id}  # fmt: skip
    return {
        "data": {} if call.body is None else call.body,
        "path": path.replace("{name}", call.path.get("name", "")),
        "user": user,
        "requestId": world.ids.new(call.now),
        "service": "sobjects",
        "method": call.operation.method.lower(),
    }


def _items(call: Call, single: Operation, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The items by themselves: those of the list, or one for each of `ids`."""
    if single.method == "DELETE":
        return [{"id": id} for id in ids]
    is_list = isinstance(call.body, list)
    items: list[dict[str, Any]] = call.body if is_list else [call.body]
    if ids:
        if len(items) != 1:
            raise _wrong("With ids the body is the one change of them all.", WHOLE_BODY)
        return [{**without(items[0], REF), "id": id} for id in ids]
    if not is_list:
        raise _wrong("The body is a list of items, or one change of all the records that ids names.", WHOLE_BODY)
    if _names_its_record(single):
        for number, item in enumerate(items):
            if "id" not in item:
                raise _wrong("Each item names its record by id; or ids names them all.", f"/{number}/id")
    return items


def _refuse_doubtful_refs(items: Sequence[Mapping[str, Any]]) -> None:
    """Every item has a reference of its own, or none has one (vendor-docs)."""
    seen: set[str] = set()
    wanted = any(REF in item for item in items)
    for number, item in enumerate(items if wanted else ()):
        if REF not in item:
            raise _wrong(f"Give {REF} in every item or in none.", f"/{number}/{REF}", rule="bulk-client-refs")
        if item[REF] in seen:
            raise _wrong(f"Another item has this {REF}.", f"/{number}/{REF}", rule="bulk-client-refs")
        seen.add(item[REF])


def _wrong(message: str, pointer: str, *, rule: str = "bulk-items") -> BadRequest:
    return BadRequest(Problem(message=message, pointer=pointer), rule=rule)


def _names_its_record(single: Operation) -> bool:
    return "{id}" in single.path


class ItemResult(NamedTuple):
    """What became of one item: the id of its record, or else why there is none."""

    id: str = ""
    refusal: Refusal | None = None

    @property
    def error(self) -> str:
        """Why it was refused, in words that repeat no value."""
        if self.refusal is None:
            return ""
        return DUPLICATE if self.refusal.rule == "unique-values" else self.refusal.problems[0].message


def bulk_job(performer: Performer) -> Job:
    """The job that does the items of a bulk operation: each by its single operation, by itself."""

    def run(context: Context, ref: str) -> Record | None:
        job = context.records.get_or_404("bulk", ref)
        work = job["attributes"]["work"]
        caller = acting_as(context, Principal(**{**work["caller"], "roles": frozenset(work["caller"]["roles"])}))
        single = performer.contracts.operations[work["operation"]]
        results = [_done(performer, caller, single, work["path"], item) for item in work["items"]]
        [batch] = context.records.find("bulk_batch", "bulk", ref)
        changes.update_by_system(context, batch, _told(context, single, work["items"], results))
        ids = [result.id for result in results if result.id]
        facts = {"ids": ids, "status": "complete", "completed": True, "batches": {"complete": 1, "total": 1}}
        return changes.update_by_system(context, {**job, "attributes": without(job["attributes"], "work")}, facts)

    return run


def _done(
    performer: Performer, caller: Context, single: Operation, path: Mapping[str, str], item: Mapping[str, Any]
) -> ItemResult:
    fields = without(item, REF)
    if _names_its_record(single):
        path = {**path, "id": fields.pop("id")}
    try:
        body = None if single.body is None else fields
        outcome = performer.perform_checked(caller, single.id, path=path, body=body)
    except Refusal as refusal:
        return ItemResult(refusal=refusal)
    return ItemResult(id=outcome.record["id"] if isinstance(outcome, Single) else path["id"])


def _told(
    context: Context, single: Operation, items: Sequence[Mapping[str, Any]], results: Sequence[ItemResult]
) -> dict[str, JSON]:
    """What a batch says once it is done; each item by itself where items have references."""
    failed = [result for result in results if result.refusal]
    facts: dict[str, JSON] = {
        "status": "complete",
        "objectIds": [result.id for result in results if result.id],
        "successCount": len(results) - len(failed),
        "failureCount": len(failed),
        "completedAt": iso(context.now),
        "errors": list(_errors(results)),
    }
    if any(REF in item for item in items):
        done = _DONE[single.method]
        facts["results"] = [
            {REF: item[REF], "status": "error", "error": result.error}
            if result.refusal
            else {REF: item[REF], "status": done}
            for item, result in zip(items, results, strict=True)
        ]
    return facts


def _errors(results: Sequence[ItemResult]) -> Iterator[dict[str, JSON]]:
    """Which items were refused, counted from 0, and why."""
    for number, result in enumerate(results):
        if refusal := result.refusal:
            yield {"index": number, "status": refusal.status, "title": refusal.title, "detail": result.error}
