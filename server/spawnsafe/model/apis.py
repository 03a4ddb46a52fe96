"""The process APIs as data: what makes workers, what sends, which argument is called and which are pickled.

Sources: `Lib/multiprocessing/{context,pool,process,managers}.py`, `Lib/concurrent/futures/process.py` and
`Lib/asyncio/base_events.py` of CPython 3.8 to 3.15, read and run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum


class Crossing(Enum):
    """How what is sent reaches a worker."""

    TASK = "task"
    """Pickled into a queue, under every start method."""
    START = "start"
    """Handed over when the worker starts: inherited under fork, pickled under the others."""


class Trouble(Enum):
    """What whoever runs a program sees of a mistake; the verb of a message."""

    HANGS = "hangs"
    FAILS = "fails"
    """An exception in the parent."""
    CRASHES = "crashes in the worker"
    """An exception in the worker alone; the parent goes on without what that was to do."""
    RESPAWNS = "starts workers endlessly"
    LOSES = "goes wrong silently"
    """No exception at all: something is lost, or not what it should be."""


class Start(Enum):
    """What brings workers into being."""

    MADE = "made"
    """The call that makes the object."""
    CALLED = "called"
    """A method, such as `Process.start`."""
    FIRST_TASK = "first task"
    """The first task, for an executor."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of an API: its names as keyword, and its 0-based position, None if keyword-only."""

    names: tuple[str, ...]
    position: int | None


@dataclass(frozen=True, slots=True)
class Sender:
    """A call that sends: the slot of its callable, how it crosses, and what fails to load ends in."""

    callable: Slot
    crossing: Crossing
    trouble: Trouble
    """What comes of what the worker cannot load."""
    is_start: bool = False
    """Whether the call brings the workers into being, if they are not there yet."""
    items: Slot | None = None
    """An iterable whose items are sent one by one."""
    more_items: bool = False
    """Whether every positional argument behind `items` is such an iterable too."""
    unpacks: bool = False
    """Whether each item is a tuple of arguments."""
    arguments: Slot | None = None
    """A tuple whose items are sent."""
    before: int = 0
    """How many arguments the workers themselves pass before these."""
    keywords: Slot | None = None
    """A dict whose values are sent."""
    rest: int | None = None
    """Every argument from this position on is sent, and every keyword argument."""
    others: tuple[Slot, ...] = ()
    """Parameters that are sent as they are."""
    chunksize: Slot | None = None
    """Says how many items make a task."""
    is_chunked: bool = False
    """Whether it decides itself how many items make a task, unless `chunksize` does; else each item is one."""
    is_lazy: bool = False
    """Whether it draws items while others are worked on, rather than all of them first."""
    refused: Trouble = Trouble.FAILS
    """What comes of what pickle refuses to write."""


@dataclass(frozen=True, slots=True)
class Maker:
    """A class or function whose calls make workers."""

    name: str
    noun: str
    start: Start
    making: Sender | None = None
    """What the making call itself sends."""
    stillborn: Trouble = Trouble.FAILS
    """What comes of workers that die before they take anything."""
    methods: dict[str, Sender] = field(default_factory=dict, hash=False, compare=False)
    starters: tuple[str, ...] = ()
    """The methods that start workers, where making the object does not."""
    context: Slot | None = None
    """The parameter that takes a context."""
    count: Slot | None = None
    """The parameter that must be known to ask for workers; there are none without it."""
    awaits: bool = False
    """Whether the workers await what the callable gives."""
    size: Slot | None = None
    """The parameter that says how many workers there are; as many as CPUs without it."""
    spawns_with: Slot | None = None
    """A parameter that makes spawn the default, whatever the platform's is."""


_FUNC = Slot(("func",), 0)
_ITERABLE = Slot(("iterable",), 1)
_ARGS = Slot(("args",), 1)


def _mapping(*, unpacks: bool = False, is_lazy: bool = False) -> Sender:
    return Sender(
        _FUNC,
        Crossing.TASK,
        Trouble.HANGS,
        items=_ITERABLE,
        unpacks=unpacks,
        chunksize=Slot(("chunksize",), 2),
        is_chunked=not is_lazy,
        is_lazy=is_lazy,
    )


