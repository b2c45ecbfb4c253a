"""The README's pictures of the console can be taken anew."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.browser import pictures


def test_the_pictures_of_the_readme_are_taken_anew(tmp_path: Path) -> None:
    """The same ones, as large: where fonts are the same, git tells whether a page looks otherwise."""
    pictures.main(tmp_path)
    assert sizes(tmp_path) == sizes(pictures.FOLDER)


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in folder.iterdir():
        with Image.open(path) as picture:
            found[path.name] = picture.size
    return found
