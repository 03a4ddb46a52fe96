"""What is sent is followed from where it is defined to the call that sends it."""

from analysis import assert_findings, programs


@programs(
    {
        "lambda in the call": """
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(lambda n: n, [1])
                #        ^^^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "lambda by name": """
            from multiprocessing import Pool
            double = lambda n: n * 2
            def run(pool: Pool):
                pool.map(double, [1])
                #        ^^^^^^ lambda-target
            """,
        "lambda by two names": """
            from multiprocessing import Pool
            def run(pool: Pool):
                one = lambda n: n
                two = one
                pool.map(two, [1])
                #        ^^^ lambda-target
            """,
        "lambda by walrus": """
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(double := lambda n: n * 2, [1])
                #        ^^^^^^^^^^^^^^^^^^^^^^^^^ lambda-target
            """,
        "lambda as default": """
            from multiprocessing import Pool
            def run(pool: Pool, work=lambda n: n):
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "lambda in a dict": """
            from multiprocessing import Pool
            WORK = {"one": lambda n: n, "two": abs}
            def run(pool: Pool, name):
                pool.map(WORK["one"], [1])
                #        ^^^^^^^^^^^ lambda-target
                pool.map(WORK["two"], [1])
                pool.map(WORK[name], [1])
                #        ^^^^^^^^^^ lambda-target
                pool.map(WORK.get("one"), [1])
                #        ^^^^^^^^^^^^^^^ lambda-target
            """,
        "lambda of each item": """
            from multiprocessing import Pool
            def run(pool: Pool):
                for name, work in {"one": lambda n: n}.items():
                    pool.map(work, [1])
                    #        ^^^^ lambda-target
                for index, work in enumerate([lambda n: n]):
                    pool.map(work, [1])
                    #        ^^^^ lambda-target
                [pool.apply_async(work) for work in (lambda: 1, abs)]
                #                 ^^^^ lambda-target
            """,
        "lambda in either arm": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                pool.map(abs if fast else lambda n: n, [1])
                #                         ^^^^^^^^^^^ lambda-target
                pool.map(fast or (lambda n: n), [1])
                #                 ^^^^^^^^^^^ lambda-target
            """,
        "lambda in a class": """
            from multiprocessing import Pool
            class Work:
                double = lambda n: n * 2
                triple = staticmethod(lambda n: n * 3)
            def run(pool: Pool):
                pool.map(Work.double, [1])
                #        ^^^^^^^^^^^ lambda-target
                pool.map(Work.triple, [1])
                #        ^^^^^^^^^^^ lambda-target
            """,
        "lambda in self": """
            from multiprocessing import Pool
            class Work:
                def __init__(self, pool: Pool):
                    self.pool = pool
                    self.work = lambda n: n
                def run(self):
                    self.pool.map(self.work, [1])
                    #             ^^^^^^^^^ lambda-target
            """,
        "lambda of another file": """
            import tasks
            from multiprocessing import Pool
            from tasks import double as twice
            def run(pool: Pool):
                pool.map(twice, [1])
                #        ^^^^^ lambda-target
                pool.map(tasks.double, [1])
                #        ^^^^^^^^^^^^ lambda-target
            # file: tasks.py
            double = lambda n: n * 2
            """,
        "lambda made by a function": """
            from multiprocessing import Pool
            def make(factor):
                return lambda n: n * factor
            def run(pool: Pool):
                pool.map(make(2), [1])
                #        ^^^^^^^ lambda-target
                work = make(3)
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "lambda in parentheses": """
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map((lambda n: n), [1])
                #         ^^^^^^^^^^^ lambda-target
            """,
        "lambda that only names a function's result": """
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(abs, map(lambda n: n, [1]))
                pool.map(abs, sorted([1], key=lambda n: n))
                pool.map((lambda: abs)(), [1])
            """,
    }
)
def test_lambdas(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "nested function": """
            from multiprocessing import Pool
            def run(pool: Pool):
                def work(n):
                    return n
                pool.map(work, [1])
                #        ^^^^ local-target [fork spawn forkserver]
            """,
        "nested in a method": """
            from multiprocessing import Pool
            class Run:
                def __call__(self, pool: Pool):
                    def work(n):
                        return n
                    pool.map(work, [1])
                    #        ^^^^ local-target
            """,
        "nested in a lambda's function": """
            from multiprocessing import Pool
            def outer():
                def inner(pool: Pool):
                    pool.map(work, [1])
                    #        ^^^^ local-target
                def work(n):
                    return n
                return inner
            """,
        "nested coroutine's pool": """
            import asyncio
            from concurrent.futures import ProcessPoolExecutor
            async def main(executor: ProcessPoolExecutor):
                def work():
                    return 1
                await asyncio.get_running_loop().run_in_executor(executor, work)
                #                                                          ^^^^ local-target
            """,
        "local class": """
            from multiprocessing import Pool
            def run(pool: Pool):
                class Work:
                    def __call__(self, n):
                        return n
                    def go(self, n):
                        return n
                    @staticmethod
                    def still(n):
                        return n
                pool.map(Work, [1])
                #        ^^^^ local-target
                pool.map(Work(), [1])
                #        ^^^^^^ local-target
                pool.map(Work().go, [1])
                #        ^^^^^^^^^ local-target
                pool.map(Work.still, [1])
                #        ^^^^^^^^^^ local-target
            """,
        "function that a factory returns": """
            from factory import make
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(make(2), [1])
                #        ^^^^^^^ local-target
            # file: factory.py
            def make(factor):
                def work(n):
                    return n * factor
                return work
            """,
        "declared global": """
            from multiprocessing import Pool
            def run():
                global work
                def work(n):
                    return n
                with Pool() as pool:
                    pool.map(work, [1])
            run()
            # <^^ unguarded-start
            """,
        "a local name of a module's function": """
            from multiprocessing import Pool
            def work(n):
                return n
            def run(pool: Pool):
                job = work
                pool.map(job, [1])
            """,
        "a class in a class": """
            from multiprocessing import Pool
            class Outer:
                class Inner:
                    def __init__(self, n=0): ...
                    def go(self, n):
                        return n
                    @classmethod
                    def make(cls, n):
                        return cls()
            def run(pool: Pool):
                pool.map(Outer.Inner().go, [1])
                pool.map(Outer.Inner.make, [1])
                pool.map(Outer.Inner, [1])
            """,
        "given its module's name": """
            from multiprocessing import Pool
            def run(pool: Pool):
                def work(n):
                    return n
                work.__qualname__ = "work"
                globals()["work"] = work
                pool.map(work, [1])
            """,
    }
)
def test_local_definitions(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a partial": """
            from functools import partial
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(partial(lambda a, n: n, 1), [1])
                #                ^^^^^^^^^^^^^^ lambda-target
            """,
        "a partial by name": """
            import functools
            from multiprocessing import Pool
            def run(pool: Pool):
                work = functools.partial(lambda a, n: n, 1)
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "a partial of a partial": """
            from functools import partial as p
            from multiprocessing import Pool
            def run(pool: Pool):
                def add(a, b, n): ...
                inner = p(add, 1)
                pool.map(p(inner, 2), [1])
                #          ^^^^^ local-target
            """,
        "a partial of a module's function": """
            from functools import partial
            from multiprocessing import Pool
            def add(a, n): ...
            def run(pool: Pool):
                pool.map(partial(add, 1), [1])
            """,
        "a lambda among a partial's arguments": """
            from functools import partial
            from multiprocessing import Pool
            def apply(function, n): ...
            def use(n, function): ...
            def run(pool: Pool):
                pool.map(partial(apply, lambda n: n), [1])
                #                       ^^^^^^^^^^^ lambda-target
                pool.map(partial(use, function=lambda n: n), [1])
                #                              ^^^^^^^^^^^ lambda-target
            """,
        "a partial that another function makes": """
            from functools import partial
            from multiprocessing import Pool
            def bind(function):
                return partial(function, 1)
            def run(pool: Pool):
                pool.map(bind(lambda a, n: n), [1])
                #        ^^^^^^^^^^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_partials(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "first a lambda, then a function": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = lambda n: n
                work = abs
                pool.map(work, [1])
            """,
        "first a function, then a lambda": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = abs
                work = lambda n: n
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "a lambda after the call": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = abs
                pool.map(work, [1])
                work = lambda n: n
            """,
        "a lambda in one branch": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                work = abs
                if fast:
                    work = lambda n: n
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "overwritten in both branches": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                work = lambda n: n
                if fast:
                    work = abs
                else:
                    work = round
                pool.map(work, [1])
            """,
        "overwritten in every branch of three": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                work = lambda n: n
                if fast == 1:
                    work = abs
                elif fast == 2:
                    work = round
                else:
                    work = int
                pool.map(work, [1])
            """,
        "overwritten in two branches of three": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                work = lambda n: n
                if fast == 1:
                    work = abs
                elif fast == 2:
                    work = round
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "the other branch leaves": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                work = lambda n: n
                if fast:
                    work = abs
                else:
                    raise ValueError
                pool.map(work, [1])
            """,
        "the branch of the lambda leaves": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                work = abs
                if fast:
                    work = lambda n: n
                    return [work(1)]
                return pool.map(work, [1])
            """,
        "a call in the branch of the lambda": """
            from multiprocessing import Pool
            def run(pool: Pool, fast):
                if fast:
                    work = lambda n: n
                    pool.map(work, [1])
                    #        ^^^^ lambda-target
                else:
                    work = abs
                    pool.map(work, [1])
            """,
        "overwritten in try and except": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = lambda n: n
                try:
                    work = fast()
                except ImportError:
                    work = abs
                pool.map(work, [1])
            """,
        "a lambda where something is missing": """
            from multiprocessing import Pool
            def run(pool: Pool):
                try:
                    from fast import work
                except ImportError:
                    work = lambda n: n
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "overwritten in finally": """
            from multiprocessing import Pool
            def run(pool: Pool):
                try:
                    work = lambda n: n
                finally:
                    work = abs
                pool.map(work, [1])
            """,
        "overwritten in with": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = lambda n: n
                with open("x"):
                    work = abs
                pool.map(work, [1])
            """,
        "a lambda for the next time round": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = abs
                for _ in range(2):
                    pool.map(work, [1])
                    #        ^^^^ lambda-target
                    work = lambda n: n
            """,
        "overwritten each time round": """
            from multiprocessing import Pool
            def run(pool: Pool):
                for _ in range(2):
                    work = lambda n: n
                    work = abs
                    pool.map(work, [1])
            """,
        "a lambda in a loop that may not run": """
            from multiprocessing import Pool
            def run(pool: Pool, times):
                work = abs
                while times:
                    work = lambda n: n
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "the loop goes on without it": """
            from multiprocessing import Pool
            def run(pool: Pool, names):
                for name in names:
                    work = abs
                    if name:
                        work = lambda n: n
                        continue
                    pool.map(work, [1])
            """,
        "deleted": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = lambda n: n
                del work
                from tasks import work
                pool.map(work, [1])
            """,
        "each case of a match": """
            from multiprocessing import Pool
            def run(pool: Pool, kind):
                work = lambda n: n
                match kind:
                    case "a":
                        work = abs
                    case _:
                        work = round
                pool.map(work, [1])
            """,
        "a capture of a match": """
            from multiprocessing import Pool
            def run(pool: Pool, kind):
                work = lambda n: n
                match kind:
                    case [work]:
                        pool.map(work, [1])
            """,
        "a module's name, bound again later": """
            from multiprocessing import Pool
            work = lambda n: n
            def run(pool: Pool):
                pool.map(work, [1])
            def work(n):
                return n
            """,
        "a module's name, a lambda in the end": """
            from multiprocessing import Pool
            def work(n):
                return n
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ lambda-target
            work = lambda n: n
            """,
        "a parameter hides a lambda": """
            from multiprocessing import Pool
            work = lambda n: n
            def run(pool: Pool, work):
                pool.map(work, [1])
            """,
        "nonlocal": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = abs
                def choose():
                    nonlocal work
                    work = lambda n: n
                choose()
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "global": """
            from multiprocessing import Pool
            work = None
            def choose():
                global work
                work = lambda n: n
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ lambda-target
            """,
        "a comprehension's own variable": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = abs
                [work for work in [lambda n: n]]
                pool.map(work, [1])
            """,
        "a class's variable is not a function's": """
            from multiprocessing import Pool
            from tasks import work
            class Run:
                work = lambda n: n
                def go(self, pool: Pool):
                    pool.map(work, [1])
            """,
        "an exception's name": """
            from multiprocessing import Pool
            def run(pool: Pool):
                work = lambda n: n
                try:
                    work(1)
                except ValueError as work:
                    pool.map(work, [1])
            """,
    }
)
def test_rebinding(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a wrapper in the same file": """
            from multiprocessing import Pool
            def spread(function, items):
                with Pool() as pool:
                    return pool.map(function, items)
            def run():
                spread(lambda n: n, [1])
                #      ^^^^^^^^^^^ lambda-target
                spread(abs, [1])
                spread(items=[1], function=lambda n: n)
                #                          ^^^^^^^^^^^ lambda-target
            """,
        "a wrapper in another file": """
            from spread import spread
            import spread as module
            def run():
                def work(n): ...
                spread(work, [1])
                #      ^^^^ local-target
                module.spread(lambda n: n, [1])
                #             ^^^^^^^^^^^ lambda-target
            # file: spread.py
            from multiprocessing import Pool
            def spread(function, items):
                with Pool() as pool:
                    return pool.map(function, items)
            """,
        "three deep, in three files": """
            from outer import outer
            def run():
                outer([1], lambda n: n)
                #          ^^^^^^^^^^^ lambda-target
            # file: outer.py
            from middle import middle
            def outer(items, function):
                return middle(function, items=items)
            # file: middle.py
            import inner
            def middle(work, *, items):
                return inner.spread(work, items)
            # file: inner.py
            from multiprocessing import Pool
            def spread(function, items):
                with Pool() as pool:
                    return pool.map(function, items)
            """,
        "three deep, in one file": """
            from multiprocessing import Pool
            def outer(function):
                return middle(function)
            def middle(function):
                return inner(function)
            def inner(function):
                with Pool() as pool:
                    return pool.map(function, [1])
            def run():
                outer(lambda n: n)
                #     ^^^^^^^^^^^ lambda-target
            """,
        "a wrapper's default": """
            from multiprocessing import Pool
            def spread(items, function=lambda n: n):
                with Pool() as pool:
                    return pool.map(function, items)
                    #               ^^^^^^^^ lambda-target
            def run():
                spread([1], abs)
            """,
        "a method": """
            from multiprocessing import Pool
            class Spread:
                def __init__(self):
                    self.pool = Pool()
                def over(self, function, items):
                    return self.pool.map(function, items)
                @staticmethod
                def still(function):
                    with Pool() as pool:
                        return pool.map(function, [1])
                @classmethod
                def make(cls, function):
                    with Pool() as pool:
                        return pool.map(function, [1])
            def run():
                Spread().over(lambda n: n, [1])
                #             ^^^^^^^^^^^ lambda-target
                Spread.still(lambda n: n)
                #            ^^^^^^^^^^^ lambda-target
                Spread.make(lambda n: n)
                #           ^^^^^^^^^^^ lambda-target
                spread = Spread()
                spread.over(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target
            """,
        "a method of a class in another file": """
            from spread import Spread
            def run():
                Spread().over(lambda n: n)
                #             ^^^^^^^^^^^ lambda-target
                spread = Spread()
                spread.over(lambda n: n)
                #           ^^^^^^^^^^^ lambda-target
            class Run:
                def __init__(self):
                    self.spread = Spread()
                def go(self):
                    self.spread.over(lambda n: n)
                    #                ^^^^^^^^^^^ lambda-target
            # file: spread.py
            from multiprocessing import Pool
            class Spread:
                def over(self, function):
                    with Pool() as pool:
                        return pool.map(function, [1])
            """,
        "the constructor": """
            from multiprocessing import Pool
            class Spread:
                def __init__(self, function):
                    with Pool() as pool:
                        self.results = pool.map(function, [1])
            def run():
                Spread(lambda n: n)
                #      ^^^^^^^^^^^ lambda-target
            """,
        "through a partial in the wrapper": """
            from functools import partial
            from multiprocessing import Pool
            def spread(function):
                with Pool() as pool:
                    return pool.map(partial(function, 1), [1])
            def run():
                spread(lambda a, n: n)
                #      ^^^^^^^^^^^^^^ lambda-target
            """,
        "the pool is passed as well": """
            from multiprocessing import Pool
            def spread(pool, function):
                return pool.map(function, [1])
            def run():
                with Pool() as pool:
                    spread(pool, lambda n: n)
                    #            ^^^^^^^^^^^ lambda-target
            """,
        "the pool is threads": """
            from multiprocessing.pool import Pool, ThreadPool
            def spread(pool, function):
                return pool.map(function, [1])
            def run():
                with ThreadPool() as pool:
                    spread(pool, lambda n: n)
            """,
        "calls itself": """
            from multiprocessing import Pool
            def spread(function, times):
                with Pool() as pool:
                    pool.map(function, [1])
                if times:
                    spread(function, times - 1)
            def run():
                spread(lambda n: n, 3)
                #      ^^^^^^^^^^^ lambda-target
            """,
        "two files that import each other": """
            import other
            from multiprocessing import Pool
            def spread(function):
                with Pool() as pool:
                    return pool.map(function, [1])
            def run():
                other.again(lambda n: n)
                #           ^^^^^^^^^^^ lambda-target
            # file: other.py
            import main
            def again(function):
                main.spread(function)
            """,
        "a nested wrapper": """
            from multiprocessing import Pool
            def run():
                def spread(function):
                    with Pool() as pool:
                        return pool.map(function, [1])
                spread(lambda n: n)
                #      ^^^^^^^^^^^ lambda-target
            """,
        "the wrapper calls it in this process": """
            from multiprocessing import Pool
            def work(n): ...
            def spread(function, items):
                with Pool() as pool:
                    return [function(n) for n in pool.map(work, items)]
            def run():
                spread(lambda n: n, [1])
            """,
        "the wrapper sends something else": """
            from multiprocessing import Pool
            def spread(function, items):
                function = abs
                with Pool() as pool:
                    return pool.map(function, items)
            def run():
                spread(lambda n: n, [1])
            """,
    }
)
def test_wrappers(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "keeps the name": """
            from functools import wraps
            from multiprocessing import Pool
            def logged(function):
                @wraps(function)
                def wrapper(*args):
                    return function(*args)
                return wrapper
            @logged
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
            """,
        "keeps the name, in another file": """
            from decorators import logged, retried
            from multiprocessing import Pool
            @logged
            @retried(3)
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
            # file: decorators.py
            import functools
            def logged(function):
                def wrapper(*args):
                    return function(*args)
                return functools.update_wrapper(wrapper, function)
            def retried(times):
                def decorate(function):
                    @functools.wraps(function)
                    def wrapper(*args):
                        return function(*args)
                    return wrapper
                return decorate
            """,
        "gives the function back": """
            from multiprocessing import Pool
            TASKS = []
            def task(function):
                TASKS.append(function)
                return function
            @task
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
            """,
        "of the standard library": """
            import contextlib, functools
            from multiprocessing import Pool
            @functools.lru_cache(maxsize=None)
            def one(n): ...
            @functools.cache
            def two(n): ...
            @contextlib.contextmanager
            def three(n): yield
            @functools.singledispatch
            def four(n): ...
            def run(pool: Pool):
                pool.map(one, [1])
                pool.map(two, [1])
                pool.map(three, [1])
                #        ^^^^^ generator-target
                pool.map(four, [1])
            """,
        "unknown": """
            from library import task
            from multiprocessing import Pool
            @task
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                @task
                def local(n): ...
                pool.map(local, [1])
            """,
        "on a local function, keeping its name": """
            from functools import wraps
            from multiprocessing import Pool
            def logged(function):
                @wraps(function)
                def wrapper(*args): ...
                return wrapper
            def run(pool: Pool):
                @logged
                def work(n): ...
                pool.map(work, [1])
                #        ^^^^ local-target
            """,
    }
)
def test_decorators(program: str) -> None:
    assert_findings(program)
