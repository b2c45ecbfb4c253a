"""What cosmic-ray would change in a module, one thing at a time, without what is no change of the program."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A module with one thing changed: its whole source, and the line that differs, before and after.

    `function` is the dotted name of the function whose body alone differs; empty where more may differ.
    `is_of_marker`: it is no change that anybody can write by mistake, but the `*` between the arguments of a function
    taken for a multiplication.
    """

    source: str
    line: int
    before: str
    after: str
    function: str
    is_of_marker: bool = False

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


def mutants(source: str) -> list[Mutant]:
    """Every mutant once, by line. Annotations decide nothing at run time, so another annotation makes no mutant."""
    usual = _shape(source)
    found: dict[str, Mutant] = {}
    for changed, is_of_marker in _changed(source):
        shape = _shape(changed)
        if shape and shape != usual:
            found.setdefault(shape, _mutant(source, changed, is_of_marker=is_of_marker))
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _changed(source: str) -> Iterator[tuple[str, bool]]:
    """Each changed source, and whether what was changed is a marker between arguments."""
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():
            continue
        operator = kind()
        nodes = [node for node in ast_nodes(get_ast(source)) for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(nodes):
            changed = mutate_code(source, kind(), occurrence)
            if changed is not None:
                yield changed, _is_marker(node)


def _is_marker(node: Any) -> bool:
    """Whether this is the bare `*` of a function's head, behind which arguments are given by name.

    cosmic-ray leaves other stars that do not multiply out by itself (`*args`, `f(*given)`, `first, *rest = …`).
    """
    return bool(node.type == "operator" and node.value == "*" and node.parent.type == "parameters")


def _mutant(source: str, changed: str, *, is_of_marker: bool) -> Mutant:
    old, new = source.splitlines(), changed.splitlines()
    spans = [span for span in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if span[0] != "equal"]
    _, start, end, new_start, new_end = next(
        (span for span in spans if "".join(old[span[1] : span[2]]).strip()), spans[0]
    )
    return Mutant(
        source=changed,
        line=start + 1,
        before=" ".join(filter(None, map(str.strip, old[start:end]))),
        after=" ".join(filter(None, map(str.strip, new[new_start:new_end]))),
        function=_function_that_differs(ast.parse(source), ast.parse(changed)),
        is_of_marker=is_of_marker,
    )


class _Unannotated(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(arg=node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        self.generic_visit(node)
        node.annotation = ast.Constant(None)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node


def _shape(source: str) -> str:
    """What the program is, without annotations; empty for what is no program, or one that Python itself warns of.

    It warns of a comparison with a literal by `is`, which may be true or false as the interpreter likes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        try:
            compile(source, "mutant", "exec")
        except (SyntaxError, SyntaxWarning):
            return ""
    return ast.dump(_Unannotated().visit(ast.parse(source)))


def _function_that_differs(old: ast.AST, new: ast.AST) -> str:
    """The dotted name of the one function, of the module or of a class in it, whose body alone differs."""
    before, after = getattr(old, "body", []), getattr(new, "body", [])
    if len(before) != len(after):
        return ""
    differing = [(one, other) for one, other in zip(before, after, strict=True) if ast.dump(one) != ast.dump(other)]
    if len(differing) != 1:
        return ""
    one, other = differing[0]
    if isinstance(one, ast.ClassDef) and isinstance(other, ast.ClassDef):
        inner = _function_that_differs(one, other)
        return f"{one.name}.{inner}" if inner else ""
    if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) or type(one) is not type(other):
        return ""
    same_head = ast.dump(one.args) == ast.dump(other.args) and list(map(ast.dump, one.decorator_list)) == list(
        map(ast.dump, other.decorator_list)
    )
    return one.name if same_head else ""
