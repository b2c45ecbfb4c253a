"""The source keeps its shape, and each rule that says so finds what is planted: one that cannot fail proves nothing."""

from __future__ import annotations

import pytest

from tests import architecture_rules
from tests.architecture_rules import (
    ENGINE,
    ENGINE_CEILING,
    FUNCTION_CEILING,
    NAME,
    ROOT,
    SHIPPED,
    Modules,
    Rule,
    everything_is_imported_under_one_name,
    excuses_are_needed,
    files_are_short,
    folders_hold_few_rooms,
    folders_import_only_what_they_may,
    functions_are_short,
    modules_form_no_cycle,
    nothing_relies_on_assert,
    only_public_packages_re_export,
    only_the_edge_knows_http,
    packages_keep_apart,
    parse,
    the_engine_has_one_public_class,
    the_engine_is_small,
    time_chance_and_settings_come_from_outside,
)


@pytest.fixture(scope="module")
def source() -> Modules:
    # `rglob` does not go into the links that lead from the package to the other three.
    paths = [path for top in (*SHIPPED, "tests") for path in sorted((ROOT / top).rglob("*.py"))]
    return parse({".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text("utf-8") for path in paths})


LONG = "def f() -> None:\n" + "    pass\n" * FUNCTION_CEILING
K = NAME
LAZY = f"def f() -> None:\n    import {K}.simulator.b\n"
RANDOM, SECRET = "import random\n\nrandom.random()\n", "from secrets import token_hex as t\n\nt()\n"
TYPES = "if TYPE_CHECKING:\n    import "
# rule, planted sources, what the rule must say. Nothing said: the rule must let it pass.
PLANTED: list[tuple[Rule, dict[str, str], list[str]]] = [
    (packages_keep_apart, {"contracts.load": f"import {K}.simulator"}, ["contracts.load:1 imports simulator"]),
    (
        packages_keep_apart,
        {"simulator.a": f"from {K}.mcp_server.tools import x"},
        ["simulator.a:1 imports mcp_server.tools"],
    ),
    (
        packages_keep_apart,
        {"mcp_server.a": f"def f():\n import {K}.simulator.a"},
        ["mcp_server.a:2 imports simulator.a"],
    ),
    (packages_keep_apart, {"simulator.a": f"from {K} import cli"}, [f"simulator.a:1 imports {K}.cli"]),
    (packages_keep_apart, {"simulator.a": f"import_module('{K}.cli')"}, [f"simulator.a:1 imports {K}.cli"]),
    (
        packages_keep_apart,
        {f"{K}.a": f"import {K}.simulator\nfrom {K} import mcp_server", "mcp_server.a": f"import {K}.contracts"},
        [],
    ),
    (everything_is_imported_under_one_name, {"tests.a": "import simulator.b"}, ["tests.a:1 imports simulator.b"]),
    (
        everything_is_imported_under_one_name,
        {"simulator.a": "from contracts import b"},
        ["simulator.a:1 imports contracts"],
    ),
    (everything_is_imported_under_one_name, {"tests.a": f"from {K}.simulator import b\nimport tests.simulator"}, []),
    (only_the_edge_knows_http, {"simulator.store.a": "import fastapi"}, ["simulator.store.a:1 imports fastapi"]),
    (only_the_edge_knows_http, {"simulator.a": "from starlette.x import y"}, ["simulator.a:1 imports starlette.x"]),
    (only_the_edge_knows_http, {"simulator.a": "import uvicorn.config"}, ["simulator.a:1 imports uvicorn.config"]),
    (only_the_edge_knows_http, {"simulator.control.a": "import fastapi", "mcp_server.app": "import starlette"}, []),
    (
        folders_import_only_what_they_may,
        {"simulator.store.a": f"from {K}.simulator import request", "simulator.request": ""},
        ["simulator.store.a:1 imports simulator.request"],
    ),
    (
        folders_import_only_what_they_may,
        {"simulator.new.a": f"import {K}.simulator.values.b"},
        ["simulator.new.a:1 imports simulator.values.b"],
    ),
    (folders_import_only_what_they_may, {"simulator.world.a": f"from {K}.simulator.values.clock import iso"}, []),
    (
        folders_import_only_what_they_may,
        {"simulator.values.a": f"{TYPES}{K}.simulator.world.b"},
        ["simulator.values.a:2 imports simulator.world.b"],
    ),
    (
        folders_import_only_what_they_may,
        {"mcp_server.state.a": f"from {K}.mcp_server.tools.b import c"},
        ["mcp_server.state.a:1 imports mcp_server.tools.b"],
    ),
    (folders_hold_few_rooms, {f"simulator.a.m{n}": "" for n in range(17)}, ["simulator.a has 17 rooms"]),
    (folders_hold_few_rooms, {f"simulator.a.m{n}": "" for n in range(16)}, []),
    (
        modules_form_no_cycle,
        {"simulator.a": LAZY, "simulator.b": "from . import c", "simulator.c": f"from {K}.simulator.a import f"},
        ["cycle: simulator.a, simulator.b, simulator.c"],
    ),
    (modules_form_no_cycle, {"simulator.a": f"import {K}.simulator.a"}, ["cycle: simulator.a"]),
    (
        modules_form_no_cycle,
        {"simulator.a": LAZY, "simulator.b": f"{TYPES}{K}.simulator.a"},
        ["cycle: simulator.a, simulator.b"],
    ),
    (modules_form_no_cycle, {"simulator.a": LAZY, "simulator.b": "import json"}, []),
    (files_are_short, {f"{K}.a": "\n" * 301, "tests.a": "\n" * 400}, [f"{K}.a has 301 lines"]),
    (files_are_short, {f"{K}.a": "\n" * 300, "tests.a": "\n" * 401}, ["tests.a has 401 lines"]),
    (functions_are_short, {"tests.a": LONG}, ["tests.a:1 f has 41 lines"]),
    (functions_are_short, {"simulator.a": f"async {LONG}"}, ["simulator.a:1 f has 41 lines"]),
    (
        the_engine_is_small,
        {f"{ENGINE}.a": "x = 1\n" * ENGINE_CEILING, f"{K}.episodes.episodes": '"""Told."""\n\nimport re\n\ny = 2\n'},
        [f"{ENGINE} and its uses have {ENGINE_CEILING + 1} lines of code"],
    ),
    (the_engine_is_small, {f"{ENGINE}.a": "x = 1\n# y\n" * ENGINE_CEILING, f"{K}.other": "y = 2"}, []),
    (
        the_engine_has_one_public_class,
        {f"{K}.a": f"from {ENGINE}.engine import Engine", f"{ENGINE}.b": f"from {ENGINE}.engine import Engine"},
        [f"{K}.a:1 imports Engine"],
    ),
    (the_engine_has_one_public_class, {f"{K}.a": f"from {ENGINE}.b import Exploration, explore_job"}, []),
    (
        time_chance_and_settings_come_from_outside,
        {"simulator.a": "from datetime import datetime as d\n\nd.now()\n"},
        ["simulator.a:3 uses datetime.datetime.now (wall clock)"],
    ),
    (
        time_chance_and_settings_come_from_outside,
        {"mcp_server.a": "import time as t\n\nf(now=t.monotonic)\n"},
        ["mcp_server.a:3 uses time.monotonic (wall clock)"],
    ),
    (time_chance_and_settings_come_from_outside, {"a": RANDOM, "simulator.a": "now()"}, []),
    (
        time_chance_and_settings_come_from_outside,
        {
            "simulator.a": RANDOM,
            "simulator.b": SECRET,
            "mcp_server.state.tokens": SECRET,
        },
        ["simulator.a:3 uses random (unseeded chance)", "simulator.b:3 uses secrets (unseeded chance)"],
    ),
    (
        time_chance_and_settings_come_from_outside,
        {
            "simulator.a": "import os\n\nos.environ['A']\n",
            "kustomer_sandbox.cli": "import os\n\nos.getenv('A')\n",
        },
        ["simulator.a:3 uses os.environ (environment)"],
    ),
    (
        excuses_are_needed,
        {"mcp_server.state.tokens": ""},
        ["mcp_server.state.tokens no longer uses secrets"],
    ),
    (
        only_public_packages_re_export,
        {"simulator.__init__": "from .a import b"},
        ["simulator:1 imports simulator.a"],
    ),
    (
        only_public_packages_re_export,
        {
            "contracts.__init__": "import contracts.a",
            "simulator.__init__": "import re",
        },
        [],
    ),
    (nothing_relies_on_assert, {"kustomer_sandbox.a": "assert x", "tests.a": "assert x"}, [f"{K}.a:1 asserts"]),
]
# What makes a function of the rules' module a rule: modules in, complaints out.
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
        name
        for name, value in vars(architecture_rules).items()
        if getattr(value, "__annotations__", None) == RULE_ANNOTATIONS
    }


def test_the_rules_read_every_package(source: Modules) -> None:
    """An empty reading would keep every rule."""
    assert {module.top for module in source.values()} == {*SHIPPED, "tests"}
    assert source["simulator.values.clock"].text == (ROOT / "simulator" / "values" / "clock.py").read_text("utf-8")
