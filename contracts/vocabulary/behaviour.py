"""The keys of the ledger's entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.vocabulary.calls import SHORT_SOURCE
from kustomer_sandbox.contracts.vocabulary.forms import Form, KnownKey, Listing, Names
from kustomer_sandbox.contracts.vocabulary.shapes import Text, Word


def _why(entry: Mapping[str, Any]) -> str | None:
    return (
        "why is missing: it says why the rule is not kept" if entry["status"] != "kept" and "why" not in entry else None
    )


def _reasoned(entry: Mapping[str, Any]) -> str | None:
    source = entry["source"]
    known = {"confidence": source} if isinstance(source, str) else source
    is_bare = known["confidence"] == "assumed" and not known.get("note")
    return "source/note is missing: an assumed rule says why nothing better is known" if is_bare else None


def _verifiable(entry: Mapping[str, Any]) -> str | None:
    if "readings" not in entry:
        return "verify is for rules with readings" if "verify" in entry else None
    source = entry["source"]
    parts = [] if isinstance(source, str) else source.get("parts", {}).values()
    known = {source if isinstance(source, str) else source["confidence"], *map(_confidence, parts)}
    if "assumed" not in known:
        return "readings are for rules that are assumed, whole or in part"
    return None if "verify" in entry else "verify is missing: it says how to find out which reading holds"


def _doubted(entry: Mapping[str, Any]) -> str | None:
    is_assumed = _confidence(entry["source"]) == "assumed"
    ways = sum(key in entry for key in ("readings", "only-reading"))
    if ways == 2 or (ways and not is_assumed and "only-reading" in entry):  # noqa: PLR2004 - both
        return "only-reading is for rules that are assumed as a whole and have no readings"
    if is_assumed and not ways:
        return "readings or only-reading is missing: an assumed rule has another reading, or says why not"
    return None


def _confidence(part: Any) -> str:
    return str(part if isinstance(part, str) else part.get("confidence"))


BEHAVIOUR = Form(
    "Behaviour",
    "One entry of `behaviours.yaml`, the ledger: a rule that a schema cannot state.",
    (
        KnownKey(
            "id", Text("an id", r"[a-z0-9]+([-_][a-z0-9]+)*"), "Its name, for checks and the journal.", required=True
        ),
        KnownKey("rule", Text(), "The rule, in one sentence.", required=True),
        KnownKey("source", SHORT_SOURCE, "Where it comes from.", required=True),
        KnownKey(
            "status",
            Word(("deferred", "diverges", "kept")),
            "`kept`; `diverges`: knowingly otherwise; `deferred`: not yet.",
            required=True,
        ),
        KnownKey(
            "checks",
            Listing(Text("a check's or a test's name", r"[a-z0-9_]+")),
            "The shipped checks and tests that hold it.",
        ),
        KnownKey("why", Text(), "Why it is not kept."),
        KnownKey(
            "readings",
            Names("readings", Text(), Text("a reading's name", r"[a-z]+(-[a-z]+)*"), least=2),
            "Ways to read an unverified rule, each in a sentence. The first is the sandbox's; worlds can have another.",
        ),
        KnownKey("only-reading", Text(), "Why an assumed rule has no readings: what its other reading would do."),
        KnownKey("verify", Text(), "How to find out on a real organisation which reading holds."),
    ),
    (_why, _reasoned, _verifiable, _doubted),
)
