"""The plugin in projects of its users: cheap where it is not used, the same everywhere where it is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest in a process of its own with this plugin and those that are named, and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def started(*options: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(
            "-p", "kustomer_sandbox.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", *options
        )

    return started


def test_the_plugin_itself_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded in every test run of a project that has the package, also where no test asks for a world."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code = (
        "import pytest, sys; before = set(sys.modules); import kustomer_sandbox.pytest_plugin; "
        "print(*set(sys.modules) - before)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert sorted(loaded.split()) == ["kustomer_sandbox", "kustomer_sandbox.pytest_plugin"]


def test_a_project_without_worlds_notices_nothing(pytester: pytest.Pytester, run: Run) -> None:
    """No import, no warning, no other output."""
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nstrict_config = true\nstrict_markers = true\n")
    pytester.makepyfile("""
        import sys
        def test_nothing_is_there():
            loaded = [name for name in sys.modules if name.startswith(("kustomer_sandbox.", "mcp", "fastapi", "httpx"))]
            assert loaded == ["kustomer_sandbox.pytest_plugin"]
    """)
    result = run()
    result.assert_outcomes(passed=1)
    assert "kustomer" not in result.stdout.str()


OPTIONS = """
    import pytest
    pytestmark = pytest.mark.kustomer(plan="business", seed="7")

    def told(kustomer):
        world = kustomer.world
        return [world.scenario, world.plan, world.masking, world.ids.seed, kustomer.clock.text, world.clock.mode]

    def test_module(kustomer):
        assert told(kustomer) == ["demo", "business", "object", "demo/7", "2026-06-09T12:00:00.000Z", "frozen"]

    @pytest.mark.kustomer(scenario="empty", masking="partial", start="2026-01-01", clock="real", seed="8")
    def test_function(kustomer):
        assert told(kustomer)[:4] == ["empty", "business", "partial", "empty/8"]
        assert (kustomer.clock.now.year, kustomer.world.clock.mode) == (2026, "real")
        assert kustomer.base_url == "https://empty.api.kustomerapp.com"
        assert kustomer.world.errors == "recorded"

    @pytest.mark.kustomer(scenario="data/acme-shop.yaml")
    def test_own_file(kustomer):
        assert kustomer.base_url == "https://acme-shop.api.kustomerapp.com"
        assert kustomer.client().get("/v1/customers/email=ann@example.com").status_code == 200
        assert kustomer.world.errors == "recorded"
        kustomer.no_pii_leaks("+15555550142, which the name shows to everybody from the beginning")
        with pytest.raises(AssertionError):
            kustomer.no_pii_leaks("+15555550143")

    @pytest.mark.kustomer(scenario="data/acme-shop.yaml")
    def test_own_file_again(kustomer):
        test_own_file(kustomer)

    @pytest.mark.kustomer(errors="page", scenario="data/recorded.yaml")
    def test_errors(kustomer):
        assert kustomer.world.errors == "page"
"""


SHOP = """
sensitive: {customer: [phones]}
customers:
  ann:
    name: Ann +15555550142
    emails: [{email: ann@example.com}]
    phones: [{phone: "+15555550142"}, {phone: "+15555550143"}]
"""


STRICT = """
    import pytest

    def asked(kustomer):
        return kustomer.client().get("/v1/customers?colour=red").status_code

    def test_as_the_run_says(kustomer):
        assert (asked(kustomer), kustomer.world.limits) == (400, {"record_updates": 5, "search": 1})

    @pytest.mark.kustomer(strict=False, limits={"org": 1})
    def test_as_the_marker_says(kustomer):
        assert (asked(kustomer), asked(kustomer)) == (200, 429)

    @pytest.mark.kustomer(strict="")
    def test_as_the_scenario_says(kustomer):
        assert asked(kustomer) == 200
