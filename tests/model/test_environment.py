"""What leaves the project is looked up in the selected environment, by reading."""

import sys
from pathlib import Path

import pytest

from analysis import POLICY
from spawnsafe.check import check
from spawnsafe.model import Project, environment_in, libraries
from spawnsafe.model.environment import Environment
from spawnsafe.model.pickling.pickles import reduces
from spawnsafe.settings import load_settings

SITE = "lib/python3.12/site-packages"
LIBRARY = {
    "keeping/__init__.py": "from ._inner import *\nfrom .bases import Base as Base\nfrom . import bases\n",
    "keeping/_inner.py": """\
import functools
from functools import wraps
from other import registering

class Limit:
    def __init__(self, most):
        self.most = most
    def __call__(self, function):
        @functools.wraps(function)
        def limited(*arguments):
            return function(*arguments)
        return limited

class App:
    def task(self, function):
        return function
    def route(self, path):
        def register(function):
            return function
        return register

def retry(*options):
    if options and callable(options[0]):
        return retry()(options[0])
    def wrap(function):
        @wraps(function)
        def again(*arguments):
            return function(*arguments)
        return again
    return wrap

def losing(function):
    def inner(*arguments):
        return function(*arguments)
    return inner

def odd(function):
    return make(function)
""",
    "keeping/bases.py": """\
from other import Parent, Silent
class Base: ...
class Reducing(Base):
    def __reduce__(self): ...
class Inheriting(Parent): ...
class Plain(Silent): ...
class Unknown(Missing): ...
""",
    "other.py": """\
class Parent:
    def __getstate__(self): ...
class Silent: ...
def registering(function):
    return function
""",
}
PROGRAM = """\
from multiprocessing import Pool
import keeping
{imports}
def main():
    @{decorator}
    def work(n):
        return n
    with Pool() as pool:
        pool.map(work, [1])
"""


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = _write(tmp_path / "env", {f"{SITE}/{name}": text for name, text in LIBRARY.items()})
    return _write(folder, {"pyvenv.cfg": "home = /nowhere/bin\nversion = 3.12.1\n"})


def _codes(project: Project, path: Path) -> list[str]:
    return [each.rule.code for each in check(project.module(path), POLICY)]


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("", "keeping.retry"),
        ("from keeping import retry", "retry"),
        ("from keeping import retry", "retry()"),
        ("from keeping import *", "keeping.retry(3)"),
        ("from keeping._inner import retry as again", "again"),
        ("import keeping._inner as inner", "inner.retry"),
        ("from keeping import Limit", "Limit(3)"),
        ("limit = keeping.Limit(3)", "limit"),
        ("from keeping import App\napp = App()", "app.task"),
        ("app = keeping.App()", "app.route('/')"),
        ("from keeping import registering", "registering"),
    ],
)
def test_a_librarys_decorator_that_keeps_the_name_is_seen_through(
    environment: Path, imports: str, decorator: str
) -> None:
    program = PROGRAM.format(imports=imports, decorator=decorator)
    main = _write(environment.parent, {"main.py": program}) / "main.py"
    assert _codes(Project(environment=environment), main) == ["local-target"]
    assert _codes(Project(), main) == []


@pytest.mark.parametrize(
    "decorator", ["keeping.odd", "keeping.Limit", "keeping.missing", "missing.retry", "keeping.App", "other.Silent()"]
)
def test_one_of_which_little_is_known_silences(environment: Path, decorator: str) -> None:
    program = PROGRAM.format(imports="import other, missing", decorator=decorator)
    main = _write(environment.parent, {"main.py": program}) / "main.py"
    assert _codes(Project(environment=environment), main) == []


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("keeping.Base", False),
        ("keeping.bases.Reducing", True),
        ("keeping.bases.Inheriting", True),
        ("keeping.bases.Plain", False),
        ("keeping.bases.Unknown", None),
        ("keeping.bases.Missing", None),
        ("missing.Base", None),
    ],
)
def test_whether_a_librarys_class_says_how_it_pickles(environment: Path, base: str, expected: bool | None) -> None:  # noqa: FBT001 - one of three answers
    text = f"import keeping.bases, missing\nclass Own({base}): ...\n"
    main = _write(environment.parent, {"main.py": text}) / "main.py"
    module = Project(environment=environment).module(main)
    (own,) = (scope for scope in module.scopes if scope.is_class)
    assert reduces(own, own.end) is expected


