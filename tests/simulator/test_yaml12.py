"""Scenario files are YAML 1.2: what is read of them, and the lines that complaints name."""

from __future__ import annotations

import pytest
import yaml12

from kustomer_sandbox.simulator.scenarios.files.yaml_places import YamlFault, read

SAMPLES = {
    "a question mark": "a: Where is it?",
    "a question mark in a flow mapping": "{preview: Where is it?, next: Why}",
    "a question mark within a word": "[a?b, c??, d?e?f]",
    "an address in a flow mapping": "{a: 'x', b: http://example.com/?q=1&r=2}",
    "plain texts that begin with an indicator": "{c: ?b, d: :b, e: -b}",
    "the same in a block": "c: ?b\nd: :b\ne: -b\n",
    "a key asked for": "? a\n: b\n",
    "JSON without spaces": '{"a":1,"b":[1,2],"c":{"d":null}}',
    "a colon within a word": "{a: b:c, d: 12:30}",
    "tabs that separate": "a:   \tb\t# c\nd:\t\n  - e\t\n",
    "tabs behind a dash": "-\tb\n-\t  c\n",
    "a tab within a text": "a: b\tc",
    "tabs before the text of a second line": "a: b\n \tc\n",
    "tabs in an empty line": "a: b\n\t\nc: d\n",
    "line ends of Unicode": "a: b\u2028c\nd: 'e\u2029f'\ng: \"h\x85i\"\n",
    "escapes": '"\\/\\x41\\u00e4\\U0001f600\\t\\e"',
    "emoji": "a: 😀",
    "words of YAML 1.1": "[no, on, yes, off, y, n, No]",
    "null and booleans": "[~, null, Null, NULL, true, True, TRUE, false, '', ]",
    "numbers": "[0, -1, +2, 012, 0o14, 0x1F, 1.5, .5, 1., 1e3, -1.5E-3]",
    "texts that look like numbers of YAML 1.1": "[1_000, 12:30, 0b11, 0o9, 0xg, 1__0, 2026-06-09]",
    "quoted numbers": "['1', \"2\", '', '~']",
    "anchors with other characters": "a: &x:y/z.1 1\nb: *x:y/z.1\n",
    "aliases": "a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]\n",
    "no merging": "a: {'<<': {b: 1}}",
    "a text of several lines": "a: b\n  c\n\n  d?\ne: f",
    "block texts": "a: |\n  b?\n   c\nd: >-\n  e\n  f\n\n  g\n",
    "quoted texts of several lines": "a: 'b\n  c'\nd: \"e\\\n  f\"\n",
    "directive and ends": "%YAML 1.2\n---\na: on\n...\n",
    "comments": "# x\na: b # c\nd: e#f\n",
    "an empty value": "a:\nb: {c, d: }\n",
    "pairs in a list": "[a: b, {c: d}]",
    "line ends of Windows": "a: 1\r\nb: Where?\r\n",
    "nothing": "# nothing\n",
    "a list as deep as its key": "a:\n- b\n- c: d\n  e: f\n",
}


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_a_file_is_read_as_yaml_1_2(text: str) -> None:
    """As by the reader of the contracts, which is of YAML 1.2 and knows no lines."""
    assert read(text).value == yaml12.parse_yaml(text)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: {c: Why?,\n", 3, "is no YAML"),
        ("a: 1\n\tb: 2\n", 2, "a tab cannot indent"),
        ("a: b\u2028c\nd: \u2028\ne: [\n", 4, "is no YAML"),
        ("a: 1\nb: \x00\n", 2, "a character that cannot be read"),
        ("a: 1\nb: *c\n", 2, "is no YAML"),
        ("a: &\n", 1, "has no name"),
        ("a: 1\nb: .inf\n", 2, "a number that JSON cannot carry"),
        ("a: 1\nb: 1" + "0" * 20, 2, "a number that JSON cannot carry"),
        ("a: 1\nb: -1e999\n", 2, "a number that JSON cannot carry"),
        ("a: 1\nb: 0x" + "f" * 17, 2, "a number that JSON cannot carry"),
        ("a: 1\nb: 'c'\nd: \"\\ud800\"\n", 3, "half of a character"),
        ('a: 1\n"\\udfff": 1\n', 2, "half of a character"),
        ("a: 1\nb: " + "[" * 60, 2, "nested more than 50 levels deep"),
        ("a: 1\n" + "".join(f"{' ' * level}b:\n" for level in range(60)), 53, "nested more than 50 levels deep"),
        ("a: 1\n'a': 2\n", 2, "gives a key twice"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int, reason: str) -> None:
    """The line an editor shows."""
    with pytest.raises(YamlFault) as told:
        read(text)
    assert reason in told.value.reason
    assert told.value.line == line


def test_a_line_is_found_behind_what_yaml_1_1_took_for_line_ends() -> None:
    """Editors count lines by line feeds."""
    assert read("a: b\u2028c\u2029d\x85e\nf: Where?\ng: {h: Why?, i: 1}\n").line(("g", "i")) == 3
