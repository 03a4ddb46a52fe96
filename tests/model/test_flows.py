"""Callables, values and pools are followed through calls with stars, containers, iterators, objects and wrappers."""

from analysis import assert_findings, programs


@programs(
    {
        "callable and rest": """
            from multiprocessing import Pool
            def run(pool: Pool, f, *args, **named):
                pool.apply_async(f, args, named)
            def main(pool: Pool):
                run(pool, lambda n: n, 1, key=2)
                #         ^^^^^^^^^^^ lambda-target
                run(pool, max, lambda: 1, key=lambda: 2)
                #              ^^^^^^^^^ unpicklable-argument
                #                             ^^^^^^^^^ unpicklable-argument
                run(pool, max, 1, key=2)
            """,
        "rest of submit": """
            from concurrent.futures import ProcessPoolExecutor
            def run(pool: ProcessPoolExecutor, f, *args, **named):
                return pool.submit(f, *args, **named)
            def main(pool: ProcessPoolExecutor):
                run(pool, lambda n: n, 1)
                #         ^^^^^^^^^^^ lambda-target
                run(pool, max, 1, lambda: 1, key=lambda: 2)
                #                 ^^^^^^^^^ unpicklable-argument
                #                                ^^^^^^^^^ unpicklable-argument
                run(pool, max, 1, print, key=max)
            """,
        "all of it": """
            from multiprocessing import Pool
            def parallel(*args):
                with Pool() as pool:
                    return pool.map(*args)
            def named(**options):
                with Pool() as pool:
                    return pool.map(**options)
            def either(*args, **options):
                with Pool() as pool:
                    return pool.starmap(*args, **options)
            def main():
                parallel(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target
                parallel(max, [1])
                named(func=lambda n: n, iterable=[1])
                #          ^^^^^^^^^^^ lambda-target
                named(func=max, iterable=[1])
                either(lambda n: n, [1])
                #      ^^^^^^^^^^^ lambda-target
                either(iterable=[1], func=lambda n: n)
                #                         ^^^^^^^^^^^ lambda-target
                either(max, [1], 2)
            """,
        "all of it, two wrappers deep": """
            from multiprocessing import Pool
            def inner(f, *rest):
                with Pool() as pool:
                    return pool.map(f, *rest)
            def outer(*args, **options):
                return inner(*args, **options)
            def main():
                outer(lambda n: n, [1])
                #     ^^^^^^^^^^^ lambda-target
                outer(max, [1])
            """,
        "options in a dict": """
            from multiprocessing import Process
            def main():
                options = {"target": lambda: 1, "daemon": True}
                Process(**options).start()
                #         ^^^^^^^ lambda-target [spawn forkserver]
                Process(**{"target": lambda: 1}).start()
                #                    ^^^^^^^^^ lambda-target
                Process(**dict(target=lambda: 1)).start()
                #         ^^^^^^^^^^^^^^^^^^^^^^ lambda-target
                good = {"target": print, "daemon": True}
                Process(**good).start()
            """,
        "options built by keys": """
            from multiprocessing import Process
            def main():
                options = {}
                options["target"] = lambda: 1
                options["name"] = "one"
                Process(**options).start()
                #         ^^^^^^^ lambda-target
                plain = {"name": "two"}
                plain["target"] = print
                Process(**plain).start()
            """,
        "a task in a tuple": """
            from multiprocessing import Pool
            def main(pool: Pool):
                task = (lambda n: n, (1,))
                pool.apply_async(*task)
                #                 ^^^^ lambda-target
                for task in [(max, (1,)), (lambda n: n, (2,))]:
                    pool.apply_async(*task)
                    #                 ^^^^ lambda-target
                for task in [(max, (1,))]:
                    pool.apply_async(*task)
            """,
        "arguments of Process in a tuple": """
            from multiprocessing import Process
            def main():
                args = (lambda: 1,)
                Process(None, print, None, args).start()
                #                          ^^^^ unpicklable-argument
                Process(None, *(print, None, args)).start()
                #                            ^^^^ unpicklable-argument
            """,
    }
)
def test_stars(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "repeat": """
            from itertools import repeat
            from concurrent.futures import ProcessPoolExecutor
            def main(pool: ProcessPoolExecutor):
                def local(n): return n
                pool.map(pow, repeat(local), [1, 2])
                #             ^^^^^^^^^^^^^ unpicklable-argument
                pool.map(pow, repeat(max), [1, 2])
            """,
        "chain, islice, cycle": """
            import itertools
            from multiprocessing import Pool
            def main(pool: Pool):
                work = [lambda: 1]
                pool.map(max, itertools.chain([print], work))
                #             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                pool.map(max, itertools.chain.from_iterable([[print], work]))
                #             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                pool.map(max, itertools.islice(work, 1))
                #             ^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                for work in itertools.cycle(work):
                    pool.apply_async(work)
                    #                ^^^^ lambda-target
                pool.map(max, itertools.chain([print], [max]))
            """,
        "product, zip, zip_longest, enumerate": """
            import itertools
            from multiprocessing import Pool
            def main(pool: Pool):
                work = [lambda: 1]
                pool.starmap(pow, itertools.product([1], work))
                #                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                pool.starmap(pow, zip([1], work))
                #                 ^^^^^^^^^^^^^^ unpicklable-argument
                pool.starmap(pow, itertools.zip_longest([1], work))
                #                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                pool.starmap(pow, enumerate(work))
                #                 ^^^^^^^^^^^^^^^ unpicklable-argument
                for one, two in itertools.product([max], work):
                    pool.apply_async(one)
                    pool.apply_async(two)
                    #                ^^^ lambda-target
            """,
        "sorted, reversed, filter, list, tuple, set": """
            from multiprocessing import Pool
            def main(pool: Pool):
                work = [lambda: 1]
                for f in sorted(work, key=id):
                    pool.apply_async(f)
                    #                ^ lambda-target
                for f in reversed(work):
                    pool.apply_async(f)
                    #                ^ lambda-target
                for f in filter(None, work):
                    pool.apply_async(f)
                    #                ^ lambda-target
                for f in list(tuple(set(work))):
                    pool.apply_async(f)
                    #                ^ lambda-target
                pool.map(max, sorted([3, 1], key=lambda n: -n))
                pool.map(max, filter(lambda n: n, [1]))
                pool.map(max, map(lambda n: n, [1]))
            """,
        "a slice": """
            from multiprocessing import Pool
            def main(pool: Pool):
                work = [max, lambda: 1]
                for f in work[1:]:
                    pool.apply_async(f)
                    #                ^ lambda-target
                pool.apply_async(work[0])
                pool.apply_async(work[1])
                #                ^^^^^^^ lambda-target
            """,
        "of a class": """
            from multiprocessing import Pool
            def main(pool: Pool):
                class Job:
                    def __init__(self, n): self.n = n
                pool.map(max, map(Job, [1, 2]))
                #             ^^^^^^^^^^^^^^^^ unpicklable-argument
            """,
        "of a function": """
            from multiprocessing import Pool
            def make(n):
                return lambda: n
            def main(pool: Pool):
                pool.map(max, map(make, [1, 2]))
                #             ^^^^^^^^^^^^^^^^^ unpicklable-argument
                for f in map(make, [1]):
                    pool.apply_async(f)
                    #                ^ lambda-target
                pool.map(max, map(str, [1, 2]))
            """,
        "chain in a loop": """
            from itertools import chain
            from multiprocessing import Pool
            def main(pool: Pool):
                work = [lambda: 1]
                while len(work) < 9:
                    work = chain(work, [max])
                for each in work:
                    pool.apply_async(each)
                    #                ^^^^ lambda-target
            """,
        "yield from": """
            from multiprocessing import Pool
            def pairs():
                yield 1, max
            def all_pairs():
                yield from pairs()
            def bad_pairs():
                yield from [(1, lambda: 1)]
            def nested(depth):
                yield 1, max
                yield from nested(depth - 1)
            def main(pool: Pool):
                pool.map(max, all_pairs())
                pool.map(max, nested(3))
                pool.map(max, bad_pairs())
                #             ^^^^^^^^^^^ unpicklable-argument
            """,
    }
)
def test_iterators(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "list grown": """
            from multiprocessing import Pool
            def main(pool: Pool):
                work = []
                work += [lambda: 1]
                for f in work:
                    pool.apply_async(f)
                    #                ^ lambda-target
                more = []
                more.extend([lambda: 1])
                for f in more:
                    pool.apply_async(f)
                    #                ^ lambda-target
                good = [max]
                good += [max]
                good.extend([min])
                for f in good:
                    pool.apply_async(f)
            """,
        "attribute grown": """
            from multiprocessing import Pool
            class Runner:
                def __init__(self):
                    self.work = []
                def fill(self):
                    self.work += [lambda: 1]
                def run(self, pool: Pool):
                    for f in self.work:
                        pool.apply_async(f)
                        #                ^ lambda-target
            """,
        "lists added": """
            from multiprocessing import Pool
            def main(pool: Pool):
                for f in [max] + [lambda: 1]:
                    pool.apply_async(f)
                    #                ^ lambda-target
                for f in [lambda: 1] * 3:
                    pool.apply_async(f)
                    #                ^ lambda-target
                for f in [max] + [max]:
                    pool.apply_async(f)
            """,
        "dicts merged": """
            from multiprocessing import Pool
            def main(pool: Pool):
                base = {"one": max}
                bad = {"two": lambda: 1}
                pool.apply_async({**base, **bad}["two"])
                #                ^^^^^^^^^^^^^^^^^^^^^^ lambda-target
                pool.apply_async({**bad, "one": max}["one"])
                both = base | bad
                pool.apply_async(both["two"])
                #                ^^^^^^^^^^^ lambda-target
                pool.apply_async(both["one"])
                base.update(bad)
                pool.apply_async(base["two"])
                #                ^^^^^^^^^^^ lambda-target
                pool.apply_async(base["one"])
                last = dict(base, three=lambda: 3)
                pool.apply_async(last["three"])
                #                ^^^^^^^^^^^^^ lambda-target
                for f in last.values():
                    pool.apply_async(f)
                    #                ^ lambda-target
            """,
        "dict by keys": """
            from multiprocessing import Pool
            def main(pool: Pool):
                work = {"one": lambda: 1}
                work["two"] = max
                pool.apply_async(work["one"])
                #                ^^^^^^^^^^^ lambda-target
                pool.apply_async(work["two"])
            """,
        "dict comprehension": """
            from multiprocessing import Pool
            def main(pool: Pool):
                work = {name: lambda: 1 for name in "ab"}
                for name, f in work.items():
                    pool.apply_async(f)
                    #                ^ lambda-target
                same = {name: f for name, f in work.items()}
                pool.apply_async(same["a"])
                #                ^^^^^^^^^ lambda-target
                for f in [f for f in work.values() if f]:
                    pool.apply_async(f)
                    #                ^ lambda-target
                good = {name: max for name in "ab"}
                pool.apply_async(good["a"])
            """,
        "containers that grow in a loop": """
            from multiprocessing import Pool, Process
            def main(pool: Pool):
                options, work = {"target": lambda: 1}, [lambda: 1]
                for name in "ab":
                    options = {**options, name: name}
                    options = dict(options, name=name)
                    work = [*work, max]
                    work = work + [max]
                Process(**options).start()
                #         ^^^^^^^ lambda-target
                for value in options.values():
                    pool.apply_async(value)
                    #                ^^^^^ lambda-target
                for f in work:
                    pool.apply_async(f)
                    #                ^ lambda-target
                pool.apply_async(options["other"])
            """,
        "several values returned": """
            from multiprocessing import Pool
            def make():
                return max, lambda: 1
            def pools():
                return Pool(), "name"
            def main():
                good, bad = make()
                pool, name = pools()
                pool.apply_async(good)
                pool.apply_async(bad)
                #                ^^^ lambda-target
                pool.apply_async(make()[1])
                #                ^^^^^^^^^ lambda-target
            """,
        "globals and getattr": """
            from multiprocessing import Pool
            work = lambda: 1
            class Job:
                work = lambda: 1
                def run(self): pass
            def main(pool: Pool):
                pool.apply_async(globals()["work"])
                #                ^^^^^^^^^^^^^^^^^ lambda-target
                pool.apply_async(globals()["main"], (1,))
                pool.apply_async(getattr(Job, "work"))
                #                ^^^^^^^^^^^^^^^^^^^^ lambda-target
                pool.apply_async(getattr(Job(), "run"))
                pool.apply_async(getattr(Job, input()))
                getattr(pool, "map")(lambda n: n, [1])
                #                    ^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_containers(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "namedtuple": """
            from collections import namedtuple
            from multiprocessing import Pool
            Job = namedtuple("Job", "func args")
            Other = namedtuple("Other", ["name", "func"])
            def main(pool: Pool):
                job = Job(lambda n: n, (1,))
                pool.apply_async(job.func, job.args)
                #                ^^^^^^^^ lambda-target
                pool.apply_async(job[0])
                #                ^^^^^^ lambda-target
                for other in [Other("a", func=lambda: 1)]:
                    pool.apply_async(other.func)
                    #                ^^^^^^^^^^ lambda-target
                    pool.apply_async(other.name)
                pool.apply_async(*Job(max, (1,)))
                f, args = Job(lambda n: n, (2,))
                pool.apply_async(f, args)
                #                ^ lambda-target
            """,
        "typed namedtuple": """
            from collections.abc import Callable
            from typing import NamedTuple
            from multiprocessing import Pool
            class Job(NamedTuple):
                func: Callable
                args: tuple = ()
            def main(pool: Pool):
                job = Job(lambda n: n)
                pool.apply_async(job.func, job.args)
                #                ^^^^^^^^ lambda-target
                pool.apply_async(job.args)
            """,
        "dataclass": """
            from dataclasses import dataclass, field
            from collections.abc import Callable
            from multiprocessing import Pool
            @dataclass
            class Job:
                func: Callable
                size: int = 2
                after: Callable = print
                def run(self, pool: Pool):
                    pool.apply_async(self.func)
                    pool.apply_async(self.size)
                    pool.apply_async(self.after)
            def main(pool: Pool):
                Job(lambda n: n).run(pool)
                #   ^^^^^^^^^^^ lambda-target
                Job(func=lambda n: n, size=1).run(pool)
                #        ^^^^^^^^^^^ lambda-target
                Job(max, 1, lambda: 2).run(pool)
                #           ^^^^^^^^^ lambda-target
                Job(max, 1, max).run(pool)
            """,
        "default of a dataclass": """
            from dataclasses import dataclass, field
            from collections.abc import Callable
            from multiprocessing import Pool
            @dataclass
            class Job:
                one: Callable = lambda: 1
                two: Callable = field(default=lambda: 1)
                three: Callable = field(default_factory=lambda: lambda: 1)
                four: Callable = field(default_factory=lambda: max)
                def run(self, pool: Pool):
                    pool.apply_async(self.two)
                    #                ^^^^^^^^ lambda-target
                    pool.apply_async(self.three)
                    #                ^^^^^^^^^^ lambda-target
                    pool.apply_async(self.four)
            """,
        "put into a field that is a list": """
            from dataclasses import dataclass, field
            from collections.abc import Callable
            from multiprocessing import Pool
            @dataclass
            class Step:
                name: str
                func: Callable
            @dataclass
            class Pipeline:
                steps: list[Step] = field(default_factory=list)
                def add(self, name, func):
                    self.steps.append(Step(name, func))
                    return self
                def run(self, pool: Pool):
                    for step in self.steps:
                        pool.map(step.func, [1])
            def main():
                pipeline = Pipeline().add("one", lambda: 1).add("two", max)
                #                                ^^^^^^^^^ lambda-target
                with Pool() as pool:
                    pipeline.run(pool)
            """,
        "attrs": """
            from attrs import define
            from collections.abc import Callable
            from multiprocessing import Pool
            @define
            class Job:
                func: Callable
            def main(pool: Pool):
                job = Job(lambda: 1)
                pool.apply_async(job.func)
                #                ^^^^^^^^ lambda-target
            """,
        "dataclass inherited": """
            from dataclasses import dataclass
            from collections.abc import Callable
            from multiprocessing import Pool
            @dataclass
            class Base:
                size: int
            @dataclass
            class Job(Base):
                func: Callable
            def main(pool: Pool):
                job = Job(1, lambda: 1)
                pool.apply_async(job.func)
                #                ^^^^^^^^ lambda-target
            """,
        "attribute set from outside": """
            from multiprocessing import Pool
            class Job:
                def __init__(self):
                    self.func = None
            class Other:
                func = None
            def main(pool: Pool):
                job = Job()
                job.func = lambda: 1
                pool.apply_async(job.func)
                #                ^^^^^^^^ lambda-target
                other = Other()
                other.func = max
                pool.apply_async(other.func)
            """,
        "class attribute set from outside": """
            from multiprocessing import Pool
            class Job:
                func = None
                def run(self, pool: Pool):
                    pool.apply_async(self.func)
                    #                ^^^^^^^^^ lambda-target
            Job.func = lambda: 1
            """,
        "property": """
            from multiprocessing import Pool
            from functools import cached_property
            class Runner:
                @property
                def work(self):
                    return lambda: 1
                @cached_property
                def pool(self):
                    return Pool()
                def run(self):
                    self.pool.apply_async(self.work)
                    #                     ^^^^^^^^^ lambda-target
            def main(runner: Runner):
                runner.pool.apply_async(lambda: 1)
                #                       ^^^^^^^^^ lambda-target
            """,
        "wrapper class": """
            from multiprocessing import Pool
            class Runner:
                def __init__(self, pool):
                    self.pool = pool
                def run(self, f, *args):
                    return self.pool.apply_async(f, args)
            def main():
                with Pool() as pool:
                    Runner(pool).run(lambda: 1)
                    #                ^^^^^^^^^ lambda-target
                    Runner(pool).run(max, lambda: 1)
                    #                     ^^^^^^^^^ unpicklable-argument
                    Runner(pool).run(max, 1)
            """,
        "callable class": """
            from multiprocessing import Pool
            class Parallel:
                def __init__(self, processes):
                    self.processes = processes
                def __call__(self, f, items):
                    with Pool(self.processes) as pool:
                        return pool.map(f, items)
            def main():
                Parallel(2)(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
                run = Parallel(3)
                run(lambda n: n, [1])
                #   ^^^^^^^^^^^ lambda-target
                run(max, [1])
            """,
        "context manager": """
            from contextlib import contextmanager
            from multiprocessing import Pool
            @contextmanager
            def workers(n):
                pool = Pool(n)
                try:
                    yield pool
                finally:
                    pool.terminate()
            class Workers:
                def __enter__(self):
                    self.pool = Pool()
                    return self.pool
                def __exit__(self, *error):
                    self.pool.terminate()
            class Own:
                def __enter__(self):
                    self.pool = Pool()
                    return self
                def __exit__(self, *error):
                    self.pool.terminate()
                def each(self, f, items):
                    return self.pool.map(f, items)
            def main():
                with workers(2) as pool, Workers() as other, Own() as own:
                    pool.map(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target
                    other.map(lambda n: n, [1])
                    #         ^^^^^^^^^^^ lambda-target
                    own.each(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target
                    own.each(max, [1])
            """,
        "hook of a subclass in the same file": """
            from functools import partial
            from multiprocessing import Pool
            class Base:
                def start(self, pool: Pool):
                    pool.apply_async(self.work)
                    #                ^^^^^^^^^ lambda-target
            class One(Base):
                work = staticmethod(lambda: 1)
            class Two(Base):
                def __init__(self):
                    self.work = partial(lambda n: n, 1)
            """,
        "partial with keywords and partialmethod": """
            from functools import partial, partialmethod
            from multiprocessing import Pool
            class Job:
                def work(self, n): return n
                half = partialmethod(work, 2)
            def main(pool: Pool):
                pool.map(partial(sorted, key=lambda n: n), [[1]])
                #                            ^^^^^^^^^^^ lambda-target
                pool.map(partial(partial(max, key=lambda n: n), [1]), [[1]])
                #                                 ^^^^^^^^^^^ lambda-target
                pool.apply_async(Job().half)
            """,
        "methods that return their object": """
            from multiprocessing import Pool
            class Steps:
                def __init__(self, step):
                    self.step = step
                    self.names = []
                def named(self, name):
                    self.names.append(name)
                    return self
            def main(pool: Pool):
                pool.map(abs, [Steps(lambda n: n).named("one").named("two")])
                #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-instance
                pool.map(abs, [Steps(abs).named("one")])
            """,
        "methods that drop what does not pickle and return their object": """
            from threading import Lock
            from multiprocessing import Pool
            class Job:
                def __init__(self):
                    self.lock = Lock()
                def light(self):
                    self.lock = None
                    return self
                def bare(self):
                    del self.lock
                    return self
                def same(self):
                    return self
            def make():
                return Job().light()
            def main(pool: Pool):
                pool.map(abs, [Job().light() for _ in range(3)])
                pool.map(abs, [Job().same().bare() for _ in range(3)])
                pool.map(abs, [make()])
                pool.map(abs, [Job().same()])
                #              ^^^^^^^^^^^^ unpicklable-instance
            """,
    }
)
def test_objects(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "factory around a parameter": """
            from multiprocessing import Pool
            def factory(f):
                def inner(items):
                    with Pool() as pool:
                        return pool.map(f, items)
                return inner
            def main():
                factory(lambda n: n)([1])
                #       ^^^^^^^^^^^ lambda-target
                factory(max)([1])
            """,
        "decorator that sends": """
            from functools import wraps
            from concurrent.futures import ProcessPoolExecutor
            def offload(f):
                @wraps(f)
                def inner(*args):
                    with ProcessPoolExecutor() as pool:
                        return pool.submit(f, *args).result()
                return inner
            def main():
                @offload
                def square(n):
                #   ^^^^^^ local-target
                    return n * n
                square(3)
            """,
        "three wrappers deep, across files": """
            from one import first
            def main():
                first(lambda n: n)
                #     ^^^^^^^^^^^ lambda-target
                first(max)
            # file: one.py
            from two import second
            def first(f, **options):
                return second(f, **options)
            # file: two.py
            from three import third
            def second(*args, **options):
                return third(*args)
            # file: three.py
            from multiprocessing import Pool
            def third(f):
                with Pool() as pool:
                    return pool.map(f, [1])
            """,
        "recursion": """
            from multiprocessing import Pool
            def run(pool: Pool, f, depth):
                if depth:
                    return run(pool, f, depth - 1)
                return pool.map(f, [1])
            def main(pool: Pool):
                run(pool, lambda n: n, 3)
                #         ^^^^^^^^^^^ lambda-target
                run(pool, max, 3)
            """,
        "async wrapper": """
            import asyncio
            from concurrent.futures import ProcessPoolExecutor
            async def run(pool: ProcessPoolExecutor, f, *args):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(pool, f, *args)
            async def main(pool: ProcessPoolExecutor):
                await run(pool, lambda: 1)
                #               ^^^^^^^^^ lambda-target
                await asyncio.gather(*[run(pool, f) for f in [max, lambda: 1]])
                #                                ^ lambda-target
                await run(pool, max, 1)
            """,
        "a loop over callables": """
            from multiprocessing import Pool
            def g(): pass
            def main(pool: Pool):
                for f in [g, lambda: 1]:
                    pool.apply_async(f)
                    #                ^ lambda-target
                [pool.apply_async(f) for f in (g, max)]
            """,
        "import by platform": """
            import sys
            if sys.platform == "win32":
                from multiprocessing.pool import ThreadPool as Pool
            else:
                from multiprocessing import Pool
            def main():
                with Pool() as pool:
                    pool.map(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target
            """,
        "import with a fallback": """
            try:
                from multiprocessing import Pool
            except ImportError:
                from multiprocessing.dummy import Pool
            def main():
                with Pool() as pool:
                    pool.map(lambda n: n, [1])
                    #        ^^^^^^^^^^^ lambda-target
            """,
        "threads by choice": """
            from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
            def main(threads):
                kind = ThreadPoolExecutor if threads else ProcessPoolExecutor
                with kind() as pool:
                    pool.map(lambda n: n, [1])
            """,
        "methodcaller": """
            from operator import methodcaller
            from multiprocessing import Pool
            def main(pool: Pool):
                pool.map(methodcaller("upper"), ["a"])
            """,
        "default of a wrapper": """
            from multiprocessing import Pool
            def run(items, f=lambda n: n, *, pool=None):
                pool = pool or Pool()
                return pool.map(f, items)
                #               ^ lambda-target
            """,
        "what a call hands on": """
            from concurrent.futures import ProcessPoolExecutor, as_completed
            def run(function, items, parallel=False, workers=2):
                if parallel and workers > 1:
                    return spread(function, items, parallel)
                return [function(item) for item in items]
            def spread(function, items, parallel=False):
                if not parallel:
                    return list(map(function, items))
                with ProcessPoolExecutor() as pool:
                    return list(as_completed(pool.submit(function, item) for item in items))
            def main():
                def local(n): return n
                run(local, [1])
                run(local, [1], workers=3)
                run(local, [1], parallel=True, workers=1)
                spread(local, [1])
                run(local, [1], parallel=True)
                #   ^^^^^ local-target
                spread(local, [1], True)
                #      ^^^^^ local-target
            """,
    }
)
def test_wrappers(program: str) -> None:
    assert_findings(program)
