"""How many records there are to ask for in turn, and their ids, which floor and product have in common."""

from __future__ import annotations

CUSTOMERS = 1_000
CONVERSATIONS = 100


def customer_id(number: int) -> str:
    """The id of one of the customers."""
    return f"ca{number:022x}"


def conversation_id(number: int) -> str:
    """The id of one of the conversations."""
    return f"cb{number:022x}"
