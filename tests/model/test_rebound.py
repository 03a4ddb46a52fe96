"""What pickle finds by the name of a function or class: decorators, names used twice, classes that calls make."""

from analysis import POLICY, analyse, assert_findings, files_of, programs
from carets import without_marks
from spawnsafe.check import check, fixes


@programs(
    {
        "bare": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            @timed
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "with arguments": """
            from multiprocessing import Pool
            def retry(times):
                def decorate(func):
                    def wrapper(*args):
                        return func(*args)
                    return wrapper
                return decorate
            @retry(3)
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "with or without arguments": """
            from multiprocessing import Pool
            def retry(func=None, *, times=3):
                def decorate(function):
                    def wrapper(*args):
                        return function(*args)
                    return wrapper
                if func is not None:
                    return decorate(func)
                return decorate
            @retry
            def work(n): ...
            @retry(times=2)
            def other(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
                pool.map(other, [1])
                #        ^^^^^ rebound-target
            """,
        "by assignment": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            def work(n): ...
            work = timed(work)
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "of a class with `__call__`": """
            from multiprocessing import Pool
            class limit:
                def __init__(self, times):
                    self.times = times
                def __call__(self, func):
                    def wrapper(*args):
                        return func(*args)
                    return wrapper
            @limit(3)
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "that gives a lambda": """
            from multiprocessing import Pool
            def timed(func):
                return lambda n: func(n)
            @timed
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "that copies `__name__` alone": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                wrapper.__name__ = func.__name__
                return wrapper
            @timed
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "that copies `__qualname__`": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                wrapper.__qualname__ = func.__qualname__
                return wrapper
            @timed
            def work(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
            """,
        "above and below one that keeps the name": """
            from functools import wraps
            from multiprocessing import Pool
            def good(func):
                @wraps(func)
                def inner(*args):
                    return func(*args)
                return inner
            def bad(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            @good
            @bad
            def work(n): ...
            @bad
            @good
            def other(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
                pool.map(other, [1])
                #        ^^^^^ rebound-target
            """,
        "of a static method": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            class Job:
                @staticmethod
                @timed
                def work(n): ...
            def run(pool: Pool):
                pool.map(Job.work, [1])
                #        ^^^^^^^^ rebound-target
            """,
        "of the target of a process": """
            from multiprocessing import Process
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            @timed
            def work(n): ...
            def run():
                Process(target=work).start()
                #              ^^^^ rebound-target [spawn forkserver]
            """,
        "of a local function, which needs its name before it can move": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            def run(pool: Pool):
                @timed
                def work(n): ...
                pool.map(work, [1])
                #        ^^^^ rebound-target
            """,
        "by a call, which gives a closure": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            def work(n): ...
            def run(pool: Pool):
                pool.map(timed(work), [1])
                #        ^^^^^^^^^^^ local-target
            """,
    }
)
def test_decorators_that_lose_the_name(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "wraps": """
            from functools import wraps
            def good(func):
                @wraps(func)
                def inner(*args): ...
                return inner
            @good
            def work(n): ...
            """,
        "wraps with arguments of its own": """
            import functools as ft
            def good(label):
                def decorate(func):
                    @ft.wraps(func, updated=())
                    def inner(*args): ...
                    return inner
                return decorate
            @good("x")
            def work(n): ...
            """,
        "update_wrapper as a statement": """
            import functools
            def good(func):
                def inner(*args): ...
                functools.update_wrapper(inner, func)
                return inner
            @good
            def work(n): ...
            """,
        "update_wrapper by keywords": """
            import functools
            def good(func):
                def inner(*args): ...
                return functools.update_wrapper(wrapper=inner, wrapped=func)
            @good
            def work(n): ...
            """,
        "with or without arguments": """
            from functools import wraps
            def retry(func=None, *, times=3):
                if func is None:
                    return lambda function: retry(function, times=times)
                @wraps(func)
                def wrapper(*args): ...
                return wrapper
            @retry(times=2)
            def work(n): ...
            """,
        "by partial of itself": """
            from functools import partial, wraps
            def retry(func=None, *, times=3):
                if func is None:
                    return partial(retry, times=times)
                @wraps(func)
                def wrapper(*args): ...
                return wrapper
            @retry(times=2)
            def work(n): ...
            """,
        "three deep": """
            from functools import lru_cache, wraps
            def good(func):
                @wraps(func)
                def inner(*args): ...
                return inner
            @good
            @lru_cache(maxsize=None)
            @good
            def work(n): ...
            """,
        "on what a library gives": """
            from functools import lru_cache
            from library import task
            @lru_cache
            @task(queue="x")
            def work(n): ...
            """,
        "given a function beside": """
            from functools import wraps
            def on_error(handler):
                def decorate(func):
                    @wraps(func)
                    def inner(*args):
                        try:
                            return func(*args)
                        except ValueError:
                            handler()
                    return inner
                return decorate
            def log(): ...
            @on_error(log)
            def work(n): ...
            """,
        "of a class": """
            def plugin(cls):
                cls.known = True
                return cls
            @plugin
            class work:
                def __init__(self, n): ...
            """,
        "sometimes the function itself": """
            import os
            def traced(func):
                if "TRACE" not in os.environ:
                    return func
                def inner(*args): ...
                return inner
            def plain(n): ...
            work = traced(plain) if plain else plain
            work = plain
            """,
        "a name bound again under the guard": """
            from functools import wraps
            def good(func):
                @wraps(func)
                def inner(*args): ...
                return inner
            def work(n): ...
            if __name__ == "__main__":
                work = good(work)
            """,
        "overloads": """
            from typing import overload
            @overload
            def work(n: int) -> int: ...
            @overload
            def work(n: str) -> str: ...
            def work(n): ...
            """,
        "a fallback": """
            try:
                from library import work
            except ImportError:
                def work(n): ...
            """,
        "one of two": """
            import sys
            if len(sys.argv) > 1:
                def work(n): ...
            else:
                def work(n): ...
            """,
        "an alias bound to the name as well": """
            from functools import cache
            def task(n): ...
            work = task = cache(task)
            """,
        "single dispatch": """
            from functools import singledispatch
            @singledispatch
            def work(n): ...
            @work.register
            def _(n: int): ...
            @work.register(str)
            def _(n): ...
            """,
        "in a class that is a namespace": """
            class Tasks:
                @staticmethod
                def one(n): ...
                two = one
            work = Tasks.one
            """,
    }
)
def test_names_that_are_kept(program: str) -> None:
    send = "from multiprocessing import Pool\ndef run(pool: Pool):\n    pool.map(work, [1])\n"
    main = analyse({"main.py": without_marks(files_of(program)["main.py"]) + send})["main.py"]
    assert not check(main, POLICY)


@programs(
    {
        "in a wrapper that keeps the name": """
            from functools import wraps
            from multiprocessing import Pool
            def parallel(func):
                @wraps(func)
                def run(items):
                    with Pool(2) as pool:
                        return pool.map(func, items)
                        #               ^^^^ rebound-target
                return run
            @parallel
            def work(n): ...
            """,
        "in a wrapper of a method": """
            from functools import wraps
            from multiprocessing import Pool
            def parallel(func):
                @wraps(func)
                def run(self, items):
                    with Pool(2) as pool:
                        return pool.starmap(func, [(self, item) for item in items])
                        #                   ^^^^ rebound-target
                return run
            class Job:
                @parallel
                def work(self, n): ...
            """,
        "in an attribute": """
            from multiprocessing import Pool
            class Task:
                def __init__(self, func):
                    self.func = func
                def run(self, items):
                    with Pool(2) as pool:
                        return pool.map(self.func, items)
                        #               ^^^^^^^^^ rebound-target
            @Task
            def work(n): ...
            """,
        "in an attribute, but not as a decorator": """
            from multiprocessing import Pool
            class Task:
                def __init__(self, func):
                    self.func = func
                def run(self, items):
                    with Pool(2) as pool:
                        return pool.map(self.func, items)
            def work(n): ...
            TASK = Task(work)
            """,
        "in an attribute of a class of another file": """
            from tasks import Task
            @Task
            def work(n): ...
            #   ^^^^ rebound-target
            # file: tasks.py
            from multiprocessing import Pool
            class Task:
                def __init__(self, func):
                    self.func = func
                def run(self, items):
                    with Pool(2) as pool:
                        return pool.map(self.func, items)
            """,
        "in a registry": """
            from functools import wraps
            from multiprocessing import Pool
            TASKS = {}
            def task(func):
                TASKS[func.__name__] = func
                @wraps(func)
                def wrapper(*args): ...
                return wrapper
            @task
            def work(n): ...
            def run(pool: Pool):
                pool.map(TASKS["work"], [1])
                #        ^^^^^^^^^^^^^ rebound-target
            """,
        "in a registry that keeps what it gives back": """
            from multiprocessing import Pool
            TASKS = {}
            def task(func):
                TASKS[func.__name__] = func
                return func
            @task
            def work(n): ...
            def run(pool: Pool):
                pool.map(TASKS["work"], [1])
            """,
        "by `__wrapped__`": """
            from functools import lru_cache
            from multiprocessing import Pool
            @lru_cache
            def work(n): ...
            def run(pool: Pool):
                pool.map(work.__wrapped__, [1])
                #        ^^^^^^^^^^^^^^^^ rebound-target
            """,
        "in a callable object": """
            from multiprocessing import Pool
            class counted:
                def __init__(self, func):
                    self.func = func
                def __call__(self, *args): ...
            class named(counted):
                def __reduce__(self):
                    return self.func.__qualname__
            @counted
            def work(n): ...
            @named
            def other(n): ...
            def plain(n): ...
            def run(pool: Pool):
                pool.map(work, [1])
                #        ^^^^ rebound-target
                pool.map(other, [1])
                pool.map(counted(plain), [1])
            """,
        "by a function that is decorated by a call": """
            from functools import lru_cache, wraps
            from multiprocessing import Pool
            def retry(func):
                @wraps(func)
                def wrapper(*args): ...
                return wrapper
            def work(n): ...
            fast = lru_cache(work)
            def run(pool: Pool):
                pool.map(retry(work), [1])
                #        ^^^^^^^^^^^ rebound-target
                pool.map(fast, [1])
                #        ^^^^ rebound-target
                again = retry(retry(work))
                pool.map(again, [1])
                #        ^^^^^ rebound-target
            """,
    }
)
def test_originals_and_copies(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a second definition": """
            from multiprocessing import Pool
            def work(n): ...
            first = work
            def work(n, more=1): ...
            def run(pool: Pool):
                pool.map(first, [1])
                #        ^^^^^ rebound-target
                pool.map(work, [1])
            """,
        "deleted": """
            from multiprocessing import Pool
            def work(n): ...
            first = work
            del work
            def run(pool: Pool):
                pool.map(first, [1])
                #        ^^^^^ rebound-target
            """,
        "not yet bound again": """
            from multiprocessing import Pool
            def work(n): ...
            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(work, [1])
            def work(n, more=1): ...
            """,
        "a second class": """
            from multiprocessing import Pool
            class Point: ...
            Old = Point
            class Point(Old): ...
            def run(pool: Pool):
                pool.map(print, [Old(), Old(), Point()])
                #                ^^^^^ rebound-target
            """,
        "a class made a function": """
            from multiprocessing import Pool
            def singleton(cls):
                made = {}
                def get():
                    return made.setdefault(cls, cls())
                return get
            @singleton
            class Job:
                def work(self, n): ...
                def run(self, pool: Pool):
                    pool.map(self.work, [1])
                    #        ^^^^^^^^^ rebound-target
            """,
    }
)
def test_names_used_twice(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "namedtuple": """
            import collections
            from multiprocessing import Pool
            Point = collections.namedtuple("Pt", "x y")
            Size = collections.namedtuple("Size", "x y")
            def run(pool: Pool):
                pool.map(print, [Point(1, 2), Point(3, 4)])
                #                ^^^^^^^^^^^ rebound-target
                pool.map(print, [Size(1, 2)])
                pool.map(Point, [1], None)
                #        ^^^^^ rebound-target
            """,
        "in a list and in a tuple": """
            from typing import NamedTuple
            from multiprocessing import Pool
            Point = NamedTuple("Pt", [("x", int)])
            def run(pool: Pool):
                points = [Point(n) for n in range(3)]
                pool.map(print, points)
                #               ^^^^^^ rebound-target
                pool.starmap(print, [(1, Point(2))])
                #                        ^^^^^^^^ rebound-target
            """,
        "in a function": """
            from collections import namedtuple
            from multiprocessing import Pool
            def run(pool: Pool):
                Point = namedtuple("Point", "x y")
                pool.map(print, [Point(1, 2)])
                #                ^^^^^^^^^^^ rebound-target
            """,
        "in a function, declared global": """
            from collections import namedtuple
            from multiprocessing import Pool
            def make():
                global Point
                Point = namedtuple("Point", "x y")
            def run(pool: Pool):
                make()
                pool.map(print, [Point(1, 2)])
            """,
        "in a class": """
            from collections import namedtuple
            from multiprocessing import Pool
            class Shape:
                Point = namedtuple("Point", "x y")
            def run(pool: Pool):
                pool.map(print, [Shape.Point(1, 2)])
                #                ^^^^^^^^^^^^^^^^^ rebound-target
            """,
        "the base of a class": """
            from collections import namedtuple
            from multiprocessing import Pool
            class Point(namedtuple("Pt", "x y")): ...
            def run(pool: Pool):
                pool.map(print, [Point(1, 2)])
            """,
        "members of an enumeration": """
            from enum import Enum
            from multiprocessing import Pool
            Color = Enum("Colour", "RED GREEN")
            Shade = Enum("Colours", "RED GREEN", module=__name__, qualname="Shade")
            def run(pool: Pool):
                pool.map(print, [Color.RED])
                #                ^^^^^^^^^ rebound-target
                pool.map(print, Color)
                #               ^^^^^ rebound-target
                pool.map(print, [Shade.RED])
            """,
        "type": """
            from multiprocessing import Pool
            Job = type("Task", (), {})
            def run(pool: Pool):
                pool.map(print, [Job(), type(3)])
                #                ^^^^^ rebound-target
            """,
        "named by other means": """
            from collections import namedtuple
            from multiprocessing import Pool
            Point = namedtuple("Pt", "x y")
            globals()["Pt"] = Point
            def run(pool: Pool):
                pool.map(print, [Point(1, 2)])
            """,
        "bound to its name as well": """
            from collections import namedtuple
            from multiprocessing import Pool
            Point = Pt = namedtuple("Pt", "x y")
            def run(pool: Pool):
                pool.map(print, [Point(1, 2)])
            """,
    }
)
def test_classes_that_calls_make(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "decorated": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            class Base:
                @timed
                def work(self, n): ...
                @classmethod
                @timed
                def make(cls, n): ...
            class Job(Base):
                def run(self, pool: Pool):
                    pool.map(self.work, [1])
                    #        ^^^^^^^^^ rebound-target
                    pool.map(self.make, [1])
                    #        ^^^^^^^^^ rebound-target
            """,
        "decorated, keeping the name": """
            from functools import wraps
            from multiprocessing import Pool
            def timed(func):
                @wraps(func)
                def wrapper(*args): ...
                return wrapper
            class Job:
                @timed
                def work(self, n): ...
                @classmethod
                @timed
                def make(cls, n): ...
            def run(pool: Pool):
                pool.map(Job().work, [1])
                pool.map(Job.make, [1])
            """,
        "found by chance": """
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            class Job:
                @timed
                def work(self, n): ...
                wrapper = work
            def run(pool: Pool):
                pool.map(Job().work, [1])
            """,
        "found by `__getattr__`, or in a base that is not known": """
            from library import Base
            from multiprocessing import Pool
            def timed(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            class One:
                @timed
                def work(self, n): ...
                def __getattr__(self, name): ...
            def run(pool: Pool):
                pool.map(One().work, [1])
            """,
        "private": """
            from multiprocessing import Pool
            class Job:
                def __work(self, n): ...
                @staticmethod
                def __static(n): ...
                def __dunder__(self, n): ...
                def run(self, pool: Pool):
                    pool.map(self.__work, [1])
                    #        ^^^^^^^^^^^ rebound-target
                    pool.map(self.__static, [1])
                    #        ^^^^^^^^^^^^^ rebound-target
                    pool.map(self.__dunder__, [1])
            """,
        "a function of the module": """
            from multiprocessing import Pool
            def helper(self, n): ...
            class Job:
                work = helper
            def run(pool: Pool):
                pool.map(Job().work, [1])
                #        ^^^^^^^^^^ rebound-target
            """,
        "of a process": """
            from multiprocessing import Process
            class Job:
                def __work(self): ...
                def run(self):
                    Process(target=self.__work).start()
                    #              ^^^^^^^^^^^ rebound-target [spawn forkserver]
            """,
    }
)
def test_methods(program: str) -> None:
    assert_findings(program)


def repaired(program: str) -> str:
    """Return the first file of a program after the first safe fix of its first finding."""
    models = analyse(files_of(program))
    main = models["main.py"]
    fix = fixes(main, check(main, POLICY)[0])[0]
    assert fix.safe
    text = main.document.text
    edits = [each.edit for each in fix.edits if each.path == main.path]
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        start, end = main.text.offset(edit.span.start), main.text.offset(edit.span.end)
        text = text[:start] + edit.text + text[end:]
    return text


def test_every_decorator_that_loses_the_name_is_mended_at_once() -> None:
    """Mending one of two would not bring the name back."""
    text = repaired("""\
        import functools
        from multiprocessing import Pool
        def one(f):
            def first(*args):
                return f(*args)
            return first
        def two(g):
            return lambda *args: g(*args)
        @one
        @two
        def work(n): ...
        def run(pool: Pool):
            pool.map(work, [1])
        """)
    assert "    @functools.wraps(f)\n    def first(*args):" in text
    assert "return functools.wraps(g)(lambda *args: g(*args))" in text
    assert not check(analyse({"main.py": text})["main.py"], POLICY)


def test_a_private_name_is_kept_where_another_has_the_new_one() -> None:
    """Two methods of one name would be one."""
    program = """\
        from multiprocessing import Pool
        class Job:
            def __work(self, n): ...
            def _work(self, n): ...
            def run(self, pool: Pool):
                pool.map(self.__work, [1])
        """
    main = analyse(files_of(program))["main.py"]
    (found,) = check(main, POLICY)
    assert not fixes(main, found)
    assert [note.message for note in found.finding.notes][-1] == "No quick fix: `_work` is the name of something else."
