"""What pickle makes of objects from outside the project, as data.

Sources: `pickle.dumps` of one example of each, and those sent to workers, under CPython 3.9 to 3.14; the tests of
these tables do it again.
"""

from spawnsafe.model.methods import Pythons

_THREADING = (
    "Lock",
    "RLock",
    "Condition",
    "Event",
    "Semaphore",
    "BoundedSemaphore",
    "Barrier",
    "Thread",
    "Timer",
    "local",
)
_QUEUES = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
_OPENING = (
    "builtins.open",
    "io.open",
    "codecs.open",
    "gzip.open",
    "bz2.open",
    "lzma.open",
    "tarfile.open",
    "zipfile.ZipFile",
    "os.fdopen",
    "pathlib.Path().open",
    "tempfile.TemporaryFile",
    "tempfile.NamedTemporaryFile",
)
_HASHES = ("new", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")
_MATCHING = ("match", "search", "fullmatch")
_ITERTOOLS = (
    "accumulate",
    "chain",
    "combinations",
    "combinations_with_replacement",
    "compress",
    "count",
    "cycle",
    "dropwhile",
    "filterfalse",
    "islice",
    "permutations",
    "product",
    "repeat",
    "starmap",
    "takewhile",
    "zip_longest",
)
_DICTS = ("builtins.dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter")

PRODUCTS = {
    **dict.fromkeys(_OPENING, "an open file"),
    **{f"threading.{name}": f"a `threading.{name}`" for name in _THREADING},
    **{f"queue.{name}": f"a `queue.{name}`" for name in _QUEUES},
    "sqlite3.connect": "a database connection",
    "sqlite3.connect().cursor": "a database cursor",
    "sqlite3.connect().execute": "a database cursor",
    "sqlite3.connect().cursor().execute": "a database cursor",
    "concurrent.futures.Future": "a `Future`",
    "concurrent.futures.ThreadPoolExecutor": "a thread pool",
    "concurrent.futures.thread.ThreadPoolExecutor": "a thread pool",
    "concurrent.futures.ThreadPoolExecutor().submit": "a `Future`",
    "ProcessPoolExecutor().submit": "a `Future`",
    "concurrent.futures.ThreadPoolExecutor().map": "a generator",
    "ProcessPoolExecutor().map": "a generator",
    "Pool().apply_async": "an `AsyncResult`",
    "Pool().map_async": "an `AsyncResult`",
    "Pool().starmap_async": "an `AsyncResult`",
    "pathlib.Path().glob": "a generator",
    "pathlib.Path().rglob": "a generator",
    "pathlib.Path().iterdir": "a generator",
    "os.walk": "a generator",
    "glob.iglob": "a generator",
    "multiprocessing.pool.ThreadPool": "a thread pool",
    "multiprocessing.dummy.Pool": "a thread pool",
    "builtins.memoryview": "a `memoryview`",
    "io.BytesIO().getbuffer": "a `memoryview`",
    "types.MappingProxyType": "a `mappingproxy`",
    "weakref.ref": "a weak reference",
    "weakref.WeakSet": "a `WeakSet`",
    "weakref.WeakValueDictionary": "a `WeakValueDictionary`",
    "weakref.WeakKeyDictionary": "a `WeakKeyDictionary`",
    "subprocess.Popen": "a `subprocess.Popen`",
    **{f"re.{name}": "a `re.Match`" for name in _MATCHING},
    **{f"re.compile().{name}": "a `re.Match`" for name in _MATCHING},
    "re.finditer()[]": "a `re.Match`",
    "re.compile().finditer()[]": "a `re.Match`",
    **{f"hashlib.{name}": "a hash object" for name in _HASHES},
    "hmac.new": "a hash object",
    "zlib.compressobj": "a `zlib` object",
    "zlib.decompressobj": "a `zlib` object",
    "csv.reader": "a CSV reader",
    "csv.DictReader": "a CSV reader",
    "csv.writer": "a CSV writer",
    "csv.DictWriter": "a CSV writer",
    "struct.Struct": "a `struct.Struct`",
    "mmap.mmap": "an `mmap`",
    "os.scandir": "an open directory",
    "os.scandir()[]": "an `os.DirEntry`",
    "selectors.DefaultSelector": "a selector",
    "asyncio.new_event_loop": "an event loop",
    "asyncio.get_event_loop": "an event loop",
    "asyncio.get_running_loop": "an event loop",
    "contextvars.ContextVar": "a `ContextVar`",
    "contextvars.copy_context": "a `Context`",
    "logging.Handler": "a logging handler",
    "logging.StreamHandler": "a logging handler",
    "logging.FileHandler": "a logging handler",
    "logging.handlers.RotatingFileHandler": "a logging handler",
    "logging.handlers.QueueHandler": "a logging handler",
    "argparse.ArgumentParser": "an `ArgumentParser`",
    "ssl.create_default_context": "an `SSLContext`",
    "sys._getframe": "a frame",
    "inspect.currentframe": "a frame",
    "builtins.compile": "a code object",
    **{f"{owner}().{view}": "a view of a dictionary" for owner in _DICTS for view in ("keys", "values", "items")},
    **{f"os.environ.{view}": "a view of `os.environ`" for view in ("keys", "values", "items")},
    **{f"itertools.{name}": f"an `itertools.{name}`" for name in _ITERTOOLS},
}
"""Calls whose result pickle refuses, with what it is."""

NUMBERS = frozenset(
    {
        *(f"builtins.{name}" for name in ("abs", "bool", "float", "hash", "id", "int", "len", "ord", "round", "sum")),
        *(f"math.{name}" for name in ("ceil", "floor", "sqrt", "log", "log2", "log10", "exp", "isqrt")),
        *(f"time.{name}" for name in ("time", "time_ns", "perf_counter", "monotonic", "process_time")),
        *(f"os.{name}" for name in ("cpu_count", "process_cpu_count", "getpid", "getppid")),
        *(f"random.{name}" for name in ("random", "randint", "randrange", "uniform", "gauss")),
        "multiprocessing.cpu_count",
        "psutil.cpu_count",
    }
)
"""Calls that give numbers."""

TEXTS = frozenset(
    {
        *(f"builtins.{name}" for name in ("ascii", "bin", "chr", "format", "hex", "input", "repr", "str")),
        *(
            f"os.path.{name}"
            for name in ("abspath", "basename", "dirname", "expanduser", "join", "normpath", "realpath")
        ),
        "os.getcwd",
        "os.getenv",
        "time.ctime",
        "time.strftime",
        "json.dumps",
    }
)
"""Calls that give texts."""

PLAIN = (
    NUMBERS
    | TEXTS
    | frozenset(
        f"builtins.{name}"
        for name in ("bytearray", "bytes", "dict", "frozenset", "list", "range", "set", "sorted", "tuple")
    )
)
"""Calls that give nothing that can be called."""

GIVING_NONE = frozenset(
    {
        "builtins.print",
        "builtins.setattr",
        "logging.basicConfig",
        "os.chdir",
        "os.makedirs",
        "os.mkdir",
        "os.remove",
        "random.seed",
        "numpy.random.seed",
        "time.sleep",
    }
)
"""Calls that give None."""

RETURNS = {
    "pathlib.Path.cwd": "pathlib.Path",
    "pathlib.Path.home": "pathlib.Path",
    **{
        f"pathlib.Path().{name}": "pathlib.Path"
        for name in ("resolve", "absolute", "expanduser", "joinpath", "with_suffix", "with_name")
    },
}
"""Calls that give what a call of something else gives."""

OBJECTS = {
    "types.TracebackType()": "a traceback",
    "os.environ": "`os.environ`",
    "multiprocessing.shared_memory.SharedMemory().buf": "a `memoryview`",
    "sys.stdin": "an open file",
    "sys.stdout": "an open file",
    "sys.stderr": "an open file",
}
"""Objects that pickle refuses, by dotted name, with what they are."""

MEMORYVIEWS = frozenset(
    name for name, what in (*PRODUCTS.items(), *OBJECTS.items()) if what == PRODUCTS["builtins.memoryview"]
)
"""Those of these calls and objects that are memoryviews; a slice of one is another."""

PYTHONS = {
    **{f"itertools.{name}": Pythons(first=(3, 14)) for name in _ITERTOOLS},
    "argparse.ArgumentParser": Pythons(last=(3, 13)),
    "pathlib.Path().iterdir": Pythons(last=(3, 12)),  # 3.13 gives a `map`; 3.14 a generator again
}
"""The Python versions that refuse, where not all do."""

HOLDERS = frozenset(
    {
        "builtins.map",
        "builtins.filter",
        "collections.defaultdict",
        "collections.deque",
        "collections.OrderedDict",
        "types.SimpleNamespace",
        "builtins.dict",
        "builtins.frozenset",
        "functools.cmp_to_key",
    }
)
"""Calls whose result holds what is passed to them, or what that iterates over."""

INHERITED_ONLY = frozenset(
    f"multiprocessing.{name}"
    for name in (
        "Lock",
        "RLock",
        "Semaphore",
        "BoundedSemaphore",
        "Condition",
        "Event",
        "Barrier",
        "Queue",
        "SimpleQueue",
        "JoinableQueue",
        "Value",
        "Array",
        "RawValue",
        "RawArray",
        "sharedctypes.Value",
        "sharedctypes.Array",
        "sharedctypes.RawValue",
        "sharedctypes.RawArray",
    )
)
"""Calls whose result only a starting worker can be given, not a task."""

PLAIN_BASES = frozenset(
    {
        "abc.ABC",
        "typing.Generic",
        "typing.Protocol",
        "typing_extensions.Protocol",
        "collections.UserDict",
        "collections.UserList",
        "collections.abc.Callable",
        "collections.abc.Iterable",
        "collections.abc.Iterator",
        "collections.abc.Mapping",
        "collections.abc.MutableMapping",
        "collections.abc.Sequence",
        "builtins.object",
        "builtins.dict",
        "builtins.list",
        "builtins.Exception",
        "builtins.ValueError",
        "builtins.RuntimeError",
    }
)
"""Classes whose heirs pickle as any object does: with all their attributes."""

CHANGERS = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    }
)
"""The methods by which containers are changed."""

TAKING = frozenset({"pop", "popitem"})
"""Those of them that give what they take out."""
