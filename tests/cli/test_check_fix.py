"""`check --fix` and `check --diff`."""

import os
import subprocess
from pathlib import Path

import pytest
from command_line import FIXED, HEALTHY, LAMBDA, PROCESS, Run

from spawnsafe import repair
from spawnsafe.check import Diagnostic
from spawnsafe.cli.patch import Change, ChangedMeanwhileError, Original, write
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.source import Edit, Point, Span


def test_fix_writes_the_file_and_says_so(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(HEALTHY)
    result = run("check", "--fix")
    assert (result.status, result.error) == (0, "")
    assert result.lines == ["Fixed 1 problem in 1 file", "No problems found in 2 files"]
    assert (folder / "a.py").read_text() == FIXED
    assert sorted(path.name for path in folder.glob("*.py")) == ["a.py", "b.py"]
    assert run("check", "--fix").lines == ["No problems found in 2 files"]


def test_fix_goes_on_until_nothing_changes(folder: Path, run: Run) -> None:
    line = "        print(pool.map(lambda n: n * n, range(4)))\n"
    (folder / "a.py").write_text(LAMBDA + line.replace("n * n", "n + n") + line.replace("n * n", "n - n"))
    (folder / "b.py").write_text(PROCESS)
    assert run("check", "--fix").lines == ["Fixed 4 problems in 2 files", "No problems found in 2 files"]
    assert "lambda" not in (folder / "a.py").read_text()


def test_fix_with_json_prints_what_is_left(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    result = run("check", "--fix", "--output-format", "json")
    assert (result.status, result.json) == (0, [])
    assert (folder / "a.py").read_text() == FIXED


@pytest.mark.parametrize(
    ("prefix", "encoding", "newline"),
    [
        (b"", "utf-8", "\r\n"),
        (b"\xef\xbb\xbf", "utf-8", "\n"),
        (b"\xef\xbb\xbf", "utf-8", "\r\n"),
        ("# -*- coding: latin-1 -*-\n# café\n".encode("latin-1"), "latin-1", "\n"),
        (b"# \xe2\x82\xac\n", "utf-8", "\n"),
    ],
)
def test_fix_keeps_encoding_mark_line_ends_and_mode(
    folder: Path, run: Run, prefix: bytes, encoding: str, newline: str
) -> None:
    path = folder / "a.py"
    path.write_bytes(prefix + LAMBDA.replace("\n", newline).encode(encoding))
    path.chmod(0o750)
    assert run("check", "--fix").status == 0
    assert path.read_bytes() == prefix + FIXED.replace("\n", newline).encode(encoding)
    assert path.stat().st_mode & 0o777 == 0o750


def test_fix_keeps_a_last_line_without_end(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA.rstrip("\n"))
    assert run("check", "--fix").status == 0
    assert (folder / "a.py").read_text() == FIXED.rstrip("\n")


def test_fix_of_a_named_link_changes_its_target(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "link.py").symlink_to("a.py")
    assert run("check", "--fix", "link.py").status == 0
    assert (folder / "link.py").is_symlink()
    assert (folder / "a.py").read_text() == FIXED


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_file_that_is_given_twice_by_a_link_is_repaired_once(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "link.py").symlink_to("a.py")
    result = run("check", "--fix", "a.py", "link.py")
    assert (result.status, result.error) == (0, "")
    assert result.lines == ["Fixed 1 problem in 1 file", "No problems found in 2 files"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs to give files away")
def test_fix_keeps_the_owner(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "a.py").chmod(0o4755)
    os.chown(folder / "a.py", 65534, 65534)
    assert run("check", "--fix").status == 0
    status = (folder / "a.py").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (65534, 65534, 0o755)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that may not be written")
def test_a_folder_that_may_not_be_written_is_told_of(folder: Path, run: Run) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(LAMBDA)
    (folder / "a").chmod(0o555)
    result = run("check", "--fix")
    (folder / "a").chmod(0o755)
    assert (result.status, result.error) == (2, "spawnsafe: a/a.py: Permission denied\n")
    assert [(folder / name).read_text() for name in ("a/a.py", "b.py")] == [LAMBDA, FIXED]


def test_what_cannot_be_decoded_is_told_once_and_left_alone(folder: Path, run: Run) -> None:
    data = b"# caf\xe9\n" + LAMBDA.encode()
    (folder / "a.py").write_bytes(data)
    (folder / "b.py").write_text(LAMBDA)
    result = run("check", "--fix")
    assert result.status == 2
    assert [line.split(":")[1] for line in result.error.splitlines()] == [" a.py"]
    assert result.lines[0] == "Fixed 1 problem in 1 file"
    assert (folder / "a.py").read_bytes() == data


def test_what_has_no_safe_fix_is_left_and_status_1(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(LAMBDA + "\ndef broken(:\n")
    result = run("check", "--fix", "--output-format", "concise")
    assert result.status == 1
    assert any("error[syntax-error]" in line for line in result.lines)


def test_a_fix_that_breaks_the_syntax_is_not_kept(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text(LAMBDA)
    start = Span(Point(0, 0), Point(0, 0))
    bad = Fix("Break it", (FileEdit(folder / "a.py", Edit(start, "def (:\n")),), safe=True)
    monkeypatch.setattr(repair, "fixes", lambda *_: [bad])
    result = run("check", "--fix")
    assert result.status == 1
    assert "Fixed" not in result.text
    assert (folder / "a.py").read_text() == LAMBDA


def test_a_fix_that_mends_nothing_is_not_kept(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text(LAMBDA)
    start = Span(Point(0, 0), Point(0, 0))
    idle = Fix("Write a comment", (FileEdit(folder / "a.py", Edit(start, "# here\n")),), safe=True)
    monkeypatch.setattr(repair, "fixes", lambda *_: [idle])
    assert run("check", "--fix").status == 1
    assert (folder / "a.py").read_text() == LAMBDA


def test_a_fix_of_standard_input_that_mends_nothing_is_not_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path, start = Path.cwd() / "<stdin>", Span(Point(0, 0), Point(0, 0))
    idle = Fix("Write a comment", (FileEdit(path, Edit(start, "# here\n")),), safe=True)
    monkeypatch.setattr(repair, "fixes", lambda *_: [idle])
    result = run("check", "--fix", "-", stdin=LAMBDA.encode())
    assert (result.status, result.output) == (1, LAMBDA.encode())
    assert "lambda-target" in result.error


def test_an_offered_fix_is_not_applied(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text(LAMBDA)
    whole = Span(Point(0, 0), Point(5, 0))
    offered = Fix("Mend it", (FileEdit(folder / "a.py", Edit(whole, FIXED)),), safe=False)
    monkeypatch.setattr(repair, "fixes", lambda *_: [offered])
    assert run("check", "--fix").status == 1
    assert (folder / "a.py").read_text() == LAMBDA


def several(folder: Path, other: str) -> Fix:
    whole, start = Span(Point(0, 0), Point(5, 0)), Span(Point(0, 0), Point(0, 0))
    return Fix(
        "Mend it",
        (FileEdit(folder / "a.py", Edit(whole, FIXED)), FileEdit(folder / other, Edit(start, "# new\n"))),
        safe=True,
    )


def test_a_fix_may_touch_another_file_of_the_project(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text("x = 1\n")
    monkeypatch.setattr(repair, "fixes", lambda *_: [several(folder, "b.py")])
    result = run("check", "--fix", "a.py")
    assert result.lines == ["Fixed 1 problem in 2 files", "No problems found in 1 file"]
    assert (folder / "b.py").read_text() == "# new\nx = 1\n"


RETRYING = """\
def retry(times):
    def decorator(function):
        def call(*arguments):
            return function(*arguments)

        return call

    return decorator
"""
USING = """\
from multiprocessing import Pool

from helpers import retry


@retry(times=3)
def work(n):
    return n * n


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(work, range(4)))
        print(pool.map(lambda n: n, range(4)))
"""


def test_a_finding_may_be_repaired_in_another_file(folder: Path, run: Run) -> None:
    (folder / "main.py").write_text(USING)
    (folder / "helpers.py").write_text(RETRYING)
    assert run("check", "--fix", "main.py").lines == ["Fixed 2 problems in 2 files", "No problems found in 1 file"]
    assert (folder / "helpers.py").read_text() == "from functools import wraps\n\n\n" + RETRYING.replace(
        "        def call", "        @wraps(function)\n        def call"
    )
    assert "lambda" not in (folder / "main.py").read_text()
    assert run("check", "--fix").lines == ["No problems found in 2 files"]


def test_a_fix_may_not_touch_what_is_not_the_projects(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "b.py").write_text("x = 1\n")
    monkeypatch.setattr(repair, "fixes", lambda *_: [several(folder, ".venv/b.py")])
    assert run("check", "--fix", "a.py").status == 1
    assert (folder / ".venv" / "b.py").read_text() == "x = 1\n"
    assert (folder / "a.py").read_text() == LAMBDA


def test_a_file_that_changed_meanwhile_is_left_alone_with_what_belongs_to_it(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "c.py"):
        (folder / name).write_text(LAMBDA)
    (folder / "b.py").write_text("x = 1\n")

    def mend(self: repair.Repairs, diagnostic: Diagnostic) -> bool:
        is_mended = mending(self, diagnostic)
        (folder / "b.py").write_text("x = 2\n")
        return is_mended

    mending = repair.Repairs.mend
    safe = repair.fixes
    monkeypatch.setattr(repair.Repairs, "mend", mend)
    monkeypatch.setattr(
        repair,
        "fixes",
        lambda module, found: [several(folder, "b.py")] if found.path.name == "a.py" else safe(module, found),
    )
    result = run("check", "--fix")
    assert result.status == 2
    assert result.error == "spawnsafe: a.py, b.py: changed on disk since it was read, so nothing is written\n"
    assert "Fixed 1 problem in 1 file" in result.lines
    assert [(folder / name).read_text() for name in ("a.py", "b.py", "c.py")] == [LAMBDA, "x = 2\n", FIXED]


def test_nothing_is_written_unless_all_can_be(tmp_path: Path) -> None:
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("a = 1\n")
    second.write_bytes(b"# coding: latin-1\n")
    changes = [
        Change(first, Original.read(first), "a = 2\n"),
        Change(second, Original.read(second), "# coding: latin-1\n# \N{EURO SIGN}\n"),
    ]
    with pytest.raises(UnicodeEncodeError):
        write(changes)
    assert first.read_text() == "a = 1\n"
    second.write_bytes(b"")
    with pytest.raises(ChangedMeanwhileError):
        write(changes)
    assert first.read_text() == "a = 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_diff_shows_and_writes_nothing(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    result = run("check", "--diff")
    assert result.status == 1
    assert result.lines == [
        "--- a.py",
        "+++ a.py",
        "@@ -1,5 +1,10 @@",
        " from multiprocessing import Pool",
        "+",
        "+",
        "+def work(n):",
        "+    return n * n",
        "+",
        " ",
        ' if __name__ == "__main__":',
        "     with Pool(2) as pool:",
        "-        print(pool.map(lambda n: n * n, range(4)))",
        "+        print(pool.map(work, range(4)))",
    ]
    assert result.error == "Would fix 1 problem in 1 file\nNo problems found in 1 file\n"
    assert (folder / "a.py").read_text() == LAMBDA


def test_diff_without_anything_to_fix(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(HEALTHY)
    result = run("check", "--diff")
    assert (result.status, result.text, result.error) == (0, "", "No problems found in 1 file\n")


@pytest.mark.skipif(os.name == "nt", reason="needs patch")
@pytest.mark.parametrize(
    "data",
    [
        LAMBDA.encode(),
        LAMBDA.rstrip("\n").encode(),
        LAMBDA.replace("\n", "\r\n").encode(),
        LAMBDA.replace("\n", "\r\n").rstrip("\r\n").encode(),
        b"# coding: latin-1\n# caf\xe9\n" + LAMBDA.encode(),
        ("x = '\N{LINE SEPARATOR}\x0c'\n" + LAMBDA).encode(),
    ],
)
def test_patch_takes_the_diff(folder: Path, run: Run, data: bytes) -> None:
    (folder / "a.py").write_bytes(data)
    diff = run("check", "--diff").output
    (folder / "b.py").write_bytes(data)
    subprocess.run(["patch", "--binary", "b.py"], input=diff, cwd=folder, check=True, capture_output=True)  # noqa: S607
    assert run("check", "--fix", "a.py").status == 0
    assert (folder / "b.py").read_bytes() == (folder / "a.py").read_bytes()


def test_fix_of_standard_input_goes_to_standard_output(folder: Path, run: Run) -> None:
    data = LAMBDA.replace("\n", "\r\n").encode()
    result = run("check", "--fix", "-", "--stdin-filename", "a.py", stdin=data)
    assert result.status == 0
    assert result.output == FIXED.replace("\n", "\r\n").encode()
    assert result.error == "Fixed 1 problem in 1 file\nNo problems found in 1 file\n"
    assert not (folder / "a.py").exists()
    assert run("check", "--fix", "-", stdin=HEALTHY.encode()).output == HEALTHY.encode()


def test_diff_of_standard_input(run: Run) -> None:
    lines = run("check", "--diff", "-", "--stdin-filename", "a.py", stdin=LAMBDA.encode()).lines
    assert lines[:2] == ["--- a.py", "+++ a.py"]
