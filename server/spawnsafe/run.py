"""Runs a program under a start method that is set from outside, and says how it ended.

The program is not changed. A private `sitecustomize` module, put first on `PYTHONPATH`, replaces the
*platform default* context of `multiprocessing` before the program begins, so the program sees just what it
would see on a platform whose default is that method: `get_start_method()` names it, `set_start_method()` may
still be called once, `get_context("…")` and `mp_context=` still win. Workers inherit the setting.

A program that ignores `PYTHONPATH` (`python -I`, `python -E`) keeps its platform's default.
"""

import contextlib
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

READ_LIMIT = 400_000
"""Of each stream so many bytes are kept at most: one half from its beginning, one half from its end."""

_METHOD_VARIABLE = "SPAWNSAFE_START_METHOD"
_STACKS_VARIABLE = "SPAWNSAFE_STACKS"

STACK_SIGNAL: int | None = signal.SIGRTMAX - 1 if hasattr(signal, "SIGRTMAX") else getattr(signal, "SIGUSR2", None)
"""At this signal a process of a program writes down its stack, if `prepare` is asked for it. Windows has none."""

# Imported by the interpreter that runs the program, and so by any Python that is still in use.
_SITECUSTOMIZE = f"""\
import multiprocessing.context as _context
import os as _os
import sys as _sys

_default = _context._default_context
_default._default_context = _context._concrete_contexts[_os.environ[{_METHOD_VARIABLE!r}]]

# A signal writes the stack of this process to a file that is named by the number of the process.
def _tell_stack():
    global _stack
    try:
        _stack = open(_os.path.join(_os.environ[{_STACKS_VARIABLE!r}], str(_os.getpid())), "w")
    except OSError:
        return  # the run is over, and this process has outlived it
    _faulthandler.register({STACK_SIGNAL!r}, _stack, all_threads=True)

if {_STACKS_VARIABLE!r} in _os.environ:
    import faulthandler as _faulthandler
    _tell_stack()
    _os.register_at_fork(after_in_child=_tell_stack)

# What was printed before a deadline must be in the file by then.
if hasattr(_sys.stdout, "reconfigure"):
    _sys.stdout.reconfigure(line_buffering=True)

# Make room for the sitecustomize module that this one hides.
_here = _os.path.dirname(__file__)
_sys.path[:] = [_entry for _entry in _sys.path if _entry != _here]
_this = _sys.modules.pop("sitecustomize")
try:
    import sitecustomize
except ImportError as _error:
    if _error.name != "sitecustomize":
        raise
finally:
    _sys.modules.setdefault("sitecustomize", _this)
"""


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in which a traceback on standard error ends."""

    type: str
    """The name of its class, without the module."""
    message: str
    """Its message; of several lines the first that is not empty, or all if they are indented."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended."""

    status: int | None
    """The exit status, negative for a signal; None if it was still running at the deadline."""
    stdout: str
    stderr: str

    @property
    def hung(self) -> bool:
        """Whether the program was still running at the deadline."""
        return self.status is None

    @property
    def raised(self) -> tuple[Raised, ...]:
        """The exceptions on standard error in order, those of workers included."""
        return tuple(_raised(self.stderr))


