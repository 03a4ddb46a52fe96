"""One example of each object that pickle refuses, and of many that it takes: code that makes `value`.

Run as a script, it makes each and prints, as JSON, of which the sending of it to a worker would fail.
"""

import importlib
import json
import os
import re
import sys
import tempfile
from importlib.util import find_spec
from multiprocessing.reduction import ForkingPickler

_LOCKS = ("Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore")
_CALLS = {
    "accumulate": "[1]",
    "chain": "[1]",
    "combinations": "[1], 1",
    "combinations_with_replacement": "[1], 1",
    "compress": "[1], [1]",
    "count": "",
    "cycle": "[1]",
    "dropwhile": "bool, [1]",
    "filterfalse": "bool, [1]",
    "islice": "[1], 1",
    "permutations": "[1]",
    "product": "[1]",
    "repeat": "1",
    "starmap": "pow, [(1, 1)]",
    "takewhile": "bool, [1]",
    "zip_longest": "[1]",
}
_VIEWS = ("keys", "values", "items")

REFUSED = {
    "builtins.open": "value = open('new', 'w')",
    "io.open": "value = io.open('new', 'w')",
    "codecs.open": "value = codecs.open('new', 'w')",
    **{f"{name}.open": f"value = {name}.open('new', 'w')" for name in ("gzip", "bz2", "lzma", "tarfile")},
    "zipfile.ZipFile": "value = zipfile.ZipFile('new', 'w')",
    "os.fdopen": "value = os.fdopen(os.dup(0))",
    "pathlib.Path().open": "value = pathlib.Path('new').open('w')",
    **{f"tempfile.{name}": f"value = tempfile.{name}()" for name in ("TemporaryFile", "NamedTemporaryFile")},
    **{f"threading.{name}": f"value = threading.{name}()" for name in (*_LOCKS, "Thread", "local")},
    "threading.Barrier": "value = threading.Barrier(1)",
    "threading.Timer": "value = threading.Timer(1, print)",
    **{f"queue.{name}": f"value = queue.{name}()" for name in ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")},
    "sqlite3.connect": "value = sqlite3.connect(':memory:')",
    "sqlite3.connect().cursor": "value = sqlite3.connect(':memory:').cursor()",
    "sqlite3.connect().execute": "value = sqlite3.connect(':memory:').execute('select 1')",
    "sqlite3.connect().cursor().execute": "value = sqlite3.connect(':memory:').cursor().execute('select 1')",
    "concurrent.futures.Future": "value = concurrent.futures.Future()",
    "concurrent.futures.ThreadPoolExecutor": "value = concurrent.futures.ThreadPoolExecutor(1)",
    "concurrent.futures.thread.ThreadPoolExecutor": "value = concurrent.futures.thread.ThreadPoolExecutor(1)",
    "concurrent.futures.ThreadPoolExecutor().submit": "value = concurrent.futures.ThreadPoolExecutor(1).submit(abs, 1)",
    "concurrent.futures.ThreadPoolExecutor().map": "value = concurrent.futures.ThreadPoolExecutor(1).map(abs, [1])",
    "ProcessPoolExecutor().map": "value = concurrent.futures.ProcessPoolExecutor(1).map(abs, [])",
    "ProcessPoolExecutor().submit": "value = concurrent.futures.ProcessPoolExecutor(1).submit(abs, 1)",
    "Pool().apply_async": "value = multiprocessing.Pool(1).apply_async(abs, (1,))",
    "Pool().map_async": "value = multiprocessing.Pool(1).map_async(abs, [1])",
    "Pool().starmap_async": "value = multiprocessing.Pool(1).starmap_async(pow, [(1, 1)])",
    **{f"pathlib.Path().{name}": f"value = pathlib.Path('.').{name}('*')" for name in ("glob", "rglob")},
    "pathlib.Path().iterdir": "value = pathlib.Path('.').iterdir()",
    "os.walk": "value = os.walk('.')",
    "glob.iglob": "value = glob.iglob('*')",
    "multiprocessing.pool.ThreadPool": "value = multiprocessing.pool.ThreadPool(1)",
    "multiprocessing.dummy.Pool": "value = multiprocessing.dummy.Pool(1)",
    "builtins.memoryview": "value = memoryview(b'')",
    "io.BytesIO().getbuffer": "value = io.BytesIO().getbuffer()",
    "types.MappingProxyType": "value = types.MappingProxyType({})",
    "weakref.ref": "import decimal\nvalue = weakref.ref(decimal.Decimal)",
    **{
        f"weakref.{name}": f"value = weakref.{name}()"
        for name in ("WeakSet", "WeakValueDictionary", "WeakKeyDictionary")
    },
    "subprocess.Popen": "value = subprocess.Popen(['true'])",
    **{f"re.{name}": f"value = re.{name}('a', 'a')" for name in ("match", "search", "fullmatch")},
    **{f"re.compile().{name}": f"value = re.compile('a').{name}('a')" for name in ("match", "search", "fullmatch")},
    "re.finditer()[]": "for value in re.finditer('a', 'a'):\n    pass",
    "re.compile().finditer()[]": "for value in re.compile('a').finditer('a'):\n    pass",
    **{
        f"hashlib.{name}": f"value = hashlib.{name}()"
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")
    },
    "hashlib.new": "value = hashlib.new('md5')",
    "hmac.new": "value = hmac.new(b'', b'', 'md5')",
    "zlib.compressobj": "value = zlib.compressobj()",
    "zlib.decompressobj": "value = zlib.decompressobj()",
    "csv.reader": "value = csv.reader([])",
    "csv.DictReader": "value = csv.DictReader([])",
    "csv.writer": "value = csv.writer(io.StringIO())",
    "csv.DictWriter": "value = csv.DictWriter(io.StringIO(), ['a'])",
    "struct.Struct": "value = struct.Struct('i')",
    "mmap.mmap": "value = mmap.mmap(-1, 1)",
    "os.scandir": "value = os.scandir('.')",
    "os.scandir()[]": "open('there', 'w').close()\nfor value in os.scandir('.'):\n    pass",
    "selectors.DefaultSelector": "value = selectors.DefaultSelector()",
    "asyncio.new_event_loop": "value = asyncio.new_event_loop()",
    "asyncio.get_event_loop": "asyncio.set_event_loop(asyncio.new_event_loop())\nvalue = asyncio.get_event_loop()",
    "asyncio.get_running_loop": (
        "async def running():\n    global value\n    value = asyncio.get_running_loop()\nasyncio.run(running())"
    ),
    "contextvars.ContextVar": "value = contextvars.ContextVar('name')",
    "contextvars.copy_context": "value = contextvars.copy_context()",
    "logging.Handler": "value = logging.Handler()",
    "logging.StreamHandler": "value = logging.StreamHandler()",
    "logging.FileHandler": "value = logging.FileHandler('new')",
    "logging.handlers.RotatingFileHandler": "value = logging.handlers.RotatingFileHandler('new')",
    "logging.handlers.QueueHandler": "import queue\nvalue = logging.handlers.QueueHandler(queue.Queue())",
    "argparse.ArgumentParser": "value = argparse.ArgumentParser()",
    "ssl.create_default_context": "value = ssl.create_default_context()",
    "sys._getframe": "value = sys._getframe()",
    "inspect.currentframe": "value = inspect.currentframe()",
    "builtins.compile": "value = compile('1', 'name', 'eval')",
    **{
        f"{owner}().{view}": f"value = {owner.removeprefix('builtins.')}().{view}()"
        for owner in ("builtins.dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter")
        for view in _VIEWS
    },
    **{f"os.environ.{view}": f"value = os.environ.{view}()" for view in _VIEWS},
    **{f"itertools.{name}": f"value = itertools.{name}({passed})" for name, passed in _CALLS.items()},
    # objects
    "types.TracebackType()": "try:\n    int('')\nexcept ValueError as error:\n    value = error.__traceback__",
    "os.environ": "value = os.environ",
    "multiprocessing.shared_memory.SharedMemory().buf": (
        "block = multiprocessing.shared_memory.SharedMemory(create=True, size=1)\nblock.unlink()\nvalue = block.buf"
    ),
    "sys.stdin": "value = sys.stdin",
    "sys.stdout": "value = sys.stdout",
    "sys.stderr": "value = sys.stderr",
    # what holds such
    "builtins.map": "value = map(lambda number: number, [1])",
    "builtins.filter": "value = filter(lambda number: number, [1])",
    "collections.defaultdict": "value = collections.defaultdict(lambda: 0)",
    "collections.deque": "import threading\nvalue = collections.deque([threading.Lock()])",
    "collections.OrderedDict": "import threading\nvalue = collections.OrderedDict(lock=threading.Lock())",
    "types.SimpleNamespace": "import threading\nvalue = types.SimpleNamespace(lock=threading.Lock())",
    "builtins.dict": "import threading\nvalue = dict(lock=threading.Lock())",
    "builtins.frozenset": "import threading\nvalue = frozenset({threading.Lock()})",
    "functools.cmp_to_key": "value = functools.cmp_to_key(lambda one, two: 0)",
    # what only a starting worker can be given
    **{f"multiprocessing.{name}": f"value = multiprocessing.{name}()" for name in _LOCKS},
    "multiprocessing.Barrier": "value = multiprocessing.Barrier(1)",
    **{
        f"multiprocessing.{name}": f"value = multiprocessing.{name}()"
        for name in ("Queue", "SimpleQueue", "JoinableQueue")
    },
    **{
        f"multiprocessing.{module}{name}": f"value = multiprocessing.{module}{name}('i', 1)"
        for module in ("", "sharedctypes.")
        for name in ("Value", "Array", "RawValue", "RawArray")
    },
    # what gives what something else gives
    "pathlib.Path.cwd": "value = pathlib.Path.cwd().glob('*')",
    "pathlib.Path.home": "value = pathlib.Path.home().glob('*')",
    **{
        f"pathlib.Path().{name}": f"value = pathlib.Path('.').{name}({passed}).glob('*')"
        for name, passed in {
            "resolve": "",
            "absolute": "",
            "expanduser": "",
            "joinpath": "'there'",
        }.items()
    },
    "pathlib.Path().with_suffix": "value = pathlib.Path('there').with_suffix('.d').glob('*')",
    "pathlib.Path().with_name": "value = pathlib.Path('there').with_name('other').glob('*')",
}
"""By the rows of the tables."""

TAKEN = {
    "range": "value = range(3)",
    "iterators of containers": "value = [iter([1]), iter((1,)), iter({1}), iter({1: 2}), reversed([1]), iter('a')]",
    "builtin iterators": "value = [map(abs, [1]), zip([1], [2]), enumerate([1]), filter(None, [1])]",
    "a logger": "value = logging.getLogger('name')",
    "a pattern": "value = re.compile('a')",
    "texts in memory": "value = [io.StringIO('a'), io.BytesIO(b'a')]",
    "a socket": "value = socket.socket()",
    "a connection": "value = multiprocessing.Pipe()[0]",
    "a partial": "value = functools.partial(pow, 2)",
    "functions of other modules": "value = [len, os.path.join, json.dumps, operator.add, operator.itemgetter(1)]",
    "methods of builtins": "value = ['a'.upper, [].append, str.upper, dict.fromkeys]",
    "classes": "value = [int, dict, collections.OrderedDict, ValueError]",
    "numbers": "value = [decimal.Decimal(1), fractions.Fraction(1, 2), 1j]",
    "an array": "value = array.array('i', [1])",
    "dates": "value = [datetime.date(2000, 1, 1), datetime.timedelta(1), datetime.timezone.utc]",
    "a path": "value = pathlib.Path('.')",
    "a UUID": "value = uuid.UUID(int=1)",
    "containers": "value = [collections.deque([1]), collections.Counter('a'), collections.ChainMap({})]",
    "a defaultdict of a class": "value = collections.defaultdict(list)",
    "a namespace": "value = [types.SimpleNamespace(one=1), argparse.Namespace(one=1)]",
    "bytes of a buffer": "value = [bytes(io.BytesIO(b'ab').getbuffer()[:1]), io.BytesIO(b'ab').getbuffer()[0]]",
    "lists of views": "value = [list({}.keys()), list({}.values()), list({}.items()), dict(os.environ)]",
    "a random generator": "value = random.Random(1)",
    "exceptions": "value = [ValueError('a'), OSError(2, 'a')]",
    "a temporary file in memory": "value = tempfile.SpooledTemporaryFile()",
    "a temporary folder": "value = tempfile.TemporaryDirectory()",
    "a finalizer": "value = weakref.finalize(decimal.Decimal, print)",
    "a digest": "value = hashlib.md5(b'').hexdigest()",
    "groups of a match": "value = re.match('a', 'a').group()",
    "what a file has": "value = open('new', 'w').name",
    "what is read from a file": "open('there', 'w').close()\nvalue = open('there').read()",
    "the results of tasks": "value = multiprocessing.pool.ThreadPool(1).map(abs, [1])",
    "rows of a database": "value = sqlite3.connect(':memory:').execute('select 1').fetchall()",
    "an event of a manager": "value = multiprocessing.Manager().Event()",
    "a list of a manager": "value = multiprocessing.Manager().list()",
    "a queue of a manager": "value = multiprocessing.Manager().Queue()",
    "sorted files": "value = sorted(pathlib.Path('.').glob('*'))",
    "packed bytes": "value = struct.pack('i', 1)",
    "an IP address": "value = ipaddress.ip_address('127.0.0.1')",
    "a template": "value = string.Template('$a')",
}
"""By what they are."""

_DOTTED = re.compile(r"\b[a-z_]\w*(?:\.\w+)+")


def imports(example: str) -> list[str]:
    """Return the modules that an example names."""
    found = []
    for dotted in _DOTTED.findall(example):
        *parts, _ = dotted.split(".")
        while parts and not _is_module(".".join(parts)):
            parts.pop()
        found += [".".join(parts)] if parts and parts[0] in _STANDARD else []
    return sorted(set(found))


_STANDARD = frozenset(getattr(sys, "stdlib_module_names", sys.builtin_module_names))


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _is_refused(modules: list[str], example: str) -> bool:
    names = {name.partition(".")[0]: importlib.import_module(name.partition(".")[0]) for name in modules}
    for name in modules:
        importlib.import_module(name)
    exec(example, names)  # noqa: S102 - the examples stand in this file
    try:
        ForkingPickler.dumps(names["value"])
    except Exception:  # noqa: BLE001 - whatever pickle raises
        return True
    return False


def _main() -> None:
    examples = json.load(sys.stdin)
    verdicts = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, (modules, example) in examples.items():
            verdicts[name] = _is_refused(modules, example)
        sys.stdout.write(json.dumps(verdicts))
        sys.stdout.flush()
        os.chdir("/")
    os._exit(0)  # pools and threads are left as they are


if __name__ == "__main__":
    _main()
