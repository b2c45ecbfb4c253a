"""The pytest plugin: a Kustomer world for every test that asks for one. Described in docs/testing.md.

Loaded in every test run of a project that has the package installed, so it imports nothing but pytest until one of
its fixtures is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kustomer_sandbox.testkit.kustomer import Kustomer, MakeKustomer
    from kustomer_sandbox.testkit.patches.everywhere import KustomerEverywhere
    from kustomer_sandbox.testkit.patches.respx_router import KustomerRouter
    from kustomer_sandbox.testkit.server.thread import KustomerServer, ServerThread
    from kustomer_sandbox.testkit.shared import SharedApi
    from kustomer_sandbox.testkit.tools import KustomerMcp

OPTIONS = {
    "scenario": ("demo", "what a test's world is seeded with: demo, empty, or the path of a scenario file (.yaml)"),
    "plan": ("enterprise", "the organisation's plan, which sets its requests a minute"),
    "masking": ("stars", "how masked values look: stars, object or partial"),
    "errors": ("", "whose error codes: page (the default) or recorded; a scenario file may have its own choice"),
    "ratelimit_reset": ("", "when x-ratelimit-reset is sent: exhausted (the default: nothing is left) or always"),
    "masked_search": ("allow", "what searches may ask of masked values: allow (all), exact (whole values) or refuse"),
    "window_minutes": ("1440", "how long an unmasking window lasts"),
    "windows_for": ("everyone", "who sees values while a window is open: everyone, or the requester alone"),
    "seed": ("0", "another seed gives another world; the same gives the same bytes"),
    "start": ("", "the instant a world's time starts at, such as 2026-06-09T12:00:00Z"),
    "clock": ("frozen", "whether a world's time stands still (frozen) or runs (real)"),
    "strict": ("", "whether query parameters that the API does not know are refused (true) or ignored (false)"),
    "limits": ("", "budgets that differ, calls a minute by name, such as record_updates=120,search=10"),
    "readings": ("", "other readings of rules nobody has verified, such as page-size-clamped=refused"),
}
"""The options, each `kustomer_<name>` in the ini file, `--kustomer-<name>` with dashes, and `<name>` of the marker."""

FLAGS = ("strict",)
"""Options that stand without a value on the command line, where they mean `true`."""

MARKER = "kustomer"
_KUSTOMERS: pytest.StashKey[list[Kustomer]] = pytest.StashKey()

CHOICES = {
    "plan": ("professional", "business", "enterprise", "ultimate"),
    "masking": ("stars", "object", "partial"),
    "errors": ("page", "recorded"),
    "ratelimit_reset": ("exhausted", "always"),
    "masked_search": ("allow", "exact", "refuse"),
    "windows_for": ("everyone", "requester"),
    "clock": ("frozen", "real"),
}
"""Options of a parametrized test that are meant for its world under their own names, with these values."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kustomer", "Kustomer Sandbox")
    for name, (default, meaning) in OPTIONS.items():
        help_text = f"{meaning} (default: {default})" if default else meaning
        as_given: dict[str, Any] = (
            {"action": "store_const", "const": "true"} if name in FLAGS else {"metavar": name.upper()}
        )
        option = f"--kustomer-{name.replace('_', '-')}"
        group.addoption(option, dest=f"kustomer_{name}", default=None, help=help_text, **as_given)
        parser.addini(f"kustomer_{name}", help=help_text, default=default)
    group.addoption("--kustomer-explore", action="store_true", help="run marked tests with every fault at every call")
    group.addoption("--kustomer-explore-at", metavar="CALL:FAULT", default="", help="only with one, such as 3:timeout")
    doubt_help = "run again under other readings of rules nobody has verified, and report which tests then fail"
    group.addoption("--kustomer-doubt", action="store_true", help=doubt_help)


