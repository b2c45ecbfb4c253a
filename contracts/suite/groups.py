"""The groups that checks are told in: which one a check belongs to follows from the rule it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kustomer_sandbox.contracts.suite.target import Check

SCHEMA: Final = "schema"
"""What an operation answers is as its schema says: one check an operation, made from the contracts."""
TOOLS: Final = "mcp"
"""Checks of an MCP server, which are run where one is named."""
OTHERS: Final = "records"
BEGINNINGS: Final[Mapping[str, tuple[str, ...]]] = {
    SCHEMA: ("operation/",),
    "errors": (
        "body-limit", "bulk-client-refs", "closed-bodies", "error", "invalid-json", "malformed-id", "media-blocked",
        "metadata-types", "trailing-slash", "unknown-",
        "user-filters-alone",
    ),
    "roles": ("broader-role", "key-", "own-organisation", "role-", "token-acts"),
    "paging": (
        "audit-log", "customers-filtered", "klasses-by-name", "messages-sorted", "page-", "pages-", "several-customers",
    ),
    "search": ("archive-", "deleted-leaves", "search-"),
    "life-cycles": (
        "article-", "bulk-", "chat-", "conversation-", "deleted-is-gone", "kobject-", "merge-", "notification", "one-",
        "optimistic-lock", "since-last-done", "work-item",
    ),
    "limits": ("imported-at", "limit-", "object-limit", "rate-", "refused-creations"),
    "masking": ("masked-", "no-mask", "window-", "workflow-variables"),
    "drafts": ("draft-", "forward-", "mail-undelivered"),
    TOOLS: ("mcp/",),
    "webhooks": ("form-hook", "webhook-"),
}  # fmt: skip
"""Group -> how the ids of its rules begin. What none of them names is one of `records`."""
GROUPS: Final = (*BEGINNINGS, OTHERS)


def group_of(check: Check) -> str:
    """The group of the first rule a check stands for."""
    rule = check.rules[0]
    return next((name for name, begins in BEGINNINGS.items() if rule.startswith(begins)), OTHERS)