def _applying() -> Sender:
    return Sender(_FUNC, Crossing.TASK, Trouble.HANGS, arguments=_ARGS, keywords=Slot(("kwds",), 2))


POOL = Maker(
    name="Pool",
    noun="pool",
    start=Start.MADE,
    making=Sender(
        Slot(("initializer",), 1),
        Crossing.START,
        Trouble.RESPAWNS,
        is_start=True,
        arguments=Slot(("initargs",), 2),
    ),
    stillborn=Trouble.RESPAWNS,
    methods={
        **{name: _mapping() for name in ("map", "map_async")},
        **{name: _mapping(unpacks=True) for name in ("starmap", "starmap_async")},
        **{name: _mapping(is_lazy=True) for name in ("imap", "imap_unordered")},
        **{name: _applying() for name in ("apply", "apply_async")},
    },
    size=Slot(("processes",), 0),
)

EXECUTOR = Maker(
    name="ProcessPoolExecutor",
    noun="executor",
    start=Start.FIRST_TASK,
    making=Sender(Slot(("initializer",), 2), Crossing.START, Trouble.FAILS, arguments=Slot(("initargs",), 3)),
    methods={
        "submit": Sender(Slot((), 0), Crossing.TASK, Trouble.FAILS, is_start=True, rest=1),
        "map": Sender(
            Slot(("fn",), 0),
            Crossing.TASK,
            Trouble.FAILS,
            is_start=True,
            items=Slot((), 1),
            more_items=True,
            chunksize=Slot(("chunksize",), None),
        ),
    },
    starters=("submit", "map"),
    context=Slot(("mp_context",), 1),
    size=Slot(("max_workers",), 0),
    spawns_with=Slot(("max_tasks_per_child",), None),
)

PROCESS = Maker(
    name="Process",
    noun="process",
    start=Start.CALLED,
    making=Sender(
        Slot(("target",), 1),
        Crossing.START,
        Trouble.CRASHES,
        arguments=Slot(("args",), 3),
        keywords=Slot(("kwargs",), 4),
    ),
    stillborn=Trouble.CRASHES,
    starters=("start",),
)

MANAGER = Maker(name="Manager", noun="manager", start=Start.MADE)

BARE_MANAGER = Maker(name="SyncManager", noun="manager", start=Start.CALLED, starters=("start", "__enter__"))

PROCESS_MAP = Maker(
    name="process_map",
    noun="executor",
    start=Start.MADE,
    making=Sender(
        Slot(("fn",), 0),
        Crossing.TASK,
        Trouble.FAILS,
        is_start=True,
        items=Slot((), 1),
        more_items=True,
        chunksize=Slot(("chunksize",), None),
    ),
    size=Slot(("max_workers",), None),
)
"""`tqdm.contrib.concurrent.process_map`, which makes an executor and maps with it."""

PEBBLE = Maker(
    name="ProcessPool",
    noun="executor",
    start=Start.FIRST_TASK,
    making=Sender(Slot(("initializer",), 2), Crossing.START, Trouble.FAILS, arguments=Slot(("initargs",), 3)),
    methods={
        "schedule": Sender(
            Slot(("function",), 0),
            Crossing.TASK,
            Trouble.FAILS,
            is_start=True,
            arguments=Slot(("args",), 1),
            keywords=Slot(("kwargs",), 2),
        ),
        "submit": Sender(Slot((), 0), Crossing.TASK, Trouble.FAILS, is_start=True, rest=2),
        "map": Sender(
            Slot(("function",), 0), Crossing.TASK, Trouble.FAILS, is_start=True, items=Slot((), 1), more_items=True
        ),
    },
    starters=("schedule", "submit", "map"),
    context=Slot(("context",), 4),
)

ASYNC_POOL = Maker(
    name="Pool",
    noun="pool",
    start=Start.MADE,
    making=POOL.making,
    methods={name: POOL.methods[name] for name in ("map", "starmap", "apply")},
    awaits=True,
)
ASYNC_PROCESS = replace(PROCESS, awaits=True)
ASYNC_WORKER = replace(ASYNC_PROCESS, name="Worker")
"""Pools and processes of `aiomultiprocess`, which spawns them on every platform."""

