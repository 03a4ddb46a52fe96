"""Every wording by which a mistake is recognized is one that Python prints.

The snippets are run by the interpreter of the tests, and by those that the environment variable SPAWNSAFE_PYTHONS
names, divided as in PATH. The wordings of failing pages are checked where these are run.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import pytest

from spawnsafe.symptoms import SYMPTOMS, Symptom, matched_line

PYTHONS = [sys.executable, *filter(None, os.environ.get("SPAWNSAFE_PYTHONS", "").split(os.pathsep))]

# Each part is run for itself, in a process of its own; `part` tells which.
PROGRAM = '''\
import concurrent.futures, dataclasses, multiprocessing as mp, os, pickle, socket, sys, threading, time, types

def local():
    def inner(): pass
    return inner

def gone(): pass
gone.__module__ = "no_such_module"

def lost(): pass
lost.__qualname__ = "lost_name"

def other(): pass
same = other
def other(): pass

class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a)

@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int

class Recursive:
    def __init__(self):
        self.inner = 1

    def __getattr__(self, name):
        return getattr(self.inner, name)

def start(_=None):
    p = mp.Process(target=time.sleep, args=(0,)); p.start(); p.join()

def result(_):
    return lambda: 1

def refuse(_):
    raise Odd(1, 2)

def end(_):
    os._exit(1)

def touch_missing(_):
    return missing_name

def reset(one, two):
    one.send(b"unread")
    two.close()
    one.recv(1)

def boot(code):
    """Run a main program whose workers import it."""
    with open("booted.py", "w") as file:
        file.write(code)
    import subprocess
    sys.stderr.write(subprocess.run([sys.executable, "booted.py"], stderr=subprocess.PIPE, timeout=60).stderr.decode())

function = lambda: 1

PARTS = {
    "lambda": lambda: pickle.dumps(function),
    "local lambda": lambda: pickle.dumps((lambda: lambda: 1)()),
    "local": lambda: pickle.dumps(local()),
    "moved": lambda: pickle.dumps(gone),
    "renamed": lambda: pickle.dumps(lost),
    "replaced": lambda: pickle.dumps(same),
    "attribute": lambda: pickle.loads(b"c__main__\\nnothing\\n."),
    "attribute of a module": lambda: pickle.loads(b"cos\\nnothing\\n."),
    "attribute of workers": lambda: (
        sys.modules.__setitem__("__mp_main__", types.ModuleType("__mp_main__")),
        pickle.loads(b"c__mp_main__\\nnothing\\n."),
    ),
    "module": lambda: mp.Pool(1).apply(pickle.loads, [b"cno_such_module\\nnothing\\n."]),
    "object": lambda: mp.Pool(1).apply(getattr, ["", "nothing"]),
    "generator": lambda: pickle.dumps(x for x in ()),
    "lock": lambda: pickle.dumps(threading.Lock()),
    "file": lambda: pickle.dumps(sys.stdin),
    "shared": lambda: pickle.dumps(mp.Lock()),
    "pool": lambda: pickle.dumps(mp.Pool(1)),
    "authentication": lambda: pickle.dumps(mp.current_process().authkey),
    "result": lambda: mp.Pool(1).map(result, [1]),
    "rebuilt": lambda: pickle.loads(pickle.dumps(Odd(1, 2))),
    "not rebuilt": lambda: [
        pool.terminate() for pool in [mp.Pool(1)] for _ in [pool.map_async(refuse, [1]).wait(1)]
    ],
    "frozen": lambda: setattr(Frozen(1), "a", 2),
    "recursive": lambda: pickle.loads(pickle.dumps(Recursive())),
    "bootstrap": lambda: boot(
        "import multiprocessing as mp\\nmp.set_start_method('spawn', force=True)\\nmp.Process(target=print).start()\\n"
    ),
    "manager": lambda: boot(
        "import multiprocessing as mp\\nmp.set_start_method('spawn', force=True)\\nmp.Manager()\\n"
    ),
    "reset": lambda: reset(*socket.socketpair()),
    "main": lambda: boot(
        "import multiprocessing as mp\\nif __name__ == '__mp_main__':\\n    1 / 0\\n"
        "mp.set_start_method('spawn', force=True)\\nmp.Process(target=print).start()\\n"
    ),
    "empty": lambda: pool_without_workers(),
    "name": lambda: mp.Pool(1).map(touch_missing, [1]),
    "literal": lambda: boot("__name__ is '__main__'"),
    "method": lambda: (mp.set_start_method("fork"), mp.set_start_method("fork")),
    "mixed": lambda: mp.get_context("spawn").Process(target=print, args=[mp.get_context("fork").Lock()]).start(),
    "daemonic": lambda: mp.Pool(1).map(start, [1]),
    "tasks": lambda: concurrent.futures.ProcessPoolExecutor(
        max_tasks_per_child=1, mp_context=mp.get_context("fork")
    ),
    "threads": lambda: (threading.Thread(target=time.sleep, args=[2]).start(), start()),
    "windows": lambda: (mp.context._concrete_contexts.clear(), mp.get_context("fork")),
    "coroutine": lambda: boot("async def fetch(): pass\\nfetch()\\n"),
    "initializer": lambda: mp.Pool(1, initializer=1),
    "no tuple": lambda: mp.Process(target=abs, args=1),
    "no iterable": lambda: mp.Pool(1).apply(start, 1),
    "group": lambda: mp.Process(print),
    "unstarted": lambda: mp.Process().join(),
    "twice": lambda: started().start(),
    "daemon": lambda: setattr(started(), "daemon", True),
    "no workers": lambda: mp.Pool(0),
    "no executor": lambda: concurrent.futures.ProcessPoolExecutor(0),
    "workers on Windows": lambda: [
        maker(62) for maker in [concurrent.futures.ProcessPoolExecutor] for _ in [setattr(sys, "platform", "win32")]
    ],
    "half a worker": lambda: mp.Pool(1.5),
    "chunks": lambda: mp.Pool(1).imap(abs, [1], 0),
    "chunks of an executor": lambda: concurrent.futures.ProcessPoolExecutor(1).map(abs, [1], chunksize=0),
    "parts of chunks": lambda: list(concurrent.futures.ProcessPoolExecutor(1).map(abs, [1], chunksize=1.5)),
    "list of chunks": lambda: mp.Pool(1).map(abs, [1], [2]),
    "arguments": lambda: mp.Pool(1).map(reset, [1]),
    "too many arguments": lambda: mp.Pool(1).apply(end, (1, 2)),
    "unknown argument": lambda: mp.Pool(1).apply(end, (), {"unknown": 1}),
    "called": lambda: mp.Pool(1).map(1, [1]),
    "joined": lambda: mp.Pool(1).join(),
    "closed process": lambda: [process.start() for process in [mp.Process()] for _ in [process.close()]],
    "closed too early": lambda: started(time.sleep, 1).close(),
    "closed queue": lambda: [queue.put(1) for queue in [mp.Queue()] for _ in [queue.close()]],
    "closed": lambda: [pool.map(abs, [1]) for pool in [mp.Pool(1)] for _ in [pool.terminate()]],
    "shut down": lambda: [
        made.submit(abs, 1) for made in [concurrent.futures.ProcessPoolExecutor(1)] for _ in [made.shutdown()]
    ],
    "unclosed": lambda: mp.Pool(1).map(abs, [1]),
    "unusable": lambda: [
        made.submit(abs, 1)
        for made in [concurrent.futures.ProcessPoolExecutor(1)]
        for _ in [made.submit(end, 1).exception()]
    ],
    "abrupt": lambda: list(concurrent.futures.ProcessPoolExecutor(1).map(end, [1])),
}

def started(*call):
    process = mp.Process(target=call[0] if call else None, args=call[1:])
    process.start()
    return process

def pool_without_workers():
    pool = mp.Pool(1)
    pool._pool = []
    pool.map(abs, [1])

if __name__ == "__main__":
    if "fork" in mp.get_all_start_methods() and sys.argv[1] != "method":
        mp.set_start_method("fork")
    import traceback
    try:
        PARTS[sys.argv[1]]()
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(0)
'''
PARTS = re.findall(r'^    "([\w ]+)": lambda', PROGRAM, re.MULTILINE)


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each Python prints for all the snippets together."""
    program = tmp_path_factory.mktemp("symptoms") / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")

    def error(python: str, part: str) -> str:
        done = subprocess.run(
            [python, "-W", "always", str(program), part],
            cwd=tmp_path_factory.mktemp("part"),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        return done.stderr

    with ThreadPoolExecutor(4) as threads:
        return {python: "\n".join(threads.map(partial(error, python), PARTS)) for python in PYTHONS}


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.wording.pattern[:60])
def test_python_prints_it(symptom: Symptom, printed: dict[str, str]) -> None:
    for python in PYTHONS:
        if _prints(symptom, _version(python)):
            assert symptom.wording.search(printed[python]), f"{python} prints no such thing"


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.wording.pattern[:60])
def test_what_is_shown_of_it_is_what_python_prints(symptom: Symptom, printed: dict[str, str]) -> None:
    assert symptom.shown or symptom.is_vague
    for python in PYTHONS:
        if _prints(symptom, _version(python)):
            text = printed[python]
            lines = "\n".join(matched_line(text, match) for match in symptom.wording.finditer(text))
            for line in symptom.shown:
                assert re.search(re.escape(line).replace("…", ".*"), lines), f"{python} does not print {line}"


def _prints(symptom: Symptom, version: tuple[int, ...]) -> bool:
    first, last = (tuple(map(int, text.split("."))) for text in symptom.pythons.split("-"))
    return first <= version and version[: len(last)] <= last


@cache
def _version(python: str) -> tuple[int, ...]:
    program = "import sys; print(*sys.version_info[:3])"
    return tuple(map(int, subprocess.check_output([python, "-c", program], text=True).split()))
