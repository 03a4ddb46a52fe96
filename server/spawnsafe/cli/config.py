"""`spawnsafe config`: which settings hold, and where they stand."""

import json
import os
from pathlib import Path

import click

from spawnsafe.cli.workspace import absolute
from spawnsafe.settings import SettingsError, load_settings, origins, settings_schema, settings_table


@click.command("config")
@click.argument("path", default=".")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the settings.")
def command(path: str, *, schema: bool) -> None:
    """Print the settings that hold for PATH, a file or folder, as TOML, and where each of them stands.

    PATH defaults to the current folder.
    """
    if schema:
        click.echo(json.dumps(settings_schema(), indent=2))
        return
    if not os.path.exists(path):  # noqa: PTH110 - exists() may raise
        raise click.ClickException(f"{path} does not exist")
    place = absolute(path)
    try:
        _print_settings(place if place.is_dir() else place.parent)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _print_settings(folder: Path) -> None:
    settings, places = load_settings(folder), origins(folder)
    click.echo(f"# Patterns and src are relative to {settings.folder}")
    for name, value in settings_table(settings).items():
        click.echo(f"{name} = {_toml(value)}  # {places.get(name, 'default')}")


def _toml(value: object) -> str:
    """Return strings, numbers, and lists and tables of such as TOML has them on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        rows = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {rows} }}" if rows else "{}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
