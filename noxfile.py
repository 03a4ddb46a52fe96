"""The developers' chores: `nox -s tests`, or `nox -l` for all."""

import os
from pathlib import Path

import nox

nox.options.sessions = ["fix", "lint", "typecheck", "tests"]
nox.options.default_venv_backend = "venv"

PAGE_PYTHONS = ("3.9", "3.12", "3.13", "3.14")
"""Beside that of the tests: the programs on the pages run under each of these that is installed."""


def _install(session: nox.Session, group: str) -> None:
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".", "--group", group)


@nox.session
def fix(session: nox.Session) -> None:
    """Mend what ruff can mend."""
    _install(session, "lint")
    session.run("ruff", "check", "--fix-only")
    session.run("ruff", "format")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layers."""
    _install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types."""
    _install(session, "dev")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; arguments go to pytest."""
    _install(session, "dev")
    session.run("pytest", *(session.posargs or ("-n", "auto", "--dist", "loadgroup")))


@nox.session
def pages(session: nox.Session) -> None:
    """Run the programs of every rule page under every Python that is found."""
    _install(session, "tests")
    found = [path for version in PAGE_PYTHONS if (path := _python(version))]
    session.log("pythons: %s", ", ".join(map(str, found)) or "that of the tests alone")
    session.run(
        "pytest",
        "tests/pages",
        "-n",
        "auto",
        *session.posargs,
        env={"SPAWNSAFE_PYTHONS": os.pathsep.join(map(str, found)), "SPAWNSAFE_PAGES": "all"},
    )


@nox.session
def generated(session: nox.Session) -> None:
    """Compare what the tool says of generated programs with what Python does; arguments go to scripts/generated.py."""
    _install(session, "tests")
    session.run("python", "scripts/generated.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Try texts that nobody planned for; arguments, such as `--minutes 60`, go to scripts/fuzz.py."""
    _install(session, "fuzz")
    session.run("python", "scripts/fuzz.py", *session.posargs)


@nox.session
def field(session: nox.Session) -> None:
    """Check packages that many people use; arguments go to scripts/field.py."""
    session.install("--quiet", "--editable", ".")
    session.run("python", "scripts/field.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site of the documentation into dist/site; a link that leads nowhere is an error."""
    _install(session, "docs")
    session.run("mkdocs", "build", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def bench(session: nox.Session) -> None:
    """Time spawnsafe beside other tools, and write docs/benchmarks.md; arguments go to scripts/bench."""
    _install(session, "bench")
    session.run("pyright", "--version", silent=True)  # it fetches itself when it is first run
    session.run("python", "scripts/bench", *session.posargs)


@nox.session(name="bench-advice")
def bench_advice(session: nox.Session) -> None:
    """Measure what the advice changes, and draw it for the pages."""
    session.run("python", "scripts/bench_advice.py")


@nox.session
def lock(session: nox.Session) -> None:
    """Choose anew the versions that the VS Code extension installs."""
    session.install("--quiet", "uv")
    pinned = Path("client/bundle").absolute()
    how = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--upgrade"]
    how += ["--quiet", "--custom-compile-command", "nox -s lock"]
    session.run("uv", "pip", "compile", *how, "pyproject.toml", "--output-file", str(pinned / "requirements.txt"))
    wanted = Path(session.create_tmp(), "pip.in")
    wanted.write_text("pip\n", encoding="utf-8")
    session.run("uv", "pip", "compile", *how, str(wanted), "--output-file", str(pinned / "pip.txt"))


@nox.session
def audit(session: nox.Session) -> None:
    """Ask the package index whether what the VS Code extension installs is known to be vulnerable."""
    session.install("--quiet", "pip-audit")
    for pinned in ("requirements.txt", "pip.txt"):
        options = ["--disable-pip", "--require-hashes", "--strict", "--progress-spinner", "off"]
        session.run("pip-audit", *options, "--requirement", f"client/bundle/{pinned}", *session.posargs)


def _python(version: str) -> Path | None:
    """Return an interpreter of that version, from the search path or from pyenv."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin"))
    candidates = [folder / f"python{version}" for folder in folders if "shims" not in folder.parts]
    return next((path for path in candidates if path.exists()), None)
