"""A pool is followed from where it is made to where something is sent through it."""

import pytest

from analysis import assert_findings, findings, module, programs

REACHED = {
    "with": """
        with Pool() as pool:
            pool.map(lambda n: n, [1])
        """,
    "with, two at once": """
        with Pool() as first, Pool() as pool:
            pool.map(lambda n: n, [1])
        """,
    "with, in parentheses": """
        with (
            Pool() as pool,
        ):
            pool.map(lambda n: n, [1])
        """,
    "with, made before": """
        pool = Pool()
        with pool:
            pool.map(lambda n: n, [1])
        """,
    "with, made before and bound again": """
        made = Pool()
        with made as pool:
            pool.map(lambda n: n, [1])
        """,
    "closing": """
        from contextlib import closing
        with closing(Pool()) as pool:
            pool.map(lambda n: n, [1])
        """,
    "ExitStack": """
        from contextlib import ExitStack
        with ExitStack() as stack:
            pool = stack.enter_context(Pool())
            pool.map(lambda n: n, [1])
        """,
    "AsyncExitStack": """
        import contextlib
        stack = contextlib.AsyncExitStack()
        stack.enter_context(Pool()).map(lambda n: n, [1])
        """,
    "nullcontext": """
        from contextlib import nullcontext
        with nullcontext(Pool()) as pool:
            pool.map(lambda n: n, [1])
        """,
    "used at once": """
        Pool().map(lambda n: n, [1])
        """,
    "two targets at once": """
        pool = other = Pool()
        other.map(lambda n: n, [1])
        """,
    "an annotated variable": """
        pool: "multiprocessing.pool.Pool" = Pool()
        pool.map(lambda n: n, [1])
        """,
    "unpacked": """
        pool, size = Pool(), 4
        pool.map(lambda n: n, [1])
        """,
    "unpacked from behind a star": """
        *sizes, pool = 1, 2, Pool()
        pool.map(lambda n: n, [1])
        """,
    "an alias": """
        made = Pool()
        pool = made
        pool.map(lambda n: n, [1])
        """,
    "walrus": """
        if (pool := Pool()) is not None:
            pool.map(lambda n: n, [1])
        """,
    "walrus, used at once": """
        (pool := Pool()).map(lambda n: n, [1])
        """,
    "conditional expression": """
        pool = Pool(2) if size else Pool()
        pool.map(lambda n: n, [1])
        """,
    "pool or none": """
        pool = Pool() if size else None
        pool.map(lambda n: n, [1])
        """,
    "made if there is none yet": """
        pool = None
        if pool is None:
            pool = Pool()
        pool.map(lambda n: n, [1])
        """,
    "or": """
        pool = given or Pool()
        pool.map(lambda n: n, [1])
        """,
    "in both branches": """
        if size:
            pool = Pool(size)
        else:
            pool = Pool()
        pool.map(lambda n: n, [1])
        """,
    "in a try": """
        try:
            pool = Pool()
        except OSError:
            raise
        pool.map(lambda n: n, [1])
        """,
    "in a loop": """
        for _ in range(3):
            pool = Pool()
            pool.map(lambda n: n, [1])
        """,
    "each of a list": """
        for pool in [Pool(), Pool()]:
            pool.map(lambda n: n, [1])
        """,
    "each of a comprehension": """
        pools = [Pool() for _ in range(2)]
        for pool in pools:
            pool.map(lambda n: n, [1])
        """,
    "one of a comprehension": """
        pools = [Pool() for _ in range(2)]
        pools[0].map(lambda n: n, [1])
        """,
    "in a comprehension": """
        pool = Pool()
        [pool.apply_async(lambda n: n, (i,)) for i in range(3)]
        """,
    "in a dict": """
        pools = {"few": Pool(2), "many": Pool(8)}
        pools["few"].map(lambda n: n, [1])
        """,
    "each of a dict": """
        pools = {"few": Pool(2), "many": Pool(8)}
        for name, pool in pools.items():
            pool.map(lambda n: n, [1])
        """,
    "nonlocal": """
        pool = None
        def start():
            nonlocal pool
            pool = Pool()
        start()
        pool.map(lambda n: n, [1])
        """,
    "in a nested function": """
        pool = Pool()
        def work():
            return pool.map(lambda n: n, [1])
        return work
        """,
    "in a lambda": """
        pool = Pool()
        return lambda: pool.map(lambda n: n, [1])
        """,
    "a match": """
        match size:
            case 1:
                pool = Pool(1)
            case _:
                pool = Pool()
        pool.map(lambda n: n, [1])
        """,
    "an executor awaited for": """
        import asyncio
        from concurrent.futures import ProcessPoolExecutor
        async def serve():
            loop = asyncio.get_running_loop()
            with ProcessPoolExecutor() as executor:
                await loop.run_in_executor(executor, lambda n: n)
        """,
    "cast": """
        from typing import cast
        pool = cast("Pool", Pool())
        pool.map(lambda n: n, [1])
        """,
}


def _in_function(body: str) -> str:
    return "from multiprocessing import Pool\ndef run(size, given):" + body.replace("\n    ", "\n")