def test_of_a_long_file_only_what_the_name_needs_is_read(environment: Path) -> None:
    filler = "".join(f"class C{n}(lost):\n    def method(self): ...\n" * 10 for n in range(40))
    methods = "".join(f"    def method{n}(self):\n        return {n * 'n'}\n" for n in range(300))
    text = LIBRARY["keeping/_inner.py"].replace("class App:\n", f"class App:\n{methods}") + filler
    _write(environment / SITE, {"keeping/_inner.py": text})
    program = PROGRAM.format(imports="app = keeping.App()", decorator="app.route('/')")
    main = _write(environment.parent, {"main.py": program}) / "main.py"
    assert _codes(Project(environment=environment), main) == ["local-target"]


def test_a_package_that_takes_too_long_is_not_known(
    environment: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _write(environment / SITE, {"endless.py": "x = (1, [2, {3: 4}])\n" * 20_000 + "def retry(f):\n    return f\n"})
    found = Environment(environment)
    monkeypatch.setattr(libraries, "MOST_SECONDS", 0.1)
    assert found.find("endless.retry") is None
    assert found.find("endless.other") is None
    assert caplog.messages == ["looking into an installed package took too long; what comes from it is not known"]
    monkeypatch.undo()
    assert found.find("keeping.losing") is not None


def test_the_environment_beside_the_project_is_the_default(environment: Path) -> None:
    program = PROGRAM.format(imports="", decorator="keeping.retry")
    folder = _write(environment.parent, {"main.py": program, "pyproject.toml": ""})
    assert environment_in(folder) is None
    environment.rename(folder / ".venv")
    assert environment_in(folder) == folder / ".venv"
    assert _codes(load_settings(folder).project(), folder / "main.py") == ["local-target"]


def test_what_is_installed_later_is_found_after_a_refresh(environment: Path) -> None:
    program = PROGRAM.format(imports="", decorator="keeping.retry")
    main = _write(environment.parent, {"main.py": program}) / "main.py"
    installed = environment / SITE / "keeping"
    installed.rename(environment / "keeping")
    project = Project(environment=environment)
    assert _codes(project, main) == []
    (environment / "keeping").rename(installed)
    assert _codes(project, main) == []
    project.refresh()
    assert _codes(project, main) == ["local-target"]


def test_a_folder_of_the_project_without_init_does_not_hide_a_package(environment: Path) -> None:
    program = PROGRAM.format(imports="", decorator="keeping.retry")
    folder = _write(environment.parent, {"main.py": program, "keeping/notes.py": ""})
    assert _codes(Project(environment=environment), folder / "main.py") == ["local-target"]


def test_jedi_is_asked_only_for_what_nothing_else_knows(environment: Path) -> None:
    before = {name for name in sys.modules if name.partition(".")[0] == "jedi"}
    for name in before:
        del sys.modules[name]
    sys.modules.pop("spawnsafe.model.libraries", None)
    text = "from multiprocessing import Pool\nimport numpy, tenacity, keeping\n@tenacity.retry\ndef work(n): return n\n"
    text += "def main():\n    Pool().map(work, keeping.items(numpy.arange(3)))\n    Pool().map(lambda n: n, [])\n"
    main = _write(environment.parent, {"main.py": text}) / "main.py"
    assert _codes(Project(environment=environment), main) == ["lambda-target"]
    assert "jedi" not in sys.modules


# --- where environments have their packages

LAYOUTS = {
    "a virtual environment": ("lib/python3.12/site-packages", {"pyvenv.cfg": "version = 3.12.1\n"}),
    "one of Windows": ("Lib/site-packages", {"pyvenv.cfg": "", "Scripts/python.exe": ""}),
    "one of PyPy": ("lib/pypy3.10/site-packages", {"pyvenv.cfg": "version = 3.10.2\n"}),
    "conda": ("lib/python3.11/site-packages", {"conda-meta/history": ""}),
    "conda of Windows": ("Lib/site-packages", {"python.exe": ""}),
    "an installation": ("lib/python3.13/site-packages", {"lib/python3.13/os.py": ""}),
    "Debian's": ("lib/python3/dist-packages", {"lib/python3.11/os.py": ""}),
    "the 64-bit one": ("lib64/python3.12/site-packages", {"lib/python3.12/os.py": ""}),
    "several, the newest": ("lib/python3.13/site-packages", {"lib/python3.9/site-packages/six.py": ""}),
}


@pytest.mark.parametrize(("site", "files"), LAYOUTS.values(), ids=LAYOUTS)
def test_packages_are_found(tmp_path: Path, site: str, files: dict[str, str]) -> None:
    _write(tmp_path, {f"{site}/library.py": "", **files})
    interpreters = ["bin/python", "bin/python3", "Scripts/python.exe", "python.exe"]
    for interpreter in interpreters:
        _write(tmp_path, {interpreter: ""})
    for selected in ("", *interpreters):
        environment = Environment(tmp_path / selected)
        assert environment.search_path == (tmp_path / site,)
        assert environment.holds("library")
        assert not environment.holds("missing")


def test_the_name_of_an_interpreter_chooses_among_versions(tmp_path: Path) -> None:
    for version in ("3.9", "3.10", "3.12"):
        _write(tmp_path, {f"lib/python{version}/site-packages/library.py": "", f"bin/python{version}": ""})
    (tmp_path / "bin" / "python").symlink_to("python3.10")
    for selected, version in {"python3.9": "3.9", "python": "3.10", "python3.12": "3.12"}.items():
        expected = tmp_path / "lib" / f"python{version}" / "site-packages"
        assert Environment(tmp_path / "bin" / selected).search_path == (expected,)


def test_system_packages_are_included_where_the_environment_says_so(tmp_path: Path) -> None:
    for folder, version in (("system", "3.12"), ("system", "3.13"), ("env", "3.12")):
        _write(tmp_path, {f"{folder}/lib/python{version}/site-packages/library.py": ""})
    own, system = (tmp_path / folder / SITE for folder in ("env", "system"))
    for said, expected in (("false", (own,)), ("true", (own, system)), ("TRUE", (own, system))):
        text = f"home = {tmp_path}/system/bin\ninclude-system-site-packages = {said}\nversion = 3.12.3\n"
        _write(tmp_path, {"env/pyvenv.cfg": text})
        assert Environment(tmp_path / "env").search_path == expected


def test_a_link_to_an_interpreter_leads_to_its_environment(tmp_path: Path) -> None:
    _write(tmp_path, {f"env/{SITE}/library.py": "", "env/bin/python3.12": "", "links/note": ""})
    (tmp_path / "links" / "python").symlink_to(tmp_path / "env" / "bin" / "python3.12")
    assert Environment(tmp_path / "links" / "python").search_path == (tmp_path / "env" / SITE,)


def test_pth_files_add_folders_and_run_nothing(tmp_path: Path) -> None:
    site = tmp_path / "env" / SITE
    lines = f"# note\nimport os; os.abort()\nimport\tos\n{tmp_path}/editable/src\n\nbeside\nmissing\n\x00\n"
    _write(tmp_path, {"editable/src/library.py": "", f"env/{SITE}/beside/more.py": "", f"env/{SITE}/a.pth": lines})
    environment = Environment(tmp_path / "env")
    assert environment.search_path == (site, tmp_path / "editable" / "src", site / "beside")
    assert environment.holds("library")


@pytest.mark.parametrize("selected", ["", "missing", "file", "bin/python", "\x00", "x" * 5000])
def test_what_is_no_environment_has_no_packages(tmp_path: Path, selected: str) -> None:
    _write(tmp_path, {"file": "", "bin/python": ""})
    assert Environment(tmp_path / selected).search_path == ()
    assert Environment(tmp_path / selected).find("keeping.retry") is None


def test_libraries_that_lead_in_circles_are_not_known(environment: Path) -> None:
    circles = {
        "one.py": "from two import name\nclass A(two.B): ...\nimport two\n",
        "two.py": "from one import name\nimport one\nclass B(one.A): ...\n",
    }
    _write(environment / SITE, circles)
    main = _write(environment.parent, {"main.py": "import one\nclass Own(one.A): ...\n"}) / "main.py"
    project = Project(environment=environment)
    assert project.outside("one.name") is None
    (own,) = (scope for scope in project.module(main).scopes if scope.is_class)
    assert reduces(own, own.end) is None
