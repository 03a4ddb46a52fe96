"""How the server process starts and ends."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from editor import SERVER, TIMEOUT

PROMISED = 5.0
"""Seconds in which a server ends whose client was killed."""


def message(method: str, params: str, number: int = 1) -> bytes:
    body = f'{{"jsonrpc": "2.0", "id": {number}, "method": "{method}", "params": {params}}}'
    return f"Content-Length: {len(body)}\r\n\r\n{body}".encode()


def initialize(client: int) -> bytes:
    return message("initialize", f'{{"processId": {client}, "rootUri": null, "capabilities": {{}}}}')


def test_nothing_heavy_is_imported_before_the_client_has_its_first_answer() -> None:
    code = "import sys, spawnsafe.lsp; print({'libcst', 'jedi', 'spawnsafe.model'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_the_server_ends_with_its_input() -> None:
    server = subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert server.communicate(timeout=TIMEOUT) == (b"", b"")


def test_the_server_ends_with_its_client(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as client:
        server = subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
        with server:
            assert server.stdin
            assert server.stdout
            server.stdin.write(initialize(client.pid))
            server.stdin.flush()
            assert server.stdout.readline().startswith(b"Content-Length")
            client.communicate(b"\n", timeout=TIMEOUT)
            assert server.wait(PROMISED) == 1


def test_nothing_but_the_protocol_reaches_the_client(tmp_path: Path) -> None:
    code = """
import os, spawnsafe.lsp.features as features

def talk(*_):
    print("stray", flush=True)
    os.write(1, b"stray")
    os.system("echo stray")

features.Client.of = talk
from spawnsafe.lsp import serve
serve()
"""
    command = [sys.executable, "-c", code]
    server = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = server.communicate(initialize(os.getpid()), timeout=TIMEOUT)
    assert b"stray" not in output
    assert errors.count(b"stray") == 3


def test_the_server_listens_on_a_socket(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([*SERVER, "--tcp", f"127.0.0.1:{port}"], cwd=tmp_path, stdin=subprocess.DEVNULL) as server:
        with connect(port) as client:
            client.sendall(initialize(server.pid))
            assert client.recv(100).startswith(b"Content-Length")
        assert server.wait(TIMEOUT) == 0


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
