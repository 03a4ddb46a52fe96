"""What `check --moving-to` prints: only what a move breaks, by what one sees of it."""

from pathlib import Path

import pytest
from command_line import HEALTHY, LAMBDA, PROCESS, Run

UNGUARDED = """\
from multiprocessing import Pool

print(Pool(2).map(abs, range(4)))
"""
GLOBAL = """\
from multiprocessing import Process


def greet():
    print("hello", name)


if __name__ == "__main__":
    name = "you"
    process = Process(target=greet)
    process.start()
"""
DEFINED = """\
from multiprocessing import Pool

if __name__ == "__main__":

    def double(number):
        return number * 2

    with Pool(2) as pool:
        print(pool.map(double, range(4)))
"""
STALE = """\
from multiprocessing import Pool

factor = 1


def scale(number):
    return number * factor


if __name__ == "__main__":
    factor = 2
    with Pool(2) as pool:
        print(pool.map(scale, range(4)))
"""
FORKED = """\
from multiprocessing import get_context

if __name__ == "__main__":
    process = get_context("fork").Process(target=lambda: print("hello"))
    process.start()
"""
MANY = {
    "defined.py": DEFINED,
    "forked.py": FORKED,
    "global.py": GLOBAL,
    "lambda.py": LAMBDA,
    "process.py": PROCESS,
    "stale.py": STALE,
    "unguarded.py": UNGUARDED,
}


@pytest.fixture
def many(folder: Path) -> None:
    for name, text in MANY.items():
        (folder / name).write_text(text)


def _places(lines: list[str]) -> list[str]:
    """Return the lines of a concise report without their sentences."""
    return [line.partition("] ")[0] + "]" * ("] " in line) for line in lines]


@pytest.mark.usefixtures("many")
def test_what_python_3_14_breaks_is_grouped_by_what_one_sees(run: Run) -> None:
    result = run("check", "--moving-to", "linux-3.14", "--output-format", "concise")
    assert result.status == 1
    assert _places(result.lines) == [
        "Hangs: 1 place",
        "defined.py:9:24: error[guarded-target]",
        "Raises an exception: 2 places",
        "process.py:4:30: error[lambda-target]",
        "unguarded.py:3:7: error[unguarded-start]",
        "Crashes in the worker, and the program goes on without it: 1 place",
        "global.py:5:20: error[guard-only-global]",
        "Goes wrong without a word: 1 place",
        "stale.py:7:21: error[guard-only-global]",
        "5 new errors on linux-3.14 in 5 files; 4 can be fixed with --fix",
    ]


@pytest.mark.usefixtures("many")
def test_a_pool_without_a_guard_ends_otherwise_on_windows(run: Run) -> None:
    lines = run("check", "--moving-to", "windows-3.12", "--output-format", "concise").lines
    place = lines.index("Starts workers endlessly: 1 place")
    assert lines[place + 1].startswith("unguarded.py:3:7: error[unguarded-start] ")


def test_full_shows_each_as_ever(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)
    lines = run("check", "--moving-to", "linux-3.14").lines
    assert lines[0] == "Raises an exception: 1 place"
    assert lines[1].startswith("a.py:4:30: error[lambda-target] ")
    assert "  = help: Move it to a function at module level." in lines
    assert lines[-2:] == ["", "1 new error on linux-3.14 in 1 file; 1 can be fixed with --fix"]


def test_what_fails_today_is_no_news(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(HEALTHY)
    result = run("check", "--moving-to", "linux-3.14")
    assert (result.status, result.text) == (0, "No new problems on linux-3.14 found in 2 files\n")


def test_what_runs_where_macos_spawns_brings_nothing_new(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)
    assert run("check", "--moving-to", "linux-3.14", "--target", "macos-3.12").status == 0
    assert run("check", "--moving-to", "macos-3.12", "--target", "linux-3.12").status == 1


def test_json_has_the_trouble_of_each_start_method(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(UNGUARDED)
    result = run("check", "--moving-to", "linux-3.14", "--output-format", "json")
    assert result.status == 1
    [entry] = result.json
    assert entry["targets"] == ["linux-3.14"]
    assert entry["troubles"] == {"spawn": "starts workers endlessly", "forkserver": "fails"}


def test_a_file_that_does_not_parse_comes_last(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text("from multiprocessing import Pool\nPool(\n")
    lines = run("check", "--moving-to", "linux-3.14", "--output-format", "concise").lines
    assert _places(lines)[:2] == ["Not checked: 1 place", "a.py:2:6: error[syntax-error]"]


def test_fix_repairs_what_the_move_breaks_alone(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(PROCESS)
    result = run("check", "--moving-to", "linux-3.14", "--fix")
    assert result.status == 0
    assert result.lines == ["Fixed 1 problem in 1 file", "No new problems on linux-3.14 found in 2 files"]
    assert (folder / "a.py").read_text() == LAMBDA


def test_targets_of_today_are_those_of_the_settings(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)
    (folder / "pyproject.toml").write_text('[tool.spawnsafe]\ntargets = ["linux-3.14", "linux-3.12"]\n')
    assert run("check", "--moving-to", "linux-3.15").lines[-1].startswith("1 new error on linux-3.15")
    (folder / "pyproject.toml").write_text('[tool.spawnsafe]\ntargets = ["linux-3.14"]\n')
    assert run("check", "--moving-to", "linux-3.15").lines == ["No new problems on linux-3.15 found in 1 file"]


def test_nothing_comes_before_the_target(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)
    (folder / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.14"\n')
    result = run("check", "--moving-to", "linux-3.14")
    assert (result.status, result.text) == (2, "")
    assert result.error == (
        "spawnsafe: --moving-to: no target comes before linux-3.14; name those of today with --target\n"
    )
    assert run("check", "--moving-to", "linux-3.14", "--target", "linux-3.13").status == 1


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("linux3.14", "'linux3.14' is not a target; did you mean 'linux-3.14'?"),
        ("Linux-3.14", "'Linux-3.14' is not a target; did you mean 'linux-3.14'?"),
        ("win-3.12", "'win-3.12' is not a target; did you mean 'windows-3.12'?"),
        ("3.14", "'3.14' is not a target; write a platform and a Python, such as linux-3.14"),
    ],
)
def test_a_wrong_target_is_told_in_one_line(run: Run, target: str, told: str) -> None:
    result = run("check", "--moving-to", target)
    assert (result.status, result.text) == (2, "")
    assert result.error == f"spawnsafe: --moving-to: {told}\n"


def test_start_methods_are_those_of_the_targets(run: Run) -> None:
    result = run("check", "--moving-to", "linux-3.14", "--start-method", "spawn")
    assert result.status == 2
    assert "--moving-to and --start-method exclude each other" in result.error
