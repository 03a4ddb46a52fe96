"""The life of pools and of the tasks that they are given, on all ways through a function, an object and a module."""

from analysis import assert_findings, programs


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
        "used when it is closed": """
            from multiprocessing import Pool
            def run(items):
                pool = Pool()
                for item in items:
                    pool.apply(abs, (item,))
                pool.close()
                return pool.apply(abs, (1,))
                #      ^^^^^^^^^^^^^^^^^^^^^ result-after-exit
            """,
        "closed in each round of a loop and used in the next": """
            from multiprocessing import Pool
            def run(items):
                pool = Pool()
                for item in items:
                    pool.apply(abs, (item,))
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
    }
)
def test_results_and_tasks_after_the_end(program: str) -> None:
    assert_findings(program)
