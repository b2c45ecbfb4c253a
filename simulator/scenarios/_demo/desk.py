"""What the demo's agents leave on conversations beside messages: notes for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from kustomer_sandbox.simulator.resources.conversations import notes
from kustomer_sandbox.simulator.scenarios._demo.cases import Case
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told

_NOTED_AFTER = timedelta(minutes=5)
_TOLD = 3
"""Notes of each text."""

Fill = Callable[[Case], Mapping[str, str]]


def plan_desk(stage: Stage, stories: Iterable[Case], fill: Fill) -> None:
    """Plan it for the newest of the everyday stories. `fill` gives what stands in the place of the braces."""
    texts = told("desk")["notes"]
    newest = sorted(stories, key=lambda case: case.lines[-1].at, reverse=True)
    for number, case in enumerate(newest[: _TOLD * len(texts)]):
        at = case.lines[-1].at + _NOTED_AFTER
        text = texts[number % len(texts)].format_map(fill(case))
        mentions = [{"team": stage.id("team", case.team)}] if number % len(texts) == 0 else []
        stage.plan(at, partial(_note, stage, case, at, text, mentions))


def _note(stage: Stage, case: Case, at: datetime, text: str, mentions: list[dict[str, str]]) -> None:
    path = {"id": stage.id("conversation", case.key)}
    body = {"body": text, **({"userMentions": mentions} if mentions else {})}
    notes.create_in_conversation(stage.call("CreateNoteWithinConversation", at, case.user, path=path, body=body))
