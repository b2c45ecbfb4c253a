"""The rules of the source's shape: who imports whom, no cycles, sizes, no wall clock, no unseeded chance.

Each rule is a function from modules to complaints. `test_architecture.py` runs it over the real source, and over
planted faults that it must find.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "kustomer_sandbox"
"""The one import name. Here a module is called by what follows it: `simulator.api`, `mcp_server.app`; the front
door's own modules keep it: `kustomer_sandbox.cli`."""

INSIDE = ("contracts", "mcp_server", "simulator")
SHIPPED = (*INSIDE, NAME)
MAY_IMPORT = {
    "contracts": {"contracts"},
    "mcp_server": {"contracts", "mcp_server"},
    "simulator": {"contracts", "simulator"},
    NAME: set(SHIPPED),
}

HTTP_FRAMEWORKS = {"fastapi", "starlette", "uvicorn"}
KNOWS_HTTP = {"app", "asgi", "control", "documentation", "__main__"}

# Folder, or module at the top of a package -> what it may import of its own package, imports for types included.
FOLDERS: dict[str, dict[str, set[str]]] = {
    "simulator": {
        "app": {"api", "asgi", "control", "documentation"},
        "asgi": {"api", "values"},
        "api": {"hosting", "operations", "request", "resources", "scenarios", "values", "world"},
        "documentation": {"api", "hosting", "values", "world"},
        "keeping": {"api", "hosting", "records", "request", "store", "values", "world"},
        "control": {"api", "hosting", "records", "request", "values", "world"},
        "scenarios": {"operations", "resources", "values", "world"},
        "request": {"hosting", "operations", "records", "store", "values", "world"},
        "hosting": {"operations", "records", "store", "values", "world"},
        "resources": {"operations", "records", "search", "values"},
        "operations": {"records", "values", "world"},
        "world": {"records", "store", "values"},
        "search": {"store", "values"},
        "records": {"store", "values"},
        "store": {"values"},
        "values": set(),
    },
    "mcp_server": {
        "__main__": {"standalone", "state"},
        "standalone": {
            "app", "bounded_http", "clock", "host_names", "management", "model", "state", "unmasking", "web_door",
        },
        "bounded_http": {"web_door"},
        "web_door": {"host_names", "tools"},
        "host_names": set(),
        "management": {"app", "model", "state", "tools", "unmasking"},
        "app": {
            "calling", "clock", "housekeeping", "model", "protocol", "state", "tools", "unmasking", "upstream",
        },
        "protocol": {"calling", "clock", "model", "state", "tools", "unmasking"},
        "calling": {"clock", "model", "state", "tools", "unmasking", "upstream"},
        "tools": {"model", "unmasking"},
        "housekeeping": {"clock", "state", "unmasking"},
        "unmasking": {"clock", "model", "state", "upstream"},
        "upstream": {"model"},
        "state": {"clock", "model"},
        "model": set(),
        "clock": set(),
    },
}  # fmt: skip
MOST_ROOMS = 16
"""Modules and folders that stand in one folder."""

FILE_CEILING = 300
TEST_FILE_CEILING = 400
FUNCTION_CEILING = 40

