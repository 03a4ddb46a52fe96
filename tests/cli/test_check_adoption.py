"""Baselines, and only what has changed."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import HEALTHY, LAMBDA, PROCESS, Run

TWICE = LAMBDA + "        print(pool.map(lambda n: n * n, range(5)))\n"
PROBLEM = "A lambda has no importable name, so `pool.map` fails to pickle it under every start method."


def paths(run: Run, *options: str) -> list[str]:
    return [entry["path"] for entry in run("check", "--output-format", "json", *options).json]


def test_a_baseline_lets_pass_what_it_knows_when_lines_move(folder: Path, run: Run) -> None:
    (folder / "pkg").mkdir()
    (folder / "pkg" / "a.py").write_text(LAMBDA)
    made = run("check", "--baseline", "known.json", "--update-baseline")
    assert (made.status, made.text, made.error) == (0, "known.json has 1 finding\n", "")
    assert json.loads((folder / "known.json").read_text()) == {
        "version": 1,
        "findings": [
            {
                "path": "pkg/a.py",
                "rule": "lambda-target",
                "problem": PROBLEM,
                "count": 1,
            }
        ],
    }
    (folder / "pkg" / "a.py").write_text("import os\n\n" + LAMBDA)
    result = run("check", "--baseline", "known.json")
    assert (result.status, result.text, result.error) == (0, "No problems found in 1 file\n", "")
    (folder / "b.py").write_text(PROCESS)
    assert paths(run, "--baseline", "known.json") == ["b.py"]


def test_more_of_the_same_is_new(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    run("check", "--baseline", "known.json", "--update-baseline")
    (folder / "a.py").write_text(TWICE)
    [entry] = run("check", "--baseline", "known.json", "--output-format", "json").json
    assert entry["range"]["start"]["line"] == 6


def test_what_is_gone_is_told_and_forgotten(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(TWICE)
    (folder / "b.py").write_text(LAMBDA)
    (folder / "c.py").write_text(LAMBDA)
    run("check", "--baseline", "known.json", "--update-baseline")
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").unlink()
    result = run("check", "--baseline", "known.json")
    assert result.status == 0
    assert result.error.splitlines() == [
        "spawnsafe: known.json has 2 findings that are gone; --update-baseline forgets what is gone",
        "  a.py: lambda-target",
        "  b.py: lambda-target",
    ]
    assert run("check", "--baseline", "known.json", "c.py").error.startswith("spawnsafe: known.json has 1 finding that")
    assert run("check", "--baseline", "known.json", "--update-baseline").text == "known.json has 2 findings\n"
    assert run("check", "--baseline", "known.json").error == ""


def test_what_is_not_checked_is_not_gone(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(LAMBDA)
    run("check", "--baseline", "known.json", "--update-baseline")
    (folder / "b.py").write_text(HEALTHY)
    assert run("check", "--baseline", "known.json", "a.py").error == ""
    assert run("check", "--baseline", "known.json", "--select", "start").error == ""
    assert run("check", "--baseline", "known.json", "--update-baseline", "a.py").text == "known.json has 2 findings\n"


def test_a_baseline_is_found_from_anywhere(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pkg").mkdir()
    (folder / "pkg" / "a.py").write_text(LAMBDA)
    run("check", "--baseline", "known.json", "--update-baseline")
    monkeypatch.chdir(folder / "pkg")
    assert run("check", "--baseline", "../known.json").status == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "findings": [{"path": "a.py"}]}'])
def test_a_file_that_is_no_baseline(folder: Path, run: Run, text: str) -> None:
    (folder / "known.json").write_text(text)
    result = run("check", "--baseline", "known.json")
    assert (result.status, result.error) == (
        2,
        f"spawnsafe: {folder / 'known.json'}: this is no baseline; --update-baseline makes one\n",
    )


def test_a_baseline_that_is_not_there(folder: Path, run: Run) -> None:
    result = run("check", "--baseline", "known.json")
    told = f"spawnsafe: {folder / 'known.json'}: No such file or directory; --update-baseline makes it\n"
    assert (result.status, result.error) == (2, told)


@pytest.fixture
def git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with `a.py` and `old.py`, both of which have a mistake, in its first commit."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (folder / ".git").rmdir()
    (folder / "a.py").write_text(LAMBDA)
    (folder / "old.py").write_text(LAMBDA)
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    _commit(folder)
    return folder


def _git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607 - git


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "x")


def test_since_a_revision_only_changed_lines_count(git: Path, run: Run) -> None:
    assert run("check", "--since", "HEAD").text == "No problems found in 2 files\n"
    (git / "a.py").write_text("import os\n" + TWICE)
    [entry] = run("check", "--since", "HEAD", "--output-format", "json").json
    assert (entry["path"], entry["range"]["start"]["line"]) == ("a.py", 7)
    _commit(git)
    assert paths(run, "--since", "HEAD") == []
    assert paths(run, "--since", "HEAD~1") == ["a.py"]


def test_since_knows_new_and_moved_files(git: Path, run: Run) -> None:
    (git / "sub dir").mkdir()
    (git / "old.py").rename(git / "sub dir" / "mövéd.py")
    _git(git, "add", "--all")
    (git / 'new "x".py').write_text(LAMBDA)
    assert paths(run, "--since", "HEAD") == ['new "x".py']


def test_since_begins_where_the_branch_did(git: Path, run: Run) -> None:
    _git(git, "switch", "--quiet", "--create", "feature")
    (git / "b.py").write_text(LAMBDA)
    _commit(git)
    _git(git, "switch", "--quiet", "main")
    (git / "a.py").write_text(HEALTHY)
    _commit(git)
    _git(git, "switch", "--quiet", "feature")
    assert paths(run, "--since", "main") == ["b.py"]


def test_since_counts_the_places_of_notes(git: Path, run: Run) -> None:
    text = "from multiprocessing import Pool\n\nif __name__ == '__main__':\n    def work(n):\n        return n\n"
    text += "\n    with Pool(2) as pool:\n        print(pool.map(work, range(4)))\n"
    (git / "a.py").write_text(
        "def work(n):\n    return n\n\n" + text.replace("    def work(n):\n        return n\n", "")
    )
    _commit(git)
    assert paths(run, "--since", "HEAD") == []
    (git / "a.py").write_text(text)
    assert paths(run, "--since", "HEAD") == ["a.py"]


def test_since_from_a_folder_and_with_a_baseline(git: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (git / "a.py").write_text(PROCESS)
    monkeypatch.chdir(git.parent)
    assert paths(run, "--since", "HEAD", git.name) == [f"{git.name}/a.py"]
    run("check", "--baseline", "known.json", "--update-baseline", git.name)
    assert paths(run, "--since", "HEAD", "--baseline", "known.json", git.name) == []


def test_a_revision_that_there_is_not(git: Path, run: Run) -> None:
    result = run("check", "--since", "nope")
    assert result.status == 2
    assert (
        result.error == f"spawnsafe: --since: git knows no revision 'nope' in {git} (in CI, fetch the whole history)\n"
    )


def test_since_outside_of_a_repository(folder: Path, run: Run) -> None:
    (folder / ".git").rmdir()
    (folder / "a.py").write_text(LAMBDA)
    result = run("check", "--since", "HEAD")
    assert (result.status, result.error) == (2, f"spawnsafe: --since: {folder} is in no git repository\n")


def test_since_without_git(git: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(git / "empty"))
    result = run("check", "--since", "HEAD")
    assert (result.status, result.error) == (2, "spawnsafe: --since: git cannot be run: No such file or directory\n")