@pytest.mark.parametrize("body", REACHED.values(), ids=REACHED.keys())
def test_a_pool_is_reached(body: str) -> None:
    assert findings(_in_function(body)) == [("lambda-target", "lambda n: n")]


NOT_KNOWN = {
    "a pool or something else": """
        pool = Pool()
        if size:
            pool = given
            pool = make_something()
        pool.map(lambda n: n, [1])
        """,
    "rebound before its use": """
        pool = Pool()
        pool = given()
        pool.map(lambda n: n, [1])
        """,
    "deleted and bound anew": """
        pool = Pool()
        del pool
        pool = given()
        pool.map(lambda n: n, [1])
        """,
    "what a pool gives": """
        pool = Pool()
        results = pool.imap(abs, [1])
        results.map(lambda n: n, [1])
        """,
    "the map of what is not known": """
        given.map(lambda n: n, [1])
        given.pool.map(lambda n: n, [1])
        map(lambda n: n, [1])
        """,
    "another loop variable": """
        for pool in given:
            pool.map(lambda n: n, [1])
        """,
    "threads in the one of two branches": """
        from multiprocessing.pool import ThreadPool
        pool = ThreadPool() if size else Pool()
        pool.map(lambda n: n, [1])
        """,
    "threads unless asked otherwise": """
        from multiprocessing.pool import ThreadPool
        make = Pool if size else ThreadPool
        with make() as pool:
            pool.map(lambda n: n, [1])
        """,
}


@pytest.mark.parametrize("body", NOT_KNOWN.values(), ids=NOT_KNOWN.keys())
def test_what_is_not_surely_a_pool_is_left_alone(body: str) -> None:
    assert findings(_in_function(body)) == []


@programs(
    {
        "in self, made in the constructor": """
            from multiprocessing import Pool
            class Worker:
                def __init__(self):
                    self.pool = Pool()
                def run(self):
                    return self.pool.map(lambda n: n, [1])
                    #                    ^^^^^^^^^^^ lambda-target
            """,
        "in self, made in another method": """
            from multiprocessing import Pool
            class Worker:
                pool = None
                def start(self):
                    self.pool = Pool()
                def run(self):
                    return self.pool.map(lambda n: n, [1])
                    #                    ^^^^^^^^^^^ lambda-target
            """,
        "in self, annotated": """
            from concurrent.futures import ProcessPoolExecutor
            class Worker:
                executor: ProcessPoolExecutor
                def run(self):
                    return self.executor.submit(lambda n: n, 1)
                    #                           ^^^^^^^^^^^ lambda-target
            """,
        "in self, of a base class in another file": """
            from base import Base
            class Worker(Base):
                def run(self):
                    return self.pool.map(lambda n: n, [1])
                    #                    ^^^^^^^^^^^ lambda-target
            # file: base.py
            from multiprocessing import Pool
            class Base:
                def __init__(self):
                    self.pool = Pool()
            """,
        "in an instance": """
            from multiprocessing import Pool
            class Worker:
                def __init__(self):
                    self.pool = Pool()
            def run():
                worker = Worker()
                worker.pool.map(lambda n: n, [1])
                #               ^^^^^^^^^^^ lambda-target
            """,
        "in a property": """
            from multiprocessing import Pool
            class Worker:
                @property
                def pool(self):
                    return Pool()
                def run(self):
                    return self.pool.map(lambda n: n, [1])
                    #                    ^^^^^^^^^^^ lambda-target
            """,
        "in a class": """
            from multiprocessing import Pool
            class Worker:
                pool = Pool()
                #      ^^^^^^ unguarded-start [spawn forkserver]
                def run(self):
                    return self.pool.map(lambda n: n, [1])
                    #                    ^^^^^^^^^^^ lambda-target
            """,
        "in a class, by a class method": """
            from multiprocessing import Pool
            class Worker:
                pool = None
                @classmethod
                def start(cls):
                    cls.pool = Pool()
                @classmethod
                def run(cls):
                    return cls.pool.map(lambda n: n, [1])
                    #                   ^^^^^^^^^^^ lambda-target
            """,
        "in a global": """
            from multiprocessing import Pool
            def run():
                return pool.map(lambda n: n, [1])
                #               ^^^^^^^^^^^ lambda-target
            if __name__ == "__main__":
                pool = Pool()
                run()
            """,
        "in a global that a function sets": """
            from multiprocessing import Pool
            pool = None
            def start():
                global pool
                pool = Pool()
            def run():
                return pool.map(lambda n: n, [1])
                #               ^^^^^^^^^^^ lambda-target
            """,
        "in a global of another file": """
            import state
            from state import pool
            def run():
                state.pool.map(lambda n: n, [1])
                #              ^^^^^^^^^^^ lambda-target
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            # file: state.py
            from concurrent.futures import ProcessPoolExecutor
            pool = ProcessPoolExecutor()
            """,
        "annotated parameters": """
            import multiprocessing as mp
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing.pool import Pool
            from typing import Optional
            def one(pool: Pool):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            def two(pool: "mp.pool.Pool"):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            def three(pool: Pool | None = None):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            def four(pool: Optional[Pool]):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            def five(*, executor: ProcessPoolExecutor):
                executor.submit(lambda: 1)
                #               ^^^^^^^^^ lambda-target
            """,
        "a parameter that every call gives a pool": """
            from multiprocessing import Pool
            def run(pool):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            if __name__ == "__main__":
                with Pool() as workers:
                    run(workers)
            """,
        "returned": """
            from multiprocessing import Pool
            def make(size):
                return Pool(size)
            def run():
                pool = make(4)
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
            """,
        "returned through three functions and two files": """
            from makers import outer
            def run():
                outer().map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            # file: makers.py
            from multiprocessing import Pool
            def inner():
                return Pool()
            def middle():
                pool = inner()
                return pool
            def outer():
                return middle()
            """,
        "returned by a method": """
            from multiprocessing import Pool
            class Makers:
                def make(self):
                    return Pool()
                @staticmethod
                def static():
                    return Pool()
            def run():
                Makers().make().map(lambda n: n, [1])
                #                   ^^^^^^^^^^^ lambda-target
                Makers.static().map(lambda n: n, [1])
                #                   ^^^^^^^^^^^ lambda-target
            """,
        "given by a context manager of the project": """
            from contextlib import contextmanager
            from multiprocessing import Pool
            @contextmanager
            def workers():
                with Pool() as pool:
                    yield pool
            class Workers:
                def __enter__(self):
                    return Pool()
                def __exit__(self, *_): ...
            def run():
                with workers() as pool:
                    pool.map(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target
                with Workers() as pool:
                    pool.map(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target
            """,
        "a subclass": """
            from concurrent.futures import ProcessPoolExecutor
            class Executor(ProcessPoolExecutor):
                def twice(self, function):
                    return self.submit(function), self.submit(lambda: 1)
                    #                                         ^^^^^^^^^ lambda-target
            def run():
                Executor().submit(lambda: 1)
                #                 ^^^^^^^^^ lambda-target
            """,
        "used in the head of a loop": """
            from multiprocessing import Pool
            def run(chunks):
                with Pool() as pool:
                    for result in pool.imap_unordered(lambda n: n, chunks):
                    #                                 ^^^^^^^^^^^ lambda-target
                        print(result)
            """,
        "a pool made by a dict of makers": """
            from multiprocessing import Pool
            MAKERS = {"pool": Pool}
            def run():
                MAKERS["pool"]().map(lambda n: n, [1])
                #                    ^^^^^^^^^^^ lambda-target
            """,
        "an unannotated parameter of a library's callback": """
            from multiprocessing import Pool
            def run(pool):
                pool.map(lambda n: n, [1])
            """,
        "a global that is threads in the end": """
            from multiprocessing import Pool
            from multiprocessing.dummy import Pool as Threads
            pool = Threads()
            def run():
                pool.map(lambda n: n, [1])
            """,
    }
)
def test_pools_across_scopes_and_files(program: str) -> None:
    assert_findings(program)


