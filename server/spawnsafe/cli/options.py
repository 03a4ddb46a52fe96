"""What the options of `spawnsafe check` say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import click

from spawnsafe.check import Severity
from spawnsafe.cli.outputs import Output
from spawnsafe.cli.workspace import Workspace
from spawnsafe.model import StartMethods
from spawnsafe.settings import parse_rule_names, parse_target, parse_targets

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options by the names of their parameters."""

    paths: tuple[str, ...]
    output_format: str
    outputs: tuple[str, ...]
    statistics: bool
    error_on: str
    exit_zero: bool
    is_fix: bool
    is_diff: bool
    add_ignores: bool
    baseline: str | None
    update_baseline: bool
    since: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    target: tuple[str, ...]
    goal: str | None
    start_method: tuple[str, ...]
    stdin_filename: str | None
    force_exclude: bool
    isolated: bool
    is_uncached: bool
    cache_folder: str | None

    @classmethod
    def checked(cls, given: Mapping[str, object]) -> Self:
        """Take the options as click gives them. Raises click.UsageError for some that do not go together."""
        options = cls(**given)  # type: ignore[arg-type]  # click gives each as its declaration says
        options.refuse_contradictions()
        return options

    def refuse_contradictions(self) -> None:
        """Raise click.UsageError for options that do not go together."""
        is_change = self.is_fix or self.is_diff or self.add_ignores
        is_stdin = STDIN in self.paths
        wrong = {
            "- stands alone": is_stdin and len(self.paths) > 1,
            "--add-ignores goes with neither --fix nor --diff": self.add_ignores and (self.is_fix or self.is_diff),
            "--moving-to and --start-method exclude each other": self.goal is not None and bool(self.start_method),
            "--update-baseline needs --baseline": self.update_baseline and self.baseline is None,
            "--update-baseline and --since exclude each other": self.update_baseline and self.since is not None,
            "--baseline and --since go with none of --fix, --diff and --add-ignores": is_change
            and (self.baseline is not None or self.since is not None),
            "--since compares files, not standard input": is_stdin and self.since is not None,
            "two outputs go to the same file": len({each.path for each in self.files}) < len(self.outputs),
        }
        for message, is_wrong in wrong.items():
            if is_wrong:
                raise click.UsageError(message)

    @property
    def files(self) -> list[Output]:
        """The reports that go to files. Raises click.BadParameter."""
        return [Output.parse(text) for text in self.outputs]

    @property
    def is_cached(self) -> bool:
        """Whether what was found before is told again: not where files are changed, nor for standard input."""
        is_change = self.is_fix or self.is_diff or self.add_ignores
        return not (self.is_uncached or is_change or STDIN in self.paths)

    def counts(self, severity: Severity) -> bool:
        """Whether a finding so grave makes the exit status 1."""
        levels = list(Severity)
        return not self.exit_zero and levels.index(severity) <= levels.index(Severity(self.error_on))

    def workspace(self) -> Workspace:
        """Return a workspace by the options; `--select` sets aside what settings select and ignore."""
        changes: dict[str, object] = {}
        if self.select:
            changes |= {"select": parse_rule_names(_split(self.select), "--select"), "ignore": frozenset()}
        if self.target:
            changes["targets"] = parse_targets(_split(self.target), "--target")
        methods = StartMethods.NONE
        for name in self.start_method:
            methods |= StartMethods.named(name) or StartMethods.NONE
        return Workspace(
            changes,
            parse_rule_names(_split(self.ignore), "--ignore"),
            methods,
            isolated=self.isolated,
            goal=None if self.goal is None else parse_target(self.goal, "--moving-to"),
        )


def _split(values: Iterable[str]) -> list[str]:
    return [name for value in values for part in value.split(",") if (name := part.strip())]
