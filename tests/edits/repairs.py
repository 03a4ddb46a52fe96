"""Asks the tool for the repairs of a program, as an editor does."""

from collections.abc import Mapping
from pathlib import Path

from spawnsafe.check import Policy, check, fixes
from spawnsafe.findings import Fix
from spawnsafe.model import Module, Project
from spawnsafe.source import apply_edits


def read(text: str, folder: Path) -> Module:
    """Return the model of a program of one file."""
    path = folder / "main.py"
    path.write_bytes(text.encode())
    return Project().module(path)


def codes(text: str, folder: Path) -> list[str]:
    """Return the rules that find something in a program."""
    return [each.rule.code for each in check(read(text, folder), Policy())]


def offered(text: str, folder: Path, code: str) -> list[Fix]:
    """Return the fixes of the first finding of a rule."""
    module = read(text, folder)
    found = next(each for each in check(module, Policy()) if each.rule.code == code)
    return list(fixes(module, found))


def repaired(text: str, folder: Path, code: str, number: int = 0) -> str:
    """Return a program after one of the fixes of the first finding of a rule."""
    fix = offered(text, folder, code)[number]
    return apply_edits(read(text, folder).text, [each.edit for each in fix.edits])


def changed_lines(before: str, after: str) -> Mapping[str, list[str]]:
    """Return the lines that a repair takes away, and those that it adds."""
    old, new = before.splitlines(), after.splitlines()
    return {"-": [line for line in old if line not in new], "+": [line for line in new if line not in old]}