SPAWN = Maker(
    name="spawn",
    noun="process",
    start=Start.MADE,
    making=Sender(
        Slot(("fn",), 0), Crossing.START, Trouble.FAILS, is_start=True, arguments=Slot(("args",), 1), before=1
    ),
)
"""`torch.multiprocessing.spawn`."""

FUNCTIONS = (PROCESS_MAP, SPAWN)
"""Functions that make workers, use them and end them."""

DATA_LOADER = Maker(
    name="DataLoader",
    noun="loader",
    start=Start.CALLED,
    making=Sender(
        Slot(("collate_fn",), 6),
        Crossing.START,
        Trouble.FAILS,
        others=(Slot(("dataset",), 0), Slot(("worker_init_fn",), 10)),
    ),
    context=Slot(("multiprocessing_context",), None),
    count=Slot(("num_workers",), 5),
)
"""`torch.utils.data.DataLoader`, whose workers are processes once it is iterated.

Its samplers stay in the main process, which sends indices (`torch/utils/data/dataloader.py`).
"""

IN_EXECUTOR = Sender(Slot(("func",), 1), Crossing.TASK, Trouble.FAILS, is_start=True, rest=2)
"""`loop.run_in_executor(executor, func, *args)`, where the executor is one of processes."""

STARTING = Sender(Slot((), None), Crossing.START, Trouble.CRASHES, is_start=True)
"""`process.start()`, which sends the process itself."""

OWN = Maker(name="pool", noun="pool", start=Start.FIRST_TASK)
"""The workers behind a function that the settings name as a sender."""


def own_sender(callable_: str | int, pickles: Iterable[str | int] = ()) -> Sender:
    """Return the row for a function that sends parameters, given by name or by 0-based position."""

    def as_slot(parameter: str | int) -> Slot:
        return Slot((), parameter) if isinstance(parameter, int) else Slot((parameter,), None)

    return Sender(as_slot(callable_), Crossing.TASK, Trouble.FAILS, others=tuple(map(as_slot, pickles)))


CHANNEL = Maker(
    name="Queue",
    noun="queue",
    start=Start.CALLED,
    methods={
        name: Sender(Slot(("obj",), 0), Crossing.TASK, Trouble.CRASHES, refused=Trouble.CRASHES)
        for name in ("put", "put_nowait")
    },
)
"""A queue between processes: what is put on it is pickled by a thread, and loaded by whoever gets it."""

PROXY = Maker(
    name="Manager",
    noun="proxy",
    start=Start.CALLED,
    methods={
        **{name: Sender(Slot(("obj",), 0), Crossing.TASK, Trouble.CRASHES) for name in ("put", "put_nowait")},
        "append": Sender(Slot((), 0), Crossing.TASK, Trouble.FAILS),
        "insert": Sender(Slot((), 1), Crossing.TASK, Trouble.FAILS),
        "setdefault": Sender(Slot((), 1), Crossing.TASK, Trouble.FAILS),
        "[]=": Sender(Slot((), 0), Crossing.TASK, Trouble.FAILS),
    },
)
"""A list, dict or queue of a manager: what is put into it is pickled, and loaded by the manager's process."""

CONNECTION = Maker(
    name="Pipe",
    noun="connection",
    start=Start.CALLED,
    methods={"send": Sender(Slot(("obj",), 0), Crossing.TASK, Trouble.CRASHES)},
)
"""An end of a pipe: what it sends is pickled, and loaded by whoever receives it."""

ENDS = "multiprocessing.Pipe()[]"
"""What unpacking the result of `Pipe()` gives."""

CHANNELS = frozenset(f"multiprocessing.{name}" for name in ("Queue", "JoinableQueue", "SimpleQueue"))

CONTEXT_MEMBERS = {"Pool": POOL, "Process": PROCESS, "Manager": MANAGER}

