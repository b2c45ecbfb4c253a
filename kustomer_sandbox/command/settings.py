"""What else than flags decides an option: a variable `KUSTOMER_SANDBOX_…`, then the settings file, then the default.

Every option of every command takes part, by the name of its flag: `--allow-host` is `KUSTOMER_SANDBOX_ALLOW_HOST` in
the environment and `allow_host` in the file. Nothing is listed here by hand, so nothing can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.command.refusing import nearest

if TYPE_CHECKING:
    from typer.core import TyperCommand

FILE = "kustomer-sandbox.toml"
PREFIX = "KUSTOMER_SANDBOX_"
TOKEN_ENV = f"{PREFIX}CONTROL_TOKEN"
"""Holds the control token, which is no option: command lines and files are read by others too easily."""

_NOT_SETTINGS = frozenset({"help", "version", "install_completion", "show_completion", "force"})
"""Options that ask for something once; a setting that always asks for it would be of no use."""

Defaults = dict[str, Any]


class SettingsFileError(Exception):
    """The settings file cannot be used; the message says where and what to write instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """An option as a variable and the settings file know it. `parameter` is what its command calls it."""

    name: str
    parameter: str
    kind: type[bool | int | str | list[str]]
    default: Any
    help: str

    @property
    def variable(self) -> str:
        return f"{PREFIX}{self.name.upper()}"

    def read(self, value: object) -> Any:  # noqa: ANN401 - what TOML holds
        """A value of the file as the option takes it. Raises `ValueError` with what it must be."""
        if self.kind is str and isinstance(value, datetime):
            return value.isoformat()
        if type(value) is not self.kind or (isinstance(value, list) and not all(isinstance(x, str) for x in value)):
            raise ValueError(_KINDS[self.kind])
        return value


_KINDS = {bool: "true or false", int: "a whole number", str: "a text in quotes", list: "a list of texts"}


def settings_of(command: TyperCommand) -> dict[str, Setting]:
    """The settings of one command, by name."""
    found = {}
    for option in command.params:
        name = max(option.opts, key=len).removeprefix("--").replace("-", "_")
        if option.param_type_name == "option" and option.name and name not in _NOT_SETTINGS:
            found[name] = Setting(
                name=name,
                parameter=option.name,
                kind=_kind(option),
                default=option.default,
                help=getattr(option, "help", None) or "",
            )
    return found


def _kind(option: Any) -> type[bool | int | str | list[str]]:  # noqa: ANN401 - typer does not export its class of options
    if option.multiple:
        return list
    if option.is_flag:
        return bool
    return int if isinstance(option.default, int) else str


def commands(root: TyperCommand, *path: str) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command below `root` with the words that call it; a group before its members."""
    inside: Mapping[str, TyperCommand] = getattr(root, "commands", {})
    for name, command in inside.items():
        yield (*path, name), command
        yield from commands(command, *path, name)


def name_variables(root: TyperCommand) -> None:
    """Give every option its variable."""
    for _, command in commands(root):
        settings = {setting.parameter: setting for setting in settings_of(command).values()}
        for option in command.params:
            if option.name in settings:
                option.envvar = settings[option.name].variable


def unknown_variables(names: Iterable[str], root: TyperCommand) -> list[str]:
    """Variables with our prefix that no option has, each with the nearest that there is."""
    known = {setting.variable for _, command in commands(root) for setting in settings_of(command).values()}
    known.add(TOKEN_ENV)
    return [f"{name}{nearest(name, known)}" for name in sorted(names) if name.startswith(PREFIX) and name not in known]


def file_defaults(folder: Path, root: TyperCommand) -> Defaults:
    """What the settings file of a folder says for each command, in click's form; nothing without a file.

    Raises `SettingsFileError`.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    import tomllib  # noqa: PLC0415 - most starts have no file

    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsFileError(f"{FILE} cannot be read: {fault}") from None
    return _spread(written, root)


def _spread(written: Mapping[str, Any], root: TyperCommand) -> Defaults:
    """Keys above the tables go to every command that has them, those of a table to its command alone."""
    common = {key: value for key, value in written.items() if not isinstance(value, dict)}
    known = dict(commands(root))
    everything = {name for command in known.values() for name in settings_of(command)}
    for key in common:
        if key not in everything:
            raise SettingsFileError(f"{FILE} has no setting {key}{nearest(key, everything)}")
    found: Defaults = {}
    for path, command in known.items():
        table = _table(written, path, command)
        settings = settings_of(command)
        chosen = {key: value for key, value in common.items() if key in settings} | table
        place = found
        for word in path:
            place = place.setdefault(word, {})
        place |= {settings[key].parameter: _read(settings[key], value) for key, value in chosen.items()}
    _refuse_other_tables(written, known)
    return found


def _table(written: Mapping[str, Any], path: tuple[str, ...], command: TyperCommand) -> dict[str, Any]:
    """The keys of a command's table, without the tables inside it. Raises `SettingsFileError` for an unknown key."""
    place: Any = written
    for word in path:
        place = place.get(word, {}) if isinstance(place, dict) else {}
    if not isinstance(place, dict):
        return {}
    settings = settings_of(command)
    table = {key: value for key, value in place.items() if not isinstance(value, dict)}
    for key in table:
        if key not in settings:
            raise SettingsFileError(f"{FILE}: [{'.'.join(path)}] has no setting {key}{nearest(key, settings)}")
    return table


def _refuse_other_tables(written: Mapping[str, Any], known: Iterable[tuple[str, ...]]) -> None:
    names = [".".join(path) for path in known]
    for name in _tables(written):
        if name not in names:
            raise SettingsFileError(f"{FILE}: [{name}] is no command{nearest(name, names)}")


def _tables(written: Mapping[str, Any], *path: str) -> Iterator[str]:
    for key, value in written.items():
        if isinstance(value, dict):
            yield ".".join((*path, key))
            yield from _tables(value, *path, key)


def _read(setting: Setting, value: object) -> Any:  # noqa: ANN401 - what an option takes
    try:
        return setting.read(value)
    except ValueError as must_be:
        raise SettingsFileError(f"{FILE}: {setting.name} must be {must_be}") from None


def commented_file(root: TyperCommand) -> str:
    """A settings file in which every setting is explained, and commented out with its default."""
    known = dict(commands(root))
    lines = _HEAD.splitlines()
    for words, heading in ((("up",), ""), (("mcp",), "[mcp]")):
        lines += ["", f"# {heading}"] if heading else []
        for setting in settings_of(known[words]).values():
            lines += ["", *(f"# {line}" for line in _wrapped(setting.help)), f"# {setting.name} = {_toml(setting)}"]
    return "\n".join(lines) + "\n"


_HEAD = """\
# Settings of kustomer-sandbox, read from the working directory. A flag on the command line counts before a
# variable of the environment (KUSTOMER_SANDBOX_PORT), that before this file, and this before the default.
#
# What stands above the first table counts for every command that has such an option; a table, such as [simulator]
# or [mcp], for its command alone. Take the `# ` away from a line to change it: it shows the default."""


def _wrapped(text: str) -> list[str]:
    import textwrap  # noqa: PLC0415 - only `init` writes

    return textwrap.wrap(text, 110)


def _toml(setting: Setting) -> str:
    import json  # noqa: PLC0415 - only `init` writes

    default = setting.default
    if setting.kind is list:
        return json.dumps(list(default or ()))
    return json.dumps(setting.kind() if default is None else default)