"""


@pytest.mark.parametrize("where", ["command line", "ini file"])
def test_a_strict_run_refuses_unknown_parameters(pytester: pytest.Pytester, run: Run, where: str) -> None:
    """A flag needs no value on the command line; limits are given by name."""
    pytester.makepyfile(STRICT)
    options: tuple[str, ...] = ("--kustomer-strict", "--kustomer-limits=record_updates=5, search=1")
    if where == "ini file":
        ini = '[tool.pytest.ini_options]\nkustomer_strict = "true"\nkustomer_limits = "record_updates=5,search=1"\n'
        pytester.makepyprojecttoml(ini)
        options = ()
    run(*options).assert_outcomes(passed=3)


def test_the_nearest_option_counts(pytester: pytest.Pytester, run: Run) -> None:
    """Function before module, marker before command line, command line before ini file."""
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nkustomer_plan = "ultimate"\nkustomer_masking = "partial"\n')
    pytester.mkdir("data").joinpath("acme-shop.yaml").write_text(SHOP)
    pytester.path.joinpath("data", "recorded.yaml").write_text("errors: recorded\n")
    pytester.makepyfile(OPTIONS)
    options = ("--kustomer-plan=professional", "--kustomer-masking=object", "--kustomer-errors=recorded")
    run(*options).assert_outcomes(passed=5)


ERRORS = """
    import pytest

    def test_default(kustomer):
        assert kustomer.client().get("/v1/customers/externalId=nobody").json()["errors"][0]["code"] == "notfound"

    @pytest.mark.kustomer(scenario="page.yaml")
    def test_file(kustomer):
        assert kustomer.client().get("/v1/customers/externalId=nobody").json()["errors"][0]["code"] == "not_found"
"""


def test_a_suite_can_be_run_under_either_choice_of_error_codes(pytester: pytest.Pytester, run: Run) -> None:
    """By one option, which counts before what a scenario file has chosen."""
    pytester.path.joinpath("page.yaml").write_text("errors: page\n")
    pytester.makepyfile(ERRORS)
    run().assert_outcomes(passed=1, failed=1)
    run("--kustomer-errors=recorded").assert_outcomes(passed=1, failed=1)
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nkustomer_errors = "page"\n')
    run().assert_outcomes(passed=1, failed=1)


WRONG = """
    import pytest

    @pytest.mark.kustomer(scenaro="demo")
    def test_name(kustomer): ...

    @pytest.mark.kustomer(scenario="dmo")
    def test_scenario(kustomer): ...

    @pytest.mark.kustomer(masking="none")
    def test_masking(kustomer): ...

    @pytest.mark.kustomer(errors="vendor")
    def test_errors(kustomer): ...

    @pytest.mark.kustomer(start="noon")
    def test_start(kustomer): ...

    @pytest.mark.kustomer(scenario="data/nothing.yaml")
    def test_file(kustomer): ...

    @pytest.mark.kustomer(scenario="wrong.yaml")
    def test_content(kustomer): ...

    @pytest.mark.kustomer(strict="yes")
    def test_strict(kustomer): ...

    @pytest.mark.kustomer(limits={"updates": 1})
    def test_limits(kustomer): ...

    @pytest.mark.kustomer("demo")
    def test_without_a_name(kustomer): ...
"""


def test_a_wrong_option_is_told_with_those_there_are(pytester: pytest.Pytester, run: Run) -> None:
    """One line each, no trace into the plugin."""
    pytester.path.joinpath("wrong.yaml").write_text("customers:\n  ann: {emals: []}\n")
    pytester.makepyfile(WRONG)
    result = run()
    result.assert_outcomes(errors=10)
    result.stdout.fnmatch_lines([
        "the kustomer marker does not know scenaro; did you mean 'scenario'?; it takes scenario, plan, masking, *",
        "kustomer: scenario is 'dmo', but must be one of demo, empty*",
        "kustomer: masking is 'none', but must be one of stars, object, partial",
        "kustomer: errors is 'vendor', but must be one of page, recorded",
        "kustomer: start is 'noon', but must be a date-time such as 2026-06-09T12:00:00Z",
        "kustomer: there is no scenario file data/nothing.yaml in *",
        "kustomer: *wrong.yaml:2: customers.ann.emals is not a known field here; did you mean 'emails'?",
        "kustomer: strict is 'yes', but must be one of true, false",
        "kustomer: a name in limits is 'updates', but must be one of *record_updates*",
        "the kustomer marker takes names only; it takes scenario, *",
    ])  # fmt: skip
    assert "plan_of" not in result.stdout.str()


FAILING = """
    import pathlib

    def test_fails(kustomer):
        client = kustomer.client()
        customer = client.get("/v1/customers/email=jane.doe@example.com").json()["data"]["id"]
        client.post(f"/v1/customers/{customer}/unmasking-windows")
        seen = client.get(f"/v1/customers/{customer}").json()["data"]["attributes"]
        pathlib.Path("seen.txt").write_text(seen["phones"][0]["phone"])
        kustomer.faults.arm(status=503, times=2)
        client.get("/v1/teams")
        del seen
        assert 1 == 2

    def test_passes(kustomer): ...
    def test_fails_without_a_world(): assert 0
