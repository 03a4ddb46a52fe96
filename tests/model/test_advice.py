"""What is said of programs that run, and could run with less waiting or sending; and what is left alone."""

from analysis import POLICY, assert_findings, module, programs
from spawnsafe.check import Policy, check

HEAD = """\
import csv
import itertools
import math
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import repeat
from multiprocessing import Pool, Process, Queue

import numpy as np


def square(number):
    return number * number


def add(one, other):
    return one + other


def is_prime(number):
    for divisor in range(2, int(math.sqrt(number)) + 1):
        if number % divisor == 0:
            return False
    return True


def tell(number):
    print("number", number)


def doze(number):
    time.sleep(1)


def burn(number):
    return sum(each * each for each in range(1_000_000))


class Square(Process):
    def __init__(self, kind, number):
        super().__init__()
        self.number = number

    def run(self):
        square(self.number)


def total(pool, items):
    return sum(pool.imap(square, items))


if __name__ == "__main__":
    pool, executor = Pool(4), ProcessPoolExecutor()
"""


def indented(body: str) -> str:
    marks = [f"    {line}" if not line.startswith("#") else f"#    {line[1:]}" for line in body.splitlines() if line]
    return "\n".join([HEAD, *marks, "    pool.close()", "    pool.join()", "    executor.shutdown()", ""])


@programs(
    {
        "a range": """
list(pool.imap(square, range(10**4)))
#    ^^^^^^^^^ default-chunksize
""",
        "a list that is filled in a loop": """
items = []
for number in range(3000):
    items.append(number)
list(pool.imap_unordered(square, sorted(items)))
#    ^^^^^^^^^^^^^^^^^^^ default-chunksize
""",
        "several iterables": """
list(executor.map(add, [1] * 5000, repeat(3)))
#    ^^^^^^^^^^^^ default-chunksize
""",
        "a function from outside": """
list(executor.map(math.sqrt, [number for number in range(2000)]))
#    ^^^^^^^^^^^^ default-chunksize
""",
        "very many items whose work is not known": """
list(executor.map(is_prime, range(100_000)))
#    ^^^^^^^^^^^^ default-chunksize
""",
        "many items whose work is not known": "list(executor.map(is_prime, range(5_000)))",
        "tasks that sleep": "list(executor.map(doze, range(100_000)))",
        "tasks that count to a million": "list(executor.map(burn, range(100_000)))",
        "a chunk of one that is written down": """
print(pool.map(square, range(100_000), 1))
#     ^^^^^^^^ default-chunksize
""",
        "a chunk of one for work that is not known": "list(executor.map(is_prime, range(100_000), chunksize=1))",
        "so many items as are left": "list(executor.map(square, [each for each in range(100_000) if each % 7]))",
        "items that are not known": "list(executor.map(square, map(int, input().split())))",
        "a list from which something is taken": """
items = list(range(5000))
items.pop()
list(executor.map(square, items))
""",
        "a pool that makes chunks": "pool.map(square, range(100_000))",
        "results that go elsewhere": """
results = executor.map(square, range(100_000))
total(pool, results)
""",
    }
)
def test_items_one_by_one(program: str) -> None:
    assert_findings(indented(program))


def test_the_number_of_items_is_followed_into_functions() -> None:
    found = check(module(indented("total(pool, range(3000))\ntotal(pool, range(2000))")), POLICY)
    assert [each.finding.problem for each in found] == [
        "`pool.imap` makes each of 2,000 items a task of its own, so as many messages go to the workers and come back."
    ]


@programs(
    {
        "rows of a file": """
for count in pool.map(len, csv.reader(open("table.csv"))):
#            ^^^^^^^^ materialized-iterable
    print(count)
""",
        "lines that are stripped first, summed up": """
with open("log") as lines:
    print(sum(pool.map(len, (line.strip() for line in lines))))
#             ^^^^^^^^ materialized-iterable
""",
        "an executor": """
with open("log") as lines:
    for number, count in enumerate(executor.map(len, lines)):
#                                  ^^^^^^^^^^^^ materialized-iterable
        print(number, count)
""",
        "an executor that reads ahead no further than it is told": """
with open("log") as lines:
    for count in executor.map(len, lines, buffersize=8):
        print(count)
""",
        "results that are kept": """
with open("log") as lines:
    counts = pool.map(len, lines)
print(counts)
""",
        "results that are put into a list": """
counts = []
with open("log") as lines:
    for count in pool.map(len, lines):
        counts.append(count)
""",
        "results that are sorted": """
with open("log") as lines:
    for count in sorted(pool.map(len, lines)):
        print(count)
""",
        "as long as the file beside it": """
with open("log") as lines:
    for each in pool.starmap(add, zip(itertools.count(), range(10))):
        print(each)
""",
    }
)
def test_iterables_that_are_read_to_their_end(program: str) -> None:
    assert_findings(indented(program))


