"""Pure: an operation in words, for readers of the served document: what it does, who may call it, how often."""

from __future__ import annotations

from kustomer_sandbox.contracts.model import Operation, Spend


def description(operation: Operation, written: str = "") -> str:
    """What is written of an operation, and what its facts say, as Markdown: a line each."""
    lines = [written, _roles(operation), *map(_budget, operation.spends)]
    if operation.searches:
        lines.append("**Limit:** counts as a search of the API key.")
    if operation.unmasking:
        lines.append(f"**Masking:** a success {operation.unmasking} the customer's unmasking window.")
    if operation.alias_of:
        lines.append(f"**Another way to:** `{operation.alias_of}`.")
    if operation.tools:
        lines.append(f"**Tools:** {', '.join(f'`{tool.name}`' for tool in operation.tools)}.")
    lines.append(f"**Source:** {operation.source.confidence}.")
    return "\n\n".join(line for line in lines if line)


def _roles(operation: Operation) -> str:
    if not operation.roles:
        return "**Roles:** any valid key."
    return f"**Roles:** one of {', '.join(f'`{role}`' for role in operation.roles)}."


def _budget(spend: Spend) -> str:
    budget = spend.budget
    per = "" if budget.is_of_client else f" and {budget.per}"
    lifted = f"; with `{budget.exempt}` it does not count" if budget.exempt else ""
    return f"**Limit:** {budget.limit} in {budget.seconds} seconds for each caller{per}{lifted}."
