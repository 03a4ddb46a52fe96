"""Clients that keep to no rules: the server answers what it can, and goes on."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from editor import SERVER, TIMEOUT
from lsprotocol import types

LAMBDA = "from multiprocessing import Pool\ndef main():\n    with Pool() as pool:\n        pool.map(lambda n: n, [1])\n"


@dataclass
class Line:
    """What a client and a server say to each other, byte by byte."""

    server: "subprocess.Popen[bytes]"
    published: dict[str, Any] = field(default_factory=dict)
    """The codes of the diagnostics by URI."""
    told: list[str] = field(default_factory=list)
    """What is shown to the user."""
    numbers: Iterator[int] = field(default_factory=count)

    def write(self, data: bytes) -> None:
        assert self.server.stdin
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def send(self, method: str, params: object, number: int | str | None = None) -> None:
        told = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if number is None else {"id": number})
        self.write(framed(json.dumps(told).encode()))

    def read(self) -> Any:  # noqa: ANN401 - whatever it says
        assert self.server.stdout
        length = 0
        while (header := self.server.stdout.readline()) != b"\r\n":
            assert header, "the server is gone"
            name, _, value = header.partition(b":")
            length = int(value) if name == b"Content-Length" else length
        told = json.loads(self.server.stdout.read(length))
        if told.get("method") == "textDocument/publishDiagnostics":
            params = told["params"]
            self.published[params["uri"]] = [each["code"] for each in params["diagnostics"]]
        if told.get("method") == "window/showMessage":
            self.told.append(told["params"]["message"])
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

    def close(self, uri: str) -> None:
        self.send("textDocument/didClose", {"textDocument": {"uri": uri}})

    def hover(self, uri: str, number: int | str) -> None:
        place = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 20}}
        self.send("textDocument/hover", place, number)

    def works(self, folder: Path) -> bool:
        """Whether the server finds what is wrong in a new file."""
        uri = (folder / f"new{next(self.numbers)}.py").as_uri()
        self.open(uri, LAMBDA)
        while uri not in self.published:
            self.read()
        self.close(uri)
        return "lambda-target" in self.published[uri]


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@contextmanager
def connected(folder: Path) -> Iterator[Line]:
    pipe = subprocess.PIPE
    with subprocess.Popen(SERVER, cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as server:
        guard = Timer(6 * TIMEOUT, server.kill)
        guard.start()
        try:
            yield Line(server)
        finally:
            guard.cancel()
            server.kill()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with connected(tmp_path_factory.mktemp("shared")) as line:
        line.initialize()
        yield line


@pytest.fixture
def line(shared: Line, tmp_path: Path) -> Iterator[Line]:
    """Yield a line to a server that has heard worse; whatever is said to it, it goes on, and shows nobody an error."""
    yield shared
    assert shared.works(tmp_path)
    assert shared.told == []


def test_requests_before_initialize_are_refused(tmp_path: Path) -> None:
    with connected(tmp_path) as line:
        line.hover("file:///x.py", 1)
        assert "error" in line.answer(1)
        line.initialize()
        assert line.works(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"[]", b"null", b'"text"', b"7", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000),
        *(b'{"jsonrpc": "2.0"}', b'{"jsonrpc": "2.0", "method": 3}', b'{"jsonrpc": "2.0", "id": 7, "result": {}}'),
        b'{"jsonrpc": "2.0", "id": {}, "method": "textDocument/hover", "params": {}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 3}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didChange"}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 9999}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: body[-60:].decode(errors="replace"),
)
def test_what_is_no_message_is_passed_over(line: Line, body: bytes) -> None:
    line.write(framed(body))


@pytest.mark.parametrize("params", [{}, None, [], {"textDocument": 3}, {"textDocument": {"uri": 3}, "position": -1}])
def test_a_request_with_wrong_parameters_is_refused(line: Line, params: object) -> None:
    line.send("textDocument/hover", params, 1)
    assert line.answer(1)["error"]["code"] == types.ErrorCodes.InvalidParams


@pytest.mark.parametrize(
    "uri",
    [
        *("", "x", "../x.py", "::", "file:", "file:///", "file:///%00.py", "file:///a%ff.py", "file:///a%zz.py"),
        *("file:///a\ud800.py", "untitled:\udc80", "untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#W0"),
        *("http://a b/c.py", "file:///C:/a b/x.py", "file:///c%3A/x.py", "file://server/share/x.py", "FILE:///x.py"),
        *("file:///dev/zero", f"file:///{'a' * 5000}.py", f"file:///{'a/' * 3000}x.py", f"untitled:{'a' * 5000}"),
    ],
    ids=lambda uri: ascii(uri[:40]),
)
def test_a_document_may_be_anywhere(line: Line, uri: str) -> None:
    line.open(uri, LAMBDA)
    line.hover(uri, uri)
    assert "lambda" in json.dumps(line.answer(uri)["result"])
    while uri not in line.published:
        line.read()
    assert line.published[uri] == ["lambda-target"]
    line.close(uri)


def test_what_no_uri_can_be_is_no_document(tmp_path: Path) -> None:
    with connected(tmp_path) as line:
        line.initialize()
        line.open("http://[::1/x.py", LAMBDA)
        line.hover("http://[::1/x.py", 1)
        assert line.answer(1)["result"] is None
        assert line.works(tmp_path)


def test_ten_thousand_edits_leave_one_text_to_check(tmp_path: Path) -> None:
    uri = (tmp_path / "main.py").as_uri()
    with connected(tmp_path) as line:
        line.initialize()
        line.open(uri, LAMBDA)
        versions = count(2)
        for _ in range(20):  # a burst
            for _ in range(50):
                begin, end = ({"line": 4, "character": character} for character in (0, 1))
                typed = {"range": {"start": begin, "end": begin}, "text": "x"}
                taken = {"range": {"start": begin, "end": end}, "text": ""}
                identifier = {"uri": uri, "version": next(versions)}
                edits = {"textDocument": identifier, "contentChanges": [typed, taken] * 5}
                line.send("textDocument/didChange", edits)
            line.published.pop(uri, None)
        line.hover(uri, "last")
        assert "lambda" in json.dumps(line.answer("last")["result"])
        while uri not in line.published:
            line.read()
        assert line.published[uri] == ["lambda-target"]
        assert line.works(tmp_path)


def test_a_storm_of_cancelled_requests_ends_with_an_answer_each(line: Line, tmp_path: Path) -> None:
    uri = (tmp_path / "main.py").as_uri()
    line.open(uri, LAMBDA)
    for burst in range(10):
        asked = {f"storm {burst} {number}" for number in range(50)}
        for number in asked:
            line.hover(uri, number)
            line.send("$/cancelRequest", {"id": number})
            line.send("$/cancelRequest", {"id": number})
        while asked:
            told = line.read()
            if told.get("id") in asked:
                asked.remove(told["id"])
                assert "result" in told or told["error"]["code"] == types.LSPErrorCodes.RequestCancelled
    line.close(uri)


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
