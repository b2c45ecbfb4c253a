"""The files that others read are what their readers' schemas say, and agree with each other and with the project."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema_rs import validator_for

from kustomer_sandbox import __version__
from kustomer_sandbox.command.settings import TOKEN_ENV
from tests.docs import llms
from tests.docs.printed import FENCE
from tests.release import pythons
from tests.release.building import checksums
from tests.release.dockerfile import ROOT, context, instructions, step

DEMANDED = yaml.safe_load(Path(__file__).with_name("demanded.yaml").read_text("utf-8"))
CONTAINERS = (ROOT / "docs" / "containers.md").read_text("utf-8")
SERVER = json.loads((ROOT / "server.json").read_text("utf-8"))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
PUBLISHED = {
    "compose.yaml": "compose-spec",
    "action.yml": "github-actions",
    ".github/workflows/*.yml": "github-workflows",
    "examples/ci/.github/workflows/*.yml": "github-workflows",
    "examples/ci/.gitlab-ci.yml": "gitlab-ci",
    ".github/dependabot.yml": "dependabot",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    ".github/ISSUE_TEMPLATE/[!c]*.yml": "github-issue-forms",
}
PRINTED = {
    "services.yml": "compose-spec",
    ".github/workflows/tests.yml": "github-workflows",
    ".gitlab-ci.yml": "gitlab-ci",
}


def faults(document: object, schema: dict[str, Any]) -> list[str]:
    return [error.message for error in validator_for(schema).iter_errors(document)]


def read(text: str) -> dict[str, object]:
    """A document; YAML 1.1 takes the key `on` of a workflow for true, and its readers do not."""
    return {"on" if key is True else key: value for key, value in yaml.safe_load(text).items()}


def published(name: str) -> dict[str, Any]:
    """A schema as the package check-jsonschema carries it."""
    schema = files("check_jsonschema.builtin_schemas.vendor").joinpath(f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(schema)
    return found


@pytest.mark.parametrize(("pattern", "schema"), PUBLISHED.items())
def test_a_file_is_what_its_published_schema_says(pattern: str, schema: str) -> None:
    """Its reader is elsewhere, and would say so only there."""
    documents = [read(path.read_text("utf-8")) for path in ROOT.glob(pattern)]
    assert documents
    assert [fault for document in documents for fault in faults(document, published(schema))] == []


def test_a_printed_file_is_what_its_published_schema_says() -> None:
    """The snippets that people copy from docs/containers.md."""
    seen = set()
    for block in FENCE.finditer(CONTAINERS):
        if block[1] == "yaml":
            name = block[2].splitlines()[0].removeprefix("# ")
            assert (name, faults(read(block[2]), published(PRINTED[name]))) == (name, [])
            seen.add(name)
    assert seen == PRINTED.keys()


def test_printed_python_that_needs_docker_is_python() -> None:
    """It is not run, so at least it is read."""
    blocks = [block[2] for block in FENCE.finditer(CONTAINERS) if block[1] == "py"]
    assert blocks
    for block in blocks:
        compile(block, "docs/containers.md", "exec")


@pytest.mark.parametrize(
    ("path", "schema"), [("server.json", "server"), (".devcontainer/devcontainer.json", "devcontainer")]
)
def test_a_file_is_what_its_schema_demands(path: str, schema: str) -> None:
    """No package has these two schemas, so what they demand of us is written down here."""
    assert faults(json.loads((ROOT / path).read_text("utf-8")), DEMANDED[schema]) == []


def test_the_version_is_one() -> None:
    """It is written in the package; whoever repeats it must say the same."""
    assert [SERVER["version"], *(package["version"] for package in SERVER["packages"])] == [__version__] * 2


def test_the_readme_names_the_server_as_the_registry_wants_it() -> None:
    """It takes this line, on the package index, for the proof that both belong together."""
    assert f"<!-- mcp-name: {SERVER['name']} -->" in (ROOT / "README.md").read_text("utf-8")


def test_the_listed_server_starts() -> None:
    """Its arguments are those of the command."""
    arguments = [
        part for one in SERVER["packages"][0]["packageArguments"] for part in (one.get("name"), one.get("value"))
    ]
    options = [word for word in arguments if word and word.startswith("--")]
    command = [sys.executable, "-m", "kustomer_sandbox", "mcp", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [option for option in options if option not in told] == []


def test_the_image_runs_pinned_and_without_rights() -> None:
    """What a reviewer looks for first."""
    bases = [one.value.split()[0] for one in instructions() if one.word == "FROM"]
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*(@sha256:\w{64})?", base) for base in bases)
    assert step(1, "USER").value.split(":")[0] not in {"0", "root"}
    kept = step(1, "ENV").settings["KUSTOMER_SANDBOX_STORE"].removeprefix("sqlite:///")
    assert Path(kept).parent == Path(step(1, "VOLUME").words[0])


def test_the_image_is_given_what_it_is_built_from() -> None:
    """And neither tests nor what a working copy has lying about."""
    assert [name for name in context() if not (ROOT / name).exists()] == []
    assert {"pyproject.toml", "requirements.lock", "README.md", "LICENSE", "kustomer_sandbox"} <= set(context())
    assert "tests" not in context()


def test_compose_has_two_replicas_of_one_sandbox() -> None:
    """Behind one port, and none without a token that its user chose."""
    sandbox = COMPOSE["services"]["sandbox"]
    assert sandbox["deploy"]["replicas"] == 2
    assert sandbox["command"][:2] == ["up", "--store"]
    assert ":?" in sandbox["environment"][TOKEN_ENV]
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8700:8700"]


def test_actions_are_pinned() -> None:
    """To a commit: a tag can be moved to another."""
    used = re.findall(
        r"uses: (\S+)", "".join(path.read_text("utf-8") for path in (ROOT / ".github/workflows").glob("*.yml"))
    )
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []


def test_the_list_for_models_is_what_there_is() -> None:
    """`python -m tests.docs.llms > llms.txt` writes it."""
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {*llms.DOCS, *llms.REFERENCE} == pages
    assert (ROOT / "llms.txt").read_text("utf-8") == llms.page()


def test_the_skill_says_when_to_use_it() -> None:
    """Agents see these two lines of every skill, and no more before they open one."""
    head = (ROOT / "skills/kustomer-sandbox/SKILL.md").read_text("utf-8").split("---\n")[1]
    told = yaml.safe_load(head)
    assert told["name"] == "kustomer-sandbox"
    assert "Use when" in told["description"]
    assert len(told["description"]) <= 1024


def test_interpreters_are_those_that_the_project_names() -> None:
    """And one that is not here is missed, not passed over."""
    assert pythons.supported()[0] == "3.11"
    assert pythons.find(f"{sys.version_info[0]}.{sys.version_info[1]}") is not None


def test_checksums_are_read_by_sha256sum(tmp_path: Path) -> None:
    """In its own form, sorted by name."""
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "a").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert checksums([tmp_path / "b", tmp_path / "a"]) == f"{empty}  a\n{empty}  b\n"
