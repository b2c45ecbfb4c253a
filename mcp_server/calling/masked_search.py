"""Searches are no way around a mask: what an answer would tell of attributes that the upstream marks sensitive.

Context: by asking for prefixes and parts of a masked number, or by sorting, a model reads it digit by digit without a
window. What is sensitive only the upstream's metadata says. Choice: it is read when a search asks for more than whole
values of an attribute that can be sensitive, each time, so that no change made elsewhere is missed. Cost: one more
request for each record type such a search is about. Where it cannot be read, all that can be sensitive counts as such.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Final, Literal
from urllib.parse import quote

import orjson

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.build.masks import MOST_WHOLE, MaskedSearch, is_flagged, masked_by, sensitive_names
from kustomer_sandbox.mcp_server.model import JSON, Account, Cause, ToolResult, UpstreamRequest
from kustomer_sandbox.mcp_server.tools import arguments, failures
from kustomer_sandbox.mcp_server.tools.places import show
from kustomer_sandbox.mcp_server.tools.privacy.search_terms import SearchTerm, custom_flags, klass_of_text, terms
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

_METADATA: Final = "/v1/metadata/{kind}"
_OK: Final = range(200, 300)
_NOT_FOUND: Final = 404
_KOBJECT: Final = "kobject"

_MOST_READS: Final = 8
"""Metadata requests for one search; one about more types is taken to be about sensitive attributes."""

Marks = frozenset[str] | Literal["absent", "unknown"]
"""The attributes of a type marked sensitive; `absent` where there is no such Klass, `unknown` where nobody says."""
Marked = Mapping[str, Marks]


class MaskedSearches:
    """Refuses what a search must not ask. It keeps nothing of the upstream between calls."""

    def __init__(self, *, contracts: Contracts, upstream: Upstream) -> None:
        self._contracts = contracts
        self._upstream = upstream

    @cached_property
    def _masked_by(self) -> Mapping[str, frozenset[str]]:
        """Made for the first search: many servers never see one."""
        return masked_by(self._contracts)

    async def refusal(
        self,
        account: Account,
        request: UpstreamRequest,
        *,
        mode: MaskedSearch,
        available: ToolCatalogue,
    ) -> ToolResult | None:
        """The refusal of a search that is about to be sent, if it asks for more than `mode` allows."""
        if mode == "allow":
            return None
        body = orjson.loads(request.body or b"{}")
        context = str(body.get("queryContext", ""))
        asked = [(term, self._flags(term.attribute, context)) for term in terms(body)]
        asked = [(term, flags) for term, flags in asked if flags]
        if mode == "exact" and all(term.asks in {"whole", "presence"} for term, _ in asked):
            if sum(term.values for term, _ in asked) <= MOST_WHOLE:
                return None
        elif not asked:
            return None
        marked = await self._marked(account, {kind for _, flags in asked for kind, _ in flags}, request.cause)
        masked = [term for term, flags in asked if _is_marked(flags, marked)]
        problems = [_problem(term, mode, available) for term in _too_much(masked, mode)]
        return failures.refused(problems[:3]) if problems else None

    def _flags(self, attribute: str, context: str) -> list[tuple[str, str]]:
        """Type and flag of all that can mask an attribute; a Klass nobody names is the bare `kobject`."""
        custom = custom_flags(attribute)
        if custom:
            return [(flag.partition(".custom.")[0], flag) for flag in custom]
        named = klass_of_text(attribute)
        searched = context.removeprefix(f"{_KOBJECT}_") if context.startswith(f"{_KOBJECT}_") else ""
        known = self._masked_by.get(f"{_KOBJECT}_any_text" if named else attribute, ())
        return [_at_klass(flag, named or searched) for flag in sorted(known)]

    async def _marked(self, account: Account, kinds: Collection[str], cause: Cause | None) -> Marked:
        if len(kinds) > _MOST_READS:
            return dict.fromkeys(kinds, "unknown")
        return {kind: await self._read(account, kind, cause) for kind in sorted(kinds)}

    async def _read(self, account: Account, kind: str, cause: Cause | None) -> Marks:
        if kind == _KOBJECT:
            return "unknown"  # each Klass has metadata of its own, and the search is about them all
        path = _METADATA.format(kind=quote(kind, safe="."))
        response = await self._upstream.send(account, UpstreamRequest(method="GET", path=path, cause=cause))
        if response.status == _NOT_FOUND and kind.startswith(f"{_KOBJECT}.") and not response.fault:
            return "absent"
        if response.status not in _OK or response.fault:
            return "unknown"
        return _names(response.body)


def _names(body: JSON) -> Marks:
    """The names marked in a metadata document."""
    data = body.get("data") if isinstance(body, Mapping) else None
    attributes = data.get("attributes") if isinstance(data, Mapping) else None
    if not isinstance(attributes, Mapping):
        return "unknown"
    groups = [attributes.get(group, {}) for group in ("properties", "standardProperties")]
    return sensitive_names(attributes) if all(isinstance(group, Mapping) for group in groups) else "unknown"


def _at_klass(flag: str, klass: str) -> tuple[str, str]:
    kind, _, name = flag.partition(".")
    kind = f"{kind}.{klass}" if kind == _KOBJECT and klass else kind
    return kind, f"{kind}.{name}"


def _is_marked(flags: Collection[tuple[str, str]], marked: Marked) -> bool:
    """Whether one of the flags is set, or may be. Where none of the Klasses exists that are meant, it may be."""
    told = [(kind, flag, marked[kind]) for kind, flag in flags]
    if any(marks == "unknown" for _, _, marks in told) or all(marks == "absent" for _, _, marks in told):
        return True
    return any(isinstance(marks, frozenset) and is_flagged(flag, kind, marks) for kind, flag, marks in told)


def _too_much(masked: list[SearchTerm], mode: MaskedSearch) -> list[SearchTerm]:
    """Those of the terms about masked attributes that ask for more than is allowed."""
    if mode == "refuse":
        return masked
    more = [term for term in masked if term.asks not in {"whole", "presence"}]
    return more or (masked if sum(term.values for term in masked) > MOST_WHOLE else [])


def _problem(term: SearchTerm, mode: MaskedSearch, available: ToolCatalogue) -> str:
    way = _look_up(term.attribute, available)
    if mode == "refuse":
        reason = f"it is sensitive, and this MCP server searches for nothing sensitive; leave it out{way}"
    elif term.asks == "whole":
        reason = f"it is sensitive, so one search compares it with at most {MOST_WHOLE} values; give fewer{way}"
    elif term.asks in {"order", "values"}:
        reason = "it is sensitive, so nothing is sorted, counted or grouped by it; take another, such as a date"
    elif term.attribute.endswith(("any_text", "any_text_new")):
        reason = f"it looks through sensitive attributes, too; name the attribute that is meant{way}"
    else:
        reason = f"it is sensitive, so it is compared as a whole only; give the full value with equals{way}"
    return arguments.argument_message(show(term.place), reason)


def _look_up(attribute: str, available: ToolCatalogue) -> str:
    """The tool that finds a record by an attribute, as a way out; empty where the caller has none."""
    kind = attribute.partition("_")[0]
    for name, definition in available.items():
        resource, method = definition.tool.resource, definition.tool.method_name
        wanted = method.removeprefix("using_").replace("_", "")
        if resource == f"{kind}s" and method.startswith("using_") and wanted in attribute.replace("_", "").lower():
            return f", or look it up with {name}"
    return ""
