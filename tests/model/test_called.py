"""What stands where a function and its arguments are to be sent."""

import pytest

from analysis import POLICY, assert_findings, module, programs
from spawnsafe.check import check, fixes
from spawnsafe.source import Text, apply_edits

HEAD = """\
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Lock, Pool, Process, Queue, Value
import os, random, time

def show(n=1):
    print(n)
def label(n):
    return f"item {n}"
def double(n):
    return 2 * n
def total(numbers):
    result = 0
    for number in numbers:
        result += number
    return result
def choose(name):
    return show
class Job:
    def items(self, n):
        return [n]
    def maker(self):
        return self.items

def main(pool: Pool, executor: ProcessPoolExecutor, x):
"""


def found_in(statement: str, rule: str) -> list[tuple[str, str]]:
    """Return what is said of a statement under the head, and what the quick fix makes of it."""
    text = f"{HEAD}    {statement}\n"
    model = module(text)
    found = []
    for each in check(model, POLICY):
        if each.rule.code == rule:
            fixed = [apply_edits(Text(text), [edit.edit for edit in fix.edits]) for fix in fixes(model, each)]
            found.append((each.finding.problem, fixed[0].removeprefix(HEAD).strip() if fixed else ""))
    return found


@pytest.mark.parametrize(
    ("statement", "consequence", "fixed"),
    [
        ("Process(target=show()).start()", "it runs nothing", "Process(target=show).start()"),
        ("Process(target=show(3)).start()", "it runs nothing", "Process(target=show, args=(3,)).start()"),
        (
            "Process(None, show(3, n=x), daemon=True)",
            "it runs nothing",
            'Process(None, show, args=(3,), kwargs={"n": x}, daemon=True)',
        ),
        ("Process(target=double(3)).start()", "it crashes in the worker", "Process(target=double, args=(3,)).start()"),
        (
            "Process(target=Job().items((1, 2))).start()",
            "it crashes in the worker",
            "Process(target=Job().items, args=((1, 2),)).start()",
        ),
        ("Process(target=double(3), args=(1,)).start()", "it crashes in the worker", ""),
        ("Pool(1, show())", "it runs no initializer", "Pool(1, show)"),
        ("Pool(1, random.seed(1))", "it runs no initializer", "Pool(1, random.seed, initargs=(1,))"),
        (
            "ProcessPoolExecutor(initializer=double(1))",
            "it fails",
            "ProcessPoolExecutor(initializer=double, initargs=(1,))",
        ),
        ("pool.map(show(), x)", "it fails", "pool.map(show, x)"),
        ("pool.map(double(3), x)", "it fails", ""),
        (
            "pool.apply_async(total(x), callback=print)",
            "it fails",
            "pool.apply_async(total, args=(x,), callback=print)",
        ),
        ("executor.submit(total(x))", "it fails", "executor.submit(total, x)"),
        ("executor.submit(label(x), x)", "it fails", ""),
        ("executor.submit(double(n=x))", "it fails", "executor.submit(double, n=x)"),
        ("executor.submit(double(1), 2)", "it fails", ""),
        ("executor.submit(double(*x))", "it fails", ""),
    ],
)
def test_a_call_in_the_place_of_a_function(statement: str, consequence: str, fixed: str) -> None:
    ((problem, mended),) = found_in(statement, "called-target")
    assert f"gets its result, so {consequence} under " in problem
    assert mended == fixed


@pytest.mark.parametrize(
    "statement",
    [
        "Process(target=show).start()",
        "Process(target=choose('show')).start()",
        "pool.map(Job().maker(), x)",
        "pool.map(x(), x)",
        "pool.map(getattr(os, 'getpid'), x)",
        "executor.submit(print, double(1))",
        "executor.submit(max(double, show, key=id), 1)",
        "Queue().put(double(1))",
    ],
)
def test_a_call_that_gives_a_function(statement: str) -> None:
    assert found_in(statement, "called-target") == []


