"""`spawnsafe why`: what a hover in an editor says, on a terminal."""

import re

import click

from spawnsafe.cli.trouble import Troubles
from spawnsafe.cli.workspace import Workspace, absolute
from spawnsafe.hover import Hover, hover
from spawnsafe.model import Module
from spawnsafe.settings import SettingsError
from spawnsafe.source import Point

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?:?")


@click.command("why")
@click.argument("place", metavar="FILE:LINE[:COLUMN]")
def command(place: str) -> int:
    """Explain what crosses to workers, or starts them, at a place.

    Without a column, everything on the line is explained. Exit status: 0, 1 if there is nothing to say, 2 for wrong
    use or trouble.
    """
    match = _PLACE.fullmatch(place)
    if match is None:
        raise click.UsageError(f"{place!r} is no place; write FILE:LINE or FILE:LINE:COLUMN")
    line, column = int(match["line"]) - 1, int(match["column"]) - 1 if match["column"] else None
    troubles = Troubles()
    try:
        with troubles.guarding(match["file"]):
            module = Workspace({}).module(absolute(match["file"]))
            if not 0 <= line < module.text.line_count or (column is not None and column < 0):
                raise click.ClickException(f"{match['file']} has no line {match['line']}")
            return _explain(module, line, column, place)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    return 2


def _explain(module: Module, line: int, column: int | None, place: str) -> int:
    columns = [column] if column is not None else range(len(module.text.line(line)) + 1)
    found: dict[Hover, None] = {}
    known_to = -1
    for each in columns:
        if each > known_to and (said := hover(module, Point(line, each))):
            found[said] = None
            known_to = said.span.end.column if said.span.end.line == line else len(module.text.line(line))
    click.echo(
        "\n\n---\n\n".join(said.plain for said in found) or f"Nothing is known of workers at {place}", err=not found
    )
    return int(not found)
