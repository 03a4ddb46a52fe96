"""The runner: which start method a program sees, how its end is told, and that nothing is left of it."""

import os
import sys
import time
from pathlib import Path

import pytest

from spawnsafe.run import READ_LIMIT, Outcome, Raised, run

METHODS = ("fork", "spawn", "forkserver")
PYTHON = Path(sys.executable)


def outcome_of(text: str, cwd: Path, *, method: str = "spawn", timeout: float = 60) -> Outcome:
    cwd.joinpath("main.py").write_text(text, encoding="utf-8")
    return run(["main.py"], python=PYTHON, method=method, cwd=cwd, timeout=timeout)


SHOW_METHODS = """\
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor

def method(_):
    return mp.get_start_method(), type(mp.current_process()).__name__

if __name__ == "__main__":
    print(mp.get_start_method(allow_none=True))
    if CHOSEN:
        mp.set_start_method(CHOSEN)
    with mp.Pool(1) as pool:
        print(*pool.map(method, [0])[0])
    with ProcessPoolExecutor(1) as executor:
        print(*executor.submit(method, 0).result())
    print(type(mp.get_context("spawn").Process()).__name__)
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("chosen", [None, "fork", "spawn"])
def test_the_method_is_the_default_and_nothing_more(method: str, chosen: str | None, tmp_path: Path) -> None:
    outcome = outcome_of(f"CHOSEN = {chosen!r}\n{SHOW_METHODS}", tmp_path, method=method)
    used = chosen or method
    process = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}[used]
    assert outcome.stdout.splitlines() == ["None", f"{used} {process}", f"{used} {process}", "SpawnProcess"]
    assert outcome == Outcome(status=0, stdout=outcome.stdout, stderr="")


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'thread' is no start method"):
        outcome_of("", tmp_path, method="thread")


def test_a_sitecustomize_that_is_there_already_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    site.mkdir()
    site.joinpath("sitecustomize.py").write_text("import builtins\nbuiltins.customized = True\n")
    monkeypatch.setenv("PYTHONPATH", str(site))
    outcome = outcome_of("import sys\nprint(customized, sys.modules['sitecustomize'].__file__)", tmp_path)
    assert outcome.stdout == f"True {site / 'sitecustomize.py'}\n"


def test_the_way_is_not_seen_by_the_program(tmp_path: Path) -> None:
    outcome = outcome_of("import sys\nprint([p for p in sys.path if 'run-' in p], sys.argv)", tmp_path)
    assert outcome.stdout == "[] ['main.py']\n"


HANG_WITH_WORKERS = """\
import multiprocessing as mp, os, sys, time

def wait():
    print(os.getpid())
    time.sleep(600)

if __name__ == "__main__":
    lock = mp.Lock()
    for _ in range(2):
        mp.Process(target=wait).start()
    print(os.getpid())
    time.sleep(600)
"""


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_left_of_a_program_that_hangs(method: str, tmp_path: Path) -> None:
    outcome = outcome_of(HANG_WITH_WORKERS, tmp_path, method=method, timeout=5)
    assert outcome.hung
    processes = list(map(int, outcome.stdout.split()))
    assert len(processes) == 3
    assert not any(map(runs, processes))


def test_nothing_is_left_of_a_program_that_leaves_workers_behind(tmp_path: Path) -> None:
    text = HANG_WITH_WORKERS.replace("    time.sleep(600)\n", "    time.sleep(2)\n    os._exit(3)\n")
    outcome = outcome_of(text, tmp_path, method="fork")
    assert outcome.status == 3
    assert not any(map(runs, map(int, outcome.stdout.split())))


def runs(process: int) -> bool:
    """Whether a process still runs; one that has ended may wait a moment for its parent."""
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


def test_the_status_is_that_of_the_program(tmp_path: Path) -> None:
    assert outcome_of("raise SystemExit(7)", tmp_path).status == 7
    assert outcome_of("import os\nos.abort()", tmp_path).status == -6


def test_much_output_is_shortened_in_the_middle(tmp_path: Path) -> None:
    outcome = outcome_of("print('begin', 'x' * 2_000_000, 'end')", tmp_path)
    assert len(outcome.stdout) < READ_LIMIT + 10
    assert outcome.stdout.startswith("begin x")
    assert outcome.stdout.endswith("x end\n")


def test_exceptions_are_named_in_order(tmp_path: Path) -> None:
    text = """\
import sys
print("Note: no exception", file=sys.stderr)
try:
    import missing_module
except ImportError:
    raise LookupError("nothing\\n  found") from None
"""
    assert outcome_of(text, tmp_path).raised == (Raised("LookupError", "nothing"),)


def test_exceptions_of_interleaved_tracebacks_are_named() -> None:
    stderr = """\
Traceback (most recent call last):
Traceback (most recent call last):
  File "main.py", line 1, in <module>
    first()
_pickle.PicklingError: Can't pickle
  File "main.py", line 2, in <module>
RuntimeError:\x20
        An attempt has been made
        to start a new process
"""
    raised = Outcome(status=1, stdout="", stderr=stderr).raised
    assert raised == (
        Raised("PicklingError", "Can't pickle"),
        Raised("RuntimeError", "An attempt has been made to start a new process"),
    )


def test_a_remote_traceback_counts_by_what_it_quotes() -> None:
    stderr = '''\
multiprocessing.pool.RemoteTraceback:\x20
"""
Traceback (most recent call last):
  File "pool.py", line 125, in worker
ZeroDivisionError: division by zero
"""

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "main.py", line 9, in <module>
ZeroDivisionError: division by zero
'''
    assert [each.type for each in Outcome(1, "", stderr).raised] == ["ZeroDivisionError"] * 2
