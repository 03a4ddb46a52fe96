"""`spawnsafe server`: the language server."""

import click


def _address(value: str) -> tuple[str, int]:
    """Split HOST:PORT at the last colon; brackets around an IPv6 address go."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) >= 2**16:
        raise click.BadParameter(f"{value!r} is no address; write a host and a port, such as localhost:2087")
    return host.removeprefix("[").removesuffix("]"), int(port)


@click.command("server")
@click.option("--tcp", type=_address, metavar="HOST:PORT", help="Listen there, not on standard input.")
def command(tcp: tuple[str, int] | None) -> None:
    """Run the language server for an editor, on standard input and output."""
    from spawnsafe.lsp import serve  # noqa: PLC0415 - slow, and needed here alone

    serve(tcp)
