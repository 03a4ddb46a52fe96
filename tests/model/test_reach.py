"""How far a value, a pool or a start is followed: containers, inheritance, queues, literal arguments."""

from analysis import assert_findings, programs


@programs(
    {
        "processes put into a list": """
            from multiprocessing import Process
            def main():
                def work():
                    pass
                jobs = []
                for _ in range(2):
                    jobs.append(Process(target=work))
                    #                          ^^^^ local-target [spawn forkserver]
                for job in jobs:
                    job.start()
            """,
        "a start of what was put into a list": """
            from multiprocessing import Process
            jobs = []
            for _ in range(2):
                jobs.append(Process(target=print))
            for job in jobs:
                job.start()
            #   ^^^^^^^^^^^ unguarded-start
            """,
        "callables put into a list and returned": """
            from concurrent.futures import ProcessPoolExecutor
            def build():
                tasks = []
                for factor in (1, 2):
                    def task(value, factor=factor):
                        return value * factor
                    tasks.append(task)
                return tasks
            def main():
                with ProcessPoolExecutor() as executor:
                    for task in build():
                        executor.submit(task, 10)
                        #               ^^^^ local-target
            """,
        "a pool put into a dict": """
            import multiprocessing
            resources = {}
            if __name__ == "__main__":
                resources["pool"] = multiprocessing.Pool(2)
            def work(n):
                return n
            if __name__ == "__main__":
                resources["pool"].map(work, [1])
                #                     ^^^^ late-target [fork]
            """,
        "a pool put into an attribute's list": """
            from multiprocessing import Pool
            class Farm:
                def __init__(self):
                    self.pools = []
                def grow(self):
                    self.pools.append(Pool(1))
                def run(self, items):
                    for pool in self.pools:
                        pool.map(lambda n: n, items)
                        #        ^^^^^^^^^^^ lambda-target
            """,
        "the default of dict.get": """
            from multiprocessing import Pool
            OPS = {"abs": abs}
            def run(name):
                with Pool(2) as pool:
                    pool.map(OPS.get(name, lambda n: n), [1])
                    #        ^^^^^^^^^^^^^^^^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_containers_are_followed(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "an overridden hook": """
            from multiprocessing import Pool
            class Stage:
                transform = None
                def run(self, data):
                    with Pool(2) as pool:
                        pool.map(self.transform, data)
                        #        ^^^^^^^^^^^^^^ lambda-target
            class Double(Stage):
                transform = staticmethod(lambda value: value * 2)
            """,
        "a subclass that makes another kind of pool": """
            import multiprocessing.pool
            class Base:
                def make_pool(self):
                    return multiprocessing.Pool(1)
                def run(self, func):
                    with self.make_pool() as pool:
                        return pool.map(func, [1])
            class Threads(Base):
                def make_pool(self):
                    return multiprocessing.pool.ThreadPool(1)
            if __name__ == "__main__":
                Threads().run(lambda n: n)
            """,
        "what a subclass passes to its base": """
            from multiprocessing import Pool
            class Mapper:
                def __init__(self, func):
                    self.func = func
                def run(self, values):
                    with Pool(2) as pool:
                        return pool.map(self.func, values)
            class Doubler(Mapper):
                def __init__(self):
                    super().__init__(lambda v: 2 * v)
                    #                ^^^^^^^^^^^^^^^ lambda-target
            """,
        "an instance that says what it pickles as": """
            from multiprocessing import Pool
            def main():
                class Tagged:
                    def __reduce__(self):
                        return int, (1,)
                with Pool(1) as pool:
                    pool.map(abs, [Tagged()])
            """,
        "members of a local enum": """
            import enum
            from multiprocessing import Pool
            def main():
                class Mode(enum.Enum):
                    FAST = 1
                with Pool(1) as pool:
                    pool.map(str, [Mode.FAST])
                    #              ^^^^^^^^^ unpicklable-argument
            """,
    }
)
def test_inheritance_is_followed(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a queue": """
            import multiprocessing as mp
            def main():
                jobs = mp.Queue()
                jobs.put(lambda: 42)
                #        ^^^^^^^^^^ lambda-target
            """,
        "a queue of threads": """
            import queue
            def main():
                jobs = queue.Queue()
                jobs.put(lambda: 42)
            """,
        "a keyword argument of submit": """
            from concurrent.futures import ProcessPoolExecutor
            def main():
                def is_odd(n):
                    return n % 2
                with ProcessPoolExecutor() as executor:
                    executor.submit(filter, [1], keep=is_odd)
                    #                                 ^^^^^^ unpicklable-argument
            """,
        "the keyword arguments of apply_async": """
            from multiprocessing import Pool
            def main():
                with Pool(1) as pool:
                    pool.apply_async(sorted, ([1],), {"key": lambda n: -n})
                    #                                        ^^^^^^^^^^^^ unpicklable-argument
            """,
        "rows of starmap": """
            from multiprocessing import Pool
            def main():
                with Pool(1) as pool:
                    pool.starmap(print, [("a", lambda n: n)])
                    #                          ^^^^^^^^^^^ unpicklable-argument
            """,
        "a method under another name": """
            from multiprocessing import Pool
            def main(jobs):
                pool = Pool(jobs) if jobs else None
                mapper = pool.map if pool else map
                mapper(lambda n: n, [1])
                #      ^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_everything_that_crosses_counts(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a worker count of one stays in the process": """
            from multiprocessing import Pool
            def run(func, items, jobs):
                if jobs == 1:
                    return list(map(func, items))
                with Pool(jobs) as pool:
                    return pool.map(func, items)
            run(lambda n: n, [1], 1)
            """,
        "a worker count of two does not": """
            from multiprocessing import Pool
            def run(func, items, jobs):
                if jobs == 1:
                    return list(map(func, items))
                with Pool(jobs) as pool:
                    return pool.map(func, items)
            if __name__ == "__main__":
                run(lambda n: n, [1], 2)
                #   ^^^^^^^^^^^ lambda-target
            """,
        "a flag that is off at import": """
            import multiprocessing
            def init(parallel=False):
                if parallel:
                    return multiprocessing.Pool(1)
            init()
            init(parallel=False)
            """,
        "the name of the module as an argument": """
            from multiprocessing import Pool
            def main(name):
                if name == "__main__":
                    Pool(1)
            main(__name__)
            """,
        "a generator that nothing asks": """
            from multiprocessing import Pool
            def rows():
                with Pool(2) as pool:
                    yield from pool.imap(abs, [1])
            ROWS = rows()
            """,
        "a generator that is asked": """
            from multiprocessing import Pool
            def rows():
                with Pool(2) as pool:
                    yield from pool.imap(abs, [1])
            ROWS = list(rows())
            #           ^^^^^^ unguarded-start
            """,
        "a pool of its own for each call": """
            from multiprocessing import Pool
            def pmap(func):
                with Pool(1) as pool:
                    return pool.map(func, [1])
            if __name__ == "__main__":
                pmap(abs)
            def work(n):
                return n
            if __name__ == "__main__":
                pmap(work)
            """,
        "a decorator that calls what it decorates": """
            import multiprocessing
            def autorun(func):
                func()
                return func
            @autorun
            #^^^^^^^ unguarded-start
            def main():
                multiprocessing.Pool(1)
            """,
        "a dataclass that starts when it is made": """
            from dataclasses import dataclass
            from multiprocessing import Process
            @dataclass
            class Service:
                count: int = 1
                def __post_init__(self):
                    Process(target=print).start()
            SERVICE = Service()
            #         ^^^^^^^^^ unguarded-start
            """,
        "a pool that only some calls pass": """
            from multiprocessing import Pool
            def chosen(function, items, pool: Pool | None = None):
                mapper = pool.map if pool else map
                return list(mapper(function, items))
            def bound(function, items, pool: Pool | None = None):
                if pool is None:
                    mapper = map
                else:
                    mapper = pool.map
                return list(mapper(function, items))
            def main(pool: Pool):
                chosen(lambda n: n, [1])
                bound(lambda n: n, [1])
                chosen(lambda n: n, [1], pool)
                #      ^^^^^^^^^^^ lambda-target
                bound(lambda n: n, [1], pool=pool)
                #     ^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_what_a_call_cannot_reach_is_not_reported(program: str) -> None:
    assert_findings(program)