@pytest.mark.parametrize(
    ("statement", "problem", "fixed"),
    [
        (
            "Process(target=show, args=(1)).start()",
            "`args` is a number, not a tuple of arguments, so `Process` fails under every start method.",
            "Process(target=show, args=(1,)).start()",
        ),
        (
            "Process(target=show, args=(len(x) * 2)).start()",
            "`args` is a number, not a tuple of arguments, so `Process` fails under every start method.",
            "Process(target=show, args=(len(x) * 2,)).start()",
        ),
        (
            "[Process(target=show, args=(i)) for i in range(3)]",
            "`args` is a number, not a tuple of arguments, so `Process` fails under every start method.",
            "[Process(target=show, args=(i,)) for i in range(3)]",
        ),
        (
            "Process(target=show, args='abc').start()",
            (
                "`args` is a string, of which `Process` passes each letter as an argument, "
                "so it crashes in the worker under every start method."
            ),
            "Process(target=show, args=('abc',)).start()",
        ),
        (
            "Process(target=show, args=(f'item {x}' + '!')).start()",
            (
                "`args` is a string, of which `Process` passes each letter as an argument, "
                "so with more than one letter it crashes in the worker under every start method."
            ),
            "Process(target=show, args=(f'item {x}' + '!',)).start()",
        ),
        (
            "Process(target=max, args='abc').start()",
            (
                "`args` is a string, of which `Process` passes each letter as an argument, "
                "so it crashes in the worker under every start method."
            ),
            "Process(target=max, args=('abc',)).start()",
        ),
        (
            "Process(target=pow, args=('abc')).start()",
            (
                "`args` is a string, of which `Process` passes each letter as an argument, "
                "so the whole is lost under every start method."
            ),
            "Process(target=pow, args=('abc',)).start()",
        ),
        (
            "Process(target=show, args=(f'{x}')).start()",
            (
                "`args` is a string, of which `Process` passes each letter as an argument, "
                "so with more than one letter it crashes in the worker under every start method."
            ),
            "Process(target=show, args=(f'{x}',)).start()",
        ),
        (
            "Process(target=show, args=(Queue())).start()",
            "`args` is a queue, not a tuple of arguments, so `Process` fails under every start method.",
            "Process(target=show, args=(Queue(),)).start()",
        ),
        (
            "Process(target=show, args=(Lock())).start()",
            "`args` is a `Lock`, not a tuple of arguments, so `Process` fails under every start method.",
            "Process(target=show, args=(Lock(),)).start()",
        ),
        (
            "Process(target=show, args=Job()).start()",
            "`args` is an instance of `Job`, not a tuple of arguments, so `Process` fails under every start method.",
            "Process(target=show, args=(Job(),)).start()",
        ),
        (
            "Process(target=show, args=None).start()",
            "`args` is `None`, not a tuple of arguments, so `Process` fails under every start method.",
            "",
        ),
        (
            "Process(target=show, args={'n': 1}).start()",
            "`args` is a dict, of which `Process` passes the keys, so its values are lost under every start method.",
            "",
        ),
        (
            "Pool(1, show, 'ab')",
            (
                "`initargs` is a string, of which `Pool` passes each letter as an argument, "
                "so it starts workers endlessly under every start method."
            ),
            "Pool(1, show, ('ab',))",
        ),
        (
            "Pool(1, show, 3)",
            (
                "`initargs` is a number, not a tuple of arguments, "
                "so `Pool` starts workers endlessly under every start method."
            ),
            "Pool(1, show, (3,))",
        ),
        (
            "pool.apply(show, (3))",
            "`args` is a number, not a tuple of arguments, so `pool.apply` fails under every start method.",
            "pool.apply(show, (3,))",
        ),
        (
            "pool.apply_async(show, args=(time.time()))",
            "`args` is a number, not a tuple of arguments, so `pool.apply_async` fails under every start method.",
            "pool.apply_async(show, args=(time.time(),))",
        ),
    ],
)
def test_arguments_without_a_tuple(statement: str, problem: str, fixed: str) -> None:
    assert found_in(statement, "non-tuple-args") == [(problem, fixed)]


@pytest.mark.parametrize(
    "statement",
    [
        "Process(target=show, args=(x)).start()",
        "Process(target=show, args=[1]).start()",
        "Process(target=show, args={1}).start()",
        "Process(target=show, args='a').start()",
        "Process(target=pow, args='ab').start()",
        "Process(target=show, args={}).start()",
        "Process(target=show, args=x[1:]).start()",
        "t = (1,); Process(target=show, args=(t)).start()",
        "t = (1,) + (2,); Process(target=show, args=(t)).start()",
        "Process(target=show, args=tuple(x)).start()",
        "Pool(1, initargs=None)",
        "Pool(1, None, 3)",
        "executor.submit(show, (3))",
        "pool.map(show, (x))",
    ],
)
def test_tuples_and_what_is_not_known(statement: str) -> None:
    assert found_in(statement, "non-tuple-args") == []


@programs(
    {
        "one mistake, one finding": """
            from multiprocessing import Process
            def one(a): ...
            def main():
                Process(target=one, args=("abc")).start()
                #                         ^^^^^ non-tuple-args [fork spawn forkserver]
                Process(target=one(1)).start()
                #              ^^^^^^ called-target [fork spawn forkserver]
            """,
        "through a wrapper": """
            from multiprocessing import Process
            def one(a): ...
            def run(function):
                Process(target=function).start()
            def main():
                run(one(1))
                #   ^^^^^^ called-target
            """,
        "a process class over one with a constructor of its own": """
            from multiprocessing import Process
            class Reporter: ...
            class Job(Process):
                def __init__(self, task, worker, queue, reporter):
                    super().__init__()
                    self.task = task
            class Tracked(Job):
                def __init__(self, context, *args, **kwargs):
                    super().__init__(*args, **kwargs)
            def main(task, worker, queue):
                Tracked(None, task, worker, queue, Reporter()).start()
            """,
        "an iterable of the project": """
            from multiprocessing import Process
            class Pair:
                def __iter__(self):
                    yield 1
            class Own(list): ...
            def main():
                Process(target=print, args=Pair()).start()
                Process(target=print, args=Own()).start()
            """,
    }
)
def test_programs(program: str) -> None:
    assert_findings(program)
