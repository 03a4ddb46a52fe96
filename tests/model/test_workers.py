"""What runs in the workers is followed from what is sent, and what it raises, reads, writes and starts is known."""

from analysis import analyse, assert_findings, files_of, programs
from spawnsafe.model import Module, Work


def works(program: str) -> tuple[Module, list[Work]]:
    """Return the model of a program's `main.py` and what its workers do."""
    model = analyse(files_of(program))["main.py"]
    return model, model.works


def test_scopes_are_reached_through_calls_methods_partials_and_other_files() -> None:
    program = """
        from functools import partial
        from multiprocessing import Pool
        from helpers import prepare
        class Job:
            def __init__(self, n):
                self.n = n
            def run(self):
                return self.step()
            def step(self):
                return [prepare(i) for i in range(self.n)]
        def each(function, items):
            return [function(item) for item in items]
        def double(n):
            return n * 2
        def work(scale, n):
            each(double, [n])
            return Job(n).run()
        def apart():
            pass
        def main(pool: Pool):
            pool.map(partial(work, 2), [1])
        # file: helpers.py
        def prepare(n):
            return list(map(inner, [n]))
        def inner(n):
            return n
        """
    _, (work,) = works(program)
    names = {visit.scope.qualname for visit in work.visits if visit.scope.is_function}
    assert names == {"work", "each", "double", "Job.__init__", "Job.run", "Job.step", "prepare", "inner"}
    (inner,) = (visit for visit in work.visits if visit.scope.name == "inner")
    assert [call.site.scope.function or call.site.scope for call in inner.chain][-1].name == "prepare"


def test_globals_that_workers_read_and_write() -> None:
    program = """
        from multiprocessing import Pool
        TABLE = {}
        LIMIT = 3
        count = 0
        other = 0
        def note(key):
            TABLE[key] = LIMIT
        def work(n):
            global count
            count = n
            note(n)
            other = 1
            return other
        def main(pool: Pool):
            pool.map(work, [1])
        """
    _, (work,) = works(program)
    assert {use.name for use in work.writes} == {"TABLE", "count"}
    assert {use.name for use in work.reads} == {"TABLE", "LIMIT", "note"}


def test_workers_that_workers_start() -> None:
    program = """
        from multiprocessing import Pool, Process
        def inner(n):
            process = Process(target=print)
            process.start()
        def work(n):
            inner(n)
            with Pool(2) as pool:
                return pool.map(abs, [n])
        def main(pool: Pool):
            pool.map(work, [1])
        """
    _, found = works(program)
    work = next(each for each in found if each.entry and each.entry.scope.name == "work")
    assert [(start.name, visit.scope.name) for start, visit in work.starts] == [("Pool", "work"), ("Process", "inner")]


def test_what_goes_along_in_a_partial_is_not_called() -> None:
    program = """
        from functools import partial
        from multiprocessing import Pool
        def key(n):
            return n
        def work(function, n):
            return n
        job = partial(work, key)
        def main(pool: Pool):
            pool.map(job, [1])
            pool.apply(partial(work, key), (1,))
            pool.map(work if job else abs, [1])
        """
    _, found = works(program)
    assert [work.entry.scope.name for work in found if work.entry] == ["work", "work", "work"]


@programs(
    {
        "generator functions of all kinds": """
            from functools import lru_cache, partial
            from multiprocessing import Pool, Process
            def count(n):
                yield n
            @lru_cache
            def cached(n):
                yield n
            class Work:
                def __call__(self, n):
                    yield n
                def method(self, n):
                    yield n
                @staticmethod
                def static(n):
                    yield n
            def main(pool: Pool):
                pool.map(count, [1])
                #        ^^^^^ generator-target [fork spawn forkserver]
                pool.imap(partial(count), [1])
                #                 ^^^^^ generator-target
                pool.map(cached, [1])
                #        ^^^^^^ generator-target
                pool.map(Work(), [1])
                #        ^^^^^^ generator-target
                pool.map(Work().method, [1])
                #        ^^^^^^^^^^^^^ generator-target
                pool.map(Work.static, [1])
                #        ^^^^^^^^^^^ generator-target
                Process(target=count, args=(1,)).start()
                #              ^^^^^ generator-target [fork spawn forkserver]
                pool.apply_async(abs, (1,), callback=count)
            """,
        "a generator function as initializer": """
            from multiprocessing import Pool
            def prepare():
                yield
            def main():
                return Pool(2, prepare)
                #              ^^^^^^^ generator-target [fork spawn forkserver]
            """,
        "coroutine functions": """
            import asyncio
            from concurrent.futures import ProcessPoolExecutor
            async def fetch(n):
                return n
            def work(n):
                return asyncio.run(fetch(n))
            async def main(executor: ProcessPoolExecutor):
                executor.submit(fetch, 1)
                #               ^^^^^ generator-target
                await asyncio.get_running_loop().run_in_executor(executor, fetch, 1)
                #                                                          ^^^^^ generator-target
                executor.submit(work, 1)
            """,
        "a coroutine function that a wrapper runs": """
            import asyncio
            import functools
            from concurrent.futures import ProcessPoolExecutor
            def synchronous(function):
                @functools.wraps(function)
                def run(*args):
                    return asyncio.run(function(*args))
                return run
            @synchronous
            async def fetch(n):
                return n
            def main(executor: ProcessPoolExecutor):
                executor.submit(fetch, 1)
            """,
        "a generator function under a decorator that is not known": """
            from concurrent.futures import ProcessPoolExecutor
            from tools import collected
            @collected
            def count(n):
                yield n
            def main(executor: ProcessPoolExecutor):
                executor.submit(count, 1)
            """,
        "a generator function that goes along": """
            from functools import partial
            from multiprocessing import Pool
            def count(n):
                yield n
            def work(function, n):
                return list(function(n))
            def main(pool: Pool):
                pool.map(partial(work, count), [1])
                pool.apply(work, (count, 1))
            """,
        "a generator function in another file": """
            from multiprocessing import Pool
            from helpers import count
            def main(pool: Pool):
                pool.map(count, [1])
                #        ^^^^^ generator-target
            # file: helpers.py
            def count(n):
                yield n
            """,
        "a generator function through a wrapper": """
            from multiprocessing import Pool
            def run(function, items):
                with Pool(2) as pool:
                    return pool.map(function, items)
            def count(n):
                yield n
            def main():
                run(count, [1])
                #   ^^^^^ generator-target
            """,
    }
)
def test_functions_whose_call_runs_nothing(program: str) -> None:
    assert_findings(program)
