"""`python -m kustomer_sandbox.contracts.vocabulary` prints the page about contract documents."""

from __future__ import annotations

import sys

from kustomer_sandbox.contracts.vocabulary.page import page

sys.stdout.write(page())
