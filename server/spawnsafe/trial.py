"""Runs a user's own program under a start method that is set from outside, and watches it until it ends.

A program that hangs, or that replaces failed workers without end, is stopped; of one that hangs it is told where its
processes wait. Whatever is left of the program in the end is ended, also what left its process group: every process
inherits a variable that marks the run.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from pathlib import Path
from typing import IO

import psutil

from spawnsafe.reaper import end_marked, marked
from spawnsafe.run import STACK_SIGNAL, Outcome, end_group, prepare, read_ends

MANY_WORKERS = 100
"""When so many workers have failed and the program still goes on, it starts them endlessly."""
SOME_WORKERS = 4
"""The same for a program that is still running at the deadline, if workers failed to the last."""
MOST_OUTPUT = 2**30
"""A program that prints more bytes than this is stopped, since they are kept on disk."""

_INTERVAL = 0.1
_PATIENCE = 2.0
"""How long processes may take to tell their stacks, or a thread to pass on the last output, in seconds."""
_CHUNK = 2**16


class End(Enum):
    """What ended a program."""

    ITSELF = auto()
    """It did, with an exit status or by a signal."""
    DEADLINE = auto()
    """It was still running."""
    RESPAWN = auto()
    """It replaced failed workers over and over."""
    FLOOD = auto()
    """It printed more than MOST_OUTPUT."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a stack."""

    path: Path
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the main thread of a process was: its frames, the innermost last."""

    is_main: bool
    """Whether that is the process which was started first."""
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A run of a program under one start method."""

    method: str
    end: End
    outcome: Outcome
    stdout: Path
    """A file with all that was printed; empty if it went past us."""
    seconds: float
    failed_workers: int
    ended_workers: int = 0
    """Of a program that was still running at the deadline: how many of its processes had ended before."""
    stacks: tuple[Stack, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether the program ended by itself, and well."""
        return self.end is End.ITSELF and self.outcome.status == 0


class Input:
    """What a program reads from standard input, kept as it comes, so that each run reads the same."""

    def __init__(self, descriptor: int) -> None:
        """Read from a file descriptor, as soon as anything is fed."""
        self._descriptor = descriptor
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
        self._changed = threading.Condition()
        self._size = 0
        self._is_complete = False
        self._reader = threading.Thread(target=self._read, daemon=True)

    def feed(self, pipe: IO[bytes]) -> None:
        """Begin to write all of it, from its beginning, to a pipe, which is closed in the end."""
        if not self._reader.ident:
            self._reader.start()
        threading.Thread(target=self._write, args=[pipe], daemon=True).start()

    def _read(self) -> None:
        data = b"begin"
        while data:
            try:
                data = os.read(self._descriptor, _CHUNK)
            except OSError:
                data = b""
            with self._changed:
                self._kept.seek(self._size)
                self._kept.write(data)
                self._size += len(data)
                self._is_complete = not data
                self._changed.notify_all()

    def _write(self, pipe: IO[bytes]) -> None:
        position = 0
        # The program has ended, or has closed its standard input.
        with contextlib.suppress(OSError, ValueError), pipe:
            while data := self._after(position):
                pipe.write(data)
                pipe.flush()
                position += len(data)

    def _after(self, position: int) -> bytes:
        """Return more of the input as soon as there is any; nothing at its end."""
        with self._changed:
            self._changed.wait_for(lambda: self._size > position or self._is_complete)
            self._kept.seek(position)
            return self._kept.read(_CHUNK)


class Runner:
    """A program, and how it is run: `program` is what stands after `python` on a command line.

    `timeout` is in seconds. `folder` is an empty folder for what a run leaves; it belongs to the caller. Every process
    gets the variable `mark`. If `is_direct`, standard input and output are those of this process, and what comes on
    standard error appears there at once; else the program reads `source` (nothing, if that is None), and what it
    prints is kept.
    """

    def __init__(  # noqa: PLR0913 - each is one thing to say about a run
        self,
        program: Sequence[str],
        *,
        python: Path,
        timeout: float | None,
        folder: Path,
        mark: str,
        source: Input | None = None,
        is_direct: bool = False,
    ) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        """The process that is running now, to which signals may be passed on."""
        self._command = [str(python), *program]
        self._timeout = timeout
        self._folder = folder
        self._mark = mark
        self._source = source
        self._is_direct = is_direct

    def run(self, method: str) -> Trial:
        """Run the program under a start method. Raises OSError if it cannot be started."""
        scratch = self._folder / method
        stacks = scratch / "stacks"
        stacks.mkdir(parents=True)
        environment = os.environ | prepare(method, scratch, stacks) | {self._mark: "1"}
        if not self._is_direct:
            environment |= {"PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0", "TMPDIR": str(scratch)}
        stdout, stderr = scratch / "stdout", scratch / "stderr"
        with stdout.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(  # noqa: S603 - this is what the user asks for
                self._command,
                env=environment,
                stdin=None if self._is_direct else subprocess.PIPE if self._source else subprocess.DEVNULL,
                stdout=None if self._is_direct else out,
                stderr=subprocess.PIPE if self._is_direct else err,
                start_new_session=True,
            )
            self.process = process
            begin = time.monotonic()
            passing = None
            watch = _Watch(process, self._mark, stdout, stderr, stacks)
            try:
                if process.stdin and self._source:
                    self._source.feed(process.stdin)
                if process.stderr:
                    passing = threading.Thread(target=_pass_on, args=[process.stderr, stderr], daemon=True)
                    passing.start()
                end = watch.wait(self._timeout)
                seconds = time.monotonic() - begin
                gone, told = (watch.ended(), watch.stacks()) if end is End.DEADLINE else (0, ())
            finally:
                end_group(process)
                end_marked(self._mark, watch.seen)
                self.process = None
                if passing:
                    passing.join(_PATIENCE)
        status = process.returncode if end is End.ITSELF else None
        outcome = Outcome(status, read_ends(stdout), read_ends(stderr))
        return Trial(method, end, outcome, stdout, seconds, watch.failed_workers, gone, told)


class _Watch:
    """Watches a program that has just been started."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str, stdout: Path, stderr: Path, stacks: Path) -> None:
        self.seen: set[psutil.Process] = set()
        """Processes of the program."""
        self.failed_workers = 0
        self._process = process
        self._mark = mark
        self._stdout = stdout
        self._stderr = stderr
        self._stacks = stacks
        self._read = 0
        self._last_failure = 0.0

    def wait(self, timeout: float | None) -> End:
        """Wait until the program ends or must be ended."""
        begin = time.monotonic()
        for turn in count():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_INTERVAL)
                self._count()
                return End.ITSELF
            if turn % 5 == 0:
                self._look()
            self._count()
            if self.failed_workers >= MANY_WORKERS:
                return End.RESPAWN
            if self._stdout.stat().st_size + self._stderr.stat().st_size > MOST_OUTPUT:
                return End.FLOOD
            if timeout is not None and time.monotonic() >= begin + timeout:
                is_endless = self.failed_workers >= SOME_WORKERS and self._last_failure > begin + timeout * 3 / 4
                return End.RESPAWN if is_endless else End.DEADLINE
        raise AssertionError  # the loop has no end

    def ended(self) -> int:
        """Return how many processes of the program have ended; each has left a file in which to tell its stack."""
        running = {str(process.pid) for process in marked(self._mark)}
        return sum(file.name not in running for file in self._stacks.iterdir())

    def stacks(self) -> tuple[Stack, ...]:
        """Ask every process for its stack; the oldest comes first. Those that do not tell it are left out."""
        if STACK_SIGNAL is None:
            return ()
        asked = []
        for process in sorted(marked(self._mark), key=psutil.Process.create_time):
            file = self._stacks / str(process.pid)
            if file.exists():
                with contextlib.suppress(psutil.Error, OSError):
                    process.send_signal(STACK_SIGNAL)
                    asked.append((process.pid, file))
        _settle([file for _, file in asked])
        stacks = [Stack(pid == self._process.pid, _frames(read_ends(file))) for pid, file in asked]
        return tuple(stack for stack in stacks if stack.frames and not _serves(stack))

    def _look(self) -> None:
        """Remember the descendants, since those whose parents end are no descendants any more."""
        with contextlib.suppress(psutil.Error):
            self.seen |= set(psutil.Process(self._process.pid).children(recursive=True))

    def _count(self) -> None:
        """Count the workers that have failed since the last time."""
        with self._stderr.open("rb") as file:
            file.seek(self._read)
            lines, end, _ = file.read(16 * _CHUNK).rpartition(b"\n")
        self._read += len(lines) + len(end)
        if failures := len(_FAILED.findall(lines)):
            self.failed_workers += failures
            self._last_failure = time.monotonic()


