"""`spawnsafe check`: find, report and repair."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from spawnsafe.check import Severity, check, fixes
from spawnsafe.cli.arguments import files_meant
from spawnsafe.cli.options import STDIN, Options
from spawnsafe.cli.outputs import write_whole
from spawnsafe.cli.progress import Progress
from spawnsafe.cli.reports import Format, format_named, format_names, summary
from spawnsafe.cli.reports.entry import Entry, Names, entry_of, syntax_entry
from spawnsafe.cli.trouble import Troubles
from spawnsafe.cli.workspace import Workspace, absolute
from spawnsafe.discover import belongs
from spawnsafe.model import StartMethods
from spawnsafe.rules import find_rule
from spawnsafe.settings import SettingsError

if TYPE_CHECKING:
    from spawnsafe.cli.baseline import Baseline
    from spawnsafe.cli.cache import Cache
    from spawnsafe.cli.changes import Changes
    from spawnsafe.cli.patch import Change, Original
    from spawnsafe.model import Survey
    from spawnsafe.repair import Repairs


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--output-format",
    type=click.Choice(format_names()),
    default="full",
    show_default=True,
    help="How findings are printed.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT:FILE",
    help="Write a report to a file as well; may be repeated.",
)
@click.option("--statistics", is_flag=True, help="Tell how often each rule found something.")
@click.option(
    "--error-on",
    type=click.Choice([level.value for level in reversed(Severity)]),
    default="warning",
    show_default=True,
    help="From which severity on findings make the exit status 1.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with status 0 whatever is found.")
@click.option("--fix", "is_fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--diff", "is_diff", is_flag=True, help="Print what --fix would change, and write nothing.")
@click.option("--add-ignores", is_flag=True, help="Suppress what is found by comments in the files.")
@click.option("--baseline", metavar="FILE", help="Report nothing that this file has.")
@click.option("--update-baseline", is_flag=True, help="Write what is found to the file of --baseline.")
@click.option("--since", metavar="REF", help="Only what is found on lines changed since a git revision.")
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
@click.option("--force-exclude", is_flag=True, help="Leave out what is excluded even if it is named.")
@click.option("--isolated", is_flag=True, help="Read no settings.")
@click.option("--no-cache", "is_uncached", is_flag=True, help="Neither read nor write what was found before.")
@click.option(
    "--cache-dir",
    "cache_folder",
    envvar="SPAWNSAFE_CACHE_DIR",
    metavar="FOLDER",
    help="Where it is kept instead of .spawnsafe_cache in the project's folder.",
)
def command(**given: object) -> int:
    """Check Python files, and those below folders, for mistakes with worker processes.

    PATH defaults to the current folder; - is standard input. RULES are separated by commas. Options that name
    things may be repeated.

    Exit status: 0 without errors and warnings, 1 with some, 2 for wrong use or trouble.
    """
    options = Options.checked(given)
    try:
        run = _of_stdin(options) if STDIN in options.paths else _of_paths(options)
        if options.update_baseline:
            return run.update_baseline()
        if options.add_ignores:
            return run.add_ignores()
        if options.is_diff:
            return run.diff()
        return run.fix() if options.is_fix else run.report()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _of_paths(options: Options) -> "_Run":
    """Return a run over the files that are meant by paths, each file once."""
    workspace, troubles = options.workspace(), Troubles()
    given: dict[Path, str] = {}
    for path in options.paths or ["."]:
        for name in files_meant(path, workspace.settings_of, troubles):
            file = absolute(name)
            if not options.force_exclude or belongs(file, workspace.settings_of(file.parent)):
                given.setdefault(file, name)
    return _Run(options, workspace, given, troubles)


def _of_stdin(options: Options) -> "_Run":
    """Return a run over standard input, whose text stands for the file of that name."""
    workspace, troubles = options.workspace(), Troubles()
    name = options.stdin_filename or "<stdin>"
    path = absolute(name)
    from spawnsafe.cli.patch import Original  # noqa: PLC0415 - as in all of this module, what only some runs need

    with troubles.guarding(name):
        original = Original.of(sys.stdin.buffer.read(), name)
        workspace.give(path, original.source)
        return _Run(options, workspace, {path: name}, troubles, original)
    return _Run(options, workspace, {}, troubles)


@dataclass
class _Run:
    """One run over files; each way to end it returns the exit status."""

    options: Options
    workspace: Workspace
    given: dict[Path, str]
    """What each file is called."""
    troubles: Troubles
    stdin: "Original | None" = None
    """Standard input, if that is what is checked."""
    checked: set[Path] = field(default_factory=set)
    """The files that were checked in the end."""

    def __post_init__(self) -> None:
        options = self.options
        self._changes = _changes_since(options.since) if options.since is not None else None
        self._baseline = _baseline(options.baseline, options) if options.baseline is not None else None

    def report(self, *, is_repaired: bool = False, to_stderr: bool = False) -> int:
        """Print what is found, as it is found where the format allows that, and write the reports to files."""
        form, entries = format_named(self.options.output_format), list[Entry]()
        for line in self._lines(form, self._noting(entries)):
            click.echo(line, err=to_stderr)
        for line in self._closing(entries, is_repaired=is_repaired):
            if form.is_for_people or self.options.statistics:
                click.echo(line, err=to_stderr or not form.is_for_people)
        for output in self.options.files:
            self._write_report(format_named(output.format), output.path, entries, is_repaired=is_repaired)
        self._tell_of_stale()
        return self._status(entries)

    def fix(self) -> int:
        """Repair and write the files, then print what is left. Standard input goes to standard output."""
        from spawnsafe.repair import Repairs  # noqa: PLC0415

        return self._change(Repairs.repair, "Fixed")

    def add_ignores(self) -> int:
        """Write comments that suppress what is found, then print what is left, as `fix` does."""
        from spawnsafe.repair import Repairs  # noqa: PLC0415

        return self._change(Repairs.ignore, "Suppressed")

    def update_baseline(self) -> int:
        """Write what is found to the baseline."""
        for _ in self._entries():
            pass
        baseline = self._baseline
        if baseline is not None:
            with self.troubles.guarding(self.options.baseline or ""):
                click.echo(summary.kept(baseline.update(self._is_checked), self.options.baseline or ""))
        return 2 if self.troubles.told else 0

    def _change(self, step: "_Step", verb: str) -> int:
        repairs = self._repairs(step)
        if self.stdin:
            click.echo(self._output(repairs, self.stdin), nl=False)
        else:
            from spawnsafe.cli.patch import write  # noqa: PLC0415

            self._hand_on(repairs, write)
        if format_named(self.options.output_format).is_for_people and repairs.fixed:
            click.echo(summary.fixed(repairs.fixed.total(), len(repairs.after), verb), err=bool(self.stdin))
        return self.report(is_repaired=True, to_stderr=bool(self.stdin))

    def diff(self) -> int:
        """Print what would be repaired as a diff, and its sum and what would be left on standard error."""
        from spawnsafe.repair import Repairs  # noqa: PLC0415

        repairs = self._repairs(Repairs.repair)
        self._hand_on(repairs, self._print_diffs)
        left = list(self._entries())
        if repairs.fixed:
            click.echo(summary.fixed(repairs.fixed.total(), len(repairs.after), "Would fix"), err=True)
        last = summary.summary(left, len(self.checked), is_repaired=True, goal=self.workspace.goal)
        click.echo(f"Would leave {last}" if left else last, err=True)
        return self._status(left) or int(bool(repairs.fixed) and not self.options.exit_zero)

    def _print_diffs(self, changes: "Sequence[Change]") -> None:
        """Print diffs: coloured on a terminal, else in each file's own encoding and line ends."""
        lines = [(line, change) for change in changes for line in change.diff(self.names[change.path])]
        encoded = [line.encode(change.original.encoding) for line, change in lines]
        if sys.stdout.isatty():
            click.echo("".join(click.style(line, fg=_DIFF_COLORS.get(line[0])) for line, _ in lines), nl=False)
        else:
            click.echo(b"".join(encoded), nl=False)

    @property
    def names(self) -> Names:
        """How paths are written."""
        return Names(self.given)

    def _noting(self, entries: list[Entry]) -> Iterator[Entry]:
        """Yield what is found as it is found, and note it."""
        for each in self._entries():
            entries.append(each)
            yield each

    def _lines(self, form: Format, entries: Iterable[Entry]) -> Iterator[str]:
        """Yield what a format says of findings; to people, of a move, by what one sees of it."""
        if self.workspace.goal is None or not form.is_for_people:
            yield from form.write(entries, self.names)
            return
        for heading, group in summary.grouped(list(entries), self.workspace.goal):
            yield heading
            yield from form.write(group, self.names)

    def _closing(self, entries: Sequence[Entry], *, is_repaired: bool) -> Iterator[str]:
        """Yield what is said of all findings together."""
        if self.options.statistics:
            yield from summary.statistics(entries)
        yield summary.summary(entries, len(self.checked), is_repaired=is_repaired, goal=self.workspace.goal)

    def _write_report(self, form: Format, path: str, entries: Sequence[Entry], *, is_repaired: bool) -> None:
        lines = [*self._lines(form, entries)]
        if form.is_for_people:
            lines += self._closing(entries, is_repaired=is_repaired)
        with self.troubles.guarding(path):
            write_whole(Path(path), "".join(f"{click.unstyle(line)}\n" for line in lines))

    def _tell_of_stale(self) -> None:
        if self._baseline is not None and (gone := self._baseline.stale(self._is_checked)):
            click.echo(f"spawnsafe: {summary.stale(gone.total(), self.options.baseline or '')}", err=True)
            for known, count in sorted(gone.items()):
                click.echo(f"  {known.path}: {known.rule}{f' ({count} times)' if count > 1 else ''}", err=True)

    def _is_checked(self, path: Path, code: str) -> bool:
        """Whether this run would have found what a rule finds in a file, or nothing can any more."""
        if path not in self.checked:
            return not path.exists()
        rule = find_rule(code)
        return rule is None or self.workspace.policy(path).runs(rule)

    def _entries(self) -> Iterator[Entry]:
        caches = self._caches() if self.options.is_cached else {}
        progress = Progress(len(self.given))
        self.troubles.before = progress.clear
        try:
            for path, name in self.given.items():
                progress.step(name)
                with self.troubles.guarding(name):
                    entries = self._new(self._entries_of(path, caches.get(self.workspace.survey(path))))
                    self.checked.add(path)
                    if entries:
                        progress.clear()
                    yield from entries
            if self.workspace.has_projects or len(self.checked) > _FEW:
                for cache in caches.values():
                    cache.write()
        finally:
            progress.clear()

    def _caches(self) -> "dict[Survey, Cache]":
        """Return what was found before in the files of each project."""
        from spawnsafe.cli.cache import Cache  # noqa: PLC0415

        files: dict[Survey, list[Path]] = {}
        for path in self.given:
            files.setdefault(self.workspace.survey(path), []).append(path)
        folder = self.options.cache_folder
        return {
            survey: Cache.of(self.workspace, paths, None if folder is None else absolute(folder))
            for survey, paths in files.items()
        }

    def _entries_of(self, path: Path, cache: "Cache | None") -> list[Entry]:
        """Return what is found in a file, now or before. Raises what `Workspace.module` raises."""
        known = cache.get(path) if cache else None
        if known is not None:
            return known
        entries = self._found_in(path)
        if cache:
            cache.put(path, entries)
        return entries

    def _new(self, entries: list[Entry]) -> list[Entry]:
        """Return what counts of what is found: on changed lines, and not in the baseline."""
        if self._changes is not None:
            entries = self._changes.touched(entries)
        return entries if self._baseline is None else self._baseline.new(entries)

    def _found_in(self, path: Path) -> list[Entry]:
        """Return what is found in a file, in the order of its text. Raises what `Workspace.module` raises."""
        if not self.workspace.is_relevant(path):
            return []
        policy = self.workspace.policy(path)
        module = self.workspace.module(path)
        found = check(module, policy)
        entries = [entry_of(module, diagnostic, fixes(module, diagnostic)) for diagnostic in found]
        if broken := syntax_entry(module):
            entries.append(broken)
        entries.sort(key=lambda each: each.span)
        if entries and module.is_notebook:
            file = self._read(path).as_changed(module.text.string)
            entries = [replace(each, file=file) for each in entries]
        return entries

    def _repairs(self, step: "_Step") -> "Repairs":
        from spawnsafe.repair import Repairs  # noqa: PLC0415

        repairs = Repairs(self.workspace, self._may_change)
        each_once = {path.resolve(): (path, name) for path, name in self.given.items()}
        for path, name in each_once.values():
            with self.troubles.guarding(name):
                if self.workspace.is_relevant(path):
                    step(repairs, path)
        return repairs

    def _read(self, path: Path) -> "Original":
        from spawnsafe.cli.patch import Original  # noqa: PLC0415

        return self.stdin or Original.read(path)

    def _may_change(self, path: Path) -> bool:
        settings = self.workspace.settings_of(path.parent)
        leads_out = not path.resolve().is_relative_to(settings.folder.resolve())  # by a link
        return path in self.given or (not self.stdin and belongs(path, settings) and not leads_out)

    def _hand_on(self, repairs: "Repairs", receive: "Callable[[list[Change]], None]") -> None:
        """Hand on the changed files, together what belongs together; with what goes wrong is told and not repaired."""
        for group in list(repairs.groups):
            paths, is_received = sorted(group & repairs.after.keys()), False
            with self.troubles.guarding(", ".join(self.names[path] for path in paths)):
                receive([self._read(path).changed(path, repairs.before[path], repairs.after[path]) for path in paths])
                is_received = True
            if not is_received:
                repairs.undo(group)

    def _output(self, repairs: "Repairs", original: "Original") -> bytes:
        """Return the bytes of standard input, repaired."""
        found = [original.data]
        self._hand_on(repairs, lambda changes: found.extend(change.data for change in changes))
        return found[-1]

    def _status(self, entries: Sequence[Entry]) -> int:
        if self.troubles.told:
            return 2
        return int(any(self.options.counts(each.severity) for each in entries))


def _changes_since(reference: str) -> "Changes":
    from spawnsafe.cli.changes import Changes  # noqa: PLC0415

    return Changes(reference)


def _baseline(name: str, options: Options) -> "Baseline":
    from spawnsafe.cli.baseline import Baseline  # noqa: PLC0415

    read = Baseline.read_if_there if options.update_baseline else Baseline.read
    return read(absolute(name))


_FEW = 20
"""So many files without processes take no longer to look at than it takes to write what was found."""

_Step: TypeAlias = "Callable[[Repairs, Path], None]"
"""What is done to each file."""


_DIFF_COLORS = {"+": "green", "-": "red", "@": "cyan"}
