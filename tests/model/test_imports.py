"""Every way to import what makes workers is seen through, and nothing that only looks like it."""

import pytest

from analysis import assert_findings, findings, programs

POOLS = {
    "import multiprocessing": "multiprocessing.Pool()",
    "import multiprocessing as mp": "mp.Pool()",
    "import multiprocessing.pool": "multiprocessing.pool.Pool()",
    "import multiprocessing.pool as pools": "pools.Pool()",
    "import multiprocessing.context": "multiprocessing.context.SpawnContext().Pool()",
    "import multiprocessing as mp, os": "mp.Pool()",
    "from multiprocessing import Pool": "Pool()",
    "from multiprocessing import Pool as P": "P()",
    "from multiprocessing import (cpu_count, Pool as P)": "P()",
    "from multiprocessing import *": "Pool()",
    "from multiprocessing import pool": "pool.Pool()",
    "from multiprocessing.pool import Pool": "Pool()",
    "from multiprocessing.pool import Pool as WorkerPool": "WorkerPool()",
    "from multiprocessing import get_context": "get_context('spawn').Pool()",
    "from multiprocessing import get_context as context": "context().Pool()",
    "from multiprocessing import context": "context.SpawnContext().Pool()",
    "from multiprocessing.context import SpawnContext": "SpawnContext().Pool()",
    "import multiprocessing as m": "m.get_context('forkserver').Pool()",
    "import torch.multiprocessing as mp": "mp.Pool()",
    "from torch.multiprocessing import Pool": "Pool()",
    "from torch import multiprocessing": "multiprocessing.Pool()",
    "from billiard import Pool": "Pool()",
    "from billiard.pool import Pool": "Pool()",
    "from concurrent import futures": "futures.ProcessPoolExecutor()",
    "from concurrent import futures as cf": "cf.ProcessPoolExecutor()",
    "import concurrent.futures": "concurrent.futures.ProcessPoolExecutor()",
    "import concurrent.futures as cf": "cf.ProcessPoolExecutor()",
    "import concurrent.futures.process": "concurrent.futures.process.ProcessPoolExecutor()",
    "from concurrent.futures import ProcessPoolExecutor": "ProcessPoolExecutor()",
    "from concurrent.futures import ProcessPoolExecutor as Executor": "Executor()",
    "from concurrent.futures import *": "ProcessPoolExecutor()",
    "from concurrent.futures.process import ProcessPoolExecutor": "ProcessPoolExecutor()",
}
PROCESSES = {
    "import multiprocessing": "multiprocessing.Process",
    "import multiprocessing as mp": "mp.Process",
    "from multiprocessing import Process": "Process",
    "from multiprocessing import Process as Worker": "Worker",
    "from multiprocessing import *": "Process",
    "from multiprocessing.context import Process": "Process",
    "from multiprocessing.context import SpawnProcess": "SpawnProcess",
    "from multiprocessing.process import BaseProcess": "BaseProcess",
    "from multiprocessing import get_context": "get_context('spawn').Process",
}
SILENT = {
    "from multiprocessing.pool import ThreadPool": "ThreadPool()",
    "from multiprocessing.pool import ThreadPool as Pool": "Pool()",
    "import multiprocessing.pool as pool": "pool.ThreadPool()",
    "import multiprocessing.dummy as multiprocessing": "multiprocessing.Pool()",
    "from multiprocessing.dummy import Pool": "Pool()",
    "from multiprocessing import dummy": "dummy.Pool()",
    "from multiprocess import Pool": "Pool()",
    "import multiprocess as multiprocessing": "multiprocessing.Pool()",
    "from pathos.multiprocessing import ProcessingPool as Pool": "Pool()",
    "from pathos.pools import ProcessPool": "ProcessPool()",
    "from joblib import Parallel": "Parallel()",
    "from ray.util.multiprocessing import Pool": "Pool()",
    "from loky import ProcessPoolExecutor": "ProcessPoolExecutor()",
    "from dask.distributed import Client": "Client()",
    "from distributed import Client as ProcessPoolExecutor": "ProcessPoolExecutor()",
    "from concurrent.futures import ThreadPoolExecutor": "ThreadPoolExecutor()",
    "from concurrent.futures import ThreadPoolExecutor as ProcessPoolExecutor": "ProcessPoolExecutor()",
    "from billiard.dummy import Pool": "Pool()",
    "import pandas": "pandas.Series([1])",
    "from swimming import Pool": "Pool()",
    "import multiprocessing": "Pool()",
}


