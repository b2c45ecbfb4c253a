"""What a failed tool call is told besides: hints that need the account's settings, or all that searches know.

Context: a model that errs has the names of people and not those of the API: a Klass in another case, an attribute
without its ending. Choice: once a call has failed, and only then, the names of Klasses and custom attributes are read
and the nearest are offered, where the MCP server has the tools that would show them; what a caller could not read for
itself no hint tells. Cost: at most two more requests for such a failed call. No value of a record is ever told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.calling.other_channel import names_conversation, with_note
from kustomer_sandbox.mcp_server.calling.own_reads import EndedCall, own_read
from kustomer_sandbox.mcp_server.model import ToolResult
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.teaching import settings
from kustomer_sandbox.mcp_server.tools.teaching.remote import remote_hints
from kustomer_sandbox.mcp_server.tools.teaching.search_words import SearchCall, search_hints
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

_TAUGHT: Final = frozenset({400, 404})
_KLASSES: Final = "/v1/klasses"
_METADATA: Final = "/v1/metadata/{resource}"
_NOT_FOUND: Final = 404
_HUNDRED: Final = (("page", "1"), ("pageSize", "100"))


def is_wanted(definition: Definition, arguments: Mapping[str, Any], outcome: ToolResult) -> bool:
    """Whether there may be more to say of a call than what came of it."""
    return outcome.is_error or names_conversation(definition, arguments)


class Advice:
    """Adds hints to failures, and a note to drafts that may be meant for another channel.

    It keeps nothing of the upstream between calls.
    """

    def __init__(self, *, contracts: Contracts, upstream: Upstream) -> None:
        self._contracts = contracts
        self._upstream = upstream

    async def on(self, call: EndedCall, outcome: ToolResult) -> ToolResult:
        """The result with all that helps: the `hint` of a failure, a draft's `note`; as it came if nothing does."""
        if not outcome.is_error:
            return await with_note(self._upstream, call, outcome)
        document = outcome.document
        if document.get("statusCode") not in _TAUGHT or (
            outcome.upstream_status is None and "problems" not in document
        ):
            return outcome
        hints = [*self._plain(call, outcome), *await self._settings(call, outcome)]
        if not hints:
            return outcome
        if outcome.upstream_status != _NOT_FOUND and document.get("hint"):
            hints.append(document["hint"].removesuffix("."))
        return replace(outcome, document={**document, "hint": " ".join(map(_sentence, dict.fromkeys(hints)))})

    def _plain(self, call: EndedCall, outcome: ToolResult) -> list[str]:
        found = []
        if call.definition.operation.searches:
            search = SearchCall(definition=call.definition, arguments=call.arguments, available=call.available)
            found += search_hints(search, self._contracts.search)
        if outcome.upstream_status is not None:
            found += remote_hints(call.definition, call.arguments, outcome.document, call.available)
        return found

    async def _settings(self, call: EndedCall, outcome: ToolResult) -> list[str]:
        """What the names of Klasses and custom attributes tell of the call."""
        definition = call.definition
        if definition.operation.searches:
            wrong = settings.searched_names(call.arguments)
            return await self._searched(call, *wrong[0]) if wrong else []
        given = settings.as_meant(definition, call.arguments)
        asked = settings.metadata_klass(definition, given)
        if asked:
            told, near = settings.klass_words(asked, await self._klasses(call))
            return [f"write `{settings.KOBJECT}.{near}`" if near else told]
        argument = settings.klass_argument(definition)
        hints: list[str] = []
        kind = definition.operation.resource.type
        if argument:
            told, klass = await self._klass(call, str(given.get(argument, "")))
            hints += [f"`{argument}`: {told}"] if told else []
            kind = f"{settings.KOBJECT}.{klass}" if klass else ""
        inside, beside = settings.custom_names(definition, given)
        if kind and (inside or beside):
            is_refused = outcome.upstream_status is not None
            hints += await self._attributes(call, kind, inside, beside, is_refused=is_refused)
        return hints

    async def _klass(self, call: EndedCall, given: str) -> tuple[str, str]:
        """What to say of a Klass that was given, and the one that was meant."""
        klasses = await self._klasses(call) if given else []
        return settings.klass_words(given, klasses) if klasses else ("", given)

    async def _searched(self, call: EndedCall, kind: str, attribute: str) -> list[str]:
        known = await self._properties(call, kind)
        told = settings.attribute_words(attribute, known, is_refused=False)
        return [f"of `{kind}`, {told or settings.all_attributes(known)}"] if known else []

    async def _attributes(
        self, call: EndedCall, kind: str, inside: list[str], beside: list[str], *, is_refused: bool
    ) -> list[str]:
        known = await self._properties(call, kind)
        told = [settings.attribute_words(name, known, is_refused=is_refused) for name in (*inside, *beside)]
        hints = [words for words in told if words]
        is_lost = not hints and any(name not in known for name in inside)
        return [settings.all_attributes(known)] if is_lost and known else hints

    async def _klasses(self, call: EndedCall) -> list[str]:
        return settings.names_of(await own_read(self._upstream, call, _KLASSES, query=_HUNDRED))

    async def _properties(self, call: EndedCall, kind: str) -> dict[str, Any]:
        return settings.properties_of(await own_read(self._upstream, call, _METADATA, kind))


def _sentence(hint: str) -> str:
    return hint[:1].upper() + hint[1:] + ("" if hint.endswith("?") else ".")
