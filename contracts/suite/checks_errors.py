"""How refusals are told: one entry, its place, every fault, and the codes of one vocabulary or the other."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.target import Target, TargetAnswer, check, expect, expect_code, expect_status

CUSTOMERS = "/v1/customers"
UNKNOWN = "0123456789abcdef01234567"
RECORDED = ("notfound", "badparam")
RECORDED_LOOK_UP = {"status", "source", "code", "title"}
UNKNOWN_ATTRIBUTE = "Additional properties not allowed"


def entry(answer: TargetAnswer, status: int) -> dict[str, Any]:
    """The one entry of a refusal with this status."""
    expect_status(answer, status)
    expect(len(answer.errors) == 1, "a refusal has one entry")
    return answer.error


@check("error-entry", writes=False)
def a_refusal_is_one_whole_entry(target: Target) -> None:
    for error in (
        entry(target.call("GET", f"{CUSTOMERS}/{UNKNOWN}"), 404),
        entry(target.call("POST", CUSTOMERS, raw=b'{"name": '), 400),
    ):
        for name in ("code", "title", "detail", "message"):
            expect(isinstance(error[name], str) and error[name], f"{name} is a text")
        for name in ("source", "meta"):
            expect(isinstance(error[name], dict), f"{name} is an object")
    expect(type(entry(target.call("GET", "/v1/no-such-thing"), 404)["status"]) is int, "status is a number")


@check("error-source", writes=False)
def a_wrong_parameter_is_named_as_the_source(target: Target) -> None:
    expect(_parameter(target.call("GET", CUSTOMERS, query="page=first"), 400) == "page", "source names page")
    expect(_parameter(target.call("GET", f"{CUSTOMERS}/jane"), 400) == "id", "source names id")
    expect(_parameter(target.call("GET", f"{CUSTOMERS}/{UNKNOWN}"), 404) == "id", "source names id")


def _parameter(answer: TargetAnswer, status: int) -> Any:
    return entry(answer, status)["source"].get("parameter")


@check("error-source")
def a_wrong_field_is_pointed_to(target: Target) -> None:
    error = entry(target.call("POST", CUSTOMERS, {"name": 1}), 400)
    expect(error["source"] == {"pointer": "/name"}, "source points to the name")


@check("error-sub-errors")
def an_invalid_body_tells_every_fault(target: Target) -> None:
    one = entry(target.call("POST", CUSTOMERS, {"name": 1}), 400)
    two = entry(target.call("POST", CUSTOMERS, {"name": 1, "emails": "none"}), 400)
    for error, places in ((one, {"/name"}), (two, {"/name", "/emails"})):
        faults = error["meta"]["subErrors"]
        expect({fault["source"]["pointer"] for fault in faults} == places, f"subErrors point to {sorted(places)}")
        expect(all(isinstance(fault["title"], str) and fault["title"] for fault in faults), "each fault has a title")


@check("errors-page-codes", "errors-recorded-codes")
def codes_are_of_one_vocabulary(target: Target) -> None:
    invalid = expect_status(target.call("POST", CUSTOMERS, {"name": 1}), 400)
    missing = expect_status(target.call("GET", f"{CUSTOMERS}/{UNKNOWN}"), 404)
    expect_code(invalid, "bad_request")
    expect_code(missing, "not_found")
    are_recorded = {answer.error["code"] in RECORDED for answer in (invalid, missing)}
    expect(len(are_recorded) == 1, "both codes are the page's, or both are recorded ones")


@check("errors-recorded-look-up", writes=False)
def a_look_up_without_a_match_names_its_parameter(target: Target) -> None:
    for name, value in (("externalId", target.unique("nobody")), ("email", f"{target.unique('nobody')}@example.com")):
        error = entry(target.call("GET", f"{CUSTOMERS}/{name}={value}"), 404)
        told = (error["status"], error["title"], error["source"]["parameter"])
        expect(told == (404, "Not Found", name), "status, title and parameter are those recorded")
        if error["code"] in RECORDED:
            expect(error.keys() == RECORDED_LOOK_UP, "the entry has the recorded members alone")
            expect(error["source"].keys() == {"parameter"}, "its source has the parameter alone")


@check("errors-recorded-unknown-field")
def an_unknown_custom_attribute_is_named(target: Target) -> None:
    error = entry(target.call("POST", CUSTOMERS, {"name": "A", "custom": {"shoeSize": 43}}), 400)
    expect("shoeSize" in str(error["source"]), "the attribute is named in the source")
    if error["code"] in RECORDED:
        expect(error["source"] == {"parameter": "shoeSize"}, "the attribute is the source's parameter")
        told = (error["title"], error["detail"])
        expect(told == (UNKNOWN_ATTRIBUTE, "/properties/custom/additionalProperties"), "title and detail are recorded")
