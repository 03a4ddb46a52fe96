"""What workers pass to what they call, and what that takes."""

import pytest

from analysis import POLICY, assert_findings, module, programs
from spawnsafe.check import check, fixes
from spawnsafe.source import Text, apply_edits

HEAD = """\
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial, wraps
from multiprocessing import Pool, Process
from dataclasses import dataclass, field

def none(): ...
def one(a): ...
def two(a, b): ...
def more(a, b=1): ...
def rest(a, *args): ...
def options(a, **options): ...
def named(a, *, b): ...
def placed(a, b, /): ...

class Job:
    def __init__(self, a): ...
    def __call__(self, a, b): ...
    def method(self, a): ...
    @classmethod
    def made(cls, a): ...
    @staticmethod
    def plain(a, b): ...

@dataclass
class Point:
    x: int
    y: int = 0
    names: list = field(default_factory=list)

class Empty: ...

def main(pool: Pool, executor: ProcessPoolExecutor, x):
"""


def said(call: str) -> list[str]:
    """Return what is said of a call under the head, without what it comes to."""
    model = module(f"{HEAD}    {call}\n")
    return [
        each.finding.problem.partition(", so it ")[0]
        for each in check(model, POLICY)
        if each.rule.code == "arity-mismatch"
    ]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("pool.map(none, x)", "`none` takes no argument, and `pool.map` passes 1"),
        ("pool.map(two, x)", "`two` also requires `b`, which `pool.map` does not pass"),
        ("pool.map(named, x)", "`named` also requires `b`, which `pool.map` does not pass"),
        ("pool.starmap(one, [(1, 2)])", "`one` takes 1 argument, and `pool.starmap` passes 2"),
        ("pool.starmap(one, zip(x, x))", "`one` takes 1 argument, and `pool.starmap` passes 2"),
        ("pool.starmap(one, enumerate(x))", "`one` takes 1 argument, and `pool.starmap` passes 2"),
        ("pool.starmap(rest, [()])", "`rest` requires `a`, which `pool.starmap` does not pass"),
        (
            "pool.starmap(one, [1, 2])",
            "`pool.starmap` unpacks each item into arguments, and these items cannot be unpacked",
        ),
        (
            "pool.map(two, [1], [2])",
            "`pool.map` goes through one iterable and takes the second one for its `chunksize`",
        ),
        ("pool.apply(two, (1,))", "`two` also requires `b`, which `pool.apply` does not pass"),
        ("pool.apply_async(one)", "`one` requires `a`, which `pool.apply_async` does not pass"),
        ("pool.apply_async(one, (1,), {'b': 2})", "`one` has no parameter `b`, which `pool.apply_async` passes"),
        ("pool.apply_async(two, (1,), {'a': 2})", "`pool.apply_async` passes `a` to `two` twice"),
        ("pool.apply(placed, (), dict(a=1, b=2))", "`placed` has no parameters `a` and `b`, which `pool.apply` passes"),
        ("executor.submit(one)", "`one` requires `a`, which `executor.submit` does not pass"),
        ("executor.submit(two, (1, 2))", "`two` also requires `b`, which `executor.submit` does not pass"),
        ("executor.submit(one, args=(1,))", "`one` has no parameter `args`, which `executor.submit` passes"),
        ("executor.submit(two, *(1,))", "`two` also requires `b`, which `executor.submit` does not pass"),
        ("executor.map(two, x)", "`two` also requires `b`, which `executor.map` does not pass"),
        ("executor.map(one, x, x)", "`one` takes 1 argument, and `executor.map` passes 2"),
        ("Process(target=one).start()", "`one` requires `a`, which `Process` does not pass"),
        ("Process(target=one, args=(1, 2)).start()", "`one` takes 1 argument, and `Process` passes 2"),
        ("Process(target=one, kwargs={'b': 2}).start()", "`one` has no parameter `b`, which `Process` passes"),
        ("Pool(1, one)", "`one` requires `a`, which `Pool` does not pass"),
        ("Pool(1, none, (1,))", "`none` takes no argument, and `Pool` passes 1"),
        ("ProcessPoolExecutor(initializer=one)", "`one` requires `a`, which `ProcessPoolExecutor` does not pass"),
        ("pool.map(Empty, x)", "`Empty` takes no argument, and `pool.map` passes 1"),
        ("pool.apply(Point)", "`Point` requires `x`, which `pool.apply` does not pass"),
        ("pool.apply(Job, (1, 2))", "`Job` takes 1 argument, and `pool.apply` passes 2"),
        ("pool.map(Job(1), x)", "`Job` also requires `b`, which `pool.map` does not pass"),
        ("pool.map(Job.method, x)", "`Job.method` also requires `a`, which `pool.map` does not pass"),
        ("pool.map(Job.plain, x)", "`Job.plain` also requires `b`, which `pool.map` does not pass"),
        ("pool.apply(Job.made)", "`Job.made` requires `a`, which `pool.apply` does not pass"),
        ("pool.map(partial(two, 1, 2), x)", "This partial of `two` takes no argument, and `pool.map` passes 1"),
        ("pool.map(partial(two, a=1), x)", "This partial of `two` takes no argument, and `pool.map` passes 1"),
        ("pool.map(pow, x)", "`pow` also requires `exp`, which `pool.map` does not pass"),
        ("pool.map(one if x else two, x)", "`two` also requires `b`, which `pool.map` does not pass"),
        ("m = pool.starmap; m(one, zip(x, x))", "`one` takes 1 argument, and `pool.starmap` passes 2"),
    ],
)
def test_what_does_not_fit(call: str, problem: str) -> None:
    assert said(call) == [problem]


