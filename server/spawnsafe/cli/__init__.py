"""The command line: commands, reports, patches. Each command's module is imported when it is asked for."""

import os
from importlib import import_module

import click

from spawnsafe import __version__

COMMANDS = ("check", "run", "why", "explain", "rules", "config", "server")


class _Lazy(click.Group):
    """A group whose command `x` is `command` in the module `spawnsafe.cli.x`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"{__name__}.{cmd_name}").command
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spawnsafe", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Find, explain and repair Python code that breaks when worker processes start."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False
