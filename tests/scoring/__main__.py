"""`python -m tests.scoring [part of a name …]`, from the root: measures, and writes `docs/conformance.md`.

Without arguments all are measured; `ours` needs no Node.
"""

from __future__ import annotations

import sys

from tests.scoring.measure import measure
from tests.scoring.page import PAGE, page

if __name__ == "__main__":
    measure(sys.argv[1:])
    PAGE.write_text(page(), "utf-8")
