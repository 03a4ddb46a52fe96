"""Runs a language server for one client."""

import logging
import sys

from spawnsafe.lsp.features import register
from spawnsafe.lsp.server import Server


def serve(tcp: tuple[str, int] | None = None) -> None:
    """Serve one client until it leaves: over standard input and output, or as (host, port) on a TCP socket.

    Logs go to standard error; none holds any of the user's code.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("pygls").setLevel(
        logging.CRITICAL
    )  # its messages quote what is sent; errors come to us
    server = Server()
    register(server)
    if tcp:
        server.start_tcp(*tcp)
        return
    output = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but the protocol may reach the client
    server.start_io(stdout=output)
