"""Which files `check` looks at."""

import os
from pathlib import Path

import pytest
from command_line import HEALTHY, LAMBDA, Run


def write(folder: Path, *names: str, text: str = LAMBDA) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(run: Run, *arguments: str) -> list[str]:
    return [entry["path"] for entry in run("check", "--output-format", "json", *arguments).json]


def test_python_files_in_order(folder: Path, run: Run) -> None:
    write(folder, "b.py", "a.pyw", "c.txt", "d.pyi", "pkg/sub/x.py", "pkg/a.py")
    assert found(run) == ["a.pyw", "b.py", "pkg/a.py", "pkg/sub/x.py"]


def test_a_named_file_is_checked_whatever_it_is_called(folder: Path, run: Run) -> None:
    write(folder, "script", "build/x.py")
    (folder / ".gitignore").write_text("script\n")
    assert found(run, "script", "build/x.py") == ["script", "build/x.py"]


def test_a_named_file_that_is_excluded_is_left_out_if_one_says_so(folder: Path, run: Run) -> None:
    write(folder, "a.py", "build/x.py", "generated.py", "build/deep/y.py")
    (folder / ".gitignore").write_text("generated.py\n")
    named = ["a.py", "build/x.py", "generated.py"]
    assert found(run, *named) == named
    assert found(run, "--force-exclude", *named) == ["a.py"]
    assert found(run, "--force-exclude", "build/deep") == []


def test_default_exclude(folder: Path, run: Run) -> None:
    write(
        folder,
        *(f"{name}/x.py" for name in (".venv", "venv", "node_modules", "build", "dist", "src/build", "ok")),
    )
    assert found(run) == ["ok/x.py"]


def test_exclude_of_the_settings(folder: Path, run: Run) -> None:
    (folder / "pyproject.toml").write_text('[tool.spawnsafe]\nexclude = ["/gen/", "*_pb2.py"]\n')
    write(folder, "gen/x.py", "src/gen/x.py", "src/a_pb2.py")
    assert found(run) == ["src/gen/x.py"]
    assert found(run, "src") == ["src/gen/x.py"]


def test_a_named_folder_is_walked_even_if_it_is_excluded(folder: Path, run: Run) -> None:
    (folder / ".gitignore").write_text("generated/\n")
    write(folder, "build/x.py", "generated/deep/x.py", "generated/deep/y.py")
    (folder / "generated" / ".gitignore").write_text("y.py\n")
    assert found(run) == []
    assert found(run, "build") == ["build/x.py"]
    assert found(run, "generated/deep") == ["generated/deep/x.py", "generated/deep/y.py"]
    assert found(run, "generated") == ["generated/deep/x.py"]


def test_gitignore_files_nest_and_the_innermost_wins(folder: Path, run: Run) -> None:
    (folder / ".gitignore").write_text("*_gen.py\n/only_top.py\nout/\n# comment\n!\n")
    write(
        folder,
        "a_gen.py",
        "only_top.py",
        "out/x.py",
        "pkg/only_top.py",
        "pkg/a_gen.py",
        "pkg/b.py",
        "pkg/sub/b.py",
    )
    (folder / "pkg" / ".gitignore").write_text("!a_gen.py\n/b.py\n")
    assert found(run) == ["pkg/a_gen.py", "pkg/only_top.py", "pkg/sub/b.py"]
    assert found(run, "pkg") == ["pkg/a_gen.py", "pkg/only_top.py", "pkg/sub/b.py"]
    assert found(run, "pkg/sub") == ["pkg/sub/b.py"]


def test_gits_own_exclude_file(folder: Path, run: Run) -> None:
    (folder / ".git" / "info").mkdir()
    (folder / ".git" / "info" / "exclude").write_text("mine.py\n")
    write(folder, "mine.py", "pkg/mine.py", "other.py")
    assert found(run) == ["other.py"]


def test_links_are_not_followed(folder: Path, run: Run) -> None:
    write(folder, "pkg/x.py")
    (folder / "pkg" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "twin.py").symlink_to(folder / "pkg" / "x.py")
    assert found(run) == ["pkg/x.py"]


def test_a_path_that_does_not_exist(folder: Path, run: Run) -> None:
    write(folder, "a.py")
    result = run("check", "a.py", "nope.py")
    assert (result.status, result.text) == (2, "")
    assert result.error == "spawnsafe: nope.py does not exist\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe(folder: Path, run: Run) -> None:
    os.mkfifo(folder / "pipe.py")
    write(folder, "a.py", text=HEALTHY)
    assert run("check").text == "No problems found in 1 file\n"
    assert run("check", "pipe.py").error == "spawnsafe: pipe.py is no file or folder\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_is_told_and_the_rest_is_checked(folder: Path, run: Run) -> None:
    write(folder, "a.py", "b.py", "sub/c.py")
    (folder / "a.py").chmod(0)
    (folder / "sub").chmod(0)
    result = run("check", "--output-format", "json")
    (folder / "sub").chmod(0o700)
    assert result.status == 2
    assert [entry["path"] for entry in result.json] == ["b.py"]
    assert sorted(result.error.splitlines()) == [
        f"spawnsafe: {folder / 'sub'}: Permission denied",
        "spawnsafe: a.py: Permission denied",
    ]


def test_what_cannot_be_decoded_is_told_and_the_rest_is_checked(folder: Path, run: Run) -> None:
    (folder / "a.py").write_bytes(b"from multiprocessing import Pool\n# caf\xe9\n")
    (folder / "b.py").write_bytes(b"# coding: klingon\nfrom multiprocessing import Pool\n")
    write(folder, "c.py")
    result = run("check", "--output-format", "concise")
    assert result.status == 2
    assert [line.split(":")[1] for line in result.error.splitlines()] == [" a.py", " b.py"]
    assert result.lines[0].startswith("c.py:5:24: ")
    assert result.lines[-1].startswith("1 error in 1 file")


def test_standard_input(folder: Path, run: Run) -> None:
    result = run("check", "-", "--stdin-filename", "pkg/new.py", "--output-format", "json", stdin=LAMBDA.encode())
    assert result.status == 1
    assert [entry["path"] for entry in result.json] == ["pkg/new.py"]
    assert not (folder / "pkg").exists()
    assert run("check", "-", stdin=LAMBDA.encode()).lines[0].startswith("<stdin>:5:24: ")
    assert run("check", "-", stdin=HEALTHY.encode()).status == 0


def test_standard_input_stands_for_the_file_of_that_name(folder: Path, run: Run) -> None:
    (folder / "pyproject.toml").write_text('[tool.spawnsafe.per-file-ignores]\n"tests/**" = ["pickling"]\n')
    write(folder, "a.py", text=HEALTHY)
    assert run("check", "-", "--stdin-filename", "a.py", stdin=LAMBDA.encode()).status == 1
    assert run("check", "-", "--stdin-filename", "tests/a.py", stdin=LAMBDA.encode()).status == 0


def test_standard_input_stands_alone(folder: Path, run: Run) -> None:
    write(folder, "a.py")
    assert run("check", "-", "a.py").error == "spawnsafe: - stands alone (see spawnsafe check --help)\n"


def test_standard_input_that_is_no_text(run: Run) -> None:
    result = run("check", "-", stdin=b"\xff\xfe\x00")
    assert result.status == 2
    assert result.error.startswith("spawnsafe: <stdin>: ")
