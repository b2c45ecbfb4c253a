"""One answer made of those of all workers: lists of all, and what is summed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kustomer_sandbox.fleet.bodies import Answer
from kustomer_sandbox.fleet.desk import Merge
from kustomer_sandbox.fleet.directory import Directory


def merges_of(directory: Directory) -> Mapping[str, Merge]:
    """How the answers are merged, by the last word of the path."""

    def worlds(answers: list[Answer]) -> Answer:
        ranks = directory.ranks()
        return _sorted(answers, lambda world: ranks.get(world["name"], len(ranks)))

    return {"worlds": worlds, "episodes": _episodes, "health": _health, "metrics": metrics_of}


def _episodes(answers: list[Answer]) -> Answer:
    return _sorted(answers, lambda episode: episode["began_at"])


def _sorted(answers: list[Answer], key: Callable[[dict[str, Any]], Any]) -> Answer:
    return answers[0].with_json(sorted((item for answer in answers for item in answer.json()), key=key))


def _health(answers: list[Answer]) -> Answer:
    told = [answer.json() for answer in answers]
    return answers[0].with_json(told[0] | {"worlds": sum(one["worlds"] for one in told)})


def metrics_of(answers: list[Answer], *, summed: str | tuple[str, ...] = "") -> Answer:
    """Sample by sample the sum over all: every one of them is a count or a level.

    `summed` is how the names of those begin that each worker tells of itself alone; of others the first one knows all.
    """
    sums: dict[str, float] = {}
    for number, answer in enumerate(answers):
        for line in answer.body.decode().splitlines():
            if number and not line.removeprefix("# HELP ").removeprefix("# TYPE ").startswith(summed):
                continue
            if line.startswith("#"):
                sums.setdefault(line, 0.0)
            else:
                sample, _, value = line.rpartition(" ")
                sums[sample] = sums.get(sample, 0.0) + float(value)
    return answers[0].with_body("".join(_lines(sums)).encode())


def _lines(sums: Mapping[str, float]) -> Iterator[str]:
    """The samples of one metric below its description, wherever their worker had them."""
    families: dict[str, list[str]] = {}
    for sample, value in sums.items():
        name = sample.split()[2] if sample.startswith("#") else sample.partition("{")[0]
        line = sample if sample.startswith("#") else f"{sample} {value}"
        families.setdefault(_family(name, families), []).append(f"{line}\n")
    for lines in families.values():
        yield from lines


def _family(name: str, known: Mapping[str, object]) -> str:
    """What a sample belongs to: a histogram's samples have names of their own, longer than its."""
    return next((family for family in known if name == family or name.startswith(f"{family}_")), name)
