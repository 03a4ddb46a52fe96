"""A language client that does as little as it can, so that what it times is the server.

It speaks the protocol over a pipe with plain JSON: a typed client would spend more time on a long report than the
quickest servers do.
"""

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

Message = dict[str, Any]
_CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "synchronization": {"didSave": True},
        "diagnostic": {"dynamicRegistration": False},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "codeDescriptionSupport": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
}


class ServerError(Exception):
    """A server ended, or did not answer in time."""


class Client:
    """A language server's process, and what came from it. Times are seconds of `time.perf_counter`."""

    def __init__(self, command: Sequence[str], folder: Path, timeout: float) -> None:
        self.began = time.perf_counter()
        self._timeout = timeout
        self._folder = folder
        self._last = 0
        self._pulls = False
        self._versions: dict[str, int] = {}
        self._arrived: queue.Queue[tuple[float, Message] | None] = queue.Queue()
        self._process = subprocess.Popen(  # noqa: S603 - servers that the caller names
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes():
            process.kill()
        self._process.wait()

    def initialize(self) -> float:
        """Greet the server, and return when it had answered."""
        root = self._folder.resolve().as_uri()
        at, reply = self._ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "capabilities": _CAPABILITIES,
                "workspaceFolders": [{"uri": root, "name": self._folder.name}],
            },
        )
        self._pulls = bool(reply["result"]["capabilities"].get("diagnosticProvider"))
        self._notify("initialized", {})
        self._notify("workspace/didChangeConfiguration", {"settings": {}})
        return at

    def open(self, path: Path) -> float:
        """Open a file, and return when its findings had come."""
        uri = path.resolve().as_uri()
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": "python", "version": 1, "text": path.read_text()}
        self._notify("textDocument/didOpen", {"textDocument": document})
        return self._findings(uri)

    def replace(self, path: Path, line: int, columns: tuple[int, int], text: str, *, awaited: Path) -> float:
        """Write over a part of a line, and return how long it took until the findings of a file had come.

        The line is 0-based, the columns are UTF-16 code units.
        """
        uri = path.resolve().as_uri()
        self._versions[uri] += 1
        start, end = ({"line": line, "character": column} for column in columns)
        change = {"range": {"start": start, "end": end}, "text": text}
        document = {"uri": uri, "version": self._versions[uri]}
        began = time.perf_counter()
        self._notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        return self._findings(awaited.resolve().as_uri()) - began

    def memory(self) -> float:
        """Return how much memory the server and what it started hold, in MB."""
        return sum(process.memory_info().rss for process in self._processes()) / 1e6

    def _processes(self) -> list[psutil.Process]:
        try:
            top = psutil.Process(self._process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _findings(self, uri: str) -> float:
        if self._pulls:
            return self._ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})[0]
        version = self._versions[uri]
        at, _ = self._await(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == uri
                and message["params"].get("version") in {None, version}
            )
        )
        return at

    def _ask(self, method: str, params: Message) -> tuple[float, Message]:
        self._last += 1
        number = self._last
        self._send({"id": number, "method": method, "params": params})
        return self._await(lambda message: message.get("id") == number and "method" not in message)

    def _notify(self, method: str, params: Message) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        if stream is None:
            raise ServerError("the server cannot be written to")
        try:
            stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            stream.flush()
        except OSError as error:
            raise ServerError("the server has ended") from error

    def _await(self, is_wanted: Callable[[Message], bool]) -> tuple[float, Message]:
        """Return the next message that is wanted, and when it came; requests on the way are answered."""
        until = time.perf_counter() + self._timeout
        while True:
            try:
                item = self._arrived.get(timeout=max(until - time.perf_counter(), 0))
            except queue.Empty:
                raise ServerError(f"no answer in {self._timeout:.0f} s") from None
            if item is None:
                raise ServerError("the server has ended")
            at, message = item
            if "method" in message and "id" in message:
                asked = message["params"]["items"] if message["method"] == "workspace/configuration" else None
                self._send({"id": message["id"], "result": None if asked is None else [None] * len(asked)})
            if is_wanted(message):
                return at, message

    def _listen(self) -> None:
        stream = self._process.stdout
        while stream is not None:
            length = None
            while line := stream.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if length is None:
                break
            body = stream.read(length)
            self._arrived.put((time.perf_counter(), json.loads(body)))
        self._arrived.put(None)
