"""What is different on a terminal: how far a run is, and lines that fit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import HEALTHY, LAMBDA

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SLOWED = """\
import sys
from spawnsafe.cli import progress
progress._QUIET = progress._PERIOD = 0
from spawnsafe.__main__ import main
sys.exit(main())
"""
"""The command, but that it tells how far it is from the first file on."""


def on_terminal(folder: Path, *arguments: str, width: int = 60, **environment: str) -> str:
    """Run the command on a pseudo-terminal and return what it prints."""
    import pty  # noqa: PLC0415 - not on Windows

    reader, writer = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLUMNS")}
    variables = inherited | {"TERM": "xterm", "COLUMNS": str(width)} | environment
    command = [sys.executable, "-c", SLOWED, *arguments]
    output = b""
    with subprocess.Popen(command, cwd=folder, stdout=writer, stderr=writer, env=variables):
        os.close(writer)
        try:
            while piece := os.read(reader, 65536):
                output += piece
        except OSError:  # Linux says so when the other end is closed
            pass
    os.close(reader)
    return output.decode().replace("\r\n", "\n")


def test_a_long_run_tells_how_far_it_is_and_cleans_up(folder: Path) -> None:
    long = "a" * 80 + ".py"
    for name in ("a.py", long, "b.py"):
        (folder / name).write_text(HEALTHY if name != "b.py" else LAMBDA)
    shown = on_terminal(folder, "check", "--output-format", "concise")
    lines = re.findall(r"\r\x1b\[K([^\r\n\x1b]*)", shown)
    assert [line for line in lines if line] == ["1/3 a.py", f"2/3 {'a' * 54}…", "3/3 b.py"]
    assert lines[-1] == ""
    left = ESCAPE.sub("", shown.rpartition("\r\x1b[K")[2]).splitlines()
    assert [line.partition(" ")[0] for line in left] == ["b.py:5:24:", "1"]


@pytest.mark.parametrize("variable", [{"CI": "true"}, {"TERM": "dumb"}])
def test_in_ci_nothing_tells_how_far_it_is(folder: Path, variable: dict[str, str]) -> None:
    (folder / "a.py").write_text(LAMBDA)
    shown = on_terminal(folder, "check", **variable)
    assert "1/1" not in shown
    assert "\x1b[K" not in shown


def test_a_narrow_terminal_shows_the_part_of_a_line_that_matters(folder: Path) -> None:
    (folder / "a.py").write_text(LAMBDA.replace("print(", f'print("{"x" * 200}", '))
    shown = ESCAPE.sub("", on_terminal(folder, "check", width=50, CI="true")).splitlines()
    source, marks = shown[2], shown[3]
    assert len(source) <= 50
    start = marks.index("^")
    assert source[start : start + 15] == "lambda n: n * n"


def test_without_colours_a_page_and_a_report_have_none(folder: Path) -> None:
    (folder / "a.py").write_text(LAMBDA)
    for arguments in (["check"], ["explain", "lambda-target"], ["why", "a.py:5"]):
        assert not re.search(r"\x1b\[[0-9;]*3\dm", on_terminal(folder, *arguments, NO_COLOR="1", CI="true"))


def test_a_page_fits_a_narrow_terminal(folder: Path) -> None:
    shown = ESCAPE.sub("", on_terminal(folder, "explain", "lambda-target", width=60))
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 60
    assert "pool.map(lambda n: n * n, range(4))" in shown