MAKERS = {
    **{f"multiprocessing.{name}": maker for name, maker in CONTEXT_MEMBERS.items()},
    "multiprocessing.pool.Pool": POOL,
    "multiprocessing.process.BaseProcess": PROCESS,
    "multiprocessing.context.Process": PROCESS,
    "multiprocessing.managers.BaseManager": BARE_MANAGER,
    "multiprocessing.managers.SyncManager": BARE_MANAGER,
    "concurrent.futures.ProcessPoolExecutor": EXECUTOR,
    "concurrent.futures.process.ProcessPoolExecutor": EXECUTOR,
    "tqdm.contrib.concurrent.process_map": PROCESS_MAP,
    "pebble.ProcessPool": PEBBLE,
    "pebble.pool.ProcessPool": PEBBLE,
    "torch.utils.data.DataLoader": DATA_LOADER,
}
"""What makes workers, by dotted name, in the program's default context."""

FIXED_MAKERS = {
    **{
        f"multiprocessing.context.{method}Process": (PROCESS, method.lower())
        for method in ("Fork", "Spawn", "ForkServer")
    },
    "multiprocessing.spawn": (SPAWN, "spawn"),  # of torch; the module of that name has nothing to call
    "billiard.Pool": (POOL, ""),
    "billiard.Process": (PROCESS, ""),
    "billiard.pool.Pool": (POOL, ""),
    "aiomultiprocess.Pool": (ASYNC_POOL, "spawn"),
    "aiomultiprocess.Process": (ASYNC_PROCESS, "spawn"),
    "aiomultiprocess.Worker": (ASYNC_WORKER, "spawn"),
}
"""Those that bring a start method of their own, with its name; empty for `billiard`, which forks where it can.

(`billiard.Process(target=lambda: …)` ran with every default of `multiprocessing`, and its `Pool.map` of one failed.)
"""

CONTEXT_CLASSES = {
    "multiprocessing.context.ForkContext": "fork",
    "multiprocessing.context.SpawnContext": "spawn",
    "multiprocessing.context.ForkServerContext": "forkserver",
    "multiprocessing.context.BaseContext": "",
    "multiprocessing.context.DefaultContext": "",
}
"""Classes of contexts, with the start method that they stand for; empty if it can be any."""

SAME_AS = {
    "torch.multiprocessing": "multiprocessing",
    "multiprocessing.context.get_context": "multiprocessing.get_context",
}
"""Names that stand for others: libraries that pickle as `multiprocessing` does, and second names."""

OTHER_PICKLERS = frozenset({"multiprocess", "pathos", "loky", "joblib", "ray", "dask"})
"""Libraries that pickle by dill or cloudpickle; programs import `multiprocessing` where one of them is missing."""

STAR_NAMES = {
    "multiprocessing": (
        *CONTEXT_MEMBERS,
        "get_context",
        "set_start_method",
        "cpu_count",
        "Queue",
        "Lock",
        "pool",
    ),
    "concurrent.futures": ("ProcessPoolExecutor", "ThreadPoolExecutor", "as_completed", "wait"),
}
"""What a star import of these modules brings that matters here."""

IMPORTS = ("importlib.import_module", "builtins.__import__")
"""Calls that import a module by a name that is worked out."""

LOADERS = {
    "importlib.util.module_from_spec": "a module that is loaded from its file",
    "importlib.machinery.SourceFileLoader().load_module": "a module that is loaded from its file",
    "zipimport.zipimporter().load_module": "a module that is loaded from an archive",
    "imp.load_source": "a module that is loaded from its file",
    "types.ModuleType": "a module that is made at run time",
    **dict.fromkeys(IMPORTS, "a module that is imported from a folder which leaves `sys.path`"),
}
"""Calls that make modules at run time, with what they make."""

NAMESPACES = {
    "builtins.exec": "a namespace that `exec` fills",
    "runpy.run_path": "a namespace that `runpy` fills",
    "runpy.run_module": "a namespace that `runpy` fills",
}
"""Calls that give or fill dicts of globals."""

THREADS = frozenset(
    {
        "multiprocessing.pool.ThreadPool",
        "multiprocessing.dummy.Pool",
        "multiprocessing.dummy.Process",
        "threading.Thread",
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor",
    }
)
"""Classes of threads that stand in for those of processes."""

