"""What the language server costs while somebody edits: memory, and edits that another file sees.

    python scripts/bench/editing.py memory|across [--edits N] [--modules N]

`memory` opens 50 files and then edits one of them again and again; it prints the server's resident memory at the start,
with all files open, and at the end. `across` edits a helper in a large project and prints how long it takes until the
open file that sends the helper's function has fresh diagnostics.
"""

import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from programs import program, project

_TIMEOUT = 120


class Server:
    """A language server over standard input and output, asked for diagnostics by a client that pulls them."""

    def __init__(self, folder: Path, command: tuple[str, ...] = (sys.executable, "-m", "spawnsafe", "server")) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=folder)  # noqa: S603 - our own server
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._number, self._versions, self._texts = 0, dict[Path, int](), dict[Path, str]()
        threading.Thread(target=self._read, daemon=True).start()
        capabilities = {"textDocument": {"diagnostic": {}}, "general": {"positionEncodings": ["utf-16"]}}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": capabilities})
        self._notify("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def open(self, path: Path, text: str) -> None:
        """Open a document."""
        self._versions[path], self._texts[path] = 1, text
        document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": document})

    def edit(self, path: Path, line: int, text: str) -> None:
        """Put a text in the place of a whole line of a document, without its end."""
        self._versions[path] += 1
        place = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 1_000_000}}
        document = {"uri": path.as_uri(), "version": self._versions[path]}
        change = {"textDocument": document, "contentChanges": [{"range": place, "text": text}]}
        self._notify("textDocument/didChange", change)

    def diagnostics(self, path: Path) -> list[dict[str, Any]]:
        """Return the diagnostics of a document."""
        report = self.ask("textDocument/diagnostic", {"textDocument": {"uri": path.as_uri()}})
        items: list[dict[str, Any]] = report["items"]
        return items

    def ask(self, method: str, params: object) -> Any:  # noqa: ANN401 - whatever the method answers
        """Return the answer to a request."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._answers.get(timeout=_TIMEOUT)
            if message.get("id") == self._number and "method" not in message:
                return message["result"]
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": None})

    @property
    def megabytes(self) -> float:
        """How much memory it holds, where the system tells."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 - it is a pipe
        while header := output.readline():
            length = int(header.partition(b":")[2]) if header.lower().startswith(b"content-length") else None
            while header.strip():
                header = output.readline()
                if header.lower().startswith(b"content-length"):
                    length = int(header.partition(b":")[2])
            if length is not None:
                self._answers.put(json.loads(output.read(length)))


def memory(edits: int, files: int = 50) -> list[tuple[str, float]]:
    """Return what the server holds, in megabytes, at several moments: (moment, megabytes)."""
    with tempfile.TemporaryDirectory() as name, Server(Path(name)) as server:
        found = [("started", server.megabytes)]
        texts = {Path(name, f"part_{number}.py"): program(300 + 10 * number) for number in range(files)}
        for path, text in texts.items():
            path.write_text(text)
            server.open(path, text)
            server.diagnostics(path)
        found.append((f"{files} files open", server.megabytes))
        edited = next(iter(texts))
        lines = texts[edited].split("\n")
        body = next(number for number, line in enumerate(lines) if "text.strip()" in line)
        for number in range(edits):
            server.edit(edited, body, f"    text = text.strip()[{number}:]")
            server.diagnostics(edited)
            if number in (edits // 10, edits - 1):
                found.append((f"{number + 1} edits", server.megabytes))
        return found


def across(edits: int, modules: int) -> list[float]:
    """Return how many milliseconds pass from each edit of a helper to fresh diagnostics of its open user."""
    with tempfile.TemporaryDirectory() as name:
        helper, sender = project(Path(name), modules)
        with Server(Path(name)) as server:
            for path in (helper, sender):
                server.open(path, path.read_text())
                server.diagnostics(path)
            found = []
            for number in range(edits):
                began = time.perf_counter()
                server.edit(helper, 1, f"    return item + {number}")
                server.diagnostics(sender)
                found.append((time.perf_counter() - began) * 1_000)
            return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("memory", "across"))
    parser.add_argument("--edits", type=int, default=1_000)
    parser.add_argument("--modules", type=int, default=2_000)
    options = parser.parse_args()
    if options.what == "memory":
        for moment, megabytes in memory(options.edits):
            print(f"{moment:<16}{megabytes:>7.1f} MB")
    else:
        times = sorted(across(options.edits, options.modules))
        print(
            f"{len(times)} edits: median {statistics.median(times):.1f} ms, p95 {times[len(times) * 95 // 100]:.1f} ms"
        )


if __name__ == "__main__":
    main()
