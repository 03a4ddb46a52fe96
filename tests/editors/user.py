"""Somebody at a machine of their own, who configures an editor as docs/editors.md says and opens a project in it."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from terminal import Terminal, terminal

from spawnsafe.pages import read_page
from spawnsafe.run import run

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("SPAWNSAFE_EDITORS", "~/.cache/spawnsafe-editors")).expanduser()
"""Where scripts/editors.sh has put what no package manager finds again."""

MEASURED: list[str] = []
"""How long it took until something was seen."""


def configurations(heading: str) -> list[str]:
    """The blocks of code in a section of docs/editors.md."""
    [text] = [each.text for each in read_page(ROOT / "docs" / "editors.md").sections if each.heading == heading]
    return [block.partition("\n")[2] for block in text.split("```")[1::2]]


@dataclass(frozen=True)
class User:
    home: Path
    project: Path
    """Has the programs of examples/."""

    @property
    def environment(self) -> dict[str, str]:
        """One in which `spawnsafe` is on the path, and nothing of whoever runs the tests."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "TMUX", "VIM"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**kept, "HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8"}

    def configures(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @contextmanager
    def opens(self, *command: str, **environment: str) -> Iterator[Terminal]:
        """Start an editor in a terminal, in the project."""
        with terminal(command, self.project, self.environment | environment) as opened:
            yield opened

    def runs(self, program: str) -> str:
        """What a program of the project prints, as it is on disk, under spawn."""
        outcome = run([program], python=Path(sys.executable), method="spawn", cwd=self.project, timeout=60)
        assert outcome.status == 0, outcome
        return outcome.stdout


def at_home(folder: Path) -> User:
    """A user with an empty home and a project that holds copies of examples/."""
    home, project = folder / "home", folder / "project"
    home.mkdir()
    shutil.copytree(ROOT / "examples", project, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "pyproject.toml").touch()
    return User(home, project)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Measure how long something takes."""
    begin = time.monotonic()
    yield
    MEASURED.append(f"{what} after {time.monotonic() - begin:.1f} s")