"""


def test_a_failed_test_tells_what_happened_in_its_world(pytester: pytest.Pytester, run: Run) -> None:
    """Calls, budget, open windows, waiting faults; ids, but never a value."""
    pytester.makepyfile(FAILING)
    result = run("-rP")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines([
        "*- kustomer sandbox -*",
        "world: scenario demo, plan enterprise, masking stars, errors page, its time 2026-06-09T12:00:00.000Z, *",
        "budget: requests: 3 of 1000 used, resets at 2026-06-09T12:01:00.000Z",
        "journal: the last 4 of 4 calls",
        "  #1 GET /v1/customers/email=[*][*][*] -> 200 GetCustomerByEmail",
        "  #2 POST /v1/customers/*/unmasking-windows -> 201 CreateUnmaskingWindowByCustomer",
        "  #3 GET /v1/customers/* -> 200 GetCustomerById",
        "  #4 GET /v1/teams -> 503 *",
        "open window: customer *, until 2026-06-10T12:00:00.000Z",
        "armed fault: Status(status=503) for 1 more of all calls",
    ], consecutive=True)  # fmt: skip
    told = result.stdout.str()
    phone = pytester.path.joinpath("seen.txt").read_text()
    assert (told.count("- kustomer sandbox -"), phone[:2], phone in told) == (1, "+1", False)


def test_a_world_that_cannot_be_shown_leaves_the_report_alone(pytester: pytest.Pytester, run: Run) -> None:
    """A test may break its world on purpose; its own failure must still be told."""
    pytester.makepyfile("def test_fails(kustomer):\n    kustomer.world.budgets = None\n    assert 0, 'my own words'")
    result = run()
    result.assert_outcomes(failed=1)
    shown = ["*my own words*", "*- kustomer sandbox -*", "the world cannot be shown: AttributeError"]
    result.stdout.fnmatch_lines(shown)


def test_it_works_where_logs_are_not_captured(pytester: pytest.Pytester, run: Run) -> None:
    """`-p no:logging` takes pytest's own fixture for logs away."""
    pytester.makepyfile("def test_world(kustomer): kustomer.no_pii_leaks()")
    run("-p", "no:logging").assert_outcomes(passed=1)


DIGESTS = """
    import hashlib, json, pytest

    def played(kustomer, tools):
        client = kustomer.client()
        made = client.post("/v1/customers", json={"name": "Ann", "phones": [{"phone": "+15555550142"}]})
        kustomer.clock.advance("PT61S")
        client.post(f"/v1/customers/{made.json()['data']['id']}/unmasking-windows")
        answers = [client.get(path) for path in ("/v1/customers", "/v1/conversations", "/v1/users", "/v1/x")]
        other = kustomer.client(key=kustomer.key(roles=["org.user.team.read"])).get("/v1/teams")
        tool = tools.call("kustomer_customers_using_email", email="jane.doe@example.com")
        journal = [entry.shown() for entry in kustomer.journal.entries]
        seen = [(answer.content, sorted(answer.headers.items())) for answer in (made, *answers, other)]
        return hashlib.sha256(repr((kustomer.base_url, kustomer.api_key, seen, tool, journal)).encode()).hexdigest()

    @pytest.mark.parametrize("number", range(4))
    def test_one(kustomer, kustomer_mcp, number, request):
        record(request, played(kustomer, kustomer_mcp))

    def test_another(kustomer, kustomer_mcp, request):
        record(request, played(kustomer, kustomer_mcp))

    def record(request, digest):
        with open(request.config.rootpath / f"{request.node.name}.digest", "w") as file:
            file.write(digest)
"""
REVERSED = """
    def pytest_collection_modifyitems(items):
        items.reverse()
"""


