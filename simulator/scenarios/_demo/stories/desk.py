"""What the demo's people leave on conversations beside messages: notes for each other, photos, e-mails to others."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.resources.conversations import forwards, messages, notes
from kustomer_sandbox.simulator.resources.files import attachments, media
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case

_NOTED_AFTER = timedelta(minutes=5)
_TOLD = 3
"""Notes of each text."""
_PHOTOS = 4
_ADMIN = "Priya Raman"
_PICTURED_DAYS_AGO = 50
_PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
_FILE = {"contentType": "image/png", "contentLength": len(_PIXEL)}

Fill = Callable[[Case], Mapping[str, str]]


def plan_desk(stage: Stage, stories: Iterable[Case], fill: Fill) -> None:
    """Plan it for the newest of the everyday stories. `fill` gives what stands in the place of the braces."""
    texts = told("desk")
    newest = sorted(stories, key=lambda case: case.lines[-1].at, reverse=True)
    for number, case in enumerate(newest[: _TOLD * len(texts["notes"])]):
        at = case.lines[-1].at + _NOTED_AFTER
        text = texts["notes"][number % len(texts["notes"])].format_map(fill(case))
        mentions = [{"team": stage.id("team", case.team)}] if number % len(texts["notes"]) == 0 else []
        stage.plan(at, partial(_note, stage, case, at, text, mentions))
    for case in [case for case in newest if case.channel in ("email", "whatsapp", "chat")][:_PHOTOS]:
        at = case.lines[0].at
        stage.plan(at, partial(_picture, stage, case, at, texts["photo"]))
    asked, told_of = newest[0], newest[1]
    for case, body in ((asked, texts["forward"]), (told_of, {**texts["forward"], "sendAt": "now"})):
        at = case.lines[-1].at + _NOTED_AFTER
        stage.plan(at, partial(_forward, stage, case, at, {"channel": "email", "app": "postmark", **body}))
    at = stage.ago(days=_PICTURED_DAYS_AGO)
    stage.plan(at, partial(_illustrate, stage, at, texts["illustration"]))
    stage.plan(stage.now, partial(_enclose, stage, stage.now, texts["enclosure"]))


def _note(stage: Stage, case: Case, at: datetime, text: str, mentions: list[dict[str, str]]) -> None:
    path = {"id": stage.id("conversation", case.key)}
    body = {"body": text, **({"userMentions": mentions} if mentions else {})}
    notes.create_in_conversation(stage.call("CreateNoteWithinConversation", at, case.user, path=path, body=body))


def _forward(stage: Stage, case: Case, at: datetime, body: Mapping[str, Any]) -> None:
    """Somebody outside is asked; a file goes with it."""
    path = {"id": stage.id("conversation", case.key)}
    made = forwards.create(stage.call("CreateForwardByConversation", at, case.user, path=path, body=body))
    path = {"id": made.record["id"]}
    call = stage.call("CreateForwardAttachment", at, case.user, path=path, body={"name": "claim.png", **_FILE})
    attachments.create_for_forward(call)


def _picture(stage: Stage, case: Case, at: datetime, name: str) -> None:
    """The customer's first message comes with a photo."""
    records = stage.context(at).records
    [first, *_] = records.find("message", "conversation", stage.id("conversation", case.key))
    id = stage.world.ids.new(at)
    body = {"attachments": [{"_id": id, "name": name, **_FILE}]}
    messages.update(stage.call("UpdateMessageAttributes", at, case.user, path={"id": first["id"]}, body=body))
    _upload(stage, at, "attachment", id)


def _illustrate(stage: Stage, at: datetime, name: str) -> None:
    """A picture of the knowledge base."""
    body = {"name": name, **_FILE}
    made = media.create(stage.call("CreateMedia", at, _ADMIN, path={}, body=body))
    _upload(stage, at, "media", made.record["id"])


def _enclose(stage: Stage, at: datetime, name: str) -> None:
    """A file that goes out with the newest e-mail that waits; it is not uploaded yet."""
    waiting = stage.context(at).records.find("draft", order="desc")
    draft: Any = next(draft for draft in waiting if draft["attributes"]["channel"] == "email")
    body = {"name": name, **_FILE}
    call = stage.call("CreateDraftAttachment", at, _ADMIN, path={"id": draft["id"]}, body=body)
    attachments.create_for_draft(call)


def _upload(stage: Stage, at: datetime, kind: str, id: str) -> None:
    context = stage.context(at)
    record = context.records.get_or_404(kind, id)
    changes.update_by_system(context, record, {"uploaded": True, "digest": stage.world.files.keep(_PIXEL)})
