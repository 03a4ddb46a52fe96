"""`spawnsafe explain`: the page of a rule."""

import sys
from difflib import get_close_matches

import click

from spawnsafe.pages import page_paths


@click.command("explain")
@click.argument("rule")
def command(rule: str) -> None:
    """Print the page of RULE: what goes wrong, with programs that show it, and how to repair it."""
    pages = page_paths()
    if rule not in pages:
        close = "".join(f"; did you mean {match!r}?" for match in get_close_matches(rule, pages, n=1))
        raise click.UsageError(f"unknown rule {rule!r}{close}")
    text = pages[rule].read_text(encoding="utf-8")
    if sys.stdout.isatty():
        _render(text)
    else:
        click.echo(text, nl=False)


def _render(text: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import, and of use to terminals alone
    from rich.markdown import Markdown  # noqa: PLC0415 - the same

    Console().print(Markdown(text))
