"""One answer made of those of all workers: lists of all, and what is summed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kustomer_sandbox.fleet.bodies import Answer
from kustomer_sandbox.fleet.desk import Merge
from kustomer_sandbox.fleet.directory import Directory


def merges_of(directory: Directory) -> Mapping[str, Merge]:
    """How the answers are merged, by the last word of the path."""

    def worlds(answers: list[Answer]) -> Answer:
        ranks = directory.ranks()
        return _sorted(answers, lambda world: ranks.get(world["name"], len(ranks)))

    return {"worlds": worlds, "episodes": _episodes, "health": _health}


def _episodes(answers: list[Answer]) -> Answer:
    return _sorted(answers, lambda episode: episode["began_at"])


def _sorted(answers: list[Answer], key: Callable[[dict[str, Any]], Any]) -> Answer:
    return answers[0].with_json(sorted((item for answer in answers for item in answer.json()), key=key))


def _health(answers: list[Answer]) -> Answer:
    told = [answer.json() for answer in answers]
    return answers[0].with_json(told[0] | {"worlds": sum(one["worlds"] for one in told)})
