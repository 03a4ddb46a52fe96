"""How the pages' tests ask the tool: by its command line, in a folder with the files of programs."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from cells import first_line, on_disk

from spawnsafe.source import Edit, Point, Span, Text, apply_edits

Files = Mapping[str, str]


@dataclass(frozen=True)
class Repair:
    """A fix; its edits are those of each file."""

    title: str
    safe: bool
    edits: dict[str, list[Edit]]


@dataclass(frozen=True)
class Found:
    """A finding; the path is that of a file of the program."""

    path: str
    span: Span
    code: str
    problem: str
    help: str
    troubles: dict[str, str]
    """What one sees of it, by the start methods under which it bites."""
    targets: list[str]
    is_advice: bool
    fixes: list[Repair]


def findings(programs: Sequence[Files], folder: Path) -> list[list[Found]]:
    """Return what the tool finds in each program; the programs are written to an empty folder.

    Programs of one file are checked all at once, which is faster.
    """
    found: list[list[Found]] = [[] for _ in programs]
    alone = folder / "alone"
    alone.mkdir(parents=True)
    for number, files in enumerate(programs):
        place = (alone if len(files) == 1 else folder) / str(number)
        for path, text in files.items():
            file = place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(on_disk(path, text).encode())
        if len(files) > 1:
            found[number] = [_found(entry, PurePath(), files) for entry in _check(place)]
    for entry in _check(alone):
        home = PurePath(entry["path"]).parts[0]
        found[int(home)].append(_found(entry, PurePath(home), programs[int(home)]))
    return found


def first_safe_fix(files: Files, found: Sequence[Found]) -> dict[str, str] | None:
    """Return a program after the first fix that the tool calls safe; None if there is none."""
    return _after(files, [fix for finding in found for fix in finding.fixes if fix.safe])


def first_offered_fix(files: Files, found: Sequence[Found]) -> dict[str, str] | None:
    """Return a program after the first fix that the tool only offers; None if there is none."""
    return _after(files, [fix for finding in found for fix in finding.fixes if not fix.safe])


def _after(files: Files, fixes: Sequence[Repair]) -> dict[str, str] | None:
    for fix in fixes:
        before = dict.fromkeys(fix.edits, "") | files
        return {path: apply_edits(Text(text), fix.edits.get(path, ())) for path, text in before.items()}
    return None


def _check(folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "spawnsafe", "check", "--isolated", "--output-format", "json", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 1), f"the tool failed:\n{done.stderr}"
    entries: list[dict[str, Any]] = json.loads(done.stdout)
    return entries


def _found(entry: dict[str, Any], home: PurePath, files: Files) -> Found:
    return Found(
        path=_path(entry, home),
        span=_span(entry, home, files),
        code=entry["rule"],
        problem=entry["problem"],
        help=entry["help"],
        troubles=entry["troubles"],
        targets=entry["targets"],
        is_advice=entry["severity"] == "information",
        fixes=[_repair(fix, home, files) for fix in entry["fixes"]],
    )


def _repair(fix: dict[str, Any], home: PurePath, files: Files) -> Repair:
    edits: dict[str, list[Edit]] = {}
    for edit in fix["edits"]:
        edits.setdefault(_path(edit, home), []).append(Edit(_span(edit, home, files), edit["text"]))
    return Repair(fix["title"], fix["safe"], edits)


def _path(entry: dict[str, Any], home: PurePath) -> str:
    return PurePath(entry["path"]).relative_to(home).as_posix()


def _span(place: dict[str, Any], home: PurePath, files: Files) -> Span:
    """Return where something is in what a page shows of its file."""
    above = first_line(files[_path(place, home)], place["cell"]) if "cell" in place else 0
    start, end = (place["range"][key] for key in ("start", "end"))
    return Span(
        Point(start["line"] - 1 + above, start["column"] - 1),
        Point(end["line"] - 1 + above, end["column"] - 1),
    )
