"""Writes `llms.txt`: what a model should read of the documentation, and for what.

python -m tests.docs.llms > llms.txt
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = {
    "README.md": "the first call, worlds, pytest, the MCP server, how faithful it is",
    "skills/kustomer-sandbox/SKILL.md": "how to write tests of a Kustomer integration with the kit",
    "examples/README.md": "small projects to copy: tests, agents of three frameworks, webhooks, a web form, CI",
    "AGENTS.md": "how to work on this project itself",
}
DOCS = {
    "first-minutes.md": "a tutorial: start it, a masked number, a world, the same as a test",
    "testing.md": "the pytest fixtures and all that a world in a test can do",
    "faults.md": "errors, delays, cut connections at exactly the calls you want",
    "exploring.md": "a job under every fault at every one of its calls",
    "journal.md": "what a world has answered, and why",
    "scenarios.md": "worlds with your own data, and what happens while an agent works",
    "limits.md": "budgets, 429s, and a run on other plans",
    "errors.md": "the one body of every refusal, and both vocabularies of codes",
    "mcp.md": "tools for models: transports, clients, filters, episodes, audit trail",
    "grading.md": "whether an agent did what its scenario wants, and nothing else",
    "command-line.md": "every command, variable and setting; checking, replaying, keeping",
    "languages.md": "curl, TypeScript, Go, Java: what to start, what to call",
    "containers.md": "image, Compose, GitHub Action, services in CI, Testcontainers",
    "company.md": "thousands of worlds, several processes, what to watch",
    "console.md": "the page that shows calls, budgets, windows and time",
    "faq.md": "what people ask first",
    "upgrading.md": "what to change from version to version",
}
REFERENCE = {
    "tools.md": "every tool with its arguments and a worked call",
    "criteria.md": "what a scenario can demand of an agent",
    "coverage.md": "every operation that Kustomer is known to have, and whether it is served",
    "contracts.md": "every key of a contract document",
    "architecture.md": "how the parts fit together",
    "speed.md": "what is measured, the goals, and which of them are met",
    "conformance.md": "what the checks find, in the sandbox and in other mocks",
    "proofs.md": "which faults the tests are known to catch",
}


def page() -> str:
    """The whole file; the order is the one to read in."""
    summary = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["description"]
    sections = {"Start": ("", START), "Docs": ("docs/", DOCS), "Optional": ("docs/", REFERENCE)}
    text = f"# Kustomer Sandbox\n\n> {summary}\n"
    for heading, (folder, pages) in sections.items():
        lines = [f"- [{title(ROOT / folder / name)}]({folder}{name}): {note}\n" for name, note in pages.items()]
        text += f"\n## {heading}\n\n{''.join(lines)}"
    return text


def title(path: Path) -> str:
    """The first heading of a page."""
    lines = path.read_text("utf-8").splitlines()
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))


if __name__ == "__main__":
    sys.stdout.write(page())
