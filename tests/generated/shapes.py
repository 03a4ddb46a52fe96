"""The shapes of which programs are composed: each a few lines of code, and what they mean when they run one by one.

A program gives the numbers 0, 1, 2 to a task by worker processes, collects the results in order, and prints them once.
What it must print is known without running it. A shape is known by its name in its table; the first of each table is
the plainest, to which disagreements are reduced.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Lines = tuple[str, ...]

NUMBERS = range(3)


def indented(lines: Lines) -> Lines:
    """Return lines one level deeper."""
    return tuple(f"    {line}" if line else line for line in lines)


# --- where the workers come from -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Maker:
    """What makes workers; `family` says by which calls they are given work.

    `{options}` are further arguments of a pool or executor; `{task}` is what a process runs, with `n`.
    """

    imports: Lines
    code: str
    family: str
    definitions: Lines = ()


MAKERS = {
    "Pool": Maker(("from multiprocessing import Pool",), "Pool(1{options})", "pool"),
    "mp.Pool": Maker(("import multiprocessing as mp",), "mp.Pool(processes=1{options})", "pool"),
    "alias": Maker(("from multiprocessing import Pool as Workers",), "Workers(1{options})", "pool"),
    "context": Maker(("from multiprocessing import get_context",), "get_context().Pool(1{options})", "pool"),
    "spawn": Maker(("import multiprocessing",), 'multiprocessing.get_context("spawn").Pool(1{options})', "pool"),
    "fork": Maker(("from multiprocessing import get_context",), 'get_context("fork").Pool(1{options})', "pool"),
    "ProcessPoolExecutor": Maker(
        ("from concurrent.futures import ProcessPoolExecutor",), "ProcessPoolExecutor(1{options})", "executor"
    ),
    "futures": Maker(
        ("from concurrent import futures",), "futures.ProcessPoolExecutor(max_workers=1{options})", "executor"
    ),
    "spawning executor": Maker(
        ("import multiprocessing", "from concurrent.futures import ProcessPoolExecutor as Executor"),
        'Executor(1, mp_context=multiprocessing.get_context("spawn"){options})',
        "executor",
    ),
    "Process": Maker(("from multiprocessing import Process",), "Process(target={task}, args=(n,))", "process"),
    "mp.Process": Maker(("import multiprocessing",), "multiprocessing.Process(target={task}, args=(n,))", "process"),
    "context.Process": Maker(
        ("import multiprocessing as mp",), "mp.get_context().Process(target={task}, args=(n,))", "process"
    ),
    "subclass": Maker(
        ("from multiprocessing import Process",),
        "Worker(target={task}, args=(n,))",
        "process",
        definitions=("class Worker(Process):", "    pass"),
    ),
    "running subclass": Maker(
        ("from multiprocessing import Process",),
        "Worker({task}, n)",
        "process",
        definitions=(
            "class Worker(Process):",
            "    def __init__(self, job, n):",
            "        super().__init__()",
            "        self.job = job",
            "        self.number = n",
            "",
            "    def run(self):",
            "        self.job(self.number)",
        ),
    ),
    "ThreadPool": Maker(("from multiprocessing.pool import ThreadPool",), "ThreadPool(1{options})", "pool"),
    "dummy": Maker(("from multiprocessing.dummy import Pool",), "Pool(1{options})", "pool"),
    "ThreadPoolExecutor": Maker(
        ("from concurrent.futures import ThreadPoolExecutor",), "ThreadPoolExecutor(1{options})", "executor"
    ),
}

CLOSING = {"pool": ("{pool}.close()", "{pool}.join()"), "executor": ("{pool}.shutdown()",)}
"""How the workers of a family are dismissed where no `with` does it."""


@dataclass(frozen=True)
class Holder:
    """How a pool is held: definitions, the lines that open it, what it is called, and whether that is a `with`.

    In all of them `{maker}` stands for what makes it.
    """

    definitions: Lines
    opening: Lines
    name: str = "pool"
    is_with: bool = False


HOLDERS = {
    "with": Holder((), ("with {maker} as pool:",), is_with=True),
    "name": Holder((), ("pool = {maker}",)),
    "attribute": Holder(
        ("class Holder:", "    def __init__(self):", "        self.pool = {maker}"),
        ("holder = Holder()",),
        "holder.pool",
    ),
    "factory": Holder(("def make_pool():", "    return {maker}"), ("with make_pool() as pool:",), is_with=True),
    "global": Holder(
        ("pool = None", "", "", "def open_pool():", "    global pool", "    pool = {maker}"), ("open_pool()",)
    ),
    "walrus": Holder((), ("with (pool := {maker}):",), is_with=True),
}


# --- how they are given work ---------------------------------------------------------------------------------

CALLS: Mapping[str, Mapping[str, str]] = {
    "pool": {
        "map": "{pool}.map({task}, {items})",
        "keywords": "{pool}.map(func={task}, iterable={items})",
        "imap": "list({pool}.imap({task}, {items}))",
        "starmap": "{pool}.starmap({task}, [(n,) for n in {items}])",
        "imap_unordered": "list({pool}.imap_unordered({task}, {items}))",
        "apply": "[{pool}.apply({task}, (n,)) for n in {items}]",
        "apply_async": "[{pool}.apply_async({task}, (n,)).get() for n in {items}]",
        "map_async": "{pool}.map_async({task}, {items}).get()",
        "starmap_async": "{pool}.starmap_async({task}, zip({items})).get()",
    },
    "executor": {
        "map": "list({pool}.map({task}, {items}))",
        "chunks": "list({pool}.map({task}, {items}, chunksize=2))",
        "submit": "[{pool}.submit({task}, n).result() for n in {items}]",
        "futures": "[future.result() for future in [{pool}.submit({task}, n) for n in {items}]]",
    },
}


@dataclass(frozen=True)
class Items:
    """The numbers that tasks are given; `definitions` stand where those of the task do."""

    code: str
    definitions: Lines = ()


ITEMS = {
    "range": Items("range(3)"),
    "list": Items("[0, 1, 2]"),
    "generator": Items("(n for n in range(3))"),
    "instances": Items("[Item(n) for n in range(3)]", ("class Item(int):", "    pass")),
    "fields": Items(
        "[Item(n) for n in range(3)]",
        (
            "class Item(int):",
            "    def __init__(self, number):",
            "        self.double = lambda: number * 2",
        ),
    ),
}


READY = "READY = True"
"""A constant that conditions read."""


@dataclass(frozen=True)
class Way:
    """The way that a task goes to the call: lines before it, and what stands in the call for `{task}`.

    `wrapper` goes through a function, of which `job` is a parameter.
    """

    lines: Lines
    code: str


PROCESSES = (
    "results = []",
    "for n in {items}:",
    "    process = {maker}",
    "    process.start()",
    "    process.join()",
    "    results.append(process.exitcode)",
)
"""Processes are given their work when they are made; what is collected is how they end."""

WAYS = {
    "direct": Way((), "{task}"),
    "alias": Way(("job = {task}",), "job"),
    "dict": Way(('jobs = {{"first": {task}}}',), 'jobs["first"]'),
    "list": Way(("jobs = [{task}]",), "jobs[0]"),
    "condition": Way((), "({task} if READY else None)"),
    "wrapper": Way((), "job"),
}


# --- the task ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Capture:
    """What a task uses besides its number: lines that bind `extra`, an expression of it, and what that is worth.

    `crosses` is whether it can be sent, as it is or when it stands at module level. `options` are those of a pool
    whose workers bind it.
    """

    lines: Lines
    code: str
    worth: int
    crosses: bool = True
    imports: Lines = ()
    options: str = ""


CAPTURES = {
    "nothing": Capture((), "1", 1),
    "int": Capture(("extra = 3",), "extra", 3),
    "list": Capture(("extra = [4, 5]",), "len(extra)", 2),
    "loop variable": Capture(("for extra in (3, 4):", "    pass"), "extra", 4),
    "module": Capture(("import math as extra",), "extra.floor(2.5)", 2, crosses=False),
    "lambda": Capture(("extra = lambda k: k + 1",), "extra(1)", 2),
    "function": Capture(("def extra(k):", "    return k + 1"), "extra(1)", 2),
    "file": Capture(("extra = open(__file__)",), "int(extra.closed)", 0, crosses=False),
    "lock": Capture(
        ("extra = threading.Lock()",), "int(extra.locked())", 0, crosses=False, imports=("import threading",)
    ),
    "initializer": Capture(
        ("extra = None", "", "", "def prepare(value):", "    global extra", "    extra = value"),
        "extra",
        5,
        options=", initializer=prepare, initargs=(5,)",
    ),
    "initializing lambda": Capture((), "1", 1, options=", initializer=lambda: None"),
    "generator": Capture(("extra = (k for k in range(3))",), "int(extra is None)", 0, crosses=False),
}


@dataclass(frozen=True)
class Task:
    """A task: its definitions, and the expression that gives it.

    `{use}` is an expression of `extra`, `{given}` what is handed over as `extra` where it is not taken from around.
    """

    definitions: Lines
    code: str
    imports: Lines = ()
    crosses: bool = True
    result: Callable[[int, int], int] = lambda number, worth: number * 2 + worth


_FUNCTION = ("def scale(n):", "    return n * 2 + {use}")
_WITH_EXTRA = ("def scale(extra, n):", "    return n * 2 + {use}")
_CLASS = ("class Scaler:", "    def __init__(self, extra):", "        self.extra = extra", "")
_METHOD_BODY = ("        extra = self.extra", "        return n * 2 + {use}")
_DECORATED = ("    return call", "", "", "@traced", *_FUNCTION)

TASKS = {
    "function": Task(_FUNCTION, "scale"),
    "lambda": Task((), "lambda n: n * 2 + {use}"),
    "named lambda": Task(("scale = lambda n: n * 2 + {use}",), "scale"),
    "default": Task(("def scale(n, extra={given}):", "    return n * 2 + {use}"), "scale"),
    "closure": Task(
        ("def make(extra):", "    def scale(n):", "        return n * 2 + {use}", "", "    return scale"),
        "make({given})",
    ),
    "counting closure": Task(
        (
            "def make(extra):",
            "    count = 0",
            "",
            "    def scale(n):",
            "        nonlocal count",
            "        count += 1",
            "        return n * 2 + {use}",
            "",
            "    return scale",
        ),
        "make({given})",
        crosses=False,
    ),
    "partial": Task(_WITH_EXTRA, "partial(scale, {given})", imports=("from functools import partial",)),
    "partial lambda": Task(
        (), "functools.partial(lambda extra, n: n * 2 + {use}, {given})", imports=("import functools",)
    ),
    "method": Task((*_CLASS, "    def scale(self, n):", *_METHOD_BODY), "Scaler({given}).scale"),
    "instance": Task((*_CLASS, "    def __call__(self, n):", *_METHOD_BODY), "Scaler({given})"),
    "static method": Task(("class Scaler:", "    @staticmethod", *indented(_FUNCTION)), "Scaler.scale"),
    "class method": Task(
        ("class Scaler:", "    @classmethod", "    def scale(cls, n):", "        return n * 2 + {use}"), "Scaler.scale"
    ),
    "class lambda": Task(("class Scaler:", "    scale = lambda n: n * 2 + {use}"), "Scaler.scale"),
    "wrapped": Task(
        (
            "def traced(function):",
            "    @wraps(function)",
            "    def call(n):",
            "        return function(n)",
            "",
            *_DECORATED,
        ),
        "scale",
        imports=("from functools import wraps",),
    ),
    "unwrapped": Task(
        ("def traced(function):", "    def call(n):", "        return function(n)", "", *_DECORATED), "scale"
    ),
    "class": Task(("class Number(int):", "    pass"), "Number", result=lambda number, _: number),
    "builtin": Task((), "abs", result=lambda number, _: number),
}


# --- where it stands -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nesting:
    """What stands around the job: lines before it, and those that then start it. The depth is that of the job.

    Without a start, the job itself runs where it stands.
    """

    before: Lines
    depth: int
    start: Lines
    after: Lines = ()
    imports: Lines = ()


NESTINGS = {
    "module": Nesting((), 0, ()),
    "function": Nesting(("def main():",), 1, ("main()",)),
    "method": Nesting(("class Runner:", "    def run(self):"), 2, ("Runner().run()",)),
    "class body": Nesting(("class Runner:",), 1, ()),
    "async": Nesting(("async def main():",), 1, ("asyncio.run(main())",), imports=("import asyncio",)),
    "comprehension": Nesting(("def main():",), 1, ("[main() for _ in range(1)]",)),
    "two functions": Nesting(("def run():",), 1, ("main()",), ("", "", "def main():", "    run()")),
    "decorated": Nesting(
        ("def timed(function):", "    return function", "", "", "@timed", "def main():"),
        1,
        ("main()",),
    ),
}

AROUND: Mapping[str, tuple[Lines, Lines]] = {
    "plain": ((), ()),
    "try": (("try:",), ("finally:", "    done = True")),
    "except": (("try:",), ("except KeyboardInterrupt:", "    pass")),
    "loop": (("for _ in range(1):",), ()),
    "if": (("if READY:",), ()),
    "with": (("with nullcontext():",), ()),
}
"""Statements around the job."""

GUARDS = {
    "main": 'if __name__ == "__main__":',
    "none": "",
    "reversed": 'if "__main__" == __name__:',
    "everything": 'if __name__ == "__main__":',
    "misspelt": 'if __name__ == "main":',
    "inverted": 'if __name__ != "__main__":',
    "process": 'if current_process().name == "MainProcess":',
}
"""What stands before the start; under `everything` all definitions stand under the guard too.

Under `inverted` the file does something only where another one imports it, so there is one that does.
"""

PLACES = ("above", "job", "late", "below", "helpers", "package")
"""Where the task is defined: above the job, in it, in it when the pool is there, below it, in another file, in one of
a package."""

FILES = {"helpers": ("helpers.py",), "package": ("parts/tasks.py", "parts/__init__.py")}
"""The files for what is defined elsewhere: that with the definitions first."""
