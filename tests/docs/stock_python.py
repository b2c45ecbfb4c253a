"""A Python as distributions ship it: managed by somebody else (PEP 668), nothing installed, perhaps without pip."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

MARKER = """[externally-managed]
Error=This environment is managed by the operating system.
"""
LEFT_OUT = {"site-packages", "dist-packages", "__pycache__"}


def make(folder: Path, *, has_ensurepip: bool) -> Path:
    """Make `folder/bin/python3` of the Python that runs this: its library linked, its packages left out."""
    base = Path(sys.base_prefix)
    stdlib = Path(sysconfig.get_path("stdlib", vars={"installed_base": str(base), "base": str(base)}))
    library = folder / "lib" / stdlib.name
    (library / "site-packages").mkdir(parents=True)
    (folder / "bin").mkdir()
    for entry in stdlib.iterdir():
        if entry.name not in LEFT_OUT and (has_ensurepip or entry.name != "ensurepip"):
            (library / entry.name).symlink_to(entry)
    (library / "EXTERNALLY-MANAGED").write_text(MARKER, "utf-8")
    if has_ensurepip:
        pip = next((stdlib / "ensurepip" / "_bundled").glob("pip-*.whl"), None)
        if pip is not None:
            shutil.unpack_archive(pip, library / "site-packages", "zip")
    real = Path(sys.base_exec_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python3"
    shutil.copy2(real.resolve(), python)
    for shared in base.glob("lib/libpython*.so*"):
        (folder / "lib" / shared.name).symlink_to(shared)
    return python
