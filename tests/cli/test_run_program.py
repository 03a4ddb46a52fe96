"""`spawnsafe run`: how a program ends under each start method, why, and that nothing is left of it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import HEALTHY

UNGUARDED = "from multiprocessing import Pool\nprint(Pool(2).map(abs, [1]))\n"
HANGS = """\
import time
from multiprocessing import Process

def wait():
    time.sleep(600)

if __name__ == "__main__":
    process = Process(target=wait)
    process.start()
    process.join()
"""
DIFFERS = """\
from multiprocessing import Pool

state = "old"

def look(_):
    return state

if __name__ == "__main__":
    state = "new"
    with Pool(1) as pool:
        print(*pool.map(look, [1]))
"""
ALL = ("fork", "spawn", "forkserver")

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start `spawnsafe run` for a program, in a folder of its own."""

    def start(text: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        (tmp_path / "main.py").write_text(text, encoding="utf-8")
        return subprocess.Popen(
            [sys.executable, "-m", "spawnsafe", "run", "--python", sys.executable, *(arguments or ["main.py"])],
            cwd=tmp_path,
            env=os.environ | {"NO_COLOR": "1"} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


def ended(process: subprocess.Popen[bytes], stdin: bytes = b"") -> tuple[int, str, str]:
    """The exit status, standard output and standard error of a run that has read `stdin`."""
    output, error = process.communicate(stdin, timeout=240)
    return process.returncode, output.decode(), error.decode()


def told(output: str) -> dict[str, str]:
    """What is said of each start method, in one line."""
    return dict(re.findall(r"^(\w+) \(the default on [^)]+\): (.+)$", output, re.MULTILINE))


def test_a_healthy_program_succeeds_under_every_method(start: Start) -> None:
    status, output, error = ended(start(HEALTHY))
    assert (status, error) == (0, "")
    assert told(output) == dict.fromkeys(ALL, "succeeds")
    assert output.endswith("\nSucceeds under 3 start methods, and prints the same\n")


def test_a_failure_is_explained_by_the_finding_and_its_fix(start: Start) -> None:
    text = HEALTHY.replace("abs", "lambda n: n")
    status, output, _ = ended(start(text))
    assert status == 1
    assert told(output) == dict.fromkeys(ALL, "fails with exit status 1")
    assert output.count("  = main.py:5: lambda-target\n") == 3
    assert output.count("main.py:5:24: error[lambda-target]") == 1
    assert "  = fix: Make the lambda a function (spawnsafe check --fix main.py)\n" in output
    assert output.endswith("\nFails under 3 of 3 start methods\n")


def test_an_exception_without_a_finding_names_the_rules(start: Start) -> None:
    status, _, error = ended(start("raise TypeError(\"cannot pickle '_thread.lock' object\")", *SPAWN))
    assert status == 1
    assert "  = see spawnsafe explain unpicklable-argument or " in error


SPAWN = ("--start-method", "spawn", "main.py")


def test_endless_respawn_is_stopped(start: Start) -> None:
    status, output, _ = ended(start(UNGUARDED, "--timeout", "20", "main.py"))
    assert status == 1
    assert told(output)["fork"] == "succeeds"
    assert re.fullmatch(r"starts workers endlessly: stopped after \d+ had failed", told(output)["spawn"])
    assert "main.py:2:7: error[unguarded-start]" in output


def test_a_hang_is_told_with_where_the_processes_wait(start: Start) -> None:
    status, output, _ = ended(start(HANGS, "--timeout", "8", "--start-method", "spawn", "main.py"))
    assert (status, output) == (1, "")
    process = start(HANGS, "--timeout", "8", "--start-method", "spawn", "--start-method", "fork", "main.py")
    status, output, _ = ended(process)
    assert status == 1
    assert {end.split(":")[0] for end in told(output).values()} == {"hangs"}
    assert re.search(r"main process\n +main\.py:10 in <module>\n", output)
    assert re.search(r"worker\n +main\.py:5 in wait\n", output)


def test_output_that_differs_from_the_first_is_shown(start: Start) -> None:
    status, output, _ = ended(start(DIFFERS))
    assert status == 1
    assert told(output) == dict.fromkeys(ALL, "succeeds")
    assert output.count("  prints something else than under fork:\n    -new\n    +old\n") == 2


def test_the_order_of_lines_is_no_difference_and_binary_output_is_compared(start: Start) -> None:
    text = """\
import multiprocessing, sys
name = multiprocessing.get_start_method()
lines = [b"one\\n", b"two\\xff\\0\\n"]
sys.stdout.buffer.writelines(lines if name == "fork" else reversed(lines))
"""
    status, output, _ = ended(start(text))
    assert status == 1
    assert "    10 bytes that are not the 10 bytes under fork\n" in output
    assert ended(start(text.replace("\\xff\\0", "")))[0] == 0


def test_much_output_is_compared_to_its_last_byte(start: Start) -> None:
    text = "import multiprocessing\nprint('x' * 3_000_000, end=multiprocessing.get_start_method()[0])\n"
    status, output, _ = ended(start(text, "--start-method", "fork", "--start-method", "spawn", "main.py"))
    assert status == 1
    assert "3000001 bytes that are not the 3000001 bytes under fork" in output


def test_input_is_given_to_each_run(start: Start) -> None:
    status, output, _ = ended(start("assert input() == 'hello'\n"), b"hello\n")
    assert status == 0, output


def test_input_that_does_not_end_keeps_nobody_waiting(start: Start) -> None:
    process = start("print(1)\n")
    assert process.wait(120) == 0
    process.communicate()


def test_a_single_method_passes_everything_through(start: Start) -> None:
    text = """\
import multiprocessing, sys
print(multiprocessing.get_start_method(), sys.argv[1:], sys.stdin.buffer.read())
print("\\xe4", file=sys.stderr)
sys.stdout.buffer.write(bytes(range(256)))
raise SystemExit(7)
"""
    process = start(text, *SPAWN, "-m", "--timeout", "x")
    output, error = process.communicate(b"\xff", timeout=60)
    assert process.returncode == 7
    assert output == b"spawn ['-m', '--timeout', 'x'] b'\\xff'\n" + bytes(range(256))
    assert error.startswith("ä\n".encode())
    assert told(error.decode()) == {"spawn": "fails with exit status 7"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
def test_signals_pass_through_to_a_single_method(start: Start, number: signal.Signals) -> None:
    text = """\
import os, signal, time
def handle(number, frame):
    os.write(1, f"got {number}\\n".encode())  # print is not to be entered twice
    raise SystemExit(5)
signal.signal(signal.SIGINT, handle)
signal.signal(signal.SIGTERM, handle)
os.write(1, b"ready\\n")
time.sleep(600)
"""
    process = start(text, *SPAWN)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    status, output, _ = ended(process)
    assert (status, output) == (5, f"got {number.value}\n")


LEAVES = """\
import os, subprocess, sys, time
from multiprocessing import Process

def wait():
    with open("pids", "a") as file:
        print(os.getpid(), file=file)
    time.sleep(600)

if __name__ == "__main__":
    Process(target=wait).start()
    code = "import os, time; print(os.getpid(), file=open('pids', 'a')); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    subprocess.Popen([sys.executable, "-c", "import os\\nif os.fork() == 0:\\n os.setsid()\\n " + code])
    while not os.path.exists("pids") or len(open("pids").readlines()) < 3:
        time.sleep(0.1)
    print("ready", flush=True)
    END
"""


def pids(folder: Path) -> list[int]:
    return list(map(int, (folder / "pids").read_text().split()))


def runs(process: int) -> bool:
    """Whether a process still runs; one that has ended may wait a moment for its parent."""
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        if Path(f"/proc/{process}/stat").exists() and ") Z " in Path(f"/proc/{process}/stat").read_text():
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize("end", ["os._exit(0)", "time.sleep(600)"], ids=["that ends", "that hangs"])
def test_nothing_is_left_of_a_program(start: Start, tmp_path: Path, end: str) -> None:
    status, output, error = ended(start(LEAVES.replace("END", end), "--timeout", "12", *SPAWN))
    assert output == "ready\n", error
    assert status == (0 if "exit" in end else 1)
    assert len(pids(tmp_path)) == 3
    assert not any(map(runs, pids(tmp_path)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_when_the_command_is_ended(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    process = start(LEAVES.replace("END", "time.sleep(600)"))
    for _ in range(600):
        if (tmp_path / "pids").exists() and len(pids(tmp_path)) == 3:
            break
        time.sleep(0.1)
    process.send_signal(number)
    assert ended(process) == (-number if number is signal.SIGKILL else 128 + number, "", "")
    assert len(pids(tmp_path)) == 3
    assert not any(map(runs, pids(tmp_path)))


def test_modules_packages_and_relative_paths(start: Start, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "__main__.py").write_text("import sys\nprint(__package__, sys.argv[1:])\n")
    single = ("--start-method", "spawn")
    assert ended(start("", *single, "-m", "package", "--timeout", "3"))[:2] == (0, "package ['--timeout', '3']\n")
    assert ended(start("", *single, "-mpackage"))[:2] == (0, "package []\n")
    assert ended(start("", *single, "package"))[:2] == (0, " []\n")
    assert ended(start("print(__file__)", *single, "./main.py"))[1].endswith("/main.py\n")


def test_what_stands_on_the_path_is_found_and_a_sitecustomize_runs(start: Start, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import builtins\nbuiltins.customized = 1\n")
    (site / "helper.py").write_text("value = 2\n")
    process = start("import helper\nprint(customized, helper.value)\n", *SPAWN, PYTHONPATH=_path(site))
    assert ended(process) == (0, "1 2\n", "")


def _path(site: Path) -> str:
    return os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))


def test_a_file_that_is_no_python_fails_as_it_does_in_python(start: Start) -> None:
    status, output, _ = ended(start("# \0 not Python"))
    assert status == 1
    assert told(output) == dict.fromkeys(ALL, "fails with exit status 1")


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.py",),
        ("-m",),
        ("--start-method", "thread", "main.py"),
        ("--timeout", "0", "main.py"),
        ("--python", "missing-python", "main.py"),
        ("--python", "main.py", "main.py"),
        ("-c", "print()"),
        ("-",),
    ],
)
def test_wrong_use_is_one_line_and_status_2(start: Start, arguments: tuple[str, ...]) -> None:
    status, output, error = ended(start("", *arguments))
    assert (status, output) == (2, "")
    assert re.fullmatch(r"spawnsafe: .+\n", error)
