"""`spawnsafe run`: what a program does under each start method."""

import contextlib
import filecmp
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from types import FrameType

import click

from spawnsafe.check import check, fixes
from spawnsafe.cli.reports.as_full import paragraph
from spawnsafe.cli.reports.entry import Entry, Names, entry_of
from spawnsafe.cli.reports.text import MAX_WIDTH
from spawnsafe.cli.trouble import Troubles
from spawnsafe.cli.workspace import Workspace, absolute
from spawnsafe.model import Platform, StartMethods, Target
from spawnsafe.reaper import Reaper
from spawnsafe.run import READ_LIMIT, read_ends
from spawnsafe.settings import SettingsError
from spawnsafe.symptoms import Match, recognize
from spawnsafe.trial import MOST_OUTPUT, End, Frame, Input, Runner, Stack, Trial

DEADLINE = 60.0
"""How many seconds a program gets under each of several start methods."""
_WITH_VALUE = ("--start-method", "--timeout", "--python")
_SHOWN = 12
"""So many exceptions, stacks and differing lines are shown of each run."""


class _Command(click.Command):
    """A command whose options end where those of `python` do: at the script, or at `-m`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Mark the end of the options, since what follows is the program's."""
        rest = iter(range(len(args)))
        for place in rest:
            if args[place] in _WITH_VALUE:
                next(rest, None)
            elif not args[place].startswith("-") or args[place].startswith("-m"):
                args = [*args[:place], "--", *args[place:]]
                break
            elif args[place] == "--":
                break
        return super().parse_args(ctx, args)


@click.command("run", cls=_Command, options_metavar="[OPTIONS]")
@click.option(
    "--start-method",
    "methods",
    multiple=True,
    type=click.Choice(StartMethods.ALL.names),
    help="Run under this start method alone; may be repeated. Else under all that this platform has.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help=f"When a program counts as hanging, in seconds. [default: {DEADLINE:.0f}; none for a single start method]",
)
@click.option("--python", metavar="PATH", help="The interpreter. [default: that of the active environment]")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT|-m MODULE [ARGS]...")
def command(methods: Sequence[str], timeout: float | None, python: str | None, program: Sequence[str]) -> int:
    """Run a program, unchanged, once per start method, and say how it ends under each.

    The start method replaces the default of the platform; one that the program chooses itself still wins. What
    fails is explained by the rules and, where the program has the mistake, by the finding and its fix.

    Under a single start method, input, output and signals pass through. Else standard input is given to each run
    unless it is a terminal, and output is compared.

    Exit status: 0 if the program succeeds under all and prints the same; of a single start method, that of the
    program; else 1. 2 for wrong use or trouble.
    """
    program = _checked(program)
    available = multiprocessing.get_all_start_methods()
    for method in methods:
        if method not in available:
            raise click.UsageError(f"this platform has no start method {method!r}")
    chosen = list(dict.fromkeys(methods)) or [name for name in StartMethods.ALL.names if name in available]
    interpreter = _interpreter(python)
    explainer = _Explainer(program, _version(interpreter))
    is_single = len(chosen) == 1
    if timeout is None and not is_single:
        timeout = DEADLINE
    # The name is short because sockets are made in the folder, and their paths must not exceed about 100 characters.
    with tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True) as folder, Reaper() as reaper:
        runner = Runner(
            program,
            python=interpreter,
            timeout=timeout,
            folder=Path(folder),
            mark=reaper.mark,
            source=None if is_single else _input(),
            is_direct=is_single,
        )
        with _signals(runner, pass_on=is_single):
            try:
                return _single(runner, chosen[0], explainer) if is_single else _several(runner, chosen, explainer)
            except SettingsError as error:
                raise click.ClickException(str(error)) from None


def _checked(program: Sequence[str]) -> Sequence[str]:
    """Return what is to be run, after a look whether it is there."""
    if not program or (program[0] == "-m" and len(program) == 1):
        raise click.UsageError("name a script, or a module after -m")
    if program[0].startswith("-m"):
        return program
    if not os.path.exists(program[0]):  # noqa: PTH110 - exists() may raise
        raise click.ClickException(f"{program[0]}: No such file or directory")
    return [f"./{program[0]}", *program[1:]] if program[0].startswith("-") else program


def _interpreter(python: str | None) -> Path:
    """Return the interpreter: the one that is asked for, that of the active environment, or our own."""
    if python is not None:
        found = shutil.which(python)
        if found is None:
            raise click.ClickException(f"{python}: no such interpreter")
        return absolute(found)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        for name in ("bin/python", "Scripts/python.exe", "python.exe"):
            candidate = Path(os.environ.get(variable, ""), name)
            if os.environ.get(variable) and os.access(candidate, os.X_OK):
                return candidate
    return Path(sys.executable)


