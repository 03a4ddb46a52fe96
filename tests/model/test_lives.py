"""The life of pools and of the tasks that they are given, on all ways through a function, an object and a module."""

import pytest

from analysis import assert_findings, module, programs
from spawnsafe.check import Policy, Severity, check, fixes
from spawnsafe.source import apply_edits


@programs(
    {
        "nothing has closed it": """
            from multiprocessing import Pool
            def run():
                pool = Pool()
                pool.map(abs, [1])
                pool.join()
            #   ^^^^^^^^^^^ join-before-close
            """,
        "closed in the branch that comes here": """
            from multiprocessing import Pool
            def run(given):
                pool = Pool()
                if given:
                    pool.join()
                #   ^^^^^^^^^^^ join-before-close
                    return
                pool.close()
                pool.join()
            """,
        "joined by a function, and closed afterwards": """
            from multiprocessing import Pool
            def wait(pool):
                print("waiting")
                pool.join()
            def run():
                pool = Pool()
                pool.map(abs, [1])
                wait(pool)
            #   ^^^^^^^^^^ join-before-close
                pool.close()
            """,
        "closed by a function, and joined by one of another file": """
            from multiprocessing import Pool
            from ends import wait
            def close(pool):
                pool.close()
            def run():
                pool = Pool()
                pool.map(abs, [1])
                close(pool)
                wait(pool)
            # file: ends.py
            def wait(pool, log=None):
                if pool is not None:
                    pool.join()
            """,
        "joined by a function of another file": """
            from multiprocessing import Pool
            from ends import wait
            def run():
                pool = Pool()
                pool.map(abs, [1])
                wait(pool)
            #   ^^^^^^^^^^ join-before-close
            # file: ends.py
            def wait(pool):
                finish(pool)
            def finish(pool):
                pool.join()
            """,
        "joined by a function that closes it first": """
            from multiprocessing import Pool
            def end(pool):
                pool.close()
                pool.join()
            def run():
                pool = Pool()
                pool.map(abs, [1])
                end(pool)
            """,
        "kept by a function, which others can ask to close it": """
            from multiprocessing import Pool
            OPEN = []
            def register(pool):
                OPEN.append(pool)
            def run():
                pool = Pool()
                register(pool)
                finish()
                pool.join()
            def finish():
                OPEN[0].close()
            """,
        "closed in both branches": """
            from multiprocessing import Pool
            def run(given):
                pool = Pool()
                if given:
                    pool.close()
                else:
                    pool.terminate()
                pool.join()
            """,
        "closed in one branch": """
            from multiprocessing import Pool
            def run(given):
                pool = Pool()
                if given:
                    pool.close()
                pool.join()
            """,
        "closed where it fails and where it does not": """
            from multiprocessing import Pool
            def run():
                pool = Pool()
                try:
                    pool.map(abs, [1])
                    pool.close()
                except KeyboardInterrupt:
                    pool.terminate()
                    raise
                finally:
                    pool.join()
            """,
        "closed in a loop over pools": """
            from multiprocessing import Pool
            def run():
                pools = [Pool() for _ in range(2)]
                for pool in pools:
                    pool.close()
                for pool in pools:
                    pool.join()
            """,
        "each of a list joined first": """
            from multiprocessing import Pool
            def run():
                pools = [Pool() for _ in range(2)]
                for pool in pools:
                    pool.join()
                #   ^^^^^^^^^^^ join-before-close
                    pool.close()
            """,
        "made anew in each round": """
            from multiprocessing import Pool
            def run():
                while True:
                    pool = Pool()
                    pool.map(abs, [1])
                    pool.close()
                    pool.join()
            """,
        "closed by a function that is given it": """
            from multiprocessing import Pool
            def finish(pool):
                pool.close()
            def run():
                pool = Pool()
                finish(pool)
                pool.join()
            """,
        "given to a function that only gives it tasks": """
            from multiprocessing import Pool
            def work(pool):
                return pool.map(abs, [1])
            def run():
                pool = Pool()
                work(pool)
                pool.join()
            #   ^^^^^^^^^^^ join-before-close
            """,
        "closed by another method": """
            from multiprocessing import Pool
            class Worker:
                def __init__(self):
                    self.pool = Pool()
                def close(self):
                    self.pool.close()
                def join(self):
                    self.pool.join()
            """,
        "closed by a base class in another file": """
            from multiprocessing import Pool
            from base import Base
            class Worker(Base):
                def __init__(self):
                    self.pool = Pool()
                def join(self):
                    self.pool.join()
            # file: base.py
            class Base:
                def close(self):
                    self.pool.close()
            """,
        "closed at exit": """
            import atexit
            from multiprocessing import Pool
            pool = Pool()
            #      ^^^^^^ unguarded-start [spawn forkserver]
            atexit.register(pool.close)
            def finish():
                pool.join()
            """,
        "one of two pools that a function makes": """
            from multiprocessing import Pool
            def make():
                return Pool()
            def run():
                first, second = make(), make()
                first.close()
                print(second.map(abs, [1]))
                second.close()
                second.join()
                first.join()
            """,
        "joined at the end of a closing": """
            from contextlib import closing
            from multiprocessing import Pool
            def run():
                with closing(Pool()) as pool:
                    result = pool.map_async(abs, [1])
                pool.join()
                return result.get()
            """,
        "a parameter": """
            from multiprocessing.pool import Pool
            def finish(pool: Pool):
                pool.join()
            """,
    }
)
def test_joins(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "read behind the with": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    results = [pool.apply_async(abs, (n,)) for n in range(3)]
                return [result.get() for result in results]
                #       ^^^^^^^^^^^^ result-after-exit
            """,
        "counted and printed in the with, read behind it": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    results = [pool.apply_async(abs, (n,)) for n in range(3)]
                    print(len(results), results)
                return [result.get() for result in results]
                #       ^^^^^^^^^^^^ result-after-exit
            """,
        "iterated behind the with": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    squares = pool.imap_unordered(abs, range(3))
                for square in squares:
            #       ^^^^^^ result-after-exit
                    print(square)
            """,
        "read behind a stack": """
            from contextlib import ExitStack
            from multiprocessing import Pool
            def run():
                with ExitStack() as stack:
                    pool = stack.enter_context(Pool())
                    result = pool.apply_async(abs, (1,))
                return result.get()
                #      ^^^^^^^^^^^^ result-after-exit
            """,
        "read when it is terminated": """
            from multiprocessing import Pool
            def run():
                pool = Pool()
                result = pool.apply_async(abs, (1,))
                pool.terminate()
                return result.get()
                #      ^^^^^^^^^^^^ result-after-exit
            """,
        "closed in the with, not joined": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    result = pool.apply_async(abs, (1,))
                    pool.close()
                return result.get()
                #      ^^^^^^^^^^^^ result-after-exit
            """,
        "closed and joined in the with": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    result = pool.apply_async(abs, (1,))
                    pool.close()
                    pool.join()
                return result.get()
            """,
        "waited for until it is ready": """
            import time
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    result = pool.apply_async(abs, (1,))
                    while not result.ready():
                        time.sleep(1)
                return result.get()
            """,
        "waited for by a function": """
            from multiprocessing import Pool
            def run(wait):
                with Pool() as pool:
                    result = pool.apply_async(abs, (1,))
                    wait(result)
                return result.get()
            """,
        "returned from the with": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    return pool.map_async(abs, range(3))
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "returned from the with, all of them": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    results = []
                    for n in range(3):
                        results.append(pool.apply_async(abs, (n,)))
                return results
            #   ^^^^^^^^^^^^^^ result-after-exit
            """,
        "returned from the with, and waited for": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    result = pool.map_async(abs, range(3))
                    result.wait()
                    return result
            """,
        "read by a generator expression that is returned": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    results = [pool.apply_async(abs, (n,)) for n in range(3)]
                    return (result.get() for result in results)
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "kept, and read by another method": """
            from multiprocessing import Pool
            class Job:
                def start(self):
                    with Pool() as pool:
                        self.handle = pool.apply_async(abs, (1,))
                def result(self):
                    return self.handle.get()
                    #      ^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "kept, and waited for by another method": """
            from multiprocessing import Pool
            class Job:
                def start(self):
                    with Pool() as pool:
                        self.handle = pool.apply_async(abs, (1,))
                        self.wait()
                def wait(self):
                    self.handle.wait()
                def result(self):
                    return self.handle.get()
            """,
        "yielded in the with": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    yield from pool.imap(abs, range(3))
            """,
        "futures of an executor": """
            from concurrent.futures import ProcessPoolExecutor
            def run():
                with ProcessPoolExecutor() as executor:
                    future = executor.submit(abs, 1)
                    squares = executor.map(abs, range(3))
                return future.result(), list(squares)
            """,
        "used behind the with": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    pool.map(abs, [1])
                return pool.map(abs, [2])
                #      ^^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "two that one function makes, each in its own with": """
            import contextlib
            from multiprocessing import Pool
            def make():
                return Pool()
            def run():
                with make() as pool:
                    pool.map(abs, [1])
                with make() as pool:
                    pool.map(abs, [2])
            def again():
                with contextlib.closing(make()) as pool:
                    pool.map(abs, [1])
                with contextlib.closing(make()) as pool:
                    pool.map(abs, [2])
            """,
        "made by the same function in two files": """
            from multiprocessing import Pool
            import other
            def make():
                return Pool()
            def run():
                with make() as pool:
                    pool.map(abs, [1])
                with other.make() as pool:
                    pool.map(abs, [2])
            # file: other.py
            from multiprocessing import Pool
            def make():
                return Pool()
            """,
        "made by a function, used behind the with": """
            from multiprocessing import Pool
            def make():
                return Pool()
            def run():
                with make() as pool:
                    pool.map(abs, [1])
                return pool.map(abs, [2])
                #      ^^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "used when it is closed": """
            from multiprocessing import Pool
            def run(items):
                pool = Pool()
                for item in items:
                    pool.map(abs, [item])
                pool.close()
                return pool.apply(abs, (1,))
                #      ^^^^^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "closed in each round of a loop and used in the next": """
            from multiprocessing import Pool
            def run(items):
                pool = Pool()
                for item in items:
                    pool.map(abs, [item])
                    pool.close()
            """,
        "used before it is closed, and made anew": """
            from multiprocessing import Pool
            def run():
                with Pool() as pool:
                    pool.map(abs, [1])
                with Pool() as pool:
                    pool.map(abs, [2])
            """,
        "terminated by a function before its result is read": """
            from multiprocessing import Pool
            def stop(pool):
                pool.terminate()
                pool.join()
            def run():
                pool = Pool()
                job = pool.map_async(abs, [1])
                stop(pool)
                return job.get()
            #          ^^^^^^^^^ result-after-exit
            """,
        "closed and joined by a function before its result is read": """
            from multiprocessing import Pool
            def stop(pool):
                pool.close()
                pool.join()
            def run():
                pool = Pool()
                job = pool.map_async(abs, [1])
                stop(pool)
                return job.get()
            """,
    }
)
def test_results_and_tasks_after_the_end(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "statements of their own": """
            from concurrent.futures import ProcessPoolExecutor
            def run(executor: ProcessPoolExecutor):
                executor.submit(abs, 1)
            #   ^^^^^^^^^^^^^^^^^^^^^^^ discarded-result
                executor.map(abs, [1])
            #   ^^^^^^^^^^^^^^^^^^^^^^ discarded-result
                [executor.submit(abs, n) for n in range(3)]
            #    ^^^^^^^^^^^^^^^^^^^^^^^ discarded-result
            """,
        "bound to what nothing reads": """
            from multiprocessing.pool import Pool
            def run(pool: Pool):
                _ = pool.apply_async(abs, (1,))
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^ discarded-result
                results = []
                for n in range(3):
                    results.append(pool.apply_async(abs, (n,)))
            #                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^ discarded-result
            """,
        "read, returned, kept, handed on": """
            from concurrent.futures import ProcessPoolExecutor, wait
            class Runner:
                def run(self, executor: ProcessPoolExecutor, keep):
                    self.future = executor.submit(abs, 1)
                    executor.submit(abs, 1).add_done_callback(keep)
                    keep(executor.submit(abs, 1))
                    wait([executor.submit(abs, n) for n in range(3)])
                    futures = {executor.submit(abs, n): n for n in range(3)}
                    for number in executor.map(abs, range(3)):
                        keep(number)
                    return futures
            """,
        "a global, which others can read": """
            from concurrent.futures import ProcessPoolExecutor
            def run(executor: ProcessPoolExecutor):
                global future
                future = executor.submit(abs, 1)
            """,
        "with the exception looked after": """
            import logging
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing.pool import Pool
            def careful(number):
                try:
                    return 1 / number
                except Exception:
                    logging.exception("no")
            def run(executor: ProcessPoolExecutor, pool: Pool, options):
                executor.submit(careful, 0)
                pool.apply_async(abs, (1,), error_callback=print)
                pool.apply_async(abs, (1,), **options)
            """,
        "nothing that could raise, or what is told on a queue": """
            import logging
            from multiprocessing import Pool, Queue
            log = logging.getLogger(__name__)
            class Serial:
                def apply_async(self, function, arguments=()):
                    function(*arguments)
            def wake(*_):
                pass
            def check(number, out):
                log.debug("checking %s", number)
                try:
                    result = 1 / number
                except Exception as error:
                    result = error
                out.put(result)
            def half(number):
                return number / 0
            def safely(function):
                def inner(*arguments):
                    try:
                        return function(*arguments)
                    except Exception:
                        logging.exception("no")
                return inner
            @safely
            def third(number):
                return number / 0
            def run(out: Queue, many, unknown):
                pool = Pool() if many else Serial()
                pool.apply_async(wake)
                pool.apply_async(check, [1, out])
                pool.apply_async(third, [1])
                pool.apply_async(half, [1])
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ discarded-result
                return pool
            """,
        "calls that wait": """
            from multiprocessing.pool import Pool, ThreadPool
            def run(pool: Pool):
                pool.map(abs, [1])
                pool.apply(abs, (1,))
                ThreadPool().apply_async(abs, (1,))
            """,
        "of a function that does nothing": """
            from multiprocessing import Pool
            def noop(*args):
                "Nothing at all."
            def run(pool: Pool):
                with Pool() as own:
                    own.apply_async(noop)
                    own.close()
                    own.join()
            """,
    }
)
def test_dropped_results(program: str) -> None:
    assert_findings(program)


CUT_OFF = {
    "at once": ("pool.apply_async(abs, (1,))", "mistake"),
    "closed and not joined": ("pool.apply_async(abs, (1,)); pool.close()", "mistake"),
    "closed and joined": ("pool.apply_async(abs, (1,)); pool.close(); pool.join()", "advice"),
    "some time passes": ("pool.apply_async(abs, (1,)); wait()", "advice"),
}


@pytest.mark.parametrize(("body", "kind"), CUT_OFF.values(), ids=CUT_OFF.keys())
def test_a_with_that_does_not_wait_is_a_mistake(body: str, kind: str) -> None:
    model = module(f"from multiprocessing import Pool\ndef run(wait):\n    with Pool() as pool:\n        {body}\n")
    (task,) = model.tasks
    assert (task.cut_off_by is not None) == (kind == "mistake")
    (found,) = check(model, Policy())
    assert found.severity is (Severity.ERROR if kind == "mistake" else Severity.INFORMATION)


@programs(
    {
        "made and used at once": """
            from multiprocessing import Pool
            def run():
                return Pool().map(abs, [1])
            #          ^^^^^^ unclosed-pool
            """,
        "a variable of a function": """
            from multiprocessing import Pool
            def run(batches):
                for batch in batches:
                    pool = Pool()
                    #      ^^^^^^ unclosed-pool
                    pool.map(abs, batch)
            """,
        "in self, and nothing closes it": """
            from multiprocessing import Pool
            class Worker:
                def __init__(self):
                    self.pool = Pool()
                    #           ^^^^^^ unclosed-pool
                def run(self):
                    return self.pool.map(abs, [1])
            """,
        "returned to a caller that leaves it open": """
            from multiprocessing import Pool
            def make():
                return Pool()
            #          ^^^^^^ unclosed-pool
            def run():
                pool = make()
                return pool.map(abs, [1])
            """,
        "returned to a caller that closes it": """
            from multiprocessing import Pool
            def make():
                return Pool()  # not unclosed-pool
            def run():
                pool = make()
                pool.map(abs, [1])
                pool.close()
            """,
        "returned to whoever calls": """
            from multiprocessing import Pool
            def make():
                return Pool()  # not unclosed-pool
            """,
        "closed on some way": """
            from multiprocessing import Pool  # not unclosed-pool
            def run(given):
                pool = Pool() if given else None
                print(given)
                if pool is not None:
                    pool.terminate()
            """,
        "closed in the body of another object": """
            from multiprocessing import Pool  # not unclosed-pool
            class Worker:
                def __init__(self):
                    self.pool = Pool()
                def __del__(self):
                    self.pool.terminate()
            """,
        "handed to something that is not known": """
            import weakref
            from multiprocessing import Pool  # not unclosed-pool
            def run(keep, app):
                keep(Pool())
                app.pool = Pool()
                app["pool"] = Pool()
                pool = Pool()
                weakref.finalize(app, pool.terminate)
            """,
        "entered into a stack": """
            from contextlib import ExitStack
            from multiprocessing import Pool  # not unclosed-pool
            def run():
                with ExitStack() as stack:
                    pools = [stack.enter_context(Pool()) for _ in range(2)]
                    return [pool.map(abs, [1]) for pool in pools]
            """,
        "kept in a list that is gone through": """
            from multiprocessing import Pool  # not unclosed-pool
            def run():
                pools = []
                for _ in range(2):
                    pools.append(Pool())
                for pool in pools:
                    pool.close()
            """,
        "as long as the program lives": """
            from multiprocessing import Pool  # not unclosed-pool
            _pool = None
            def run():
                global _pool
                if _pool is None:
                    _pool = Pool()
                return _pool.map(abs, [1])
            """,
        "threads and executors": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing.pool import ThreadPool  # not unclosed-pool
            def run():
                ThreadPool().map(abs, [1])
                return list(ProcessPoolExecutor().map(abs, [1]))
            """,
        "given to a function that only uses it, and one that closes it": """
            from multiprocessing import Pool
            def use(pool):
                return pool.map(abs, [1])
            def end(pool):
                pool.terminate()
            def run():
                pool = Pool()
            #          ^^^^^^ unclosed-pool
                return use(pool)
            def run_and_close():
                pool = Pool()
                try:
                    return use(pool)
                finally:
                    end(pool)
            """,
        "made by a function of another file": """
            from making import make
            def run():
                pool = make(2)
            #          ^^^^^^^ unclosed-pool
                return pool.map(abs, [1])
            # file: making.py
            from multiprocessing import Pool
            def make(size):
                return Pool(size)
            """,
        "made by a function of another file, and left by a with": """
            from making import make, shared
            def run():
                with make(2) as pool:
                    return pool.map(abs, [1])
            def run_shared():
                pool = shared()
                return pool.map(abs, [1])
            # file: making.py
            from multiprocessing import Pool
            _POOL = None
            def make(size):
                return Pool(size)
            def shared():
                global _POOL
                if _POOL is None:
                    _POOL = Pool()
                return _POOL
            """,
        "kept by a class whose users are in another file": """
            from pools import Closed, Forgotten, Inherited
            class Heir(Inherited):
                def end(self):
                    self.own.terminate()
            def run():
                closed, heir = Closed(), Heir()
                try:
                    print(closed.run(), heir.run(), Forgotten().run())
                finally:
                    closed.pool.close()
                    heir.end()
            # file: pools.py
            from multiprocessing import Pool
            class Closed:
                def __init__(self):
                    self.pool = Pool()
                def run(self):
                    return self.pool.map(abs, [1])
            class Inherited:
                def __init__(self):
                    self.own = Pool()
                def run(self):
                    return self.own.map(abs, [1])
            class Forgotten:
                def __init__(self):
                    self.forgotten = Pool()
            #                        ^^^^^^ unclosed-pool
                def run(self):
                    return self.forgotten.map(abs, [1])
            """,
    }
)
def test_pools_that_are_left_open(program: str) -> None:
    assert_findings(program)


