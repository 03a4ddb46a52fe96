"""What `check` keeps on disk: a run that finds nothing changed tells the same, and no change goes unseen."""

import json
import sys
from pathlib import Path

import pytest
from command_line import FIXED, HEALTHY, LAMBDA, Run

from spawnsafe.cli.reports import format_names

MAIN = """\
from helper import start

if __name__ == "__main__":
    start(lambda: 1)
"""
STARTING = "from multiprocessing import Process\n\ndef start(job):\n    Process(target=job).start()\n"
CALLING = "from multiprocessing import Process\n\ndef start(job):\n    return job()\n"
TASKS = "import sys\n\ndef work(n):\n    sys.exit(n)\n"
SENDING = """\
from multiprocessing import Pool
from tasks import work

if __name__ == "__main__":
    with Pool(2) as pool:
        pool.map(work, [1])
"""
NOTEBOOK = {
    "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": LAMBDA}],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 4,
}


def codes(run: Run, *arguments: str) -> set[tuple[str, str]]:
    """Return what is found by file and rule, after asserting that a run that reads nothing kept finds the same."""
    found = run("check", "--output-format", "json", *arguments).json
    assert run("check", "--output-format", "json", "--no-cache", *arguments).json == found
    return {(entry["path"], entry["rule"]) for entry in found}


def test_an_edit_counts_for_all_whose_findings_follow_from_the_file(folder: Path, run: Run) -> None:
    for name, text in {"main.py": MAIN, "helper.py": STARTING, "other.py": LAMBDA}.items():
        (folder / name).write_text(text)
    for helper in (STARTING, CALLING, STARTING):
        (folder / "helper.py").write_text(helper)
        found = codes(run)
        assert ("other.py", "lambda-target") in found
        assert (("main.py", "lambda-target") in found) == (helper == STARTING)


def test_an_edit_of_a_program_counts_for_what_its_workers_run(folder: Path, run: Run) -> None:
    (folder / "tasks.py").write_text(TASKS)
    (folder / "main.py").write_text("from tasks import work\n")
    assert codes(run) == set()
    (folder / "main.py").write_text(SENDING)
    assert ("tasks.py", "exit-in-worker") in codes(run)
    (folder / "main.py").write_text(SENDING.replace("tasks", "other"))
    assert codes(run) == set()


def test_files_that_come_and_go_change_what_imports_mean(folder: Path, run: Run) -> None:
    (folder / "main.py").write_text(MAIN)
    assert codes(run) == set()
    (folder / "helper.py").write_text(STARTING)
    assert ("main.py", "lambda-target") in codes(run)
    (folder / "helper").mkdir()
    (folder / "helper" / "__init__.py").write_text(CALLING)
    assert ("main.py", "lambda-target") not in codes(run)
    (folder / "helper" / "__init__.py").unlink()
    (folder / "helper").rmdir()
    (folder / "helper.py").unlink()
    assert codes(run) == set()


def test_a_file_of_the_same_size_has_changed_if_its_text_has(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    assert codes(run) == {("a.py", "lambda-target")}
    (folder / "a.py").write_text(LAMBDA)
    assert codes(run) == {("a.py", "lambda-target")}
    (folder / "a.py").write_text(LAMBDA.replace("lambda n: n * n", "abs            "))
    assert codes(run) == set()


def test_settings_and_options_count(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    assert codes(run) == {("a.py", "lambda-target")}
    assert codes(run, "--ignore", "lambda-target") == set()
    (folder / "spawnsafe.toml").write_text('[per-file-ignores]\n"a.py" = ["pickling"]\n')
    assert codes(run) == set()
    assert codes(run, "--isolated") == {("a.py", "lambda-target")}


def test_a_part_of_a_project_is_checked_before_the_rest(folder: Path, run: Run) -> None:
    for name, text in {"main.py": MAIN, "helper.py": STARTING, "other.py": LAMBDA}.items():
        (folder / name).write_text(text)
    assert codes(run, "main.py") == {("main.py", "lambda-target")}
    assert codes(run, "other.py") == {("other.py", "lambda-target")}
    (folder / "helper.py").write_text(CALLING)
    assert codes(run, "other.py") == {("other.py", "lambda-target")}
    assert ("main.py", "lambda-target") not in codes(run)


@pytest.mark.parametrize("name", format_names())
def test_every_format_is_the_same_the_second_time(folder: Path, run: Run, name: str) -> None:
    (folder / "a.py").write_text("# é\n" + LAMBDA)
    (folder / "b.ipynb").write_text(json.dumps(NOTEBOOK))
    (folder / "c.py").write_text("from multiprocessing import Pool\ndef f(:\n")
    first = run("check", "--output-format", name)
    assert first.output
    assert run("check", "--output-format", name) == first


def test_what_repairs_is_told_nothing_old(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    assert run("check").status == 1
    assert run("check", "--fix").status == 0
    assert (folder / "a.py").read_text() == FIXED
    assert run("check").status == 0


def test_git_sees_nothing_of_it_and_a_broken_one_is_written_anew(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    first = run("check")
    kept = folder / ".spawnsafe_cache"
    assert (kept / ".gitignore").read_text() == "*\n"
    (file,) = kept.glob("*.json")
    whole = file.read_text()
    for broken in ("", "{", "[]", '{"version": 1}', whole[: len(whole) // 2], whole.splitlines()[0], "\0" * 9):
        file.write_text(broken)
        assert run("check") == first
    assert len(file.read_text().splitlines()) == len(whole.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="there, folders are protected by other means")
def test_where_nothing_can_be_written_nothing_is_kept(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / ".spawnsafe_cache").write_text("a file, so no folder")
    assert run("check").status == run("check").status == 1
    assert run("check").error == ""


def test_it_lies_where_it_is_told_to(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text(HEALTHY)
    assert run("check", "--no-cache").status == 0
    assert not (folder / ".spawnsafe_cache").exists()
    assert run("check", "--cache-dir", "kept").status == 0
    assert list((folder / "kept").glob("*.json"))
    monkeypatch.setenv("SPAWNSAFE_CACHE_DIR", str(folder / "elsewhere"))
    assert run("check").status == 0
    assert list((folder / "elsewhere").glob("*.json"))
    assert not (folder / ".spawnsafe_cache").exists()