def _version(python: Path) -> tuple[int, int]:
    """Ask an interpreter for its version."""
    program = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603 - the user has named it
            [python, "-I", "-c", program], capture_output=True, check=True, timeout=DEADLINE, stdin=subprocess.DEVNULL
        )
        major, minor = map(int, done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        raise click.ClickException(f"{python}: is no Python interpreter that runs") from None
    return major, minor


def _input() -> Input | None:
    """Return standard input; None if it is closed, or a terminal, of which nobody could say when it ends."""
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    return None if os.isatty(descriptor) else Input(descriptor)


@contextlib.contextmanager
def _signals(runner: Runner, *, pass_on: bool) -> Iterator[None]:
    """Pass signals on to the program, or let the first one end the command; the runner then ends the program."""

    def handle(number: int, _: FrameType | None) -> None:
        process = runner.process
        if pass_on:
            if process and sys.platform != "win32":  # there, the console sends it to the program as well
                with contextlib.suppress(OSError):
                    # What a terminal sends goes to all processes of the group.
                    if number == signal.SIGTERM:
                        process.send_signal(number)
                    else:
                        os.killpg(process.pid, number)
            return
        for each in handled:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    handled = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)]
    before = [(number, signal.signal(number, handle)) for number in handled]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _single(runner: Runner, method: str, explainer: "_Explainer") -> int:
    """Run a program under one start method; tell on standard error how it ends if that is not well."""
    trial = runner.run(method)
    if not trial.succeeded:
        _tell(trial, explainer, to_stderr=True)
        for entry in explainer.entries:
            click.echo(explainer.shown(entry), err=True)
    status = trial.outcome.status
    if status is None:
        return 1
    return 128 - status if status < 0 else status


def _several(runner: Runner, methods: Sequence[str], explainer: "_Explainer") -> int:
    """Run a program under several start methods; tell how it ends under each, then what explains it."""
    first: Trial | None = None
    failed = differing = 0
    for method in methods:
        trial = runner.run(method)
        _tell(trial, explainer)
        if not trial.succeeded:
            failed += 1
        elif first and first.succeeded and (difference := list(_difference(first, trial))):
            differing += 1
            click.echo(f"  prints something else than under {first.method}:")
            for line in difference:
                click.echo(f"    {line}")
        first = first or trial
    for entry in explainer.entries:
        click.echo(f"\n{explainer.shown(entry)}", nl=False)
    click.echo(f"\n{_summary(len(methods), failed, differing)}")
    return int(bool(failed or differing))


def _summary(methods: int, failed: int, differing: int) -> str:
    if not failed and not differing:
        return f"Succeeds under {methods} start methods, and prints the same"
    parts = [f"fails under {failed}"] if failed else []
    parts += [f"prints something else under {differing}"] if differing else []
    return f"{' and '.join(parts)} of {methods} start methods".capitalize()


def _tell(trial: Trial, explainer: "_Explainer", *, to_stderr: bool = False) -> None:
    """Print how a run ended, with the exceptions, the rules that explain them, and where processes wait."""
    method = StartMethods.named(trial.method) or StartMethods.NONE
    color = "green" if trial.succeeded else "red"
    name = click.style(trial.method, bold=True)
    click.echo(f"{name} (the default {method.places}): {click.style(_end(trial), fg=color)}", err=to_stderr)
    for line in [*_exceptions(trial), *explainer.explain(trial), *_waiting(trial, explainer)]:
        click.echo(f"  {line}", err=to_stderr)


def _end(trial: Trial) -> str:
    """Return in words how a run ended."""
    match trial.end:
        case End.DEADLINE:
            replaced = f", while {trial.ended_workers} of its processes came and went" if trial.ended_workers else ""
            return f"hangs: still running after {trial.seconds:.3g} s{replaced}"
        case End.RESPAWN:
            return f"starts workers endlessly: stopped after {trial.failed_workers} had failed"
        case End.FLOOD:
            return f"prints endlessly: stopped after {MOST_OUTPUT // 2**20} MiB"
    status = trial.outcome.status or 0
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-status).name}"
        return f"ended by signal {-status}"
    return f"fails with exit status {status}" if status else "succeeds"


def _exceptions(trial: Trial) -> list[str]:
    """Return the distinct exceptions of a run, or the last line on standard error if it failed without any."""
    counts = Counter(_cut(f"{each.type}: {each.message}".removesuffix(": ")) for each in trial.outcome.raised)
    lines = [text + (f" ({number} times)" if number > 1 else "") for text, number in counts.items()]
    if not lines and trial.outcome.status and trial.outcome.stderr.strip():
        lines = [_cut(trial.outcome.stderr.strip().splitlines()[-1])]
    return lines[-_SHOWN:]


def _cut(line: str) -> str:
    return line if len(line) <= MAX_WIDTH else f"{line[:MAX_WIDTH]}…"


def _waiting(trial: Trial, explainer: "_Explainer") -> Iterator[str]:
    """Yield where the processes of a program wait; those that wait at the same place are told together."""
    if not trial.stacks:
        return
    yield "processes wait here, the innermost call last:"
    places = Counter((stack.is_main, tuple(explainer.telling(stack))) for stack in trial.stacks)
    for (is_main, frames), number in list(places.items())[:_SHOWN]:
        yield "  main process" if is_main else f"  {number} workers" if number > 1 else "  worker"
        for frame in frames:
            yield f"    {explainer.names[frame.path]}:{frame.line} in {frame.function}"