def test_worlds_are_the_same_in_any_order_and_on_any_worker(pytester: pytest.Pytester, run: Run) -> None:
    """What a test sees depends on nothing but the test: not on its name, its place, its worker, or xdist at all."""
    pytester.makepyfile(DIGESTS)
    pytester.makepyfile(backwards=REVERSED)
    seen = []
    for options in ([], ["-p", "backwards"], ["-p", "xdist.plugin", "-n", "2"]):
        run(*options).assert_outcomes(passed=5)
        found = sorted(pytester.path.glob("*.digest"))
        seen.append({file.stem: file.read_text() for file in found})
        for file in found:
            file.unlink()
    assert [len(digests) for digests in seen] == [5, 5, 5]
    assert len({digest for digests in seen for digest in digests.values()}) == 1, json.dumps(seen, indent=1)


SHARED = """
    import pytest

    def teams(kustomer):
        return [team["attributes"]["name"] for team in kustomer.client().get("/v1/teams").json()["data"]]

    @pytest.fixture(scope="module")
    def shop(kustomer_module):
        kustomer_module.client().post("/v1/teams", json={"name": "Shop"})
        return kustomer_module

    @pytest.fixture
    def more(shop):
        shop.client().post("/v1/teams", json={"name": "More"})
        yield
        assert "More" in teams(shop)

    @pytest.mark.parametrize("number", range(2))
    def test_with_its_own_fixture(shop, more, number):
        assert [name for name in teams(shop) if name in ("Shop", "More")] == ["Shop", "More"]
        shop.clock.advance(60)

    @pytest.mark.parametrize("number", range(2))
    def test_without(shop, number, make_kustomer):
        assert (shop.journal.total, "More" in teams(shop), shop.clock.now.minute) == (0, False, 0)
        shop.client().post("/v1/teams", json={"name": "Mine"})
        shop.assert_only_changed("team")
        assert teams(make_kustomer(scenario="empty")) == []

    class TestForAll:
        def test_the_run_s(self, kustomer_session, shop):
            assert "Shop" not in teams(kustomer_session)

    @pytest.mark.parametrize("plan", ["professional", "business"])
    def test_plans(kustomer, plan):
        assert kustomer.limits.requests.limit == {"professional": 300, "business": 500}[plan]

    @pytest.mark.parametrize("kustomer", ["professional", {"plan": "business"}], indirect=True, ids=str)
    def test_plans_of_the_fixture(kustomer):
        assert kustomer.limits.requests.limit in (300, 500)

    @pytest.mark.parametrize("kustomer", ["free"], indirect=True)
    def test_no_plan(kustomer): ...

    def test_never_fired(kustomer):
        kustomer.faults.arm(status=503)
"""


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["in one process", "with workers"])
def test_worlds_are_shared_and_restored(pytester: pytest.Pytester, run: Run, workers: list[str]) -> None:
    """What wider fixtures did stays, what a test did is undone, also for its own fixtures."""
    pytester.makepyfile(SHARED)
    result = run(*workers)
    result.assert_outcomes(passed=9, failed=1, errors=1)
    result.stdout.fnmatch_lines_random([
        "kustomer is parametrized with mappings of options, or with plans, not 'free'",
        "armed faults have never fired:",
        "  Status(status=503) for 1 more of all calls",
        "disarm it, or arm it with optional=True, if that is as it should be",
    ])  # fmt: skip
    assert result.stdout.str().count("- kustomer sandbox -") == 1