@pytest.mark.parametrize(
    "call",
    [
        "pool.map(one, [(1, 2)])",
        "pool.map(more, x)",
        "pool.map(rest, x)",
        "pool.map(options, x)",
        "pool.map(Job, x)",
        "pool.map(Job(1).method, x)",
        "pool.map(Job.made, x)",
        "pool.map(Point, x)",
        "pool.map(partial(two, b=1), x)",
        "pool.map(partial(two, 1), x)",
        "pool.map(partial(one, *x), x)",
        "pool.map(two, *x)",
        "pool.starmap(two, x)",
        "pool.starmap(two, zip(*x))",
        "pool.starmap(two, zip(x, x, strict=True))",
        "pool.starmap(two, [(a, a) for a in x])",
        "pool.starmap(two, [[a, a] for a in x])",
        "pool.starmap(rest, [(1, 2, 3)])",
        "pool.starmap(Job(1), {1: 2}.items())",
        "pool.apply(none)",
        "pool.apply(two, x)",
        "pool.apply(two, [1, 2])",
        "pool.apply(two, [a for a in x])",
        "pool.apply(two, (1,), {'b': 2})",
        "pool.apply(two, (1,), {**x})",
        "pool.apply(print, (1, 2), {'end': ''})",
        "executor.submit(two, 1, b=2)",
        "executor.submit(two, *x)",
        "executor.submit(two, 1, **x)",
        "executor.submit(named, 1, b=2)",
        "executor.submit(options, 1, b=2)",
        "executor.map(two, x, x)",
        "executor.map(two, *x)",
        "executor.map(one, x, chunksize=2, timeout=3)",
        "Process(target=none).start()",
        "Process(target=two, args=(1,), kwargs={'b': 2}).start()",
        "Process(target=two, args=(1, *x)).start()",
        "Process(target=two, args=[1] * 2).start()",
        "Pool(1, one, (1,))",
        "args = (1,); args += (2,); Process(target=two, args=args).start()",
        "args = [1]; args.append(2); Process(target=two, args=args).start()",
    ],
)
def test_what_fits_or_is_not_known(call: str) -> None:
    assert said(call) == []


