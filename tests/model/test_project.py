"""A project of files: what an edit in one changes in others, and what it leaves alone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis import POLICY
from spawnsafe.check import check
from spawnsafe.model import Project

SENDING = """\
from multiprocessing import Pool

def run(function, items):
    with Pool() as pool:
        return pool.map(function, items)
"""
CALLING = SENDING.replace("pool.map(function, items)", "[function(item) for item in items]")
_opened: list[Path] = []
_is_listening = [False]


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _is_listening[0]:
        _opened.append(Path(str(arguments[0])))


@pytest.fixture(scope="module", autouse=True)
def _hook() -> None:
    sys.addaudithook(_note)


@contextmanager
def reading() -> Iterator[list[Path]]:
    """Collect the files that are opened meanwhile."""
    _opened.clear()
    _is_listening[0] = True
    try:
        yield _opened
    finally:
        _is_listening[0] = False


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _codes(project: Project, path: Path) -> list[tuple[str, str]]:
    module = project.module(path)
    return [(each.rule.code, module.text[each.finding.span]) for each in check(module, POLICY)]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A project of 40 modules: each of 13 callers reaches the one helper through two wrappers of its own."""
    files = {"app/__init__.py": "", "app/helper.py": SENDING}
    for number in range(13):
        files[f"app/inner{number}.py"] = (
            "from app.helper import run\n\ndef inner(function, items):\n    return run(function, items)\n"
        )
        files[f"app/outer{number}.py"] = (
            f"from . import inner{number}\n\ndef outer(items, function):\n"
            f"    return inner{number}.inner(function, items)\n"
        )
        files[f"app/caller{number}.py"] = (
            f"from .outer{number} import outer\n\ndef main():\n    outer([1], lambda n: n + {number})\n"
        )
    _write(tmp_path, {"pyproject.toml": "", **files})
    return tmp_path / "app"


def test_an_edit_of_a_helper_reaches_its_callers_and_reads_no_other_file(large: Path) -> None:
    project = Project()
    files = sorted(large.glob("*.py"))
    assert len(files) == 41
    callers = [path for path in files if path.stem.startswith("caller")]
    expected = {path: [("lambda-target", f"lambda n: n + {path.stem[6:]}")] for path in callers}
    assert {path: _codes(project, path) for path in callers} == expected
    documents = {path: project.module(path).document for path in files}
    helper = large / "helper.py"
    for text in (CALLING, SENDING, CALLING):
        with reading() as opened:
            project.open(helper, text)
            found = {path: _codes(project, path) for path in callers}
        assert found == ({path: [] for path in callers} if text is CALLING else expected)
        assert opened == []
        kept = {path: project.module(path).document for path in files if path != helper}
        assert all(document is documents[path] for path, document in kept.items())


def test_a_first_look_reads_each_file_once(large: Path) -> None:
    project = Project()
    with reading() as opened:
        assert _codes(project, large / "caller1.py")
    assert len(opened) == len(set(opened))


TASKS = "import sys\n\ndef work(n):\n    sys.exit(n)\n"
STARTING = """\
from multiprocessing import Pool
from tasks import work

if __name__ == "__main__":
    Pool(1).map(work, [1])
"""


def test_what_runs_in_the_workers_of_another_file_is_told_where_it_stands(tmp_path: Path) -> None:
    main, tasks = tmp_path / "main.py", tmp_path / "tasks.py"
    _write(tmp_path, {"tasks.py": TASKS})
    project = Project()
    assert not project.is_relevant(tasks)
    _write(tmp_path, {"main.py": STARTING})
    project.refresh()
    assert project.is_relevant(tasks)
    assert ("exit-in-worker", "sys.exit(n)") in _codes(project, tasks)
    assert "exit-in-worker" not in dict(_codes(project, main))
    project.open(main, STARTING.replace("tasks", "other"))
    assert _codes(project, tasks) == []
    project.open(main, STARTING)
    assert ("exit-in-worker", "sys.exit(n)") in _codes(project, tasks)
    project.open(tasks, TASKS.replace("sys.exit(n)", "return n"))
    assert _codes(project, tasks) == []
    main.unlink()
    project.close(main)
    assert not project.is_relevant(tasks)


