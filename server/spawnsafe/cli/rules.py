"""`spawnsafe rules`: which rules there are."""

import click

from spawnsafe.rules import all_rules


@click.command("rules")
def command() -> None:
    """List the rules: code, family, kind and what each reports."""
    rows = [(rule.code, rule.family, rule.kind.value, rule.summary) for rule in all_rules()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
