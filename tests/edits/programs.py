"""Runs what a repair made of a program, under every start method."""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spawnsafe.run import run

METHODS = ("fork", "spawn", "forkserver")


def outputs(files: Mapping[str, str], folder: Path, methods: Sequence[str] = METHODS) -> dict[str, str | None]:
    """Return what `main.py` prints under each start method, None where it fails, hangs or warns of it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def output(method: str) -> str | None:
        outcome = run(["main.py"], python=Path(sys.executable), method=method, cwd=folder, timeout=20)
        return outcome.stdout if outcome.status == 0 and not outcome.raised else None

    with ThreadPoolExecutor() as threads:
        return dict(zip(methods, threads.map(output, methods), strict=True))
