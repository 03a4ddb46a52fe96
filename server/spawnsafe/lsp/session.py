"""Runs a language server for one client."""

import asyncio
import logging
import os
import sys
import threading
from contextlib import suppress

from pygls.io_ import run_async

from spawnsafe.lsp.features import register
from spawnsafe.lsp.server import Server


def serve(tcp: tuple[str, int] | None = None) -> None:
    """Serve one client until it leaves: over standard input and output, or as (host, port) on a TCP socket.

    Logs go to standard error; none holds any of the user's code. Raises OSError if the socket cannot be had.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # quotes what is sent; errors come to us
    server = Server()
    register(server)
    if tcp:
        asyncio.run(_listen(server, *tcp))
        return
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:
        # Nothing but the protocol may reach the client, whether Python, a library in C or a child process writes it.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        server.start_io(stdout=output)


async def _listen(server: Server, host: str, port: int) -> None:
    """Serve the first client that connects. What pygls has for this lives on when the connection is lost."""
    gone = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.close()
        server.protocol.set_writer(writer)
        try:
            with suppress(ConnectionError, EOFError):
                await run_async(threading.Event(), reader, server.protocol, None, server.report_server_error)
        finally:
            gone.set()

    listener = await asyncio.start_server(connected, host, port)
    await gone.wait()
