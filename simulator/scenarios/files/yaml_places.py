"""Reads a YAML 1.2 file that people write, so that every complaint can name its line.

Decision: PyYAML composes the nodes, which know their lines, through a scanner of YAML 1.2 (`yaml_scanner`); the values
are made here by the core schema, so that `no`, `on` and dates stay texts as in the contract documents. Readers of YAML
1.2 know no lines (yaml12, which the contracts are read with) or share PyYAML's scanner (ruamel.yaml). A test holds what
is read here against yaml12.
Only what reads such files imports this module: nothing of a plain start pays for it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import yaml

from kustomer_sandbox.simulator.scenarios.files.yaml_scanner import DEPTH, TooDeep, compose, scalar_text
from kustomer_sandbox.simulator.values.record import JSON

YamlPath = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}", re.ASCII)
_BASED = {"0o": re.compile(r"0o[0-7]{1,300}"), "0x": re.compile(r"0x[0-9a-fA-F]{1,300}")}
_NO_JSON = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_HALF = re.compile(r"[\ud800-\udfff]")
_NUMBERS = range(-(2**63), 2**64)
"""What records can hold."""
_NO_NUMBER = "holds a number that JSON cannot carry"
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
_VALUES = 200_000
"""How many values a file may make. What an alias names is made each time, so a few lines could make billions."""


class YamlFault(Exception):
    """What is wrong with a file, and in which line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlDocument:
    """A file's value, and where its parts stand."""

    value: JSON
    _root: yaml.Node | None = None
    has_lines: bool = True

    def line(self, path: YamlPath) -> int:
        """The line of what a path leads to, or of the nearest thing above it that is there; 0 if there are no lines."""
        node, line = self._root, int(self.has_lines)
        for part in path:
            found = _step(node, part)
            if found is None:
                break
            node, line = found
        return line


def read(text: str) -> YamlDocument:
    """A document from its text. Raises `YamlFault`: no YAML, a key given twice, a cycle or an avalanche of aliases."""
    try:
        root = compose(text)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        raise YamlFault(f"is no YAML: {fault.problem or fault.context}", mark.line + 1 if mark else 1) from None
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        raise YamlFault("is no YAML: it holds a character that cannot be read", line) from None
    except TooDeep as fault:
        raise YamlFault(f"is nested more than {DEPTH} levels deep", fault.line) from None
    except RecursionError:
        raise YamlFault(f"is nested more than {DEPTH} levels deep", 1) from None
    return YamlDocument(value=None if root is None else _Values().value(root, 0), _root=root)


class _Values:
    """Makes the values of one document, and counts them."""

    def __init__(self) -> None:
        self._made = 0

    def value(self, node: yaml.Node, depth: int) -> JSON:
        self._made += 1
        if self._made > _VALUES:
            raise YamlFault(f"makes more than {_VALUES} values, counting what aliases repeat", _line(node))
        if depth > DEPTH:
            raise YamlFault(f"is nested more than {DEPTH} levels deep", _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        if not isinstance(node, yaml.ScalarNode):
            raise YamlFault("holds something that is no value", _line(node))
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, JSON]:
        found: dict[str, JSON] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlFault("has a key that is no text", _line(key))
            name = _text(key)
            if name in found:
                raise YamlFault("gives a key twice", _line(key))
            found[name] = self.value(item, depth + 1)
        return found


def _scalar(node: yaml.ScalarNode) -> JSON:
    """A scalar by the core rules: only a plain one can be anything else than a text."""
    text = _text(node)
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _carried(int(text), node)
    if text[:2] in _BASED and _BASED[text[:2]].fullmatch(text):
        return _carried(int(text, 0), node)
    is_float = _FLOAT.fullmatch(text) is not None
    if _NO_JSON.fullmatch(text) or (is_float and math.isinf(float(text))):
        raise YamlFault(_NO_NUMBER, _line(node))
    return float(text) if is_float else text


def _text(node: yaml.ScalarNode) -> str:
    text = scalar_text(node)
    if _HALF.search(text):
        raise YamlFault("holds half of a character, which UTF-8 cannot carry", _line(node))
    return text


def _carried(number: int, node: yaml.Node) -> int:
    if number not in _NUMBERS:
        raise YamlFault(_NO_NUMBER, _line(node))
    return number


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    """One step down: the node there, and the line it starts in (of a mapping, its key's)."""
    if isinstance(node, yaml.MappingNode):
        return next(((item, _line(key)) for key, item in node.value if scalar_text(key) == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], _line(node.value[part])
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
