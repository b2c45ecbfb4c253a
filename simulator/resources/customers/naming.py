"""How a customer is shown: the names that follow from its name, its e-mail address or, without either, from its id."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.values.record import JSON

_COLORS = (
    "amber", "blue", "bronze", "coral", "gold", "green", "indigo", "lime", "orange", "pink", "purple", "red", "silver",
    "teal", "violet", "yellow",
)  # fmt: skip
_ICONS = (
    "anchor", "balloon", "bell", "bicycle", "camera", "compass", "feather", "guitar", "kettle", "key", "lantern",
    "pencil", "rocket", "scissors", "stereo", "teapot", "umbrella", "violin",
)  # fmt: skip


def shown_name(attributes: Mapping[str, JSON], id: str) -> dict[str, JSON]:
    """The names, the colour and the icon the server derives, and whether a contact point is verified.

    Without a name it is the first e-mail address that is displayed, else the colour and the icon (recorded). Which
    colours and icons there are, and that they follow from the id, is assumed.
    """
    number = int(id[-6:], 16)
    color, icon = _COLORS[number % len(_COLORS)], _ICONS[number // len(_COLORS) % len(_ICONS)]
    name = attributes.get("name")
    emails = attributes.get("emails") or ()
    shown: dict[str, JSON] = {
        "displayName": name or (emails[0]["email"] if emails else f"{color} {icon}".title()),
        "displayColor": color,
        "displayIcon": icon,
        "verified": any(item.get("verified") for key in ("emails", "phones") for item in attributes.get(key, ())),
    }
    if name or "firstName" in attributes:
        first, _, last = (name or "").partition(" ")
        shown |= {"firstName": first or None, "lastName": last or None}
    return shown