WRAPPED = {
    "to the end of a loop": (
        "    pool = Pool()\n    for n in range(3):\n        pool.map(abs, [n])\n\n    print(1)\n",
        "    with Pool() as pool:\n        for n in range(3):\n            pool.map(abs, [n])\n\n    print(1)\n",
    ),
    "to the end of a try": (
        "    pool = Pool()\n    try:\n        pool.map(abs, [1])\n    finally:\n        x\n",
        "    with Pool() as pool:\n        try:\n            pool.map(abs, [1])\n        finally:\n            x\n",
    ),
    "used in a function inside": ("    pool = Pool()\n    return lambda: pool.map(abs, [1])\n", None),
    "bound twice": ("    pool = Pool()\n    pool.map(abs, [1])\n    pool = None\n", None),
}


@pytest.mark.parametrize(("body", "expected"), WRAPPED.values(), ids=WRAPPED.keys())
def test_a_with_is_put_round_what_uses_the_pool(body: str, expected: str | None) -> None:
    head = "from multiprocessing import Pool\ndef run():\n"
    model = module(head + body)
    (found,) = [each for each in check(model, Policy()) if each.rule.code == "unclosed-pool"]
    texts = [apply_edits(model.text, [each.edit for each in fix.edits]) for fix in fixes(model, found)]
    assert texts == ([head + expected] if expected else [])


@programs(
    {
        "a loop that is left when it is closed": """
            from multiprocessing import Pool
            def run(given):
                pool = Pool()
                while True:
                    if given():
                        pool.close()
                        break
                pool.join()
            """,
        "a loop that is left while it runs": """
            from multiprocessing import Pool
            def run(given):
                pool = Pool()
                while True:
                    if given():
                        break
                pool.join()
            #   ^^^^^^^^^^^ join-before-close
                pool.close()
            """,
    }
)
def test_loops_that_are_left(program: str) -> None:
    assert_findings(program)
