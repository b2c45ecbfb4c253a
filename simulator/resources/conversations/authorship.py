"""Who made a message or note, and when: an admin's word on it is kept, that of others is not (vendor-docs)."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.writing import reference, without
from kustomer_sandbox.simulator.values.moments import kept_in
from kustomer_sandbox.simulator.values.record import JSON

AUTHORS = ("createdBy", "modifiedBy")
_STAMPS = ("createdAt", "modifiedAt", "updatedAt")
_ADMIN = {"org", "org.admin"}


def stamped(context: Context, fields: Mapping[str, JSON], *times: str) -> dict[str, JSON]:
    """The fields with their date-times, `times` and the stamps, as they are kept; stamps only an admin's."""
    ignored = () if _is_admin(context) else _STAMPS
    return without({**fields, **kept_in(fields, *times, *_STAMPS)}, *ignored)


def authors(context: Context, body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The users that an admin's body names as authors, none for anybody else; raises `BadRequest` for unknown ones."""
    names = [name for name in AUTHORS if body.get(name)] if _is_admin(context) else []
    return {name: reference(context, "user", body[name], field=name) for name in names}


def _is_admin(context: Context) -> bool:
    return not _ADMIN.isdisjoint(context.principal.roles)


def stamps_of(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """The times of a change that `stamped` has left, to stand in place of the clock's."""
    return {name: fields[name] for name in ("modifiedAt", "updatedAt") if name in fields}
