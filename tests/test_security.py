"""No code of the user is imported or run: by no command, no hover, no fix, whatever lies in the workspace."""

import subprocess
import sys
from pathlib import Path

import pytest

from spawnsafe.check import Policy, check, fixes
from spawnsafe.hover import hover
from spawnsafe.model import Project
from spawnsafe.source import Point

MAIN = """\
import booby
import trap
import trap.inner
from multiprocessing import Pool
from compiled import function
from installed import work
from trap import decorate, make_pool
from trap.inner import double

@decorate
def local(n):
    return n

def run():
    with make_pool() as pool:
        pool.map(lambda n: n, [1])
        pool.map(double, [1])
        pool.map(booby.work, [1])
        pool.map(work, [1])
        pool.map(function, [1])
        pool.map(local, [1])

if __name__ == "__main__":
    run()
"""
TRAP = """\
from multiprocessing import Pool
def decorate(function):
    return function
def make_pool():
    return Pool()
"""
STANDARD = ["multiprocessing", "pickle", "ast", "json", "re", "libcst", "jedi", "click", "rich", "pygls", "spawnsafe"]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """The file that is written as soon as anything in the workspace runs."""
    return tmp_path / "marker"


@pytest.fixture
def workspace(tmp_path: Path, marker: Path) -> Path:
    """A folder in which everything that Python might import or run writes the marker."""
    folder = tmp_path / "workspace"
    shot = f"import sys; open({str(marker)!r}, 'a').write(__name__ + ' in ' + sys.executable + chr(10))\n"
    files = {
        "main.py": MAIN,
        "booby.py": f"{shot}def work(n): ...\n",
        "trap/__init__.py": f"{shot}{TRAP}",
        "trap/inner.py": f"{shot}double = lambda n: n\n",
        "trap/__main__.py": shot,
        "compiled.so": shot,
        "sitecustomize.py": shot,
        "usercustomize.py": shot,
        "conftest.py": shot,
        "setup.py": shot,
        "noxfile.py": shot,
        "pyproject.toml": "[tool.spawnsafe]\nsrc = ['.', 'src']\n",
        **{f"{name}.py": shot for name in STANDARD},
    }
    for site in (".venv/lib/python3.11/site-packages", ".venv/Lib/site-packages", "venv/lib/python3.13/site-packages"):
        files[f"{site}/evil.pth"] = shot
        files[f"{site}/sitecustomize.py"] = shot
        files[f"{site}/installed/__init__.py"] = f"{shot}def work(n): ...\n"
    for venv in (".venv", "venv"):
        files[f"{venv}/pyvenv.cfg"] = "home = /usr/bin\nversion = 3.11.0\n"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for interpreter in (".venv/bin/python", ".venv/bin/python3", "venv/bin/python", "python", "python3", "git"):
        path = folder / interpreter
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {interpreter} >> '{marker}'\n", encoding="utf-8")
        path.chmod(0o755)
    return folder


def _spawnsafe(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the workspace as the script `spawnsafe` does: without the working folder on the path."""
    command = [sys.executable, "-P", "-m", "spawnsafe", *arguments]
    return subprocess.run(command, cwd=workspace, capture_output=True, encoding="utf-8", check=False)


def test_the_traps_work(workspace: Path, marker: Path) -> None:
    subprocess.run([sys.executable, "-c", "import trap.inner"], cwd=workspace, check=False, capture_output=True)
    assert marker.exists()


def test_a_check_runs_nothing(workspace: Path, marker: Path) -> None:
    done = _spawnsafe(workspace, "check", "--output-format", "json", ".")
    assert "lambda-target" in done.stdout, done.stderr
    assert not marker.exists(), marker.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [["check", "--diff", "main.py"], ["check", "--fix", "."], ["rules"], ["--version"]]
)
def test_no_other_command_runs_anything(workspace: Path, marker: Path, arguments: list[str]) -> None:
    assert _spawnsafe(workspace, *arguments).returncode in (0, 1)
    assert not marker.exists(), marker.read_text(encoding="utf-8")


def test_hovers_and_fixes_run_nothing(workspace: Path, marker: Path) -> None:
    project = Project(src=[workspace], environment=workspace / ".venv")
    module = project.module(workspace / "main.py")
    found = check(module, Policy())
    assert {"lambda-target"} == {each.rule.code for each in found}
    assert any(list(fixes(module, each)) for each in found)
    answers = [
        hover(module, Point(line, column))
        for line in range(module.text.line_count)
        for column in range(len(module.text.line(line)) + 1)
    ]
    assert any(answers)
    assert not marker.exists(), marker.read_text(encoding="utf-8")
    assert not {"booby", "trap", "installed", "compiled"} & sys.modules.keys()
