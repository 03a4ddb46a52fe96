"""What editing costs the language server: memory, and edits that another file sees."""

import tempfile
from pathlib import Path

from client import Client
from programs import program, project

TIMEOUT = 120.0
"""Seconds until the server counts as one that gives no answer."""


def memory(command: tuple[str, ...], edits: int, files: int) -> list[tuple[str, float]]:
    """Return how much memory a server holds at several moments, in MB: with files open, and after edits in one."""
    with tempfile.TemporaryDirectory() as name, Client(command, Path(name), TIMEOUT) as client:
        client.initialize()
        paths = [Path(name, f"part_{number}.py") for number in range(files)]
        for number, path in enumerate(paths):
            path.write_text(program(300 + 10 * number))
            client.open(path)
        found = [(f"{files} files open", client.memory())]
        edited = paths[0]
        line, text = next(
            (number, line) for number, line in enumerate(edited.read_text().split("\n")) if "text.strip()" in line
        )
        column = length = len(text)
        for number in range(1, edits + 1):
            added = f"[{number}:]"
            client.replace(edited, line, (column, length), added, awaited=edited)
            length = column + len(added)
            if number in (edits // 10, edits):
                found.append((f"{number:,} edits later", client.memory()))
        return found


def across(command: tuple[str, ...], edits: int, modules: int) -> list[float]:
    """Return how many ms pass from each edit of a helper in a project to fresh findings of the open file using it."""
    with tempfile.TemporaryDirectory() as name:
        helper, sender = project(Path(name), modules)
        with Client(command, Path(name), TIMEOUT) as client:
            client.initialize()
            for path in (helper, sender):
                client.open(path)
            column = length = len(helper.read_text().split("\n")[1])
            found = []
            for number in range(edits):
                added = f" + {number}"
                found.append(1_000 * client.replace(helper, 1, (column, length), added, awaited=sender))
                length = column + len(added)
            return found
