"""`spawnsafe explain`: the page of a rule, or the rules that explain an error."""

import sys
from difflib import get_close_matches

import click

from spawnsafe.pages import advice_paths, page_paths
from spawnsafe.symptoms import recognize


@click.command("explain")
@click.argument("rule", required=False)
@click.option("--error", metavar="TEXT", help="Name the rules that explain an error message.")
def command(rule: str | None, error: str | None) -> int:
    """Print the page of RULE: what goes wrong, with programs that show it, and how to repair it.

    The pages of advice are printed by their titles: chunksize, context-managers, large-data, start-methods.

    With --error, or for a traceback on standard input, name the rules that explain it, the likeliest first; exit
    status 1 if there are none.
    """
    if rule is not None and error is not None:
        raise click.UsageError("name either a rule or an error")
    if rule is not None:
        _print_page(rule)
        return 0
    if error is None and (sys.stdin is None or sys.stdin.isatty()):
        raise click.UsageError("name a rule, or an error")
    return _explain(sys.stdin.buffer.read().decode("utf-8", "replace") if error is None else error)


def _explain(error: str) -> int:
    """Print the rules for each line of an error that is recognized."""
    matches = recognize(error)
    for match in matches:
        click.echo(click.style(match.line, bold=True))
        for rule in match.rules:
            click.echo(f"  {rule.code}: {rule.summary}")
    if matches:
        click.echo(f"`spawnsafe explain {matches[0].rules[0].code}` tells more.")
    else:
        click.echo("No rule is known that explains this.", err=True)
    return int(not matches)


def _print_page(rule: str) -> None:
    pages = {**page_paths(), **advice_paths()}
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