def run(program: Sequence[str], *, python: Path, method: str, cwd: Path, timeout: float) -> Outcome:
    """Run a program under a start method and return how it ended.

    `program` is what stands after `python` on a command line: `["main.py"]`, `["-m", "package"]`. `method` is
    the start method as `multiprocessing` spells it. After `timeout` seconds, and in any case at the end,
    whatever is left of the program is ended, its workers included. The program reads nothing from standard
    input, and its temporary files are removed with it.

    On Windows, workers that outlive a program which ended by itself are not found.

    Raises ValueError for a method that this platform does not have, OSError if `python` cannot be started.
    """
    if method not in multiprocessing.get_all_start_methods():
        raise ValueError(f"{method!r} is no start method of this platform")
    # The name is short because sockets are made in it, and their paths must not exceed about 100 characters.
    with tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        own = {"PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0", "TMPDIR": str(scratch)}
        stdout, stderr = scratch / "stdout", scratch / "stderr"
        with stdout.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(  # noqa: S603 - this is what the caller asks for
                [python, *program],
                cwd=cwd,
                env=os.environ | prepare(method, scratch) | own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                end_group(process)
        return Outcome(status, read_ends(stdout), read_ends(stderr))


def prepare(method: str, scratch: Path, stacks: Path | None = None) -> Mapping[str, str]:
    """Write what sets the start method into an empty folder; return the variables that let a program find it.

    `stacks` is a folder into which each process of the program writes its stack at STACK_SIGNAL.
    """
    scratch.joinpath("sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="utf-8")
    path = os.environ.get("PYTHONPATH")
    variables = {
        _METHOD_VARIABLE: method,
        "PYTHONPATH": os.pathsep.join([str(scratch), path] if path else [str(scratch)]),
    }
    return variables | {_STACKS_VARIABLE: str(stacks)} if stacks and STACK_SIGNAL else variables


if sys.platform == "win32":

    def end_group(process: subprocess.Popen[bytes]) -> None:
        """End a process with its descendants, as far as they still hang together."""
        if process.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603
            process.kill()
            process.wait()

else:

    def end_group(process: subprocess.Popen[bytes]) -> None:
        """End a process group.

        The resource tracker ignores SIGTERM. It ends by itself soon after the others, when it has removed the
        semaphores and the shared memory that they left; hence the pauses.
        """
        if process.poll() is not None:
            _pause(process.pid)
        for number in (signal.SIGTERM, signal.SIGKILL):
            # PermissionError is what macOS says of a group of zombies.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
                _pause(process.pid)
        process.wait()

    def _pause(group: int) -> None:
        """Wait until a process group has ended, for a second at most."""
        deadline = time.monotonic() + 1
        while _runs(group) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _runs(group: int) -> bool:
        """Whether a process of a group still runs; a zombie, which waits for a slow parent, does not."""
        processes = Path("/proc")
        if not processes.joinpath("self", "stat").exists():
            try:
                os.killpg(group, 0)
            except (ProcessLookupError, PermissionError):
                return False
            return True
        for process in (each for each in processes.iterdir() if each.name.isdigit()):
            with contextlib.suppress(OSError):  # it has just ended
                # After the name of the program, which may hold anything: state, parent, group.
                stat = process.joinpath("stat").read_text("utf-8", "replace")
                state, _, its_group = stat.rpartition(")")[2].split()[:3]
                if its_group == str(group) and state not in "ZX":
                    return True
        return False


def read_ends(path: Path) -> str:
    """Return a file's text, shortened in the middle if it is long."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if size <= READ_LIMIT:
            data = file.read()
        else:
            data = file.read(READ_LIMIT // 2) + b"\n...\n"
            file.seek(-READ_LIMIT // 2, os.SEEK_END)
            data += file.read()
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


_EXCEPTION = re.compile(r"(?:[A-Za-z_][\w<>]*\.)*([A-Za-z_]\w*)(?::(?: (.*))?)?")


def _raised(stderr: str) -> Iterator[Raised]:
    """Yield the exceptions that tracebacks end with; those of several processes may be interleaved."""
    lines = stderr.splitlines()
    tracebacks = 0
    for number, line in enumerate(lines):
        if line.lstrip(" +|").startswith("Traceback (most recent call last):"):
            tracebacks += 1
        elif tracebacks and (match := _EXCEPTION.fullmatch(line)):
            tracebacks -= 1
            # This one quotes a traceback as its message; the exceptions in there are found by themselves.
            if not match[1].endswith("RemoteTraceback"):
                yield Raised(match[1], match[2] or _indented(lines[number + 1 :]))


def _indented(lines: Sequence[str]) -> str:
    """Return the message that begins on the line below its exception, on one line."""
    parts: list[str] = []
    for line in lines:
        if line and not line[0].isspace():
            break
        parts += line.split()
    return " ".join(parts)
