"""What the tests of the command line share: a folder to work in and a way to run a command there."""

import io
import sys
from pathlib import Path

import pytest
from command_line import Result, Run

from spawnsafe.__main__ import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the outermost of its repository, in which commands run."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "SPAWNSAFE_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the folder; `stdin` are the bytes of standard input."""
    assert folder == Path.cwd()

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = main(arguments)
        output, error = capfdbinary.readouterr()
        return Result(status, output, error.decode())

    return run
