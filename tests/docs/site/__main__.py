"""Builds the documentation's site into `build/docs/site`: `nox -s docs`.

Zensical was chosen because it is kept by the authors of Material for MkDocs, which is at its end, as MkDocs is; it
needs no plugins for what is used here, and finds dead links and headings itself.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.conformance.official import wheel
from tests.docs.site.links import faults_of
from tests.docs.site.pages import ROOT, lay_out

MERMAID = "mermaid@12.3.0"
MERMAID_SHA512 = "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw=="
SCRIPT = "package/dist/mermaid.min.js"
BUILD = ROOT / "build" / "docs"


def main() -> None:
    """Build it anew; ends with a failure where a link leads nowhere or something comes from elsewhere."""
    shutil.rmtree(BUILD, ignore_errors=True)
    pages, site = BUILD / "pages", BUILD / "site"
    lay_out(pages)
    (pages / "mermaid.min.js").write_bytes(drawing_script())
    subprocess.run([sys.executable, "-m", "zensical", "build", "--strict", "--clean"], cwd=ROOT, check=True)
    if faults := faults_of(site):
        sys.exit("\n".join(faults))
    sys.stdout.write(f"{len(list(site.glob('*.html')))} pages in {site}\n")


def drawing_script() -> bytes:
    """What draws the pictures in a browser. The theme would load it from a host of others."""
    with tempfile.TemporaryDirectory() as folder:
        npm = [str(wheel(executable=True)), str(wheel(executable=False))]
        subprocess.run([*npm, "pack", "--silent", MERMAID], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (package,) = Path(folder).glob("*.tgz")
        if hashlib.sha512(package.read_bytes()).digest() != base64.b64decode(MERMAID_SHA512):
            sys.exit(f"{MERMAID} is not the package that was looked at")
        with tarfile.open(package) as files:
            script = files.extractfile(SCRIPT)
            assert script is not None
            return script.read()


if __name__ == "__main__":
    main()