_FAILED = re.compile(rb'^Process .+:\r?$|[/\\]multiprocessing[/\\]spawn\.py", line \d+, in _main\r?$', re.MULTILINE)
"""What a worker prints that fails: while it runs its target, or before that."""


def _pass_on(pipe: IO[bytes], file: Path) -> None:
    """Pass on what comes on standard error, and keep it."""
    with pipe, file.open("ab") as kept:
        while data := os.read(pipe.fileno(), _CHUNK):
            kept.write(data)
            kept.flush()
            with contextlib.suppress(OSError):  # nobody reads it any more
                sys.stderr.buffer.write(data)
                sys.stderr.buffer.flush()


def _settle(files: Sequence[Path]) -> None:
    """Wait until files that are written to at the moment grow no more."""
    deadline = time.monotonic() + _PATIENCE
    before: list[int] = []
    sizes = [0 for _ in files]
    while (not all(sizes) or sizes != before) and time.monotonic() < deadline:
        time.sleep(_INTERVAL)
        before, sizes = sizes, [file.stat().st_size for file in files]


_THREAD = re.compile(r"^(?:Current thread|Thread) 0x\w+.*\(most recent call first\):$", re.MULTILINE)
_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)


def _frames(text: str) -> tuple[Frame, ...]:
    """Return the frames of the main thread, which faulthandler writes last."""
    main = _THREAD.split(text)[-1]
    return tuple(Frame(Path(path), int(line), function) for path, line, function in _FRAME.findall(main))[::-1]


def _serves(stack: Stack) -> bool:
    """Whether a process is one of those that multiprocessing starts for itself."""
    innermost = [frame.path for frame in stack.frames[-2:]]
    return any(
        path.parent.name == "multiprocessing" and path.stem in ("resource_tracker", "forkserver") for path in innermost
    )
