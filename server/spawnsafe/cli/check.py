"""`spawnsafe check`: find, report and repair."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import click

from spawnsafe.check import Severity, check, fixes
from spawnsafe.cli import report
from spawnsafe.cli.discover import belongs, find_files
from spawnsafe.cli.patch import Change, Original, write
from spawnsafe.cli.repair import Repairs
from spawnsafe.cli.report import TEXT_FORMATS, Entry, Names
from spawnsafe.cli.trouble import Troubles
from spawnsafe.cli.workspace import Workspace, absolute
from spawnsafe.model import StartMethods
from spawnsafe.settings import SettingsError, parse_rule_names, parse_target, parse_targets

STDIN = "-"


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--output-format",
    "output_format",
    type=click.Choice([*TEXT_FORMATS, "json"]),
    default="full",
    show_default=True,
    help="How findings are printed.",
)
@click.option("--fix", "is_fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--diff", "is_diff", is_flag=True, help="Print what --fix would change, and write nothing.")
@click.option("--add-ignores", is_flag=True, help="Suppress what is found by comments in the files.")
@click.option("--select", multiple=True, metavar="RULES", help="Only these rules or families.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules or families.")
@click.option("--target", multiple=True, metavar="TARGET", help="Where the code must run, such as linux-3.14.")
@click.option(
    "--moving-to",
    "goal",
    metavar="TARGET",
    help="Only what breaks there, such as on linux-3.14, and works where the code runs today, by what one sees of it.",
)
@click.option(
    "--start-method",
    multiple=True,
    type=click.Choice(StartMethods.ALL.names),
    help="What counts as the default start method on every target.",
)
@click.option("--stdin-filename", metavar="PATH", help="What standard input is called.")
@click.option("--isolated", is_flag=True, help="Read no pyproject.toml.")
def command(  # noqa: PLR0913 - one parameter for each option
    paths: Sequence[str],
    output_format: str,
    *,
    is_fix: bool,
    is_diff: bool,
    add_ignores: bool,
    select: Sequence[str],
    ignore: Sequence[str],
    target: Sequence[str],
    goal: str | None,
    start_method: Sequence[str],
    stdin_filename: str | None,
    isolated: bool,
) -> int:
    """Check Python files, and those below folders, for mistakes with worker processes.

    PATH defaults to the current folder; - is standard input. RULES are separated by commas. Options that name
    things may be repeated.

    Exit status: 0 without errors and warnings, 1 with some, 2 for wrong use or trouble.
    """
    if STDIN in paths and len(paths) > 1:
        raise click.UsageError("- stands alone")
    if add_ignores and (is_fix or is_diff):
        raise click.UsageError("--add-ignores goes with neither --fix nor --diff")
    if goal is not None and start_method:
        raise click.UsageError("--moving-to and --start-method exclude each other")
    try:
        workspace = _workspace(select, ignore, target, goal, start_method, isolated=isolated)
        if STDIN in paths:
            run = _of_stdin(workspace, stdin_filename or "<stdin>")
        else:
            run = _of_paths(workspace, paths or ["."])
        if add_ignores:
            return run.add_ignores(output_format)
        if is_diff:
            return run.diff()
        return run.fix(output_format) if is_fix else run.report(output_format)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _workspace(  # noqa: PLR0913 - one parameter for each option
    select: Sequence[str],
    ignore: Sequence[str],
    target: Sequence[str],
    goal: str | None,
    start_method: Sequence[str],
    *,
    isolated: bool,
) -> Workspace:
    """Return a workspace by the options; `--select` sets aside what settings select and ignore."""
    changes: dict[str, object] = {}
    if select:
        changes |= {"select": parse_rule_names(_split(select), "--select"), "ignore": frozenset()}
    if target:
        changes["targets"] = parse_targets(_split(target), "--target")
    methods = StartMethods.NONE
    for name in start_method:
        methods |= StartMethods.named(name) or StartMethods.NONE
    return Workspace(
        changes,
        parse_rule_names(_split(ignore), "--ignore"),
        methods,
        isolated=isolated,
        goal=None if goal is None else parse_target(goal, "--moving-to"),
    )


def _split(values: Iterable[str]) -> list[str]:
    return [name for value in values for part in value.split(",") if (name := part.strip())]


def _of_paths(workspace: Workspace, paths: Sequence[str]) -> "_Run":
    """Return a run over the files that are meant by paths, each file once."""
    troubles = Troubles()
    given: dict[Path, str] = {}
    for path in paths:
        for name in find_files(path, workspace.settings_of, troubles):
            given.setdefault(absolute(name), name)
    return _Run(workspace, given, troubles)


def _of_stdin(workspace: Workspace, name: str) -> "_Run":
    """Return a run over standard input, whose text stands for the file of that name."""
    troubles = Troubles()
    path = absolute(name)
    with troubles.guarding(name):
        original = Original.of(sys.stdin.buffer.read())
        workspace.overlay(path, original.text)
        return _Run(workspace, {path: name}, troubles, original)
    return _Run(workspace, {}, troubles)


@dataclass
class _Run:
    """One run over files; each way to end it returns the exit status."""

    workspace: Workspace
    given: dict[Path, str]
    """What each file is called."""
    troubles: Troubles
    stdin: Original | None = None
    """Standard input, if that is what is checked."""
    checked: int = 0
    """How many files were checked in the end."""

    def report(self, output_format: str, *, is_repaired: bool = False, to_stderr: bool = False) -> int:
        """Print what is found, text as it is found; of a move, by what one sees of it."""
        is_text, goal = output_format in TEXT_FORMATS, self.workspace.goal
        entries = []
        for entry in self._entries():
            entries.append(entry)
            if is_text and goal is None:
                click.echo(TEXT_FORMATS[output_format](entry, self.names), err=to_stderr)
        if not is_text:
            click.echo(report.as_json(entries, self.names), err=to_stderr)
            return self._status(entries)
        if goal is not None:
            for line in report.grouped(entries, goal, TEXT_FORMATS[output_format], self.names):
                click.echo(line, err=to_stderr)
        click.echo(report.summary(entries, self.checked, is_repaired=is_repaired, goal=goal), err=to_stderr)
        return self._status(entries)

    def fix(self, output_format: str) -> int:
        """Repair and write the files, then print what is left. Standard input goes to standard output."""
        return self._change(Repairs.repair, "Fixed", output_format)

    def add_ignores(self, output_format: str) -> int:
        """Write comments that suppress what is found, then print what is left, as `fix` does."""
        return self._change(Repairs.ignore, "Suppressed", output_format)

    def _change(self, step: "_Step", verb: str, output_format: str) -> int:
        repairs = self._repairs(step)
        if self.stdin:
            click.echo(self._output(repairs), nl=False)
        else:
            self._write(repairs)
        if output_format in TEXT_FORMATS and repairs.fixed:
            files = sum(len(group) for group in repairs.changes())
            click.echo(report.fixed(sum(repairs.fixed.values()), files, verb), err=bool(self.stdin))
        return self.report(output_format, is_repaired=True, to_stderr=bool(self.stdin))

    def diff(self) -> int:
        """Print what would be repaired as a diff, and its sum and what would be left on standard error."""
        repairs = self._repairs(Repairs.repair)
        changes = list(chain.from_iterable(repairs.changes()))
        for change in changes:
            _print_diff(change, self.names[change.path])
        left = list(self._entries())
        if changes:
            click.echo(report.fixed(sum(repairs.fixed.values()), len(changes), "Would fix"), err=True)
        summary = report.summary(left, self.checked, is_repaired=True, goal=self.workspace.goal)
        click.echo(f"Would leave {summary}" if left else summary, err=True)
        return self._status(left) or int(bool(changes))

    @property
    def names(self) -> Names:
        """How paths are written."""
        return Names(self.given)

    def _entries(self) -> Iterator[Entry]:
        for path, name in self.given.items():
            with self.troubles.guarding(name):
                entries = self._entries_of(path)
                self.checked += 1
                yield from entries

    def _entries_of(self, path: Path) -> list[Entry]:
        """Return what is found in a file, in the order of its text. Raises what `Workspace.module` raises."""
        if not self.workspace.is_relevant(path):
            return []
        policy = self.workspace.policy(path)
        module = self.workspace.module(path)
        found = check(module, policy)
        entries = [report.entry(module, diagnostic, fixes(module, diagnostic)) for diagnostic in found]
        if broken := report.syntax_entry(module):
            entries.append(broken)
        return sorted(entries, key=lambda entry: entry.span)

    def _repairs(self, step: "_Step") -> Repairs:
        repairs = Repairs(self.workspace, self._read, self._may_change)
        for path, name in self.given.items():
            with self.troubles.guarding(name):
                if self.workspace.is_relevant(path):
                    step(repairs, path)
        return repairs

    def _read(self, path: Path) -> Original:
        return self.stdin or Original.read(path)

    def _may_change(self, path: Path) -> bool:
        settings = self.workspace.settings_of(path.parent)
        return path in self.given or (not self.stdin and belongs(path, settings))

    def _write(self, repairs: Repairs) -> None:
        """Write the changed files; those that cannot be written are told and count as not repaired."""
        for changes in repairs.changes():
            is_written = False
            with self.troubles.guarding(", ".join(self.names[change.path] for change in changes)):
                write(changes)
                is_written = True
            if not is_written:
                repairs.undo({change.path for change in changes})

    def _output(self, repairs: Repairs) -> bytes:
        """Return the bytes of standard input, repaired."""
        changes = list(chain.from_iterable(repairs.changes()))
        return changes[0].data if changes else self.stdin.data if self.stdin else b""

    def _status(self, entries: Sequence[Entry]) -> int:
        if self.troubles.told:
            return 2
        return int(any(entry.severity is not Severity.INFORMATION for entry in entries))


_Step: TypeAlias = Callable[[Repairs, Path], None]
"""What is done to each file."""


def _print_diff(change: Change, name: str) -> None:
    """Print a diff: coloured on a terminal, else in the file's own encoding and line ends."""
    for line in change.diff(name):
        if sys.stdout.isatty():
            click.echo(click.style(line, fg=_DIFF_COLORS.get(line[0])), nl=False)
        else:
            click.echo(line.encode(change.original.encoding), nl=False)


_DIFF_COLORS = {"+": "green", "-": "red", "@": "cyan"}
