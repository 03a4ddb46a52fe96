"""No code of the user is imported or run: by no command, no hover, no fix, whatever lies in the workspace."""

import os
import re
import subprocess
import sys
import sysconfig
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


def test_a_fix_changes_nothing_behind_a_link_out_of_the_workspace(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside.py", tmp_path / "workspace"
    outside.write_text("def outer():\n    def local(n):\n        return n\n    return local\n", encoding="utf-8")
    before = outside.read_bytes()
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "helper.py").symlink_to(outside)
    main = "from multiprocessing import Pool\nfrom helper import outer\n\nif __name__ == '__main__':\n"
    (folder / "main.py").write_text(f"{main}    Pool().map(outer(), [1])\n", encoding="utf-8")
    done = _spawnsafe(folder, "check", "--fix", "main.py")
    assert "local-target" in done.stdout, done.stderr
    assert (outside.read_bytes(), (folder / "helper.py").is_symlink()) == (before, True)


TRAPPED = """\
import distutils.util
from multiprocessing import Pool
import installed, namespace.inner, half.compiled, extension, distutils_user, zipped
from half import fast, wrap, Base
from half.compiled import decorate as compiled_decorate

app = installed.App()
class A(installed.Base): ...
class B(half.compiled.Base): ...
class C(extension.Base): ...
class D(Base): ...
class E(namespace.inner.Base): ...

def main():
    @installed.keeping
    def one(n): ...
    @app.route("/")
    def two(n): ...
    @half.compiled.decorate()
    def three(n): ...
    @compiled_decorate
    def four(n): ...
    @extension.decorate
    def five(n): ...
    @fast
    def six(n): ...
    @wrap
    def seven(n): ...
    @namespace.inner.keeping()
    def eight(n): ...
    @distutils_user.keeping
    def nine(n): ...
    @distutils.util.anything
    def ten(n): ...
    @zipped.keeping
    def eleven(n): ...
    with Pool() as pool:
        pool.map(one, [A(), B(), C(), D(), E()])
        pool.map(two, [1])
        pool.map(three, [1])
        pool.map(four, [1])
        pool.map(five, [1])
        pool.map(six, [1])
        pool.map(seven, [1])
        pool.map(eight, [1])
        pool.map(nine, [1])
        pool.map(ten, [1])
        pool.map(eleven, [1])

if __name__ == "__main__":
    main()
"""
KEEPING = """\
import functools
class Base: ...
class App:
    def route(self, path):
        return keeping
def keeping(function):
    @functools.wraps(function)
    def inner(*arguments): ...
    return inner
"""
WATCHED = """\
import sys

def watch(event, arguments):
    is_foreign = event == "import" and {folder!r} in str(arguments[1])
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    started = event.split(".")[0] in ("subprocess", "pty", "ctypes", "pickle") or event in {starts!r}
    if is_foreign or writes or started or (event == "exec" and {folder!r} in str(arguments[0])):
        print("seen:", event, arguments)

sys.dont_write_bytecode = True
from spawnsafe.__main__ import main
import spawnsafe.model.libraries
sys.addaudithook(watch)
try:
    main(["check", "--no-cache", "--output-format", "concise", "main.py"])
finally:
    print("asked jedi" if any(name.startswith("jedi.inference.compiled") for name in sys.modules) else "")
    print(sorted(sys.modules.keys() & {{"installed", "half", "extension", "namespace", "setuptools", "zipped"}}))
"""
STARTS = ("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.putenv")


def test_an_environment_is_read_and_nothing_in_it_runs(tmp_path: Path, marker: Path) -> None:
    folder = tmp_path / "workspace"
    site = folder / ".venv/lib/python3.11/site-packages"
    shot = f"import sys; open({str(marker)!r}, 'a').write(__name__ + ' in ' + sys.executable + chr(10))\n"
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    files = {
        "main.py": TRAPPED,
        "pyproject.toml": "",
        ".venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.0\ninclude-system-site-packages = true\n",
    }
    installed = {
        "evil.pth": shot,
        "distutils-precedence.pth": shot,
        "sitecustomize.py": shot,
        "usercustomize.py": shot,
        "installed/__init__.py": f"{shot}from .inner import *\nfrom . import __main__, conftest\n",
        "installed/inner.py": f"{shot}import distutils.util, setuptools\n{KEEPING}",
        "installed/__main__.py": shot,
        "installed/conftest.py": shot,
        "half/__init__.py": f"{shot}from .compiled import fast, Base\nfrom half._speedups import wrap\n",
        f"half/compiled{suffix}": shot,
        "half/_speedups.so": shot,
        f"extension{suffix}": shot,
        "namespace/inner.py": f"{shot}{KEEPING}",
        "distutils_user.py": f"{shot}from distutils.util import keeping\n",
        "setuptools/__init__.py": shot,
        "setuptools/_distutils/__init__.py": shot,
        "setuptools/_distutils/util.py": f"{shot}{KEEPING}",
        "_distutils_hack/__init__.py": shot,
        "zipped.pyc": shot,
        **{f"{name}.py": f"{shot}{KEEPING}" for name in (*STANDARD, "functools", "builtins", "typing", "parso", "gi")},
    }
    files |= {f"{site}/{name}": text for name, text in installed.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("python", "python3", "python3.11"):
        path = folder / ".venv/bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {name} >> '{marker}'\n", encoding="utf-8")
        path.chmod(0o755)
    code = WATCHED.format(folder=str(folder), starts=STARTS)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "VIRTUAL_ENV": str(folder)},
    )
    assert "seen:" not in done.stdout, done.stdout
    assert "asked jedi\n[]\n" in done.stdout, done.stdout + done.stderr
    found = re.findall(r"error\[local-target\] `(\w+)`", done.stdout)
    assert found == ["one", "two", "eight"], done.stdout
    assert not marker.exists(), marker.read_text(encoding="utf-8")
    assert not (tmp_path / "cache").exists()