ENDS = {
    "left by a with": ("    with Pool() as pool:\n        pool.map(abs, [1])", "with"),
    "made before the with": ("    pool = Pool()\n    with pool:\n        pool.map(abs, [1])", "with"),
    "closed on the only path": ("    pool = Pool()\n    pool.map(abs, [1])\n    pool.close()", "always closed"),
    "closed in finally": (
        "    pool = Pool()\n    try:\n        pool.map(abs, [1])\n    finally:\n        pool.close()",
        "always closed",
    ),
    "terminated in finally": (
        "    pool = Pool()\n    try:\n        pool.map(abs, [1])\n    finally:\n        pool.terminate()",
        "always closed",
    ),
    "closed where it fails": (
        "    pool = Pool()\n    try:\n        pool.map(abs, [1])\n    except OSError:\n        pool.terminate()",
        "closed",
    ),
    "closed on a condition": ("    pool = Pool()\n    if given:\n        pool.close()", "closed"),
    "never closed": ("    pool = Pool()\n    pool.map(abs, [1])", "open"),
}


@pytest.mark.parametrize(("body", "end"), ENDS.values(), ids=ENDS.keys())
def test_how_a_pool_ends(body: str, end: str) -> None:
    (life,) = module(f"from multiprocessing import Pool\ndef run(given):\n{body}\n").lives
    assert life.end.value == end


def test_the_life_of_a_pool_in_self_spans_methods() -> None:
    text = (
        "from multiprocessing import Pool\n"
        "class Worker:\n"
        "    def __init__(self):\n"
        "        self.pool = Pool()\n"
        "    def run(self):\n"
        "        return self.pool.map(abs, [1])\n"
        "    def close(self):\n"
        "        self.pool.close()\n"
        "        self.pool.join()\n"
    )
    model = module(text)
    (life,) = model.lives
    assert model.code(life.made.block, life.made.event.at) == "Pool()"
    assert [model.code(use.block, use.event.at) for use in life.uses] == [
        "self.pool.map(abs, [1])",
        "self.pool.close()",
        "self.pool.join()",
    ]
    assert life.end.value == "always closed"
