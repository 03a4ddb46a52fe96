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