def pytest_configure(config: pytest.Config) -> None:
    names = ", ".join(OPTIONS)
    config.addinivalue_line("markers", f"{MARKER}({names}): how the world of the kustomer fixture is to be")
    config.addinivalue_line("markers", "kustomer_explore: run again under faults by --kustomer-explore")
    if (at := config.getoption("kustomer_explore_at")) or config.getoption("kustomer_explore"):
        from kustomer_sandbox.exploring import marked  # noqa: PLC0415 - only when asked for

        marked.register(config, _KUSTOMERS, at)
    if config.getoption("kustomer_doubt"):
        from kustomer_sandbox.exploring import doubt  # noqa: PLC0415 - only when asked for

        doubt.register(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is run again has had other worlds."""
    item.stash[_KUSTOMERS] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:  # noqa: ANN401 - what pytest makes passes through
    """Tell a failed test what happened in its world."""
    report = yield
    if report.failed:
        worlds = item.stash.get(_KUSTOMERS, [])
        report.sections += [("kustomer sandbox", _world_report(world)) for world in worlds]
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:  # noqa: ANN401 - what a test gives passes through
    """Fail a test whose faults have never fired, or what never happened: what it is about did not happen."""
    result = yield
    if never := [text for world in item.stash.get(_KUSTOMERS, ()) if (text := world.never_met())]:
        pytest.fail("\n".join(never), pytrace=False)
    return result


def _world_report(world: Kustomer) -> str:
    from kustomer_sandbox.testkit.in_pytest.report import section  # noqa: PLC0415 - only when a test has failed

    try:
        return section(world)
    except Exception as fault:  # noqa: BLE001 - pytest would end the whole run, and the failure's own report with it
        return f"the world cannot be shown: {type(fault).__name__}"


@pytest.fixture(scope="session")
def _kustomer_api() -> SharedApi:
    """One simulator for the run; it holds one world at a time."""
    from kustomer_sandbox.testkit.shared import create_shared_api  # noqa: PLC0415 - most tests of a project need no world

    return create_shared_api()


@pytest.fixture
def kustomer(request: pytest.FixtureRequest, _kustomer_api: SharedApi) -> Iterator[Kustomer]:
    """A fresh Kustomer world: address, key, clients, clock, faults, journal, assertions."""
    with _world(request, _kustomer_api, _asked(request)) as world:
        request.node.stash.setdefault(_KUSTOMERS, []).append(world)
        yield world


@pytest.fixture
def make_kustomer(request: pytest.FixtureRequest) -> Iterator[MakeKustomer]:
    """Makes further worlds, each on a simulator of its own, with the marker's options unless others are given."""
    from kustomer_sandbox.testkit.shared import create_shared_api  # noqa: PLC0415 - imported when first asked for

    with ExitStack() as stack:

        def make(**options: Any) -> Kustomer:  # noqa: ANN401 - as the marker takes them
            asked = {**_asked(request), **_known(options, "make_kustomer")}
            world = stack.enter_context(_world(request, create_shared_api(), asked))
            request.node.stash.setdefault(_KUSTOMERS, []).append(world)
            return world

        yield make


@pytest.fixture(scope="module")
def kustomer_module(request: pytest.FixtureRequest) -> Iterator[Kustomer]:
    """One world for a module: what a test does to it is undone, what wider fixtures did stays."""
    yield from _wide(request)


@pytest.fixture(scope="session")
def kustomer_session(request: pytest.FixtureRequest) -> Iterator[Kustomer]:
    """The same for the whole run; of markers it knows nothing."""
    yield from _wide(request)


def _wide(request: pytest.FixtureRequest) -> Iterator[Kustomer]:
    from kustomer_sandbox.testkit.in_pytest.undone import UndoneAfterEachTest  # noqa: PLC0415 - as below
    from kustomer_sandbox.testkit.shared import create_shared_api  # noqa: PLC0415 - imported when first asked for

    with _world(request, create_shared_api(), _asked(request)) as world:
        undoing = UndoneAfterEachTest(world, str(request.fixturename), _KUSTOMERS)
        request.config.pluginmanager.register(undoing)
        yield world
        request.config.pluginmanager.unregister(undoing)


@contextmanager
def _world(request: pytest.FixtureRequest, api: SharedApi, asked: dict[str, Any]) -> Iterator[Kustomer]:
    from kustomer_sandbox.testkit.kustomer import Kustomer  # noqa: PLC0415 - imported when first asked for
    from kustomer_sandbox.testkit.pii.output import captured  # noqa: PLC0415
    from kustomer_sandbox.testkit.settings import SettingsError, plan_of  # noqa: PLC0415

    if (fork := vars(request.node).get("kustomer_fork")) is not None:  # the test is explored, from outside of it
        yield fork
        return
    # A whole run has no place of its own.
    folder = request.config.rootpath if request.scope == "session" else request.path.parent
    try:
        plan = plan_of(asked, api.worlds, folders=(folder, request.config.rootpath))
        world = Kustomer(api, plan, folder=folder, printed=captured(request.config))
    except SettingsError as error:
        pytest.fail(f"kustomer: {error}", pytrace=False)
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def kustomer_mcp(kustomer: Kustomer) -> Iterator[KustomerMcp]:
    """The MCP server on the test's world, and an official client of it."""
    from kustomer_sandbox.testkit.tools import KustomerMcp  # noqa: PLC0415 - imported when first asked for

    with KustomerMcp(kustomer) as tools:
        yield tools


@pytest.fixture
def make_kustomer_mcp() -> Iterator[Callable[[Kustomer], KustomerMcp]]:
    """Makes an MCP server, and an official client of it, on any world or episode: as many side by side as wanted."""
    from kustomer_sandbox.testkit.tools import KustomerMcp  # noqa: PLC0415 - imported when first asked for

    with ExitStack() as stack:
        yield lambda world: stack.enter_context(KustomerMcp(world))


@pytest.fixture(scope="session")
def _kustomer_server_thread(_kustomer_api: SharedApi) -> Iterator[ServerThread]:
    from kustomer_sandbox.testkit.server.thread import ServerThread  # noqa: PLC0415 - imported when first asked for

    with ServerThread(_kustomer_api) as thread:
        yield thread


@pytest.fixture
def kustomer_server(
    request: pytest.FixtureRequest, kustomer: Kustomer, _kustomer_api: SharedApi
) -> Iterator[KustomerServer]:
    """The test's world on a port of this machine: API, control API, MCP."""
    from kustomer_sandbox.testkit.server.thread import KustomerServer, ServerThread  # noqa: PLC0415 - when first asked for

    with ExitStack() as stack:
        if kustomer.api is _kustomer_api:
            thread = request.getfixturevalue("_kustomer_server_thread")
        else:  # a project's own `kustomer`, of a wider scope
            thread = stack.enter_context(ServerThread(kustomer.api))
        yield stack.enter_context(KustomerServer(thread, kustomer))


@pytest.fixture
def kustomer_respx(request: pytest.FixtureRequest, kustomer: Kustomer) -> Iterator[KustomerRouter]:
    """Every httpx client's calls to Kustomer's hosts answered by the test's world."""
    from kustomer_sandbox.testkit.patches.respx_router import KustomerRouter  # noqa: PLC0415 - when first asked for

    _after_other_mocks(request)
    router = KustomerRouter(kustomer.entrance())
    with router.routing():
        yield router


@pytest.fixture
def kustomer_everywhere(request: pytest.FixtureRequest, kustomer: Kustomer) -> Iterator[KustomerEverywhere]:
    """The calls of every HTTP client in this process to Kustomer's hosts answered by the test's world."""
    _after_other_mocks(request, "kustomer_respx")
    with kustomer.everywhere() as ways:
        yield ways


def _after_other_mocks(request: pytest.FixtureRequest, *fixtures: str) -> None:
    """Have the fixtures that replace the same functions set up first: whoever comes last is asked first."""
    for name in ("httpx_mock", *fixtures):
        if name in request.fixturenames:
            request.getfixturevalue(name)


def _asked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options: the test's parameters first, then the nearest marker, the command line, and the ini file."""
    config = request.config
    asked = {name: config.getoption(f"kustomer_{name}", None) or config.getini(f"kustomer_{name}") for name in OPTIONS}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            pytest.fail(f"the kustomer marker takes names only; it takes {', '.join(OPTIONS)}", pytrace=False)
        asked |= _known(marker.kwargs, "the kustomer marker")
    return asked | _parametrized(request)


def _parametrized(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What parameters say of the world: `plan` or `kustomer_plan` of the test, or a mapping for the fixture itself."""
    callspec = getattr(request.node, "callspec", None)
    params = callspec.params if callspec else {}
    found = {name: params[name] for name, known in CHOICES.items() if params.get(name) in known}
    found |= {name: params[f"kustomer_{name}"] for name in OPTIONS if f"kustomer_{name}" in params}
    own = getattr(request, "param", None)
    if own is None:
        return found
    if own in CHOICES["plan"]:
        own = {"plan": own}
    if not isinstance(own, Mapping):
        pytest.fail(f"kustomer is parametrized with mappings of options, or with plans, not {own!r}", pytrace=False)
    return found | _known(own, "a parameter of kustomer")


def _known(options: Mapping[str, Any], whose: str) -> dict[str, Any]:
    if unknown := sorted(options.keys() - OPTIONS.keys()):
        from kustomer_sandbox.contracts.vocabulary.complaints import nearest  # noqa: PLC0415 - only for a mistake

        names = ", ".join(f"{name}{nearest(name, list(OPTIONS))}" for name in unknown)
        pytest.fail(f"{whose} does not know {names}; it takes {', '.join(OPTIONS)}", pytrace=False)
    return dict(options)
