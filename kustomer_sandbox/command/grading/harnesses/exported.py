"""A scenario as a folder for another harness: OpenEnv, Inspect or Harbor.

The files below `files` are what is written, with `.txt` after their names here. In a few of them words such as
`@scenario@` stand for what an export is of; code is the same in each, and reads `scenario.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kustomer_sandbox import __version__
from kustomer_sandbox.grading.bundle import text_of_file
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario

_FILES = Path(__file__).with_name("files")
_SUFFIX = ".txt"
_WORD = re.compile(r"@([a-z]+)@")
_FILLED = (".md", ".toml", ".sh", "Dockerfile")
"""What the names of files with such words end in."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "harbor": ("harbor",),
    "inspect": ("common", "inspect"),
    "openenv": ("common", "openenv"),
}
TARGETS = tuple(_FOLDERS)


class NotExported(Exception):
    """Why a scenario cannot be exported."""


def exported(
    scenario: FileScenario, target: str, *, seed: str, is_shipped: bool, calls: str | None = None
) -> dict[str, str]:
    """The files of an export by their paths: the same for the same scenario, seed and calls.

    `calls` are those of a solution, for Harbor. A scenario that is not shipped comes along. Raises `NotExported`.
    """
    if not scenario.prompt or not scenario.criteria:
        raise NotExported(f"the scenario {scenario.name} has no {'criteria' if scenario.prompt else 'prompt'}")
    for text in (scenario.name, seed):
        if _PLAIN.fullmatch(text) is None:
            raise NotExported(
                f"{text!r} must be up to 64 letters, digits, - _ and . and begin with one of the first two"
            )
    own_file = "" if is_shipped else f"{scenario.name}.yaml"
    words = {
        "scenario": scenario.name,
        "prompt": scenario.prompt.strip(),
        "seed": seed,
        "version": __version__,
        "started": f"--scenario {own_file or scenario.name}",
        "copied": own_file and f"{own_file} ",
    }
    files = {path: _filled(path, text, words) for path, text in _texts(target)}
    if own_file:
        files["environment/" * (target == "harbor") + own_file] = text_of_file(scenario.file)
    if target != "harbor":
        told = {"scenario": scenario.name, "seed": seed, "prompt": scenario.prompt.strip()}
        files["scenario.json"] = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    elif calls is None:
        files = {path: text for path, text in files.items() if not path.startswith("solution/")}
    else:
        files["solution/calls.json"] = calls
    return dict(sorted(files.items()))


def written(folder: Path, files: Mapping[str, str]) -> None:
    """Write an export. Raises `NotExported` for a folder that has something in it, and `OSError`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotExported(f"{folder} is there already, and not an empty folder")
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        if place.suffix == ".sh":
            place.chmod(0o755)


def _texts(target: str) -> Iterator[tuple[str, str]]:
    for folder in _FOLDERS[target]:
        for place in sorted((_FILES / folder).rglob(f"*{_SUFFIX}")):
            path = place.relative_to(_FILES / folder).as_posix().removesuffix(_SUFFIX)
            yield path, place.read_text("utf-8")


def _filled(path: str, text: str, words: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: words[found[1]], text) if path.endswith(_FILLED) else text
