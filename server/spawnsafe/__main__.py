"""The command `spawnsafe`."""

import gc
import io
import os
import sys
from collections.abc import Sequence

if __name__ == "__main__" and not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
    # `python -m` puts the working folder first, whose modules are those of the program to be checked: never import them
    del sys.path[0]

import click

from spawnsafe.cli import cli
from spawnsafe.cli.internal import internal_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, that of the process if none is given, and return its exit status.

    0: nothing found. 1: errors or warnings. 2: wrong use or trouble, told in one line on standard error.
    130: interrupted.
    """
    gc.set_threshold(*_RARELY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return cli.main(arguments, prog_name="spawnsafe", standalone_mode=False) or 0
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "spawnsafe"
        return _fail(f"{error.format_message()} (see {command} --help)")
    except click.ClickException as error:
        return _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:  # noqa: BLE001 - told in one line
        return _fail(internal_error(error))


_RARELY = 50_000, 20, 20
"""New objects between two collections, and how many of these until older ones are looked at. What is analysed is kept,
and little of it is ever garbage: by default an eighth of a check would be spent looking for some."""


def _fail(message: str) -> int:
    click.echo(f"spawnsafe: {message}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())