@pytest.mark.parametrize(("imports", "made"), POOLS.items())
def test_pools_are_known_by_every_import(imports: str, made: str) -> None:
    program = f"{imports}\ndef run():\n    workers = {made}\n    workers.map(lambda n: n, [1])\n"
    assert findings(program) == [("lambda-target", "lambda n: n")]


@pytest.mark.parametrize(("imports", "made"), [pair for pair in POOLS.items() if "*" not in pair[0]])
def test_pools_are_known_by_imports_in_a_function(imports: str, made: str) -> None:
    program = f"def run():\n    {imports}\n    with {made} as pool:\n        pool.map(lambda n: n, [1])\n"
    assert findings(program) == [("lambda-target", "lambda n: n")]


@pytest.mark.parametrize(("imports", "made"), PROCESSES.items())
def test_processes_are_known_by_every_import(imports: str, made: str) -> None:
    program = f"{imports}\ndef run():\n    {made}(target=lambda: None).start()\n"
    assert findings(program) == [("lambda-target", "lambda: None")]


@pytest.mark.parametrize(("imports", "made"), SILENT.items())
def test_threads_and_libraries_with_other_pickles_are_left_alone(imports: str, made: str) -> None:
    program = f"{imports}\npool = {made}\npool.map(lambda n: n, [1])\npool.submit(lambda: 1)\n"
    assert findings(program) == []