def _difference(first: Trial, trial: Trial) -> Iterator[str]:
    """Yield how what a run printed differs from what the first one did; the order of lines does not count."""
    if filecmp.cmp(first.stdout, trial.stdout, shallow=False):
        return
    sizes = [each.stdout.stat().st_size for each in (first, trial)]
    texts = [read_ends(each.stdout) for each in (first, trial)]
    if max(sizes) > READ_LIMIT or any("\0" in text or "\N{REPLACEMENT CHARACTER}" in text for text in texts):
        yield f"{sizes[1]} bytes that are not the {sizes[0]} bytes under {first.method}"
        return
    expected, printed = (text.splitlines() for text in texts)
    if Counter(expected) != Counter(printed):
        changes = list(unified_diff(expected, printed, n=0, lineterm=""))[2:]
        shown = [_cut(line) for line in changes if not line.startswith("@@")]
        yield from shown[:_SHOWN]
        if len(shown) > _SHOWN:
            yield f"… {len(shown) - _SHOWN} more"


class _Explainer:
    """What the analysis knows of a program: what explains its ends."""

    def __init__(self, program: Sequence[str], version: tuple[int, int]) -> None:
        self.entries: list[Entry] = []
        """The findings that explain what was told, each once."""
        self.names = Names({absolute(program[0]): program[0]})
        self._workspace = Workspace({})
        self._troubles = Troubles()
        platform = {"win32": Platform.WINDOWS, "darwin": Platform.MACOS}.get(sys.platform, Platform.LINUX)
        self._target = Target(platform, version)
        self._main = _main(program)
        self._folders = {Path.cwd(), *(path.parent for path in self._main)}

    def explain(self, trial: Trial) -> Iterator[str]:
        """Keep the findings that explain a run; yield what to read about exceptions that no finding explains."""
        matches = recognize(trial.outcome.stderr)
        if trial.succeeded and not matches:
            return
        found = [entry for path in self._files(trial) for entry in self._findings(path, trial.method)]
        codes = {rule.code for match in matches for rule in match.rules}
        fitting = [entry for entry in found if entry.rule in codes] or ([] if trial.succeeded else found)
        for entry in fitting:
            if not any((entry.path, entry.span, entry.rule) == (old.path, old.span, old.rule) for old in self.entries):
                self.entries.append(entry)
            yield f"= {self.names[entry.path]}:{entry.span.start.line + 1}: {entry.rule}"
        for match in matches:
            if not fitting and not match.is_vague:
                yield f"= see spawnsafe explain {_listed(match)}"

    def shown(self, entry: Entry) -> str:
        """Return a finding with its fix."""
        text = paragraph(entry, self.names)
        if not entry.fixes:
            return text
        fix = entry.fixes[0]
        how = f"spawnsafe check --fix {self.names[entry.path]}" if fix.safe else "offered in editors"
        gutter = " " * len(str(entry.span.start.line + 1))
        return f"{text}{gutter} = {click.style('fix', bold=True)}: {fix.title} ({how})\n"

    def telling(self, stack: Stack) -> Iterator[Frame]:
        """Yield the frames that tell where a process waits: those of the program, and the innermost."""
        for frame in stack.frames:
            if self._is_own(frame.path) or frame is stack.frames[-1]:
                yield frame

    def _files(self, trial: Trial) -> list[Path]:
        """Return the files of the program that are known to matter: the main one, and those in stacks."""
        named = [Path(path) for path in _FILE.findall(trial.outcome.stderr)]
        named += [frame.path for stack in trial.stacks for frame in stack.frames]
        return list(dict.fromkeys([*self._main, *(absolute(str(path)) for path in named if self._is_own(path))]))

    def _is_own(self, path: Path) -> bool:
        path = absolute(str(path))
        is_inside = any(path.is_relative_to(folder) for folder in self._folders)
        is_installed = path.is_relative_to(sys.base_prefix) or {"site-packages", "dist-packages"} & {*path.parts}
        return is_inside and not is_installed and path.is_file()

    def _findings(self, path: Path, method: str) -> list[Entry]:
        """Return what the analysis finds in a file for this platform, version and start method."""
        with self._troubles.guarding(str(path)):
            if not self._workspace.is_relevant(path):
                return []
            methods = StartMethods.named(method) or StartMethods.NONE
            policy = replace(self._workspace.policy(path), targets=(self._target,), methods=methods)
            module = self._workspace.module(path)
            return [entry_of(module, each, fixes(module, each)) for each in check(module, policy)]
        return []


_FILE = re.compile(r'^[ |]*File "(.+)", line \d+', re.MULTILINE)


def _listed(match: Match) -> str:
    return " or ".join(rule.code for rule in match.rules[:3])


def _main(program: Sequence[str]) -> list[Path]:
    """Return the file of the main module, as far as it is a file."""
    module = program[0].removeprefix("-m") or program[1] if program[0].startswith("-m") else ""
    parts = module.split(".")
    names = [f"{os.path.join(*parts)}.py", os.path.join(*parts, "__main__.py")] if module else [program[0]]  # noqa: PTH118
    return [path for name in names if (path := absolute(name)).suffix == ".py" and path.is_file()]
