"""A target that is wrong on purpose: our simulator behind a transport that plants departures, each in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.transports import SimulatorTransport

SEARCH = "/v1/customers/search"
CREATED = "conversation_created_at"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, taken apart."""

    method: str
    path: str
    query: str
    body: Any
    key: str


@dataclass(slots=True)
class Told:
    """An answer, to be changed in place."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """What a wrong target does: another request is answered than the one that came, or the answer is changed.

    `checks` are all that it breaks; `at` the method and a pattern of the path where it is planted.
    """

    checks: tuple[str, ...]
    at: tuple[str, str]
    when: Callable[[Asked], bool] = lambda _: True
    asks: Callable[[Asked], Asked] | None = None
    tells: Callable[[Told], None] | None = None

    def meets(self, asked: Asked) -> bool:
        method, pattern = self.at
        return asked.method == method and re.fullmatch(pattern, asked.path) is not None and self.when(asked)


def names(*fields: str) -> Callable[[Asked], bool]:
    """Whether the body is an object with these members, whatever their values."""
    return lambda asked: isinstance(asked.body, dict) and set(fields) <= asked.body.keys()


def put(*steps: str | int, value: Any) -> Callable[[Told], None]:
    """Puts a value into the body of an answer."""

    def change(told: Told) -> None:
        node = told.body
        for step in steps[:-1]:
            node = node[step]
        node[steps[-1]] = value

    return change


def status(was: int, now: int) -> Callable[[Told], None]:
    """Answers with another status."""

    def change(told: Told) -> None:
        told.status = now if told.status == was else told.status

    return change


def backwards(told: Told) -> None:
    told.body["data"].reverse()


def has(**parts: Any) -> Callable[[Asked], bool]:
    """Whether the body has these members."""
    return lambda asked: isinstance(asked.body, dict) and parts.items() <= asked.body.items()


def without(*names: str) -> Callable[[Asked], Asked]:
    """The same request without some members of its body."""
    return lambda asked: replace(asked, body={name: value for name, value in asked.body.items() if name not in names})


def queried(pattern: str) -> Callable[[Asked], bool]:
    return lambda asked: re.search(pattern, asked.query) is not None


def first_of_and(asked: Asked) -> Any:
    group = asked.body.get("and") if isinstance(asked.body, dict) else None
    return group[0] if isinstance(group, list) and group else {}


def sorted_by(way: str, *, is_filtered: bool) -> Callable[[Asked], bool]:
    return lambda asked: has(sort=[{CREATED: way}])(asked) and ("and" in asked.body) is is_filtered


def shows_another(told: Told) -> None:
    phones = told.body["data"]["attributes"].get("phones") if told.status == 200 else None
    for entry in phones or ():
        entry["phone"] = "+15555550143" if entry["phone"] == "***" else entry["phone"]


def counts_once_more(told: Told) -> None:
    attributes = told.body["data"]["attributes"]
    attributes["doneCount"] = attributes.get("doneCount", 0) + 1


def leads_away(told: Told) -> None:
    if told.body["links"]["next"]:
        told.body["links"]["next"] = f"https://elsewhere.example{told.body['links']['next']}"


def loses_the_first(told: Told) -> None:
    del told.body["data"][:1]


def or_as_and(asked: Asked) -> Asked:
    return replace(asked, body={**asked.body, "and": [{"and": first_of_and(asked)["or"]}, *asked.body["and"][1:]]})


def renamed(old: str, new: str) -> Callable[[Asked], Asked]:
    return lambda asked: replace(asked, query=asked.query.replace(old, new))


CUSTOMERS, CUSTOMER = "/v1/customers", "/v1/customers/[0-9a-f]{24}"
CONVERSATION = "/v1/conversations/[0-9a-f]{24}"
DRAFTS = f"{CUSTOMER}/drafts"

DEPARTURES: Mapping[str, Departure] = {
    "a call without a key is forbidden, not unauthorized": Departure(
        checks=("a_call_without_a_key_is_unauthorized",), at=("GET", CUSTOMERS), when=lambda asked: not asked.key,
        tells=status(401, 403)),
    "an unknown key is a bad request": Departure(
        checks=("a_call_with_an_unknown_key_is_unauthorized",), at=("GET", CUSTOMERS),
        when=lambda asked: asked.key == "Bearer not-a-key", tells=status(401, 400)),
    "an unknown path has a code of its own": Departure(
        checks=("an_unknown_path_is_not_found",), at=("GET", "/v1/no-such-thing"),
        tells=put("errors", 0, "code", value="gone")),
    "a trailing slash leads nowhere": Departure(
        checks=("a_trailing_slash_is_tolerated",), at=("GET", f"{CUSTOMERS}/"), tells=status(200, 404)),
    "a page may have any size": Departure(
        checks=("a_page_size_above_the_maximum_is_lowered",), at=("GET", CUSTOMERS),
        when=queried("pageSize=100000"), tells=put("meta", "pageSize", value=100_000)),
    "the first page has one before": Departure(
        checks=("the_first_page_has_no_previous_one",), at=("GET", CUSTOMERS), when=queried("^pageSize=1$"),
        tells=put("links", "prev", value="/v1/customers?page=0")),
    "a large body is a bad request": Departure(
        checks=("a_body_over_the_limit_is_too_large",), at=("POST", CUSTOMERS), tells=status(413, 400)),
    "one fault has no subErrors": Departure(
        checks=("an_invalid_body_tells_every_fault",), at=("POST", CUSTOMERS), when=lambda a: a.body == {"name": 1},
        tells=put("errors", 0, "meta", value={})),
    "a search without a context finds something": Departure(
        checks=("a_search_without_a_context_is_told_which_there_are",), at=("POST", SEARCH),
        when=lambda asked: asked.body == {}, tells=status(400, 200)),
    "a page of size 0 is empty": Departure(
        checks=("a_list_with_page_size_0_gives_the_first_page",), at=("GET", CUSTOMERS), when=queried("pageSize=0&"),
        tells=put("data", value=[])),
    "an unknown parameter is refused": Departure(
        checks=("an_unknown_query_parameter_is_ignored",), at=("GET", CUSTOMERS), when=queried("&size=3"),
        tells=status(200, 400)),
    "the latest change comes last": Departure(
        checks=("customers_are_sorted_by_creation_and_by_change",), at=("GET", CUSTOMERS),
        when=queried("sort=-updatedAt"), asks=renamed("sort=-updatedAt", "sort=updatedAt")),
    "gt has the instant itself": Departure(
        checks=("customers_are_filtered_by_creation_and_by_change",), at=("GET", CUSTOMERS),
        when=queried("createdAt%5D%5Bgt%5D=2"), asks=renamed("%5Bgt%5D", "%5Bgte%5D")),
    "customers are sorted by whatever is asked": Departure(
        checks=("a_filter_that_is_no_instant_is_refused",), at=("GET", CUSTOMERS), when=queried("sort=name"),
        tells=status(400, 200)),
    "a conflict is unprocessable": Departure(
        checks=("a_second_customer_with_the_same_e_mail_is_a_conflict",), at=("POST", CUSTOMERS),
        tells=status(409, 422)),
    "a stale revision is overwritten": Departure(
        checks=("a_stale_rev_is_a_conflict_and_changes_nothing",), at=("PUT", CUSTOMER),
        when=names("rev"), asks=without("rev")),
    "a window takes a duration": Departure(
        checks=("a_window_takes_no_duration",), at=("POST", f"{CUSTOMER}/unmasking-windows"), when=has(duration=5),
        tells=status(400, 201)),
    "another customer's phone is shown": Departure(
        checks=("a_window_shows_nobody_else",), at=("GET", CUSTOMER), tells=shows_another),
    "too many conversations have a code of their own": Departure(
        checks=("the_121st_conversation_of_a_customer_in_a_minute_is_refused",),
        at=("POST", f"{CUSTOMER}/conversations"),
        tells=lambda told: put("errors", 0, "code", value="slow")(told) if told.status == 429 else None),
    "too many searches are unavailable": Departure(
        checks=("the_101st_search_in_a_minute_is_refused",), at=("POST", SEARCH), tells=status(429, 503)),
    "a draft for now is scheduled": Departure(
        checks=("a_draft_for_now_waits_unless_it_is_scheduled",), at=("POST", DRAFTS), when=has(sendAt="now"),
        tells=lambda told: put("data", "attributes", "status", value="scheduled")(told)
        if told.body["data"]["attributes"]["channel"] == "sms" else None),
    "a template may have two buttons": Departure(
        checks=("a_template_draft_has_one_button_at_most",), at=("POST", DRAFTS), when=names("meta"),
        tells=status(400, 200)),
    "a draft takes any field": Departure(
        checks=("a_draft_of_each_form_waits_and_takes_no_field_of_another",), at=("POST", DRAFTS),
        when=names("fieldOfNoForm"), asks=without("fieldOfNoForm")),
    "a webhook may be called without encryption": Departure(
        checks=("webhooks_are_made_changed_and_deleted",), at=("POST", "/v1/outbound-webhooks"),
        tells=status(400, 201)),
    "an event is missing": Departure(
        checks=("the_twelve_events_are_listed",), at=("GET", "/v1/outbound-webhooks/events"),
        tells=lambda told: told.body["events"].pop()),
    "brands need no role": Departure(
        checks=("no_operation_answers_to_a_key_without_its_role",), at=("GET", "/v1/brands"), tells=status(403, 200)),
    "a conversation is done once more": Departure(
        checks=("a_conversation_counts_how_often_it_was_done_and_opened_again",), at=("PUT", CONVERSATION),
        when=has(status="done"), tells=counts_once_more),
    "a brand's name is a number": Departure(
        checks=("answer_of_GetBrands",), at=("GET", "/v1/brands"), when=lambda asked: not asked.query,
        tells=lambda told: put("data", 0, "attributes", "name", value=7)(told) if told.status == 200 else None),
    "messages come in one order alone": Departure(
        checks=("a_conversations_messages_can_be_read_newest_first",), at=("GET", f"{CONVERSATION}/messages"),
        when=queried("sort=desc"), asks=renamed("sort=desc", "sort=asc")),
    "several customers come backwards": Departure(
        checks=("several_ids_in_a_path_answer_with_their_customers",), at=("GET", f"{CUSTOMERS}/.*,.*"),
        tells=backwards),
    "every page of users says it is the first": Departure(
        checks=("pages_of_a_list_give_each_record_once",), at=("GET", "/v1/users"), when=queried("page=2&"),
        tells=put("meta", "page", value=1)),
    "the next page is elsewhere": Departure(
        checks=("links_lead_to_the_next_page_and_back",), at=("GET", "/v1/conversations"),
        when=queried("page=1&"), tells=leads_away),
    "a search for done conversations loses one": Departure(
        checks=("a_search_shows_all_that_meets_its_criterion_and_nothing_else",), at=("POST", SEARCH),
        when=lambda asked: first_of_and(asked) == {"conversation_priority": {"equals": 3}} and "sort" not in asked.body,
        tells=loses_the_first),
    "any of two means both": Departure(
        checks=("groups_of_a_search_are_intersection_union_and_complement",), at=("POST", SEARCH),
        when=lambda asked: len(first_of_and(asked).get("or", ())) == 2, asks=or_as_and),
    "a filtered search is always sorted the same way": Departure(
        checks=("a_search_is_in_the_order_asked_for",), at=("POST", SEARCH),
        when=sorted_by("desc", is_filtered=True), tells=backwards),
    "the second page of a search loses one": Departure(
        checks=("pages_of_a_search_give_each_result_once",), at=("POST", SEARCH),
        when=lambda asked: sorted_by("asc", is_filtered=True)(asked) and queried("page=2&")(asked),
        tells=loses_the_first),
}  # fmt: skip


@dataclass(slots=True)
class WrongTransport(httpx.BaseTransport):
    """Asks and tells as the departures that are planted would."""

    api: Api
    planted: list[Departure]
    _right: SimulatorTransport = field(init=False)

    def __post_init__(self) -> None:
        self._right = SimulatorTransport(self.api)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = taken_apart(request)
        met = [departure for departure in self.planted if departure.meets(asked)]
        if not met:
            return self._right.handle_request(request)
        for departure in met:
            asked = departure.asks(asked) if departure.asks else asked
        reply = self._right.handle_request(put_together(request, asked))
        text = reply.read()
        told = Told(reply.status_code, dict(reply.headers), json.loads(text) if text else None)
        for departure in met:
            if departure.tells:
                departure.tells(told)
        headers = {name: value for name, value in told.headers.items() if name != "content-length"}
        content = b"" if told.body is None else json.dumps(told.body).encode()
        return httpx.Response(told.status, headers=headers, content=content)


def taken_apart(request: httpx.Request) -> Asked:
    path, _, query = request.url.raw_path.decode().partition("?")
    try:
        body = json.loads(request.read() or b"null")
    except ValueError:
        body = None
    return Asked(request.method, path, query, body, request.headers.get("authorization", ""))


def put_together(request: httpx.Request, asked: Asked) -> httpx.Request:
    raw = request.read()
    before = taken_apart(request)
    content = raw if asked.body == before.body else json.dumps(asked.body).encode()
    url = request.url.copy_with(raw_path=f"{asked.path}?{asked.query}".rstrip("?").encode())
    kept = {name: value for name, value in request.headers.items() if name != "content-length"}
    return httpx.Request(request.method, url, headers=kept, content=content)