def test_files_come_and_go(tmp_path: Path) -> None:
    main, helper = tmp_path / "main.py", tmp_path / "helper.py"
    _write(tmp_path, {"main.py": "from helper import run\nrun(lambda: 1, [])\n"})
    project = Project()
    assert _codes(project, main) == []
    _write(tmp_path, {"helper.py": SENDING})
    project.refresh()
    assert ("lambda-target", "lambda: 1") in _codes(project, main)
    helper.unlink()
    project.refresh()
    assert _codes(project, main) == []


def test_a_file_that_becomes_a_package_is_found_there(tmp_path: Path) -> None:
    main = tmp_path / "app" / "main.py"
    _write(tmp_path, {"app/main.py": "from app.helper import run\nrun(lambda: 1, [])\n", "app/app/helper.py": ""})
    project = Project()
    assert _codes(project, main) == []
    _write(tmp_path, {"app/__init__.py": "", "app/helper.py": SENDING})
    project.refresh()
    assert ("lambda-target", "lambda: 1") in _codes(project, main)


def test_a_new_file_in_the_editor_is_found_before_it_is_saved(tmp_path: Path) -> None:
    main = tmp_path / "main.py"
    _write(tmp_path, {"main.py": "from tools.helper import run\nrun(lambda: 1, [])\n"})
    project = Project()
    assert _codes(project, main) == []
    project.open(tmp_path / "tools" / "helper.py", SENDING)
    assert ("lambda-target", "lambda: 1") in _codes(project, main)
    project.close(tmp_path / "tools" / "helper.py")
    assert _codes(project, main) == []


def test_files_that_import_each_other_hundreds_deep(tmp_path: Path) -> None:
    depth = 400
    files = {f"m{number}.py": f"from m{number + 1} import run\n" for number in range(depth)}
    main = "from m0 import run\n\nif __name__ == '__main__':\n    run(lambda n: n, [1])\n"
    _write(tmp_path, files | {f"m{depth}.py": SENDING, "main.py": main})
    assert Project().is_relevant(tmp_path / "main.py")


CIRCLE = {
    "outer.py": "import inner\n\ndef go(function):\n    return inner.run(function, [1])\n",
    "inner.py": f"import outer\n{SENDING}",
    "beside.py": "import inner\n\ndef read():\n    return inner.DEFAULT\n",
    "main.py": "import outer\n\nif __name__ == '__main__':\n    outer.go(lambda n: n)\n",
}


@pytest.mark.parametrize("first", CIRCLE)
def test_files_that_import_each_other_are_the_same_whichever_is_asked_about_first(tmp_path: Path, first: str) -> None:
    _write(tmp_path, CIRCLE)
    project = Project()
    project.is_relevant(tmp_path / first)
    assert [name for name in CIRCLE if project.is_relevant(tmp_path / name)] == ["outer.py", "inner.py", "main.py"]
    assert ("lambda-target", "lambda n: n") in _codes(project, tmp_path / "main.py")


@pytest.mark.parametrize(
    "main",
    [
        "from package import pools\npools.run(lambda: 1, [])\n",
        "import package.pools\npackage.pools.run(lambda: 1, [])\n",
        "import package.pools as workers\nworkers.run(lambda: 1, [])\n",
        "from package import tools\ntools.run(lambda: 1, [])\n",
        "import package\npackage.pools.run(lambda: 1, [])\n",
        "import package\npackage.tools.run(lambda: 1, [])\n",
        "from package import (\n    nothing as no,\n    pools as workers,\n)\nworkers.run(lambda: 1, [])\n",
        "import package as p\nfrom package.pools import *\nrun(lambda: 1, [])\n",
    ],
)
def test_a_module_is_found_under_whatever_name_it_is_imported(tmp_path: Path, main: str) -> None:
    package = {"package/__init__.py": "from . import pools\nfrom . import pools as tools\n", "package/nothing.py": ""}
    _write(tmp_path, {**package, "package/pools.py": SENDING, "main.py": main})
    project = Project()
    assert project.is_relevant(tmp_path / "main.py")
    assert ("lambda-target", "lambda: 1") in _codes(project, tmp_path / "main.py")
