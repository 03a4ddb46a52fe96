"""Which files are meant by the arguments of a command."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from spawnsafe.cli.trouble import Troubles
from spawnsafe.discover import find_files
from spawnsafe.settings import Settings


def files_meant(argument: str, settings_of: Callable[[Path], Settings], troubles: Troubles) -> Iterator[str]:
    """Yield the files that an argument means, each as the argument spells it.

    A file is meant in any case; of a folder, what `find_files` finds. Folders that cannot be read are told to
    `troubles`. Raises click.ClickException for an argument that does not exist.
    """
    path = Path(os.path.abspath(argument))  # noqa: PTH100 - resolve() would follow links
    if os.path.isdir(path):  # noqa: PTH112 - is_dir() may raise
        for found in find_files(path, settings_of, troubles.guarding):
            yield _spelled(argument, path, found)
    elif os.path.isfile(path):  # noqa: PTH113 - the same
        yield argument
    else:
        raise click.ClickException(
            f"{argument} {'is no file or folder' if os.path.lexists(path) else 'does not exist'}"
        )


def _spelled(argument: str, top: Path, path: Path) -> str:
    relative = os.path.relpath(path, top)
    return relative if argument == "." else os.path.join(argument, relative)  # noqa: PTH118 - keeps `./`
