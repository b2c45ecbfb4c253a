"""PyYAML's scanner, which is of YAML 1.1, as YAML 1.2 wants it.

What differs for a file that people write: a question mark, a colon before a letter and an anchor's other characters are
plain text, tabs separate, the three line ends of Unicode are none, and `{"a":1}` needs no space. Marks stay PyYAML's,
so every complaint can name its line.
"""

from __future__ import annotations

import yaml
from yaml.scanner import ScannerError
from yaml.tokens import AliasToken, AnchorToken, ScalarToken

DEPTH = 50
"""How many levels deep a file may be nested."""

_END = "\0\r\n"
_SPACE = f"{_END} \t"
_FLOW = ",[]{}"
_NEVER_FIRST = f"{_SPACE}{_FLOW}#&*!|>'\"%@`"
_NEEDS_MORE = "-?:"
_STOOD_FOR = {"\x85": "\U0010fff1", "\u2028": "\U0010fff2", "\u2029": "\U0010fff3"}
"""Line ends of YAML 1.1 alone, and the characters of nobody's that PyYAML is given in their place."""

_HIDDEN = str.maketrans(_STOOD_FOR)
_SHOWN = str.maketrans({stand_in: char for char, stand_in in _STOOD_FOR.items()})


class TooDeep(Exception):
    """A file is nested deeper than `DEPTH`; `line` is where."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def compose(text: str) -> yaml.Node | None:
    """The nodes of a document, None for an empty one. Raises `yaml.YAMLError`, `TooDeep` or `RecursionError`."""
    return yaml.compose(text.translate(_HIDDEN), Loader=_Yaml12Loader)


def scalar_text(node: yaml.ScalarNode) -> str:
    """What a scalar says."""
    text: str = node.value
    return text.translate(_SHOWN)


class _Yaml12Loader(yaml.SafeLoader):
    def add_indent(self, column: int) -> bool:
        self._check_depth()
        return bool(super().add_indent(column))

    def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:  # noqa: N803 - PyYAML's name
        self._check_depth()
        super().fetch_flow_collection_start(TokenClass)

    def _check_depth(self) -> None:
        if self.flow_level + len(self.indents) > DEPTH:
            raise TooDeep(self.line + 1)

    def check_key(self) -> bool:
        return self._is_apart(1)

    def check_value(self) -> bool:
        """Behind a quoted text or a collection, a flow mapping's colon needs no space: `{"a":1}`."""
        return self._is_apart(1) or bool(self.flow_level and self.pointer and self.buffer[self.pointer - 1] in "\"'}]")

    def check_plain(self) -> bool:
        ch = self.peek()
        return not self._is_apart(1) if ch in _NEEDS_MORE else ch not in _NEVER_FIRST

    def _is_apart(self, length: int) -> bool:
        """Whether what stands so many characters on ends a plain text."""
        ch = self.peek(length)
        return ch in _SPACE or bool(self.flow_level and ch in _FLOW)

    def scan_to_next_token(self) -> None:
        if self.index == 0 and self.peek() == "\ufeff":
            self.forward()
        while True:
            self._skip_spaces()
            if self.peek() == "#":
                while self.peek() not in _END:
                    self.forward()
            if not self.scan_line_break():  # type: ignore[no-untyped-call]
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def _skip_spaces(self) -> None:
        """Spaces and tabs; but no tab can indent what stands in a block."""
        start, begins_line = self.pointer, self.column == 0
        while self.peek() in " \t":
            self.forward()
        indents = begins_line and not self.flow_level and self.peek() not in f"#{_END}"
        if indents and "\t" in self.buffer[start : self.pointer]:
            raise ScannerError(None, None, "a tab cannot indent", self.get_mark())

    def scan_anchor(self, TokenClass: type[AnchorToken | AliasToken]) -> AnchorToken | AliasToken:  # noqa: N803
        start = self.get_mark()
        self.forward()
        length = 0
        while self.peek(length) not in f"{_SPACE}{_FLOW}":
            length += 1
        if not length:
            raise ScannerError(None, None, "an anchor or alias has no name", start)
        name = self.prefix(length)
        self.forward(length)
        return TokenClass(name, start, self.get_mark())

    def scan_plain(self) -> ScalarToken:
        chunks: list[str] = []
        spaces: list[str] = []
        start = end = self.get_mark()
        indent = self.indent + 1
        while length := self._plain_length():
            self.allow_simple_key = False
            chunks += [*spaces, self.prefix(length)]
            self.forward(length)
            end = self.get_mark()
            spaces = self.scan_plain_spaces(indent, start) or []
            if not spaces or self.peek() == "#" or (not self.flow_level and self.column < indent):
                break
        return ScalarToken("".join(chunks), plain=True, start_mark=start, end_mark=end)

    def _plain_length(self) -> int:
        """How many characters on the plain text ends, at a space, a value's colon or a flow indicator."""
        length = 0
        while not (self._is_apart(length) or (self.peek(length) == ":" and self._is_apart(length + 1))):
            length += 1
        return length

    def scan_plain_spaces(self, indent: int, start_mark: yaml.Mark) -> list[str] | None:
        """As PyYAML's, with tabs beside spaces: those before the text of a line count for nothing."""
        length = 0
        while self.peek(length) in " \t":
            length += 1
        if "\t" not in self.prefix(length):
            return self._without_leading_tabs(indent, start_mark)
        before = self.prefix(length)
        self.forward(length)
        return self._without_leading_tabs(indent, start_mark) if self.peek() in "\r\n" else [before]

    def _without_leading_tabs(self, indent: int, start_mark: yaml.Mark) -> list[str] | None:
        found: list[str] | None = super().scan_plain_spaces(indent, start_mark)
        if found and self.peek() == "\t" and self.column >= indent:
            while self.peek() in " \t":
                self.forward()
        return found
