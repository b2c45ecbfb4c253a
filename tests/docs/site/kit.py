"""The reference of the test kit: options, fixtures and public names, from the plugin and the classes themselves."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import kustomer_sandbox
from kustomer_sandbox import pytest_plugin

INTRODUCTION = """# pytest reference

Made of the plugin and the public classes themselves. How they are used: [testing](testing.md).
"""


def kit_page() -> str:
    """The whole page."""
    names = "".join(public_name(name) for name in kustomer_sandbox.__all__)
    return (
        f"{INTRODUCTION}\n## Fixtures\n\n{''.join(fixtures())}\n## Options\n\n{options()}\n"
        f"## Public names\n\nAll from `kustomer_sandbox`.\n{names}"
    )


def fixtures() -> Iterator[str]:
    """Each fixture with what it gives and its docstring."""
    tree = ast.parse(inspect.getsource(pytest_plugin))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            if any(mark.startswith("pytest.fixture") for mark in marks):
                yield f"### {node.name}\n\n{inspect.cleandoc(ast.get_docstring(node) or '')}\n\n"


def options() -> str:
    """One row an option: its three spellings differ by a rule."""
    rows = "".join(
        f"| `--kustomer-{name.replace('_', '-')}` | `{name}` | {default and f'`{default}`'} | {meaning} |\n"
        for name, (default, meaning) in pytest_plugin.OPTIONS.items()
    )
    return (
        "An option is `kustomer_<name>` in the ini file, and `<name>` of `@pytest.mark.kustomer(…)`.\n\n"
        f"| option | name | default | meaning |\n| --- | --- | --- | --- |\n{rows}"
    )


def public_name(name: str) -> str:
    """A class with its methods and properties, or a function."""
    found = getattr(kustomer_sandbox, name)
    text = f"\n### {name}\n\n{inspect.getdoc(found) or ''}\n"
    return text + "".join(members(found)) if isinstance(found, type) else text


def members(kind: type) -> Iterator[str]:
    """What a class offers, also by classes of ours above it."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("kustomer_sandbox")]
    seen = {name: value for base in reversed(ours) for name, value in vars(base).items() if not name.startswith("_")}
    for name, value in seen.items():
        if isinstance(value, property) or inspect.isfunction(value):
            yield f"\n**`{name}{signature(value)}`**\n\n{inspect.getdoc(value) or ''}\n"


def signature(value: object) -> str:
    """The parameters as they are written, without `self`; nothing for a property."""
    if not inspect.isfunction(value):
        return ""
    whole = inspect.signature(value)
    return str(whole.replace(parameters=list(whole.parameters.values())[1:])).replace("'", "")