@programs(
    {
        "either of two libraries": """
            try:
                from billiard import Pool
            except ImportError:
                from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    pool.map(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "threads or processes: not known which": """
            import sys
            if sys.argv[1:]:
                from multiprocessing.pool import ThreadPool as Pool
            else:
                from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    pool.map(lambda n: n, [1])
            """,
        "threads where another library is missing": """
            try:
                from multiprocess import Pool
            except ImportError:
                from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    pool.map(lambda n: n, [1])
            """,
        "a later import wins": """
            from multiprocessing import Pool
            from multiprocessing.pool import ThreadPool as Pool
            def run():
                with Pool() as pool:
                    pool.map(lambda n: n, [1])
            """,
        "the module under another name": """
            import multiprocessing
            mp = multiprocessing
            Workers = mp.Pool
            def run():
                Workers().map(lambda n: n, [1])
                #             ^^^^^^^^^^^ lambda-target
            """,
        "a class of one's own that is called Pool": """
            import multiprocessing
            class Pool:
                def map(self, function, items):
                    return [function(item) for item in items]
            def run():
                Pool().map(lambda n: n, [1])
            """,
        "a parameter hides the import": """
            from multiprocessing import Pool
            def run(Pool):
                Pool().map(lambda n: n, [1])
            """,
        "imported by another file of the project": """
            from compat import Pool, mp
            def run():
                Pool().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                mp.Pool().map(lambda n: n, [1])
                #             ^^^^^^^^^^^ lambda-target
            # file: compat.py
            import multiprocessing as mp
            from multiprocessing import Pool
            """,
        "starred into another file of the project": """
            from compat import *
            def run():
                Pool().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: compat.py
            from multiprocessing import *
            """,
        "relative, in a package": """
            # file: app/__init__.py
            # file: app/compat.py
            from multiprocessing import Pool
            # file: app/tasks.py
            from .compat import Pool
            from . import compat
            def run():
                Pool().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                compat.Pool().map(lambda n: n, [1])
                #                 ^^^^^^^^^^^ lambda-target
            """,
        "a file of the project hides a library's name": """
            from billiard import Pool
            def run():
                Pool().map(lambda n: n, [1])
            # file: billiard.py
            class Pool:
                def map(self, function, items): ...
            """,
        "a file called like a standard module does not hide it from us": """
            from multiprocessing import Pool
            def run():
                Pool().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: queue.py
            Pool = None
            """,
        "only for the type checker": """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from multiprocessing.pool import Pool
            def run(pool: "Pool"):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_imports(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a script's own folder comes before the folders around it": """
            # file: pyproject.toml
            # file: helpers.py
            make = None
            # file: scripts/helpers.py
            from multiprocessing import Pool as make
            # file: scripts/run.py
            from helpers import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            """,
        "a module of a package starts from the folder of the package": """
            # file: helpers.py
            from multiprocessing import Pool as make
            # file: app/__init__.py
            # file: app/helpers.py
            make = None
            # file: app/tasks.py
            from helpers import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            """,
        "a script in a package finds what lies beside it": """
            # file: app/__init__.py
            # file: app/helpers.py
            from multiprocessing import Pool as make
            # file: app/run.py
            from helpers import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            """,
        "a package's own name inside it": """
            # file: app/__init__.py
            # file: app/pools/__init__.py
            from multiprocessing import Pool
            # file: app/work/tasks.py
            # file: app/work/__init__.py
            from app.pools import Pool
            import app.pools
            def run():
                Pool().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                app.pools.Pool().map(lambda n: n, [1])
                #                    ^^^^^^^^^^^ lambda-target
            """,
        "src beside a script": """
            from app.pools import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: src/app/__init__.py
            # file: src/app/pools.py
            from multiprocessing import Pool as make
            """,
        "src beside the folder of the tests": """
            # file: pyproject.toml
            # file: src/app/__init__.py
            # file: src/app/pools.py
            from multiprocessing import Pool as make
            # file: tests/unit/test_app.py
            from app.pools import make
            def test():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            """,
        "the project's folder from a script below it": """
            # file: setup.py
            # file: app/__init__.py
            from multiprocessing import Pool as make
            # file: tools/bench/run.py
            from app import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            """,
        "nothing is looked for above the project": """
            # file: app.py
            from multiprocessing import Pool as make
            # file: inner/pyproject.toml
            # file: inner/run.py
            from app import make
            def run():
                make().map(lambda n: n, [1])
            """,
        "a folder without __init__": """
            import tools.pools
            from tools import pools
            from tools.pools import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                pools.make().map(lambda n: n, [2])
                #                ^^^^^^^^^^^ lambda-target
                tools.pools.make().map(lambda n: n, [3])
                #                      ^^^^^^^^^^^ lambda-target
            # file: tools/pools.py
            from multiprocessing import Pool as make
            """,
        "relative imports in folders without __init__": """
            # file: tools/pools.py
            from multiprocessing import Pool as make
            # file: tools/inner/more.py
            from ..pools import make as again
            # file: tools/tasks.py
            from . import pools
            from .pools import make
            from .inner import more
            from .inner.more import again
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                pools.make().map(lambda n: n, [2])
                #                ^^^^^^^^^^^ lambda-target
                more.again().map(lambda n: n, [3])
                #                ^^^^^^^^^^^ lambda-target
                again().map(lambda n: n, [4])
                #           ^^^^^^^^^^^ lambda-target
            """,
        "a folder without __init__ by its own name": """
            # file: tools/pools.py
            from multiprocessing import Pool as make
            # file: tools/deep/tasks.py
            import tools.pools
            from tools import pools
            def run():
                pools.make().map(lambda n: n, [2])
                #                ^^^^^^^^^^^ lambda-target
                tools.pools.make().map(lambda n: n, [3])
                #                      ^^^^^^^^^^^ lambda-target
            """,
        "a folder in two places": """
            from tools.first import make
            from tools.second import make as again
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                again().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            # file: tools/first.py
            from multiprocessing import Pool as make
            # file: src/tools/second.py
            from multiprocessing import Pool as make
            """,
        "a package comes before a module, and both before a folder without __init__": """
            from tools import make
            from other import make as again
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                again().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            # file: tools.py
            make = None
            # file: tools/__init__.py
            from multiprocessing import Pool as make
            # file: other/make.py
            # file: src/other.py
            from multiprocessing import Pool as make
            """,
        "a folder without Python files hides no library": """
            from billiard import Pool
            def run():
                Pool().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: billiard/notes.txt
            """,
        "a module under another name": """
            import app.inner.pools as ready
            from app.inner import pools as again
            def run():
                ready.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
                again.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
            # file: app/__init__.py
            # file: app/inner/__init__.py
            # file: app/inner/pools.py
            from multiprocessing import Pool as make
            """,
        "relative, two folders up": """
            # file: app/__init__.py
            # file: app/pools.py
            from multiprocessing import Pool as make
            # file: app/one/__init__.py
            # file: app/one/two/__init__.py
            from ...pools import make
            from ... import pools
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                pools.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
            """,
        "a name that a package takes from its module, thrice": """
            from app import make
            import app
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                app.make().map(lambda n: n, [1])
                #              ^^^^^^^^^^^ lambda-target
            # file: app/__init__.py
            from .api import *
            # file: app/api/__init__.py
            from .public import make
            # file: app/api/public.py
            from .._pools import make as make
            # file: app/_pools.py
            from multiprocessing import Pool as make
            """,
        "what a package binds hides its module of that name": """
            from app import pools
            def run():
                pools().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            # file: app/__init__.py
            from .pools import pools
            # file: app/pools.py
            from multiprocessing import Pool as pools
            """,
        "files that import each other": """
            from one import make
            from two import again
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                again().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            # file: one.py
            from multiprocessing import Pool as make
            from two import again
            # file: two.py
            import one
            from one import make as again
            """,
        "files that are nothing but each other": """
            from one import make
            def run():
                make().map(lambda n: n, [1])
            # file: one.py
            from two import make
            from multiprocessing import pool
            # file: two.py
            from one import make
            from one import *
            """,
    }
)
def test_files(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "what begins with an underscore": """
            from pools import *
            from pools import _second
            def run():
                first().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
                _hidden().map(lambda n: n, [1])
                _second().map(lambda n: n, [1])
                #             ^^^^^^^^^^^ lambda-target
            # file: pools.py
            from multiprocessing import Pool as first, Pool as _hidden, Pool as _second
            """,
        "what __all__ lists": """
            from pools import *
            def run():
                first().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
                _listed().map(lambda n: n, [1])
                #             ^^^^^^^^^^^ lambda-target
                other().map(lambda n: n, [1])
            # file: pools.py
            from multiprocessing import Pool as first, Pool as _listed, Pool as other
            __all__ = ["first", "_listed"]
            """,
        "what __all__ gains": """
            from pools import *
            def run():
                first().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
                other().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            # file: pools.py
            from multiprocessing import Pool as first, Pool as other
            __all__ = ["first"]
            __all__ += ["other"]
            """,
        "modules that __all__ lists": """
            from app import *
            def run():
                pools.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
            # file: app/__init__.py
            __all__ = ["pools"]
            # file: app/pools.py
            from multiprocessing import Pool as make
            """,
        "the last star wins": """
            from nothing import *
            from pools import *
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: nothing.py
            make = None
            # file: pools.py
            from multiprocessing import Pool as make
            """,
        "a star of a star": """
            from app import *
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: app/__init__.py
            from .pools import *
            # file: app/pools.py
            from .inner import *
            # file: app/inner.py
            from multiprocessing import Pool as make
            """,
        "one of two, as the platform has it": """
            try:
                from fast import *
            except ImportError:
                from slow import *
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
                mixed().map(lambda n: n, [1])
            # file: fast.py
            from multiprocessing import Pool as make
            from multiprocessing.pool import ThreadPool as mixed
            # file: slow.py
            from multiprocessing import Pool as make, Pool as mixed
            """,
    }
)
def test_star_imports(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a file of the project or, without it, a library": """
            try:
                from compat import make
            except ImportError:
                from billiard import Pool as make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: compat.py
            from multiprocessing import Pool as make
            """,
        "none where it is missing": """
            try:
                import pools
            except ImportError:
                pools = None
            def run():
                pools.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
            # file: pools.py
            from multiprocessing import Pool as make
            """,
        "by version": """
            import sys
            if sys.version_info >= (3, 12):
                from one import make
            else:
                from two import make
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: one.py
            from multiprocessing import Pool as make
            # file: two.py
            from concurrent.futures import ProcessPoolExecutor as make
            """,
        "in a function": """
            def run():
                from app import pools
                import app.pools as again
                pools.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
                again.make().map(lambda n: n, [1])
                #                ^^^^^^^^^^^ lambda-target
            # file: app/__init__.py
            # file: app/pools.py
            from multiprocessing import Pool as make
            """,
        "a file called as a standard module hides it from its folder": """
            from queue import make
            from tokenize import open
            def run():
                make().map(lambda n: n, [1])
                #          ^^^^^^^^^^^ lambda-target
            # file: queue.py
            from multiprocessing import Pool as make
            """,
        "a module of a package called as a standard one hides nothing": """
            # file: app/__init__.py
            # file: app/multiprocessing.py
            # file: app/queue.py
            from multiprocessing import Pool as Queue
            # file: app/tasks.py
            from queue import Queue
            import multiprocessing
            def run():
                Queue().map(lambda n: n, [1])
                multiprocessing.Pool().map(lambda n: n, [1])
                #                          ^^^^^^^^^^^ lambda-target
            """,
        "what an interpreter has imported before any program is not hidden": """
            from os import Pool
            def run():
                Pool().map(lambda n: n, [1])
            # file: os.py
            from multiprocessing import Pool
            """,
    }
)
def test_one_of_several_files(program: str) -> None:
    assert_findings(program)