FIELD_DECORATORS = frozenset(
    {
        "dataclasses.dataclass",
        *(f"attrs.{name}" for name in ("define", "mutable", "frozen")),
        *(f"attr.{name}" for name in ("s", "attrs", "define", "mutable", "frozen", "dataclass")),
    }
)
"""Decorators of classes whose annotated names are what their calls are given."""

FIELD_MAKERS = frozenset({"dataclasses.field", "attrs.field", "attr.field", "attr.ib", "attr.attrib"})
"""What describes a field of such a class."""

KEEPS_NAME = frozenset(
    {
        "functools.lru_cache",
        "functools.cache",
        "functools.singledispatch",
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
        "builtins.staticmethod",
        "builtins.classmethod",
        "builtins.property",
        "functools.cached_property",
        "functools.total_ordering",
        *FIELD_DECORATORS,
        "enum.unique",
        "typing.final",
        "typing.override",
        "typing.runtime_checkable",
        "abc.abstractmethod",
        "atexit.register",
        # read in their sources and run, with and without arguments
        "backoff.on_exception",
        "backoff.on_predicate",
        "beartype.beartype",
        "cachetools.cached",
        "click.pass_context",
        "deprecation.deprecated",
        "func_timeout.func_set_timeout",
        "funcy.cache",
        "funcy.log_calls",
        "funcy.memoize",
        "funcy.retry",
        "funcy.silent",
        "line_profiler.profile",
        "loguru.logger.catch",
        "ratelimit.limits",
        "ratelimit.sleep_and_retry",
        "retry.retry",
        "retrying.retry",
        "stopit.threading_timeoutable",
        "tenacity.retry",
        "timeout_decorator.timeout",
        "toolz.curry",
    }
)
"""Decorators whose result is, or pickles by the name of, what they decorate."""

KEEPS_PARAMETERS = (KEEPS_NAME | {"functools.wraps"}) - {
    "builtins.property",
    "functools.cached_property",
    "click.pass_context",
    "stopit.threading_timeoutable",
    "toolz.curry",
}
"""Those of them whose result is called as what they decorate is."""

RECORDS = frozenset({"typing.NamedTuple"})
"""Base classes of such classes."""

GIVES_ANOTHER = frozenset(
    {
        "functools.lru_cache",
        "functools.cache",
        "functools.singledispatch",
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
    }
)
"""Those of them whose result is another object, which bears the name of what they decorate."""

MADE_CLASSES = {
    "collections.namedtuple": 2,
    "typing.NamedTuple": 2,
    "builtins.type": 3,
    **{f"enum.{name}": 2 for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")},
}
"""Calls that make a class named by their first argument, with how many arguments they then have."""

NAMES = KEEPS_NAME | MADE_CLASSES.keys() | {"functools.wraps", "functools.update_wrapper"}
"""Calls that decide by which name their result is found."""

ENUMS = frozenset(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))

PASSES_THROUGH = frozenset(
    {
        "contextlib.closing",
        "contextlib.nullcontext",
        "typing.cast",
        "copy.copy",
        "builtins.staticmethod",
        "builtins.classmethod",
    }
)
"""Calls that give back one of their arguments (the last positional one)."""

WORDS = (
    rb"multiprocessing",
    rb"ProcessPoolExecutor",
    rb"concurrent\.futures",
    rb"from[ \t]+concurrent",
    rb"run_in_executor",
    rb"billiard",
    rb"process_map",
    rb"pebble",
    rb"aiomultiprocess",
    rb"DataLoader",
)
"""Regular expressions; a file in which none of these stands as a word names no process API."""

LITERALS = (
    b"multiprocess",
    b"ProcessPoolExecutor",
    b"concurrent",
    b"run_in_executor",
    b"billiard",
    b"process_map",
    b"pebble",
    b"DataLoader",
)
"""One of these is a part of whatever one of `WORDS` matches."""


def normal(name: str) -> str:
    """Return the name that stands in the tables for a dotted name."""
    for other, same in SAME_AS.items():
        if name == other or name.startswith(f"{other}."):
            return same + name[len(other) :]
    return name
