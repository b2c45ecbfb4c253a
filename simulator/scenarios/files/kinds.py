"""Records that a scenario file makes by their type, in its section `records`: by which operation, or stored as told."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.scenarios.files.sections import SECTIONS, Section

MADE_BY: Mapping[str, str] = {
    "attachment": "CreateAttachment",
    "available_app": "CreateAvailableApp",
    "card": "CreateAvailableCard",
    "customer_merge": "CreateCustomerMerge",
    "email_hook": "CreateEmailHook",
    "form_hook": "CreateFormHook",
    "forward": "CreateForwardByConversation",
    "identity": "CreateTrackingIdentity",
    "kb_article": "CreateArticle",
    "kb_version": "CreateArticleVersion",
    "media": "CreateMedia",
    "message_redaction": "RedactMessage",
    "outbound_webhook": "CreateOutboundWebhook",
    "queue_rule": "CreateQueueRule",
    "role_group": "CreateRoleGroup",
    "routing_status": "CreateRoutingStatus",
    "schedule": "CreateSchedule",
    "shortcut": "CreateShortcut",
    "snippet": "CreateSnippet",
    "sub_status": "CreateSubStatus",
    "web_hook": "CreateWebHook",
    "work_item": "CreateWorkItem",
    "workflow": "CreateWorkflow",
    "workflow_variable": "CreateWorkflowVariable",
}
"""The operation that makes records of a type."""
STORED = (
    "app", "auth_customer_setting", "auth_setting", "brand", "bulk", "bulk_batch", "chat_settings", "conversation_time",
    "customer_event", "customer_session", "kb_category", "kb_form", "kb_route", "kb_tag", "kb_template", "kb_theme",
    "kview", "notification", "outbound_account", "satisfaction_form", "satisfaction_response", "saved_search", "sender",
    "setting", "shortcut_category", "sla", "sla_version", "snooze", "team_routing_settings", "user_setting",
    "work_session", "workflow_process",
)  # fmt: skip
"""Types of which no call makes what a file needs, such as the first record or the default one: stored as told."""
NEEDED: Mapping[str, str] = {"sla_version": "sla"}
"""What a stored record must be related to, since rules look it up there."""
OF_THEMSELVES = ("audit_log", "auth_token", "org")
"""What a world makes by itself."""
SHOWN = ("chat_message", "chat_session")
"""Messages and conversations under another name."""

PARENT = "in"
"""The field that says what a path's parameter names, as the conversation of a forward."""
RECORDS: Mapping[str, Section] = {
    kind: Section(name=kind, kind=kind, operation=MADE_BY.get(kind, ""), by_type=True)
    for kind in sorted((*MADE_BY, *STORED))
}
"""The section `records`, by the types that may stand in it."""
TYPES: Mapping[str, str] = {name: section.kind for name, section in (*SECTIONS.items(), *RECORDS.items())} | {
    "messages": "message",
    "tags": "tag",
}
"""The type of what `@name.entry` may refer to."""
