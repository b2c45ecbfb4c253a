"""Pure: ready-made filters, for clients that take only so many tools, and what the two scenarios need of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from kustomer_sandbox.contracts import Tool
from kustomer_sandbox.mcp_server.model import FilterName

_FIND_A_CUSTOMER: Final = (
    "kustomer_customers_using_email",
    "kustomer_customers_using_phone",
    "get_single_kustomer_customer_by_id",
    "list_all_kustomer_search_customers",
)
_READ_IN_CLEAR: Final = (
    "kustomer_customers_read_unmasked",
    "create_a_kustomer_customer_unmasking_window",
    "delete_a_kustomer_customer_unmasking_window_by_id",
)
_READ_CONVERSATIONS: Final = (
    "list_all_kustomer_search_conversations",
    "list_all_kustomer_customer_conversations",
    "get_single_kustomer_conversation_by_id",
    "list_all_kustomer_conversation_messages",
)
_READ_OBJECTS: Final = (
    "list_all_kustomer_klasses",
    "list_all_kustomer_customer_custom_objects",
    "get_single_kustomer_custom_attribute_by_id",
)
SUPPORT: Final = frozenset(
    {
        *_FIND_A_CUSTOMER,
        *_READ_IN_CLEAR,
        *_READ_CONVERSATIONS,
        *_READ_OBJECTS,
        "update_a_kustomer_customer_by_id",
        "create_a_kustomer_customer_conversation",
        "update_a_kustomer_conversation_by_id",
        "create_a_kustomer_conversation_tag",
        "delete_a_kustomer_conversation_tag_by_id",
        "create_a_kustomer_customer_message",
        "update_a_kustomer_custom_object_by_id",
        "create_a_kustomer_customer_email_draft",
        "create_a_kustomer_customer_sms_draft",
        "create_a_kustomer_customer_chat_draft",
        "create_a_kustomer_customer_whatsapp_draft",
        "create_a_kustomer_customer_whatsapp_interactive_draft",
        "create_a_kustomer_customer_whatsapp_template_draft",
        "create_a_kustomer_customer_facebook_draft",
        "create_a_kustomer_customer_instagram_draft",
        "create_a_kustomer_customer_twitter_dm_draft",
        "create_a_kustomer_customer_note_draft",
        "list_all_kustomer_customer_drafts",
        "update_a_kustomer_draft_by_id",
        "delete_a_kustomer_draft_by_id",
        "list_all_kustomer_outbound_accounts",
        "list_all_kustomer_teams",
        "list_all_kustomer_users",
        "list_all_kustomer_queues",
        "list_all_kustomer_tags",
    }
)
PRIVACY: Final = frozenset(
    {
        *_FIND_A_CUSTOMER,
        *_READ_IN_CLEAR,
        *_READ_CONVERSATIONS,
        *_READ_OBJECTS,
        "list_all_kustomer_customer_messages",
        "get_single_kustomer_message_by_id",
        "get_single_kustomer_custom_object_by_id",
        "create_a_kustomer_message_redaction",
    }
)
_HOUSEKEEPING: Final = frozenset({"admin", "directory", "klasses", "settings"})
"""Tags of tools that are about the organisation itself."""

_CASEWORK: Final = frozenset(
    {"companies", "conversations", "custom_objects", "customers", "drafts", "messages", "privacy", "search"}
)
"""Tags of tools that are about customers and what they wrote, own and want."""


_ASIDE: Final = frozenset({"analytics", "attachments", "events"})
"""Tags of what accompanies cases: files, figures, visits to web pages."""

_BACKSTAGE: Final = frozenset({"admin", "events"})
"""Tags of what no agent at work asks for: rights, the audit log, visits to web pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyMade:
    """A filter with a name. It lets pass at most `ceiling` tools; `purpose` says in a sentence which."""

    name: FilterName
    ceiling: int
    purpose: str


FILTERS: Final[Mapping[FilterName, ReadyMade]] = {
    made.name: made
    for made in (
        ReadyMade(
            name="support",
            ceiling=40,
            purpose="What an agent at the desk needs: find, read in clear, draft on each private channel, hand over.",
        ),
        ReadyMade(
            name="support_wide",
            ceiling=80,
            purpose="Casework without files and figures: customers, companies, conversations, drafts, custom objects.",
        ),
        ReadyMade(
            name="wide",
            ceiling=128,
            purpose="All but what changes users, teams and settings, rights, visits, bulk, and PATCH twins of others.",
        ),
        ReadyMade(name="read_only", ceiling=128, purpose="What only reads; nothing is changed, drafted or unmasked."),
        ReadyMade(
            name="privacy",
            ceiling=40,
            purpose="What a privacy request needs: find, read in clear, redact; nothing is drafted or handed over.",
        ),
    )
}


def passes(name: FilterName, tool: Tool) -> bool:
    """Whether the filter of this name, which is one of `FILTERS`, lets a tool pass."""
    if name == "read_only":
        return tool.hints.read_only
    if name in {"support_wide", "wide"}:
        return tool.name in SUPPORT or (_is_single(tool) and _is_within(name, tool))
    return tool.name in {"support": SUPPORT, "privacy": PRIVACY}[name]


def _is_within(name: FilterName, tool: Tool) -> bool:
    tags = set(tool.tags)
    is_housekeeping = bool(_HOUSEKEEPING & tags)
    if name == "wide":
        return not _BACKSTAGE & tags and (tool.hints.read_only or not is_housekeeping)
    return bool(_CASEWORK & tags) and not is_housekeeping and not _ASIDE & tags


def _is_single(tool: Tool) -> bool:
    """Neither a tool of bulk operations nor the PATCH twin of another."""
    is_of_bulk = tool.method_name.startswith("bulk_") or tool.resource.startswith("bulk_")
    return tool.method_name != "partial_update" and not is_of_bulk


SCENARIOS: Final[Mapping[str, frozenset[str]]] = {
    "verify a masked phone number": frozenset(
        {"kustomer_customers_using_email", *_READ_IN_CLEAR[1:], _FIND_A_CUSTOMER[2]}
    ),
    "triage by channel and escalate": frozenset(
        {
            "list_all_kustomer_tags",
            "list_all_kustomer_search_conversations",
            "create_a_kustomer_customer_whatsapp_interactive_draft",
            "create_a_kustomer_customer_email_draft",
            "list_all_kustomer_teams",
            "update_a_kustomer_conversation_by_id",
        }
    ),
}
"""The two scenarios the project began with, and the tools each of them calls."""


def lacking(names: Collection[str]) -> dict[str, list[str]]:
    """By scenario, the tools it calls that are not among the names; none if it can be played to its end."""
    return {scenario: sorted(needed - set(names)) for scenario, needed in SCENARIOS.items()}
