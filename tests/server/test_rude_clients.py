"""Clients that keep to no rules: the server answers what it can, and goes on."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

from editor import SERVER, TIMEOUT

LAMBDA = "from multiprocessing import Pool\ndef main():\n    with Pool() as pool:\n        pool.map(lambda n: n, [1])\n"


@dataclass
class Line:
    """What a client and a server say to each other, byte by byte."""

    server: "subprocess.Popen[bytes]"
    published: dict[str, Any] = field(default_factory=dict)
    """The codes of the diagnostics by URI."""

    def write(self, data: bytes) -> None:
        assert self.server.stdin
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def send(self, method: str, params: object, number: int | str | None = None) -> None:
        told = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if number is None else {"id": number})
        self.write(framed(json.dumps(told).encode()))

    def read(self) -> Any:  # noqa: ANN401 - whatever it says
        assert self.server.stdout
        headers = list(iter(self.server.stdout.readline, b"\r\n"))
        assert headers[-1:] != [b""], "the server is gone"
        length = next(int(header.split(b":")[1]) for header in headers if header.lower().startswith(b"content-length"))
        told = json.loads(self.server.stdout.read(length))
        if told.get("method") == "textDocument/publishDiagnostics":
            params = told["params"]
            self.published[params["uri"]] = [each["code"] for each in params["diagnostics"]]
        return told

    def answer(self, number: int | str) -> Any:  # noqa: ANN401 - a result or an error
        """Return the answer to a request, after whatever else is said before it."""
        while (told := self.read()).get("id") != number:
            pass
        return told

    def initialize(self) -> None:
        self.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, "start")
        assert "result" in self.answer("start")
        self.send("initialized", {})

    def open(self, uri: str, text: str) -> None:
        self.send(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}}
        )

    def ask(self, method: str, uri: str, number: int | str) -> None:
        self.send(method, {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 20}}, number)

    def works(self, folder: Path) -> bool:
        """Whether the server finds what is wrong in a new file."""
        uri = (folder / "new.py").as_uri()
        self.open(uri, LAMBDA)
        while uri not in self.published:
            self.read()
        return "lambda-target" in self.published[uri]


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@contextmanager
def connected(folder: Path) -> Iterator[Line]:
    pipe = subprocess.PIPE
    with subprocess.Popen(SERVER, cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as server:
        guard = Timer(2 * TIMEOUT, server.kill)
        guard.start()
        try:
            yield Line(server)
        finally:
            guard.cancel()
            server.kill()


def test_requests_before_initialize_are_refused(tmp_path: Path) -> None:
    with connected(tmp_path) as line:
        line.ask("textDocument/hover", "file:///x.py", 1)
        assert "error" in line.answer(1)
        line.initialize()
        assert line.works(tmp_path)


def test_half_a_message_waits_for_the_other_half(tmp_path: Path) -> None:
    with connected(tmp_path) as line:
        message = framed(b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}')
        for part in (message[:10], message[10:40], message[40:]):
            line.write(part)
        assert "result" in line.answer(1)
        assert line.works(tmp_path)


def test_a_server_that_is_told_half_a_message_ends_with_its_input(tmp_path: Path) -> None:
    with connected(tmp_path) as line:
        line.initialize()
        line.write(b"Content-Length: 1000\r\n\r\n{")
        assert line.server.stdin
        line.server.stdin.close()
        line.server.wait(TIMEOUT)