@programs(
    {
        "a generator of results": """
for result in (executor.submit(square, number).result() for number in range(4)):
#              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ serial-apply
    print(result)
""",
        "waiting, then reading": """
for number in range(4):
    pending = pool.apply_async(square, (number,))
    pending.wait()
#   ^^^^^^^^^^^^^^ serial-apply
    print(pending.get())
""",
        "results that are only added up": """
whole = 0
for number in range(4):
    whole += pool.apply(square, (number,))
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ serial-apply
""",
        "until nothing is left": """
items = [1, 2, 3]
while items:
    print(pool.apply(square, (items.pop(),)))
#         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ serial-apply
""",
        "for ever": """
while True:
    print(pool.apply(square, (int(input()),)))
""",
        "two at a time": """
for number in range(4):
    one, other = executor.submit(square, number), executor.submit(square, -number)
    print(one.result(), other.result())
""",
        "the task of the turn before": """
earlier = executor.submit(square, 0)
for number in range(4):
    result = earlier.result()
    earlier = executor.submit(square, number)
    print(result)
""",
        "a pool that an object is given": """
class Squarer:
    def __init__(self, pool):
        self.pool = pool
    def all(self, numbers):
        for number in numbers:
            result = self.pool.apply_async(square, args=(number,))
            print(result.get())
#                 ^^^^^^^^^^^^ serial-apply
Squarer(pool).all([1, 2])
""",
        "a container that an earlier result went into": """
seen = []
for number in range(4):
    seen.append(pool.apply(sum, (seen,)))
""",
        "a time limit": """
for number in range(4):
    try:
        executor.submit(square, number).result(timeout=5)
    except TimeoutError:
        print("too slow")
""",
        "a loop that waits for its user": """
for number in range(4):
    input("next?")
    print(pool.apply(square, (number,)))
""",
        "a loop that measures": """
for number in range(4):
    begin = time.perf_counter()
    pool.apply(square, (number,))
    print(time.perf_counter() - begin)
""",
        "one turn": """
for number in [7]:
    print(pool.apply(square, (number,)))
""",
    }
)
def test_tasks_one_after_the_other(program: str) -> None:
    assert_findings(indented(program))


@programs(
    {
        "a queue that is read in between": """
queue = Queue()
for number in range(4):
    process = Process(target=square, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
#   ^^^^^^^^^^^^^^ serial-join
""",
        "two processes at a time": """
for number in range(4):
    one, other = Process(target=square, args=(1,)), Process(target=square, args=(2,))
    one.start()
    other.start()
    one.join()
    other.join()
""",
        "jobs as they come": """
queue = Queue()
for number in iter(queue.get, None):
    process = Process(target=square, args=(number,))
    process.start()
    process.join()
""",
        "a context for each": """
from multiprocessing import get_context
for method in ("spawn", "forkserver"):
    context = get_context(method)
    process = context.Process(target=square, args=(1,))
    process.start()
    process.join()
""",
        "an environment for each": """
import os
for number in range(4):
    os.environ["LEVEL"] = str(number)
    process = Process(target=square, args=(number,))
    process.start()
    process.join()
""",
        "processes that are there already": """
processes = [Process(target=square, args=(number,)) for number in range(4)]
for process in processes:
    process.start()
    process.join()
#   ^^^^^^^^^^^^^^ serial-join
""",
        "processes that print, in their order": """
processes = [Process(target=tell, args=(number,)) for number in range(4)]
for process in processes:
    process.start()
    process.join()
""",
        "processes of an own class": """
processes = [Square("plain", number) for number in range(4)]
for process in processes:
    process.start()
    process.join()
#   ^^^^^^^^^^^^^^ serial-join
""",
        "a loop for each": """
processes = [Process(target=square, args=(number,)) for number in range(4)]
for process in processes:
    process.start()
for process in processes:
    process.join()
""",
    }
)
def test_processes_one_after_the_other(program: str) -> None:
    assert_findings(indented(program))


@programs(
    {
        "an array in every tuple": """
array = np.zeros((1000, 1000))
pool.map(sum, [(array, number) for number in range(1000)])
#               ^^^^^ repeated-payload
""",
        "beside the items": """
table = list(range(1_000_000))
list(executor.map(add, range(100), repeat(table)))
#                                         ^^^^^ repeated-payload
""",
        "a dict with a key for each number": """
table = {str(number): number**2 for number in range(1_000_000)}
list(executor.map(add, range(100), repeat(table)))
#                                         ^^^^^ repeated-payload
""",
        "by its name in a loop": """
table = "x" * 1_000_000
pending = []
for number in range(100):
    pending.append(pool.apply_async(add, (table, number)))
#                                         ^^^^^ repeated-payload
print([each.get() for each in pending])
""",
        "among the named arguments": """
table = "x" * 1_000_000
pending = [pool.apply_async(add, (number,), {"other": table}) for number in range(100)]
#                                                     ^^^^^ repeated-payload
print([each.get() for each in pending])
""",
        "rows that are made one by one": """
table = [[0] * 1000 for _ in range(1000)]
pending = [executor.submit(add, table, number) for number in range(100)]
#                               ^^^^^ repeated-payload
print([each.result() for each in pending])
""",
        "in tuples that a loop appends": """
table = list(range(1_000_000))
pairs = []
for number in range(100):
    pairs.append((table, number))
#                 ^^^^^ repeated-payload
pool.starmap(add, pairs)
""",
        "another one in each tuple that a loop appends": """
pairs = []
for number in range(100):
    table = list(range(number, 1_000_000))
    pairs.append((table, number))
pool.starmap(add, pairs)
""",
        "a few tasks": """
table = list(range(1_000_000))
list(executor.map(partial(add, table), range(4)))
""",
        "a small object": """
table = list(range(100))
pool.map(partial(add, table), range(100))
""",
        "an object of its own for each task": """
pending = []
for number in range(100):
    table = list(range(1_000_000))
    pending.append(pool.apply_async(add, (table, number)))
print([each.get() for each in pending])
""",
        "once": """
table = list(range(1_000_000))
print(pool.apply_async(add, (table, 1)).get())
""",
    }
)
def test_payloads(program: str) -> None:
    assert_findings(indented(program))


def test_the_family_can_be_turned_off() -> None:
    model = module(indented("list(pool.imap(square, range(10**4)))"))
    assert not check(model, Policy(ignore=frozenset({"performance"})))