@programs(
    {
        "decorators that hand on what they are given": """
            from functools import lru_cache, wraps
            from multiprocessing import Pool
            def logged(function):
                @wraps(function)
                def wrapper(*args, **kwargs):
                    return function(*args, **kwargs)
                return wrapper
            def repeated(times):
                def decorate(function):
                    @wraps(function)
                    def wrapper(*args, **kwargs):
                        for _ in range(times):
                            result = function(*args, **kwargs)
                        return result
                    return wrapper
                return decorate
            def registered(function):
                return function
            @logged
            def one(a): ...
            @repeated(3)
            @registered
            @lru_cache(maxsize=None)
            def two(a, b): ...
            def run(pool: Pool):
                pool.map(one, [1])
                pool.map(two, [1])
                #        ^^^ arity-mismatch [fork spawn forkserver]
                pool.starmap(one, [(1, 2)])
                #            ^^^ arity-mismatch
                pool.starmap(two, [(1, 2)])
            """,
        "decorators that take something else": """
            from functools import wraps
            from multiprocessing import Pool
            def unpacked(function):
                @wraps(function)
                def wrapper(pair):
                    return function(*pair)
                return wrapper
            def with_log(function):
                @wraps(function)
                def wrapper(*args):
                    return function("log", *args)
                return wrapper
            @unpacked
            def add(a, b): ...
            @with_log
            def write(log, line): ...
            def run(pool: Pool):
                pool.map(add, [(1, 2)])
                pool.starmap(add, [(1, 2)])
                #            ^^^ arity-mismatch
                pool.map(write, [1])
            """,
        "decorators from elsewhere": """
            from multiprocessing import Pool
            from somewhere import decorator
            @decorator
            def add(a, b): ...
            def run(pool: Pool):
                pool.map(add, [(1, 2)])
            """,
        "wrappers of the calls": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Pool, Process
            def one(a): ...
            def two(a, b): ...
            def run(pool: Pool, function, items):
                return pool.map(function, items)
            def go(executor: ProcessPoolExecutor, function, *args, **kwargs):
                return executor.submit(function, *args, **kwargs)
            def spawn(function, *args):
                Process(target=function, args=args).start()
            def apply(pool: Pool, function, args=()):
                return pool.apply_async(function, args)
            def main(pool, executor, x):
                run(pool, one, x)
                run(pool, two, x)
                #         ^^^ arity-mismatch
                go(executor, one, 1)
                go(executor, one, 1, 2)
                #            ^^^ arity-mismatch
                go(executor, two, 1, b=2)
                go(executor, two, 1, c=2)
                #            ^^^ arity-mismatch
                go(executor, two, *x)
                spawn(two, 1, 2)
                spawn(two, 1)
                #     ^^^ arity-mismatch
                apply(pool, two, (1, 2))
                apply(pool, two, (1,))
                #           ^^^ arity-mismatch
            """,
        "in another file": """
            from jobs import Job, shift
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(Job(1).double, [1])
                #        ^^^^^^^^^^^^^ arity-mismatch
                pool.map(shift, [1])
                #        ^^^^^ arity-mismatch
            # file: jobs.py
            class Base:
                def __init__(self, size): ...
            class Job(Base):
                def double(self, a, b): ...
            def shift(a, b): ...
            """,
        "arguments that go with the function": """
            from multiprocessing import Process
            def one(a): ...
            def two(a, b): ...
            def main(flag):
                if flag:
                    target, args = one, (1,)
                else:
                    target, args = two, (1, 2)
                Process(target=target, args=args).start()
            """,
        "classes of which little is known": """
            from elsewhere import Base, Meta
            from enum import Enum
            from multiprocessing import Pool
            class Own(Base):
                pass
            class Color(Enum):
                RED = 1
            class Made(metaclass=Meta):
                def __init__(self): ...
            class Both:
                def __new__(cls, *args): ...
                def __init__(self): ...
            def run(pool: Pool):
                pool.map(Own, [1])
                pool.map(Color, [1])
                pool.map(Made, [1])
                pool.map(Both, [1])
            """,
        "a static method that is assigned, and a partialmethod": """
            from functools import partialmethod
            from multiprocessing import Pool
            def double(n): ...
            class Job:
                work = staticmethod(double)
                def scale(self, factor, n): ...
                twice = partialmethod(scale, 2)
            def run(pool: Pool):
                pool.map(Job().work, [1])
                pool.map(Job().twice, [1])
            """,
        "a run of its own": """
            from multiprocessing import Process
            def one(a): ...
            class Own(Process):
                def run(self):
                    self._target(1)
            def main():
                Own(target=one).start()
            """,
        "one mistake, one finding": """
            from multiprocessing import Pool
            def run(pool: Pool):
                pool.map(lambda: 1, [1])
                #        ^^^^^^^^^ lambda-target
            """,
    }
)
def test_programs(program: str) -> None:
    assert_findings(program)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pool.map(two, [(1, 2)])", "pool.starmap(two, [(1, 2)])"),
        ("pool.map_async(two, zip(x, x))", "pool.starmap_async(two, zip(x, x))"),
        ("pool.starmap(one, ['ab', 'cd'])", "pool.map(one, ['ab', 'cd'])"),
        ("pool.starmap(one, [1])", "pool.map(one, [1])"),
        ("pool.map(two, [1], [2])", "pool.starmap(two, zip([1], [2]))"),
        ("pool.map(two, (1,), (2,))", "pool.starmap(two, zip((1,), (2,)))"),
        ("executor.map(two, zip(x, x))", "executor.map(two, x, x)"),
        ("executor.map(two, ((1, a) for a in x))", "executor.map(two, *zip(*((1, a) for a in x)))"),
        ("executor.submit(two, (1, 2))", "executor.submit(two, 1, 2)"),
        ("pair = 1, 2; executor.submit(two, pair)", "pair = 1, 2; executor.submit(two, *pair)"),
        ("pool.map(two, x)", None),
        ("pool.map(two, [(1, 2, 3)])", None),
        ("pool.imap(two, [(1, 2)])", None),
        ("executor.submit(two, x)", None),
    ],
)
def test_the_quick_fix_passes_them_as_they_fit(before: str, after: str | None) -> None:
    text = f"{HEAD}    {before}\n"
    model = module(text)
    (found,) = [each for each in check(model, POLICY) if each.rule.code == "arity-mismatch"]
    done = [apply_edits(Text(text), [each.edit for each in fix.edits]) for fix in fixes(model, found) if fix.safe]
    assert done == ([f"{HEAD}    {after}\n"] if after else [])
