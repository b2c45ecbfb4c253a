"""The source keeps its shape: who imports whom, no cycles, sizes, no wall clock, no unseeded chance.

Each rule is a function from modules to complaints. It runs over the real source, and over planted faults
that it must find: a rule that cannot fail proves nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("contracts", "mcp_server", "sandbox", "simulator")
MAY_IMPORT = {
    "contracts": {"contracts"},
    "mcp_server": {"contracts", "mcp_server"},
    "sandbox": set(SHIPPED),
    "simulator": {"contracts", "simulator"},
}

HTTP_FRAMEWORKS = {"fastapi", "starlette", "uvicorn"}
KNOWS_HTTP = {"app", "gate", "routing", "control", "asgi", "__main__"}

# The simulator's order, lowest first. A module that is not named here is part of the domain.
DOMAIN = 3
LAYERS = {
    "errors": 0,
    **dict.fromkeys(("clock", "ids"), 1),
    **dict.fromkeys(("call", "store", "indexing", "memo", "records", "limits", "auth", "paging", "search"), 2),
    "pipeline": 4,
    **dict.fromkeys(("gate", "routing"), 5),
    "api": 6,
    **dict.fromkeys(("asgi", "control"), 7),
    "app": 8,
    "__main__": 9,
}

FILE_CEILING = 300
TEST_FILE_CEILING = 400
FUNCTION_CEILING = 40

DATETIME = "datetime.datetime."
FORBIDDEN_NAMES = {
    **dict.fromkeys((f"{DATETIME}now", f"{DATETIME}utcnow", f"{DATETIME}today", "datetime.date.today"), "wall clock"),
    **dict.fromkeys((f"time.{name}{ns}" for name in ("time", "monotonic") for ns in ("", "_ns")), "wall clock"),
    **dict.fromkeys(("time.perf_counter", "time.localtime", "time.gmtime", "anyio.current_time"), "wall clock"),
    "time.sleep": "sleep",
    **dict.fromkeys(("uuid.uuid1", "uuid.uuid4", "os.urandom", "random", "secrets"), "unseeded chance"),
    **dict.fromkeys(("os.environ", "os.environb", "os.getenv"), "environment"),
}
# module -> name -> why it may be used there. An entry that is no longer needed is a failure.
EXCUSES: dict[str, dict[str, str]] = {
    "kustomer_sandbox.simulator.values.clock": {"time.monotonic": "a world in `real` mode runs at the machine's pace"},
    "kustomer_sandbox.mcp_server.clock": {
        "datetime.datetime.now": "the tool server's one reading of the time, injected elsewhere"
    },
    "kustomer_sandbox.mcp_server.state.tokens": {"secrets": "an access token must not be guessable"},
}
READS_SETTINGS = {
    "kustomer_sandbox.mcp_server.__main__",
    "kustomer_sandbox.__main__",
    "kustomer_sandbox.cli",
    "kustomer_sandbox.simulator.__main__",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """One parsed source file. `package` marks an `__init__.py`."""

    name: str
    text: str
    tree: ast.Module
    package: bool

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


Modules = Mapping[str, Module]
Rule = Callable[[Modules], list[str]]


def parse(sources: Mapping[str, str]) -> dict[str, Module]:
    """Modules from dotted names; a name that ends in `.__init__` is the package itself."""
    found = {}
    for key, text in sources.items():
        name = key.removesuffix(".__init__")
        found[name] = Module(name=name, text=text, tree=ast.parse(text), package=name != key)
    return found


@pytest.fixture(scope="module")
def source() -> Modules:
    paths = [path for top in (*SHIPPED, "tests") for path in sorted((ROOT / top).rglob("*.py"))]
    return parse({".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text("utf-8") for path in paths})


def shipped(modules: Modules) -> list[Module]:
    return [module for module in modules.values() if module.top in SHIPPED]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def walk(node: ast.AST, *, run_time: bool) -> Iterator[ast.AST]:
    """Every node below; with `run_time`, without what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if run_time and is_type_checking(node) and isinstance(node, ast.If) and child in node.body:
            continue
        yield child
        yield from walk(child, run_time=run_time)