ENGINE = f"{NAME}.exploring"
USES = (f"{NAME}.episodes.episodes", "simulator.operations.when", "simulator.world.waiting.triggers")
"""Forking, varying one thing, running and judging is one engine, and what uses it lies beside it or here."""
ENGINE_CEILING = 800
ENGINE_CLASS = "Exploration"

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
    "simulator.values.clock": {
        "time.monotonic": "a world in `real` mode runs at the machine's pace",
        "time.time": "and so it does while its process is down",
    },
    "mcp_server.clock": {"datetime.datetime.now": "the tool server's one reading of the time, injected elsewhere"},
    "kustomer_sandbox.web.metrics.metrics": {"time.perf_counter": "how long calls take is the machine's to say"},
    "kustomer_sandbox.testkit.patches.sleep": {"time.sleep": "it is what is replaced, so that nobody waits"},
    "kustomer_sandbox.command.checking.pace": {
        "time.monotonic": "an organisation's minute is the machine's, and given by who builds it",
        "time.sleep": "whoever asks too fast waits, and it is given likewise",
    },
    "kustomer_sandbox.command.checking.command": {
        "secrets": "a run's mark must be nobody else's",
        "datetime.datetime.now": "a score, and what is learned, are of a day",
    },
    "kustomer_sandbox.command.grading.run": {"time.monotonic": "an agent takes the machine's own time"},
    "kustomer_sandbox.command.grading.injections": {"time.monotonic": "and so it does here"},
    "kustomer_sandbox.testkit.pii.canaries.chance": {"random": "it is seeded, and makes generated calls alone"},
    "mcp_server.state.tokens": {"secrets": "an access token must not be guessable"},
}
READS_SETTINGS = {
    "mcp_server.__main__",
    "kustomer_sandbox.__main__",
    "kustomer_sandbox.cli",
    "kustomer_sandbox.command.checking.command",
    "kustomer_sandbox.command.exploring",
    "kustomer_sandbox.command.grading.grade",
    "kustomer_sandbox.command.grading.run",
    "kustomer_sandbox.command.running.looking",
    "kustomer_sandbox.command.tool_server",
    "kustomer_sandbox.fleet.worker",
    "simulator.__main__",
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


def short(name: str) -> str:
    """`kustomer_sandbox.simulator.api` -> `simulator.api`; other names as they are."""
    rest = name.removeprefix(f"{NAME}.")
    return rest if rest.partition(".")[0] in INSIDE else name


def shipped(modules: Modules) -> list[Module]:
    return [module for module in modules.values() if module.top in SHIPPED]


def origin(module: Module, node: ast.ImportFrom) -> str:
    """The absolute name an import-from starts at."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    kept = parts[: len(parts) - node.level + (1 if module.package else 0)]
    return ".".join([*kept, *filter(None, [node.module])])


def spelled_imports(module: Module) -> list[tuple[int, str, list[str]]]:
    """Line, start and names of all that is imported as it is written, inside functions and by `import_module` too."""
    found: list[tuple[int, str, list[str]]] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.lineno, origin(module, node), [alias.name for alias in node.names]))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            constants = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
            found += [(node.lineno, str(value), []) for value in constants]
    return found


def imports(module: Module, modules: Modules) -> list[tuple[int, str]]:
    """Line and short dotted name of all that is imported, for types alone too."""
    found: list[tuple[int, str]] = []
    for line, start, names in spelled_imports(module):
        full = [short(f"{start}.{name}") for name in names]
        found += [(line, name if name in modules or start == NAME else short(start)) for name in full or [short(start)]]
    return list(dict.fromkeys(found))


def everything_is_imported_under_one_name(modules: Modules) -> list[str]:
    """`import simulator` works in the checkout, and would load a second copy of what `kustomer_sandbox` has."""
    return [
        f"{module.name}:{line} imports {start}"
        for module in modules.values()
        for line, start, _ in spelled_imports(module)
        if start.partition(".")[0] in {*INSIDE, "sandbox"}
    ]


def packages_keep_apart(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        for line, name in imports(module, modules)
        if (top := name.partition(".")[0]) in {*SHIPPED, "tests"} and top not in MAY_IMPORT[module.top]
    ]


def room(name: str) -> str:
    """`simulator.store.memory` -> `store`."""
    return name.split(".")[1] if "." in name else ""


def only_the_edge_knows_http(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        if module.top == "simulator" and room(module.name) not in KNOWS_HTTP
        for line, name in imports(module, modules)
        if name.partition(".")[0] in HTTP_FRAMEWORKS
    ]


def folders_import_only_what_they_may(modules: Modules) -> list[str]:
    """Each folder stands in the table, and its arrows are those of the table."""
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        if module.top in FOLDERS and room(module.name)
        for line, name in imports(module, modules)
        if name.startswith(f"{module.top}.") and room(name) != room(module.name)
        if room(name) not in FOLDERS[module.top].get(room(module.name), set())
    ]


def folders_hold_few_rooms(modules: Modules) -> list[str]:
    """A folder is read at a glance."""
    rooms: dict[str, set[str]] = {}
    for module in shipped(modules):
        parts = module.name.split(".")
        for length in range(1, len(parts)):
            rooms.setdefault(".".join(parts[:length]), set()).add(parts[length])
    return [f"{folder} has {len(inside)} rooms" for folder, inside in rooms.items() if len(inside) > MOST_ROOMS]


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
    """Two modules that reach each other are one strongly connected component; imports for types count."""
    graph = {
        name: {target for _, target in imports(module, modules) if target in modules}
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


def code_lines(module: Module) -> set[int]:
    """The lines that say something to Python: no docstrings, comments, imports, and nothing empty."""
    other: set[int] = set()
    for node in ast.walk(module.tree):
        is_text = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if isinstance(node, ast.stmt) and (is_text or isinstance(node, ast.Import | ast.ImportFrom)):
            other.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    written = enumerate(module.text.splitlines(), 1)
    return {number for number, line in written if line.strip() and not line.strip().startswith("#")} - other


def the_engine_is_small(modules: Modules) -> list[str]:
    """With its four uses: where it needs more, what lies below it is to be mended."""
    lines = sum(len(code_lines(it)) for it in modules.values() if it.name in USES or it.name.startswith(f"{ENGINE}."))
    return [f"{ENGINE} and its uses have {lines} lines of code"] if lines > ENGINE_CEILING else []


def the_engine_has_one_public_class(modules: Modules) -> list[str]:
    """Others call its functions, and are given what is called `ENGINE_CLASS`."""
    return [
        f"{module.name}:{node.lineno} imports {alias.name}"
        for module in shipped(modules)
        if not module.name.startswith(ENGINE)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ENGINE)
        for alias in node.names
        if alias.name[0].isupper() and alias.name != ENGINE_CLASS
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


def only_public_packages_re_export(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in shipped(modules)
        if module.package and module.name not in {"contracts", NAME}
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
