"""Which everyday test catches which fault in limits, masking, windows, leases and search."""

from __future__ import annotations

from dataclasses import dataclass

from tests.stateful.exploring import PlantedFault


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A fault, and the test (as pytest names it, below `tests/`) that fails while it is planted."""

    area: str
    fault: PlantedFault
    test: str

    def __str__(self) -> str:
        return str(self.fault)


def _proof(area: str, test: str, words: str, function: str, old: str, new: str) -> Proof:
    return Proof(area=area, test=test, fault=PlantedFault(words, function, old, new))


_LIMITS, _STORE = "simulator.world.limits", "simulator.store.memory:MemoryStore"
_PIPELINE, _FORECAST = "simulator.request.pipeline", "simulator.world.spending.what_if"
_TEST_LIMITS, _TEST_CALLERS = "simulator/test_limits.py", "simulator/test_budgets_of_callers.py"
_BOUNDARY = "simulator/test_budget_boundaries.py::test_a_used_up_budget_is_free_at_its_end_and_not_a_microsecond_before"
_ORDER = f"{_TEST_CALLERS}::test_budgets_refuse_in_their_order_and_a_missing_role_before_them"
_FILLED = f"{_TEST_CALLERS}::test_a_429_names_the_calls_that_filled_its_budget"
_ALIKE = f"{_TEST_LIMITS}::test_budgets_agree_with_a_naive_model"
LIMITS = (
    ("one unit too many is granted", f"{_STORE}.take", "used >= limit", "used > limit", _ALIKE),
    ("a minute ends one instant late", f"{_STORE}._window", "now >= window.resets_at", "now > window.resets_at",
     _BOUNDARY),
    ("a minute begins anew with each unit", f"{_STORE}.take", "CounterWindow(used + 1, resets_at)",
     "CounterWindow(used + 1, now + seconds)", _BOUNDARY),
    ("more is given back than was taken", f"{_STORE}.give_back", "and window.used > 0", "",
     f"{_TEST_LIMITS}::test_more_cannot_be_given_back_than_was_taken"),
    ("`importedAt` exempts even when it is null", f"{_LIMITS}:counters", "fields.get(spend.budget.exempt) is not None",
     "spend.budget.exempt in fields", f"{_TEST_LIMITS}::test_only_the_exempting_field_exempts"),
    ("two customers share a counter", f"{_LIMITS}:counters", ":{principal.user_id}:{target}", ":{principal.user_id}:",
     f"{_TEST_LIMITS}::test_the_object_is_found_in_path_body_or_through_a_relation"),
    ("two clients share a customer's counter", f"{_LIMITS}:counters", ":{principal.user_id}:{target}", "::{target}",
     _FILLED),
    ("a customer named through a relation is not counted", f"{_LIMITS}:_target", "isinstance(value, str) and through",
     "False", f"{_TEST_LIMITS}::test_the_object_is_found_in_path_body_or_through_a_relation"),
    ("a budget of the client is one for each object", f"{_LIMITS}:_target", "spend.budget.is_of_client", "False",
     f"{_TEST_LIMITS}::test_a_budget_of_the_client_is_one_for_all_objects"),
    ("each key has the organisation's budget for itself", f"{_LIMITS}:shared_counter",
     'name if name != USERS else f"{USERS}:{principal.user_id}:{ALL}"', 'f"{name}:{principal.user_id}:{ALL}"',
     f"{_TEST_CALLERS}::test_the_organisations_budget_tells_whose_calls_filled_it"),
    ("all people share one budget", f"{_LIMITS}:shared_counter", "{USERS}:{principal.user_id}:{ALL}", "{USERS}::{ALL}",
     f"{_TEST_CALLERS}::test_a_person_has_a_minute_besides_the_organisations"),
    ("people search within the limit of API keys", f"{_LIMITS}:shared_budgets", "return _PERSON", "return _SEARCH",
     f"{_TEST_CALLERS}::test_a_person_searches_without_a_limit"),
    ("searches are refused before the organisation is", f"{_LIMITS}:shared_budgets", "_SEARCH if operation.searches",
     "_SEARCH[::-1] if operation.searches", _ORDER),
    ("a search of an API key is a call like any", f"{_LIMITS}:shared_budgets", "_SEARCH if operation.searches",
     "_PLAIN if operation.searches", _ORDER),
    ("a refused call keeps what it took", f"{_PIPELINE}:_give_back",
     "x.world.budgets.give_back(counter, x.now)", "pass",
     f"{_TEST_LIMITS}::test_a_refused_update_gives_its_unit_back"),
    ("a refused call does not say what it was given back", f"{_PIPELINE}:_give_back", "remaining + 1", "remaining",
     "simulator/test_object_limits.py::test_a_refused_call_tells_what_it_was_given_back"),
    ("the roomiest budget is told in place of the tightest", f"{_PIPELINE}:charge_objects",
     "limit - state.used < x.object_budget[1]", "limit - state.used > x.object_budget[1]",
     "simulator/test_object_limits.py::test_the_tightest_object_budget_is_told"),
    ("a world's own limit gives way to the contract's", f"{_LIMITS}:ceilings_of", "**objects, **own",
     "**own, **objects", "simulator/test_object_limits.py::test_a_world_may_have_budgets_of_its_own"),
    ("a second is told that has no budget yet", f"{_LIMITS}:whole_seconds", "-int(-instant // 1)", "int(instant)",
     f"{_TEST_CALLERS}::test_the_reset_is_told_when_the_world_says"),
    ("a forecast waits a minute however much is left", f"{_FORECAST}:forecast", "now = free",
     "now += timedelta(minutes=1)", "kustomer_sandbox/test_what_if.py::test_a_forecast_is_what_happens"),
)  # fmt: skip

_MASKS, _LOOKS = "simulator.records.masking", "simulator.request.rendering"
_GUARD, _EVENTS = "simulator.request.mask_guard", "simulator.request.webhook_events"
_TEST_MASKS, _TEST_PATHS = "simulator/test_masking.py", "simulator/test_masking_paths.py"
_NO_WAY = f"{_TEST_PATHS}::test_no_way_shows_a_masked_value"
_EXACTLY = f"{_TEST_MASKS}::test_exactly_the_flagged_scalars_are_masked"
_STYLES = f"{_TEST_MASKS}::test_a_mask_looks_as_the_organisation_chose"
_IN_EVENTS = (
    "simulator/resources/test_outbound_webhooks.py::"
    "test_masked_values_are_masked_in_events_unless_the_customers_window_is_open"
)
_GUARDED = "simulator/test_mask_guard.py::test_a_mask_is_refused_only_where_it_would_replace_a_hidden_value"
MASKING = (
    ("what is included is shown without masks", f"{_LOOKS}:_rendered", "render(x, presenters, record)",
     "envelope.resource_object(record, x.world.records.resource(record['type']), x.world.org)", _NO_WAY),
    ("the presenter comes after the mask", f"{_LOOKS}:draw",
     'masking.apply(record["attributes"], appearance.masked, appearance.style)',
     'masking.apply(record["attributes"], appearance.masked, appearance.style); appearance.presenter(record, None)',
     "simulator/test_rendering.py::test_what_a_presenter_shows_is_masked_like_what_is_stored"),
    ("the cache does not know of masks", f"{_LOOKS}:_drawn_once", "cache.rendered(data, appearance)",
     "next(iter(cache._forms.get(data, {}).values()), None)",
     "simulator/test_cache.py::test_a_reader_with_the_right_and_one_without_see_their_own_forms"),
    ("a webhook is sent before the mask", f"{_EVENTS}:_shown", "sees_all=False", "sees_all=True", _IN_EVENTS),
    ("a webhook knows of no window", f"{_EVENTS}:_shown", "None if row is None else row.data", "None", _IN_EVENTS),
    ("the right to see is not looked at", f"{_LOOKS}:appearance_of", "sees_all=x.principal.read_sensitive",
     "sees_all=False", f"{_TEST_MASKS}::test_a_reader_with_the_right_sees_everything"),
    ("a page is judged by no owner", f"{_LOOKS}:_window", "owner is None", "True",
     f"{_TEST_MASKS}::test_a_window_opens_the_customers_own_objects_and_no_others"),
    ("null is masked as a value is", f"{_MASKS}:masked", "value is None", "False", _STYLES),
    ("items of lists stay clear", f"{_MASKS}:masked", "[masked(item, style, below) for item in value]", "value",
     _STYLES),
    ("an odd shape shows more rather than less", f"{_MASKS}:masked", "if value is None:",
     "if path or value is None:\n        return value\n    if value is None:",
     f"{_TEST_MASKS}::test_an_unexpected_shape_hides_more_rather_than_less"),
    ("custom attributes stay clear", f"{_MASKS}:compile_masked_paths", 'if name.startswith(f"{CUSTOM}.")', "if False",
     _EXACTLY),
    ("what follows from a name stays clear", f"{_MASKS}:compile_masked_paths",
     "if _any_flagged(sources, kind, flagged)", "if False",
     f"{_TEST_MASKS}::test_names_inherit_from_the_name_and_external_id_from_its_list"),
    ("a flag of another type counts", "simulator.world.world:World._flagged", 'get("metadata", kind)',
     'get("metadata", "kobject.order")', f"{_TEST_MASKS}::test_a_flag_on_one_type_leaves_the_others_alone"),
    ("what repeats a hidden value stays clear", f"{_MASKS}:apply", "if said.intersection(_leaves(attributes, path))",
     "if False", f"{_TEST_PATHS}::test_what_repeats_a_marked_attribute_is_masked_with_it"),
    ("what two flags hide is masked twice", f"{_MASKS}:_outermost",
     "if not any(path[:length] in every for length in range(len(path)))", "",
     f"{_TEST_MASKS}::test_what_two_flags_hide_is_masked_once"),
    ("a partial mask shows the end of short texts", f"{_MASKS}:_presentation", ">= _PARTIAL_FROM", ">= 1",
     _STYLES),
    ("a flag is noticed once", "simulator.world.world:World.forget_masked_paths", "self._masked_paths = {}", "pass",
     f"{_TEST_PATHS}::test_a_flag_that_is_switched_hides_and_shows_at_once"),
    ("a mask is written back over its value", f"{_GUARD}:_masks", "node == STARS", "False", _GUARDED),
    ("only the first of many changes is looked at", f"{_GUARD}:_masks_at", "for number, item in enumerate(node)",
     "for number, item in enumerate(node[:0])", _GUARDED),
)  # fmt: skip

_WINDOWS, _MOMENT = "simulator.resources.customers.unmasking_windows", "simulator.values.unmasking"
_WINDOW = "simulator/test_unmasking_windows.py::test_of_an_unmasking_window"
_ENDS = f"{_WINDOW}[it_ends_to_the_millisecond]"
WINDOWS = (
    ("a window is open at its end", f"{_MOMENT}:window_at", 'iso(now) < _stamps(data).get("endDate", "")',
     'iso(now) <= _stamps(data).get("endDate", "")',
     f"{_TEST_MASKS}::test_a_window_ends_by_its_date_alone"),
    ("a window ends a millisecond early", f"{_WINDOWS}:open_window", "call.world.windows.duration)",
     "call.world.windows.duration - __import__('datetime').timedelta(milliseconds=1))", _ENDS),
    ("a second opening keeps the old end", f"{_WINDOWS}:open_window", '"endDate": end',
     '"endDate": (before or {}).get("endDate", end)', f"{_WINDOW}[another_opening_restarts_the_clock]"),
    ("a second opening forgets when the first was made", f"{_WINDOWS}:open_window",
     'before["createdAt"] if before else now', "now", f"{_WINDOW}[another_opening_restarts_the_clock]"),
    ("every window lasts a day", f"{_MOMENT}:WindowSettings.duration", "self.minutes", "1440",
     "simulator/test_unmasking_windows.py::test_a_window_lasts_as_long_as_the_settings_say"),
    ("a close closes nothing", f"{_WINDOWS}:_close", 'if window and "endDate" in window', "if False",
     f"{_WINDOW}[deleting_ends_it_at_once_and_again_does_no_harm]"),
    ("the end of the first closes the second", f"{_WINDOWS}:open_window", "call.world.schedule(",
     "before or call.world.schedule(", f"{_WINDOW}[another_opening_restarts_the_clock]"),
    ("a window for its requester is for everyone", f"{_MOMENT}:UnmaskingWindow.is_open_for",
     'opens_for == "everyone"', "True",
     "simulator/test_unmasking_windows.py::test_a_window_for_its_requester_opens_nothing_for_others"),
    ("a window for everyone is for its requester", f"{_MOMENT}:UnmaskingWindow.is_open_for",
     'opens_for == "everyone"', "False", f"{_WINDOW}[everyone_benefits]"),
    ("a window opens every customer", f"{_LOOKS}:_window", "window_of(owner)",
     "next(filter(None, map(window_of, (one['id'] for one in world.records.find('customer')))), None)",
     f"{_WINDOW}[nobody_elses_records_are_opened]"),
    ("a merge leaves windows open", f"{_WINDOWS}:close", "_close(context, customer)", "pass",
     f"{_WINDOW}[a_merge_closes_both]"),
)  # fmt: skip

_BOOK, _LEASES, _CLOSER = (f"mcp_server.unmasking.{name}" for name in ("book:LeaseBook", "leases", "windows"))
_READER = "mcp_server.unmasking.unmasking:Unmasking"
_TEST_LEASES, _TEST_READ = "mcp_server/test_windows.py", "mcp_server/test_unmasked.py"
_EXPIRES = f"{_TEST_LEASES}::test_a_window_nobody_uses_is_closed_after_five_minutes"
_EXTENDED = f"{_TEST_LEASES}::test_reading_extends_a_window_but_never_past_its_hard_end"
LEASES = (
    ("a lease is overdue one instant late", f"{_LEASES}:Lease.is_overdue", "now >= self.ends_at", "now > self.ends_at",
     _EXPIRES),
    ("a read extends no lease", f"{_LEASES}:read", "max(lease.expires_at, min(now + SLIDING, lease.hard_at))",
     "lease.expires_at", _EXTENDED),
    ("a lease that nobody reads lasts to its hard end", f"{_LEASES}:Lease.ends_at",
     "min(self.expires_at, self.hard_at)", "max(self.expires_at, self.hard_at)", _EXPIRES),
    ("a lease is written after its window is open", f"{_BOOK}.begin", "db.execute(_ADD, _row(lease))", "pass",
     f"{_TEST_LEASES}::test_the_lease_is_written_before_the_window_is_asked_for"),
    ("a lease is read through to its end and beyond", f"{_LEASES}:is_safe", "and now < lease.ends_at", "",
     f"{_TEST_LEASES}::test_reads_are_refused_from_the_end_of_the_lease_until_closing_is_confirmed"),
    ("a failed closing is not repeated", f"{_LEASES}:Lease.is_due", "self.is_closing and", "False and",
     f"{_TEST_LEASES}::test_a_delete_the_upstream_refuses_is_repeated_by_the_sweeper"),
    ("an unanswered opening is closed once", f"{_LEASES}:closing", "1 if lease.is_open else 2", "1",
     f"{_TEST_LEASES}::test_an_opening_without_an_answer_is_closed"),
    ("any answer confirms a closing", f"{_CLOSER}:is_closed", "response.status in _OK", "True",
     f"{_TEST_READ}::test_an_unconfirmed_closing_is_told_and_goes_on"),
    ("a window serves every MCP server", f"{_CLOSER}:LeaseSnapshot.is_mine", "lease.server_id == self.server_id and",
     "", f"{_TEST_LEASES}::test_a_window_is_no_use_to_another_mcp_server"),
    ("an answer under way is let through", f"{_CLOSER}:LeaseSnapshot.uncertain_customers", "| (before - after)",
     "", f"{_TEST_LEASES}::test_an_answer_that_was_under_way_while_the_window_closed_is_refused"),
    ("an earlier lease outlives the next", f"{_BOOK}.mark_opened", "if other.id != lease.id and", "if False and",
     f"{_TEST_LEASES}::test_a_second_window_takes_over_from_the_first"),
    ("a refused opening is said to be open", f"{_READER}.read", "lease is not None and lease.is_closed",
     "False", f"{_TEST_READ}::test_a_refused_opening_reads_nothing"),
    ("an uncertain opening is said to be closed", f"{_READER}.read", "lease is not None and lease.is_closed",
     "True", f"{_TEST_READ}::test_an_opening_that_may_have_happened_is_not_said_to_be_closed"),
)  # fmt: skip

_MATCH, _ORDERED, _JUDGED = "simulator.search.match", "simulator.search.sort", "simulator.resources.masked_search"
_TEST_FOUND, _TEST_SEARCH = "simulator/search/test_match.py", "simulator/resources/test_search.py"
SEARCH = (
    ("deleted records are found", f"{_MATCH}:_visible", 'query.include_deleted or not record.get("deleted")', "True",
     f"{_TEST_FOUND}::test_tombstones_are_found_only_when_asked_for"),
    ("the archive begins an instant late", f"{_MATCH}:_in_period", "instant < query.horizon",
     "instant <= query.horizon",
     f"{_TEST_FOUND}::test_two_years_divide_the_standard_search_from_the_archive"),
    ("`not` is taken for `and`", f"{_MATCH}:_combine", 'any(results) is (group.kind == "any")', "any(results)",
     f"{_TEST_FOUND}::test_and_or_and_not_hold_together"),
    ("one test of a criterion is enough", f"{_MATCH}:_passes", "return all(", "return any(",
     f"{_TEST_FOUND}::test_two_criteria_may_be_met_by_different_conversations_but_one_criterion_by_one"),
    ("a negated test holds on any record", f"{_MATCH}:_satisfies", "return not any(", "return not all(",
     f"{_TEST_FOUND}::test_not_equals_on_another_type_means_no_such_record"),
    ("missing values come first", f"{_ORDERED}:_ordered_by", "[record for _, record in present] + missing",
     "missing + [record for _, record in present]",
     "simulator/search/test_sort.py::test_records_follow_their_key_then_their_id_and_those_without_come_last"),
    ("later keys decide before earlier ones", f"{_ORDERED}:order", "reversed(query.sort)", "query.sort",
     "simulator/search/test_sort.py::test_later_keys_decide_among_equals"),
    ("a masked attribute is aggregated", f"{_JUDGED}:is_masked",
     "bool(path) and call.world.masked_paths(kind).covers(path)", "False",
     f"{_TEST_SEARCH}::test_a_masked_attribute_cannot_be_aggregated"),
    ("parts of a masked value may be asked for", f"{_JUDGED}:judge", 'mode == "exact" and telling', "False",
     "attack/test_oracle.py::test_a_world_says_what_may_be_asked_of_masked_values"),
)  # fmt: skip

_COLUMNS, _CACHE = "simulator.search.columns", "simulator.store.table_cache:TableCache"
_TEST_COLUMNS = "simulator/resources/test_search_columns.py"
_AGREE = "simulator/search/test_columns.py::test_columns_agree_with_the_evaluator_in_changing_worlds"
COLUMNS = (
    ("a column is not told of an update", f"{_CACHE}.note", "(self._log, id)", "self._log",
     f"{_TEST_COLUMNS}::test_a_change_is_found_by_the_next_search"),
    ("what was said before is still found", f"{_COLUMNS}.table:Columns.renew", "self.live -= ", "self.live |= ",
     f"{_TEST_COLUMNS}::test_a_change_is_found_by_the_next_search"),
    ("a fork writes into the columns that it shares", f"{_COLUMNS}.table:opened",
     "held.copy() if cache.is_shared else held", "held",
     f"{_TEST_COLUMNS}::test_forks_share_columns_and_change_their_own"),
    ("a fork forgets what was written before it", f"{_CACHE}.copy", "self.value, self._log,", "self.value, None,",
     f"{_TEST_COLUMNS}::test_a_fork_knows_what_was_written_since_the_last_search"),
    ("columns find deleted records", f"{_COLUMNS}.evaluate:Evaluation.shown",
     "columns.live - columns[DELETED].present", "columns.live",
     f"{_TEST_COLUMNS}::test_what_is_new_or_deleted_is_known_to_the_next_search"),
    ("searches by columns are not judged by masks", "simulator.resources.search:_answer",
     "masked_search.judge(call, query)", "pass",
     "attack/test_oracle.py::test_a_world_says_what_may_be_asked_of_masked_values"),
    ("deleted records relate others", f"{_COLUMNS}.joins:owners", "found & shown(holder)", "found",
     f"{_TEST_COLUMNS}::test_a_deleted_customer_relates_nobody_by_an_index"),
    ("columns know no archive", f"{_COLUMNS}.evaluate:Evaluation._whole", "if query.archive", "if False",
     f"{_TEST_SEARCH}::test_search_and_archive_divide_the_records"),
    ("the archive begins at a full hour", f"{_COLUMNS}.evaluate:Evaluation._whole", "whole - old - doubtful",
     "whole - old", f"{_TEST_COLUMNS}::test_the_archive_begins_at_its_instant"),
    ("words may stand in different values", f"{_COLUMNS}.evaluate:_with_words", "Found(found - doubtful, found)",
     "Found(found, found)", f"{_TEST_COLUMNS}::test_several_words_are_looked_for_in_one_value"),
    ("columns take `not` for `or`", f"{_COLUMNS}.evaluate:Evaluation._node", 'if node.kind == "any"', "if True",
     _AGREE),
    ("a record of several values stands at each of them", f"{_COLUMNS}.order:_Level._forget",
     "if self._column.has_several", "if False",
     f"{_TEST_COLUMNS}::test_a_record_of_several_values_has_one_place"),
    ("ties go by position", f"{_COLUMNS}.order:RecordOrder._cut", "sorted(found, key=self.ids.__getitem__)",
     "sorted(found)", f"{_TEST_COLUMNS}::test_a_page_of_many_that_tie_is_cut_by_id"),
    ("a range takes its end along", f"{_COLUMNS}.blocks:Blocks.within", "after=not bounds.below_high", "after=True",
     f"{_TEST_COLUMNS}::test_a_range_has_its_ends_or_not"),
)  # fmt: skip

PROOFS = tuple(
    _proof(area, test, words, function, old, new)
    for area, rows in (
        ("limits", LIMITS), ("masking", MASKING), ("windows", WINDOWS), ("leases", LEASES), ("search", SEARCH),
        ("columns", COLUMNS),
    )
    for words, function, old, new, test in rows
)  # fmt: skip
