"""Reads the Dockerfile: its instructions, and what of the repository its build is given."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step of one stage; stages are counted from 0."""

    stage: int
    word: str
    value: str

    @property
    def words(self) -> list[str]:
        """The value of a step in its JSON form."""
        return [str(word) for word in json.loads(self.value[self.value.index("[") :])]

    @property
    def settings(self) -> dict[str, str]:
        """The value of an `ENV` or `LABEL`."""
        return dict(part.partition("=")[::2] for part in shlex.split(self.value))


def instructions() -> Iterator[Instruction]:
    """Every step, continuation lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    stage = -1
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        word, _, value = line.strip().partition(" ")
        if word:
            stage += word == "FROM"
            yield Instruction(stage, word, value.strip())


def step(stage: int, word: str) -> Instruction:
    """The one such step; raises `ValueError` if there is none or several."""
    (found,) = (one for one in instructions() if (one.stage, one.word) == (stage, word))
    return found


def context() -> list[str]:
    """What the build is given: `.dockerignore` keeps out all that it does not name."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line.removeprefix("!") for line in lines if line.startswith("!")]
