"""Form, web and e-mail hooks: their addresses, and what comes in by them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from itertools import islice

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.records.hook_transactions import HookTransaction, keep, transactions
from kustomer_sandbox.simulator.resources.hooks.form_workflow import WORKFLOW
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import NothingFound
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

KEPT_FOR = timedelta(hours=24)
"""How long transactions can be read (api/apps-platform/get-web-hook-transactions)."""

_LATEST = 100
_MOST, _LONGEST = 100, 64
_FORM = "form_hook"
_KEY_LENGTH = 32


@rule("hooks.create")
def create(call: Call) -> Outcome:
    """A new hook with an address of its own."""
    return Single(record=new_hook(call, call.operation.resource.type, call.body))


def new_hook(context: Context, kind: str, facts: Mapping[str, JSON]) -> Record:
    """Store a hook of a kind. Its hash follows from its id, so a world is the same every time."""
    record = new_record(context, kind, facts)
    world, family = context.world, kind.removesuffix("_hook")
    secret = hashlib.sha256(f"hook {world.ids.seed}/{record['id']}".encode()).hexdigest()
    own: dict[str, JSON] = {"hash": secret, "eventName": f"kustomer.hooks.{family}.{record['id']}.receive"}
    origin = f"https://{world.org_name}.api.kustomerapp.com/v1/hooks/{family}"
    if kind == _FORM:
        own["url"] = f"{origin}/{world.org}/{secret}"
    elif kind == "web_hook":
        own["url"] = f"{origin}/{secret}"
    else:
        own["email"] = f"{secret}@hooks.kustomerapp.com"
        own["key"] = hashlib.sha256(f"key {secret}".encode()).hexdigest()[:_KEY_LENGTH]
    return changes.create(context, {**record, "attributes": {**record["attributes"], **own}})


@rule("hooks.receive")
def receive(call: Call) -> Outcome:
    """Take what is sent: it becomes a transaction, and what a form says is then made into records."""
    kind = call.operation.resource.type
    hook = call.records.get_by(kind, "hash", call.path["hash"])
    if hook is None:
        raise NothingFound(f"No {kind} has this hash.", parameter="hash", rule="hook-unknown")
    id = note(call, hook, call.body)
    if kind == _FORM:
        call.world.schedule(WORKFLOW, id, iso(call.now))
    return RawDocument(document={})


def note(context: Context, hook: Record, sent: Mapping[str, JSON]) -> str:
    """Keep what was sent to a hook as a transaction; gives its id."""
    transaction = HookTransaction(
        id=context.world.ids.new(context.now),
        hook=hook["id"],
        event=hook["attributes"]["eventName"],
        at=iso(context.now),
        fields=tuple(name[:_LONGEST] for name in islice(sent, _MOST)),
        payload=sent if hook["type"] == _FORM else None,
    )
    keep(context.world.store, transaction)
    return transaction.id


@rule("hooks.list_transactions")
def list_transactions(call: Call) -> Outcome:
    """What came in lately, newest first; nothing unless the hook has `debug`."""
    hook = call.records.get_or_404(call.operation.resource.type, call.path["id"])
    since = iso(call.now - KEPT_FOR)
    is_shown = hook["attributes"]["debug"]
    found = transactions(call.world.store, hook["id"], since=since, limit=_LATEST) if is_shown else []
    return RawDocument(document={"data": [_shown(transaction) for transaction in found]})


def _shown(transaction: HookTransaction) -> JSON:
    attributes = {"event": transaction.event, "fields": list(transaction.fields), "createdAt": transaction.at}
    return {"type": "hook_transaction", "id": transaction.id, "attributes": attributes}