def origin(module: Module, node: ast.ImportFrom) -> str:
    """The absolute name an import-from starts at."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    kept = parts[: len(parts) - node.level + (1 if module.package else 0)]
    return ".".join([*kept, *filter(None, [node.module])])


def imports(module: Module, modules: Modules, *, run_time: bool = False) -> list[tuple[int, str]]:
    """Line and dotted name of all that is imported, inside functions and by `import_module` too."""
    found: list[tuple[int, str]] = []
    for node in walk(module.tree, run_time=run_time):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = origin(module, node)
            names = [f"{start}.{alias.name}" for alias in node.names]
            found += [(node.lineno, name if name in modules else start) for name in names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            constants = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
            found += [(node.lineno, str(value)) for value in constants]
    return list(dict.fromkeys(found))


def packages_keep_apart(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        for line, name in imports(module, modules)
        if (top := name.partition(".")[0]) in {*SHIPPED, "tests"} and top not in MAY_IMPORT[module.top]
    ]


def part(name: str) -> str:
    """`kustomer_sandbox.simulator.store.memory` -> `store`."""
    return name.split(".")[1] if "." in name else ""


def only_the_edge_knows_http(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        if module.top == "simulator" and part(module.name) not in KNOWS_HTTP
        for line, name in imports(module, modules)
        if name.partition(".")[0] in HTTP_FRAMEWORKS
    ]


def arrows_never_turn_back(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        if module.top == "simulator"
        for line, name in imports(module, modules, run_time=True)
        if name.startswith("simulator.") and LAYERS.get(part(name), DOMAIN) > LAYERS.get(part(module.name), DOMAIN)
    ]


def reachable(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def modules_form_no_cycle(modules: Modules) -> list[str]:
    """Two modules that reach each other are one strongly connected component."""
    graph = {
        name: {target for _, target in imports(module, modules, run_time=True) if target in modules}
        for name, module in modules.items()
    }
    reach = {name: reachable(name, graph) for name in graph}
    groups = {tuple(sorted(n for n in reach[name] if name in reach[n])) for name in graph if name in reach[name]}
    return [f"cycle: {', '.join(group)}" for group in sorted(groups)]


def files_are_short(modules: Modules) -> list[str]:
    return [
        f"{module.name} has {lines} lines"
        for module in modules.values()
        if (lines := len(module.text.splitlines())) > (FILE_CEILING if module.top in SHIPPED else TEST_FILE_CEILING)
    ]


def functions_are_short(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{node.lineno} {node.name} has {lines} lines"
        for module in modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_CEILING
    ]


def aliases(module: Module) -> dict[str, str]:
    """Local name -> what it stands for: `from datetime import datetime as dt` gives dt -> datetime.datetime."""
    found: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {
                a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                for a in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: f"{origin(module, node)}.{a.name}" for a in node.names}
    return found


def forbidden_uses(module: Module) -> list[tuple[int, str]]:
    """Line and full name of each forbidden name, called or only passed on."""
    known = aliases(module)
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, dot, rest = ast.unparse(node).partition(".")
            full = f"{known.get(first, '')}{dot}{rest}"
            found |= {(node.lineno, name) for name in FORBIDDEN_NAMES if f"{full}.".startswith(f"{name}.")}
    return sorted(found)


def time_chance_and_settings_come_from_outside(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} uses {name} ({FORBIDDEN_NAMES[name]})"
        for module in shipped(modules)
        for line, name in forbidden_uses(module)
        if name not in EXCUSES.get(module.name, {})
        and not (FORBIDDEN_NAMES[name] == "environment" and module.name in READS_SETTINGS)
    ]


def excuses_are_needed(modules: Modules) -> list[str]:
    return [
        f"{module} no longer uses {name}"
        for module, names in EXCUSES.items()
        if module in modules
        for name in names
        if name not in {used for _, used in forbidden_uses(modules[module])}
    ]


def only_contracts_re_exports(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        if module.package and module.top != "contracts"
        for line, name in imports(module, modules)
        if name.partition(".")[0] in SHIPPED
    ]


def nothing_relies_on_assert(modules: Modules) -> list[str]:
    """`python -O` removes assert statements, and with them the check."""
    return [
        f"{module.name}:{node.lineno} asserts"
        for module in shipped(modules)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]


LONG = "def f() -> None:\n" + "    pass\n" * FUNCTION_CEILING
LAZY = "def f() -> None:\n    import simulator.b\n"
RANDOM, SECRET = "import random\n\nrandom.random()\n", "from secrets import token_hex as t\n\nt()\n"
# rule, planted sources, what the rule must say. Nothing said: the rule must let it pass.
PLANTED: list[tuple[Rule, dict[str, str], list[str]]] = [
    (
        packages_keep_apart,
        {"kustomer_sandbox.contracts.load": "import simulator"},
        ["contracts.load:1 imports simulator"],
    ),
    (
        packages_keep_apart,
        {"kustomer_sandbox.simulator.a": "from mcp_server.tools import x"},
        ["simulator.a:1 imports mcp_server.tools"],
    ),
    (
        packages_keep_apart,
        {"kustomer_sandbox.mcp_server.a": "def f():\n import simulator.a"},
        ["mcp_server.a:2 imports simulator.a"],
    ),
    (
        packages_keep_apart,
        {"kustomer_sandbox.simulator.a": "from sandbox import cli"},
        ["simulator.a:1 imports sandbox"],
    ),
    (
        packages_keep_apart,
        {"kustomer_sandbox.simulator.a": "import_module('kustomer_sandbox.cli')"},
        ["simulator.a:1 imports sandbox.cli"],
    ),
    (
        packages_keep_apart,
        {
            "kustomer_sandbox.a": "import simulator\nimport mcp_server",
            "kustomer_sandbox.mcp_server.a": "import contracts",
        },
        [],
    ),
    (
        only_the_edge_knows_http,
        {"kustomer_sandbox.simulator.store.a": "import fastapi"},
        ["kustomer_sandbox.simulator.store.a:1 imports fastapi"],
    ),
    (
        only_the_edge_knows_http,
        {"kustomer_sandbox.simulator.a": "from starlette.x import y"},
        ["simulator.a:1 imports starlette.x"],
    ),
    (
        only_the_edge_knows_http,
        {"kustomer_sandbox.simulator.a": "import uvicorn.config"},
        ["simulator.a:1 imports uvicorn.config"],
    ),
    (
        only_the_edge_knows_http,
        {
            "kustomer_sandbox.simulator.control.a": "import fastapi",
            "kustomer_sandbox.mcp_server.app": "import starlette",
        },
        [],
    ),
    (
        arrows_never_turn_back,
        {
            "kustomer_sandbox.simulator.store.a": "from simulator import pipeline",
            "kustomer_sandbox.simulator.request.pipeline": "",
        },
        ["kustomer_sandbox.simulator.store.a:1 imports simulator.pipeline"],
    ),
    (
        arrows_never_turn_back,
        {"kustomer_sandbox.simulator.x": "import simulator.app"},
        ["simulator.x:1 imports simulator.app"],
    ),
    (arrows_never_turn_back, {"kustomer_sandbox.simulator.world.limits": "from simulator.clock import iso"}, []),
    (
        arrows_never_turn_back,
        {"kustomer_sandbox.simulator.operations.call": "if TYPE_CHECKING:\n    import simulator.world"},
        [],
    ),
    (
        modules_form_no_cycle,
        {
            "kustomer_sandbox.simulator.a": LAZY,
            "kustomer_sandbox.simulator.b": "from . import c",
            "kustomer_sandbox.simulator.c": "from simulator.a import f",
        },
        ["cycle: simulator.a, simulator.b, simulator.c"],
    ),
    (modules_form_no_cycle, {"kustomer_sandbox.simulator.a": "import simulator.a"}, ["cycle: simulator.a"]),
    (
        modules_form_no_cycle,
        {
            "kustomer_sandbox.simulator.a": LAZY,
            "kustomer_sandbox.simulator.b": "if TYPE_CHECKING:\n    import simulator.a",
        },
        [],
    ),
    (
        modules_form_no_cycle,
        {
            "kustomer_sandbox.simulator.a": LAZY,
            "kustomer_sandbox.simulator.b": "if TYPE_CHECKING:\n    pass\nelse:\n    import simulator.a",
        },
        ["cycle: simulator.a, simulator.b"],
    ),
    (files_are_short, {"kustomer_sandbox.a": "\n" * 301, "tests.a": "\n" * 400}, ["sandbox.a has 301 lines"]),
    (files_are_short, {"kustomer_sandbox.a": "\n" * 300, "tests.a": "\n" * 401}, ["tests.a has 401 lines"]),
    (functions_are_short, {"tests.a": LONG}, ["tests.a:1 f has 41 lines"]),
    (functions_are_short, {"kustomer_sandbox.simulator.a": f"async {LONG}"}, ["simulator.a:1 f has 41 lines"]),
    (
        time_chance_and_settings_come_from_outside,
        {"kustomer_sandbox.simulator.a": "from datetime import datetime as d\n\nd.now()\n"},
        ["simulator.a:3 uses datetime.datetime.now (wall clock)"],
    ),
    (
        time_chance_and_settings_come_from_outside,
        {"kustomer_sandbox.mcp_server.a": "import time as t\n\nf(now=t.monotonic)\n"},
        ["mcp_server.a:3 uses time.monotonic (wall clock)"],
    ),
    (time_chance_and_settings_come_from_outside, {"a": RANDOM, "kustomer_sandbox.simulator.a": "now()"}, []),
    (
        time_chance_and_settings_come_from_outside,
        {
            "kustomer_sandbox.simulator.a": RANDOM,
            "kustomer_sandbox.simulator.b": SECRET,
            "kustomer_sandbox.mcp_server.state.tokens": SECRET,
        },
        ["simulator.a:3 uses random (unseeded chance)", "simulator.b:3 uses secrets (unseeded chance)"],
    ),
    (
        time_chance_and_settings_come_from_outside,
        {
            "kustomer_sandbox.simulator.a": "import os\n\nos.environ['A']\n",
            "kustomer_sandbox.cli": "import os\n\nos.getenv('A')\n",
        },
        ["simulator.a:3 uses os.environ (environment)"],
    ),
    (
        excuses_are_needed,
        {"kustomer_sandbox.mcp_server.state.tokens": ""},
        ["mcp_server.tokens no longer uses secrets"],
    ),
    (
        only_contracts_re_exports,
        {"kustomer_sandbox.simulator.__init__": "from .a import b"},
        ["simulator:1 imports simulator.a"],
    ),
    (
        only_contracts_re_exports,
        {
            "kustomer_sandbox.contracts.__init__": "import contracts.a",
            "kustomer_sandbox.simulator.__init__": "import re",
        },
        [],
    ),
    (nothing_relies_on_assert, {"kustomer_sandbox.a": "assert x", "tests.a": "assert x"}, ["sandbox.a:1 asserts"]),
]
# What makes a function of this module a rule: modules in, complaints out.
RULE_ANNOTATIONS = packages_keep_apart.__annotations__
RULES: tuple[Rule, ...] = tuple(dict.fromkeys(rule for rule, _, _ in PLANTED))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule: Rule, source: Modules) -> None:
    """The layout only helps a reader as long as every file follows it."""
    assert rule(source) == []


@pytest.mark.parametrize(
    ("rule", "sources", "complaints"), PLANTED, ids=[f"{case[0].__name__}-{i}" for i, case in enumerate(PLANTED)]
)
def test_the_rule_finds_what_is_planted(rule: Rule, sources: dict[str, str], complaints: list[str]) -> None:
    """A rule that says nothing about a planted fault would say nothing about a real one."""
    assert rule(parse(sources)) == complaints


def test_every_rule_has_been_seen_to_fail() -> None:
    """A rule with passing examples alone is unproven; so is a rule that was never planted."""
    assert {rule.__name__ for rule, _, complaints in PLANTED if complaints} == {
        name for name, value in globals().items() if getattr(value, "__annotations__", None) == RULE_ANNOTATIONS
    }


def test_the_rules_read_every_package(source: Modules) -> None:
    """An empty reading would keep every rule."""
    assert {module.top for module in source.values()} == {*SHIPPED, "tests"}
    assert source["kustomer_sandbox.simulator.values.clock"].text == (ROOT / "simulator" / "clock.py").read_text(
        "utf-8"
    )
