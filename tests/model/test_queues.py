"""Queues between processes: what is put on them, and whether it is read in time."""

from analysis import assert_findings, programs

WORKERS = """
import time
from multiprocessing import JoinableQueue, Process, Queue, SimpleQueue
def work(queue, number):
    queue.put([number])
def through_another(queue, number):
    emit(queue, number)
def emit(queue, number):
    for _ in range(number):
        queue.put(number)
def once(queue):
    queue.put("done")
def double(numbers, doubled):
    doubled.put(2 * numbers.get())
"""


@programs(
    {
        name: WORKERS + text
        for name, text in {
            "joined before it is read": """
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    process.join()
#   ^^^^^^^^^^^^^^ join-before-drain
    return queue.get()
""",
            "put by a function that the target calls": """
def run():
    queue = SimpleQueue()
    processes = [Process(target=through_another, args=(queue, n)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    #   ^^^^^^^^^^^^^^ join-before-drain
    return [queue.get() for _ in range(3)]
""",
            "the one of two queues that it does not read": """
def run():
    numbers, doubled = Queue(), Queue()
    process = Process(target=double, args=(numbers, doubled))
    process.start()
    numbers.put(1)
    process.join()
#   ^^^^^^^^^^^^^^ join-before-drain
    return doubled.get()
""",
            "read first": """
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    result = queue.get()
    process.join()
    return result, queue.get()
""",
            "read by an iterator": """
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    results = list(iter(queue.get, None))
    process.join()
    return results, queue.get()
""",
            "joined for some time": """
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    process.join(1)
    return queue.get()
""",
            "a word that fits": """
def run():
    queue = Queue()
    process = Process(target=once, args=(queue,))
    process.start()
    process.join()
    return queue.get()
""",
            "a number": """
def measure(queue):
    queue.put(time.monotonic())
def run():
    queue = Queue()
    process = Process(target=measure, args=(queue,))
    process.start()
    process.join()
    return queue.get()
""",
            "something small on a queue that writes at once": """
def run():
    queue = SimpleQueue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    process.join()
    return queue.get()
""",
            "never read here": """
def run(queue):
    process = Process(target=work, args=(queue, 1))
    process.start()
    process.join()
""",
            "joined by one function and read by another": """
def finish(processes):
    for process in processes:
        process.join()
def collect(queue):
    return queue.get()
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    finish([process])
#   ^^^^^^^^^^^^^^^^^ join-before-drain
    return collect(queue)
""",
            "read by one function and joined by another": """
def finish(processes):
    for process in processes:
        process.join()
def collect(queue):
    return queue.get()
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    result = collect(queue)
    finish([process])
    return result
""",
            "joined and read by methods": """
class Runner:
    def __init__(self):
        self.queue = Queue()
        self.process = Process(target=work, args=(self.queue, 1))
        self.process.start()
    def stop(self):
        self.process.join()
    def result(self):
        return self.queue.get()
def run():
    runner = Runner()
    runner.stop()
#   ^^^^^^^^^^^^^ join-before-drain
    return runner.result()
""",
            "read by a thread while it is joined": """
from threading import Thread
def collect(queue):
    return queue.get()
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    Thread(target=collect, args=(queue,)).start()
    process.join()
    return queue.get()
""",
            "joined or read": """
def run(wait):
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    if wait:
        process.join()
        return None
    return queue.get()
""",
            "joined by a function of another file": """
from runner import run_all
def run():
    queue = Queue()
    run_all([Process(target=work, args=(queue, 1))])
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ join-before-drain
    return queue.get()
# file: runner.py
def run_all(processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join()
""",
        }.items()
    }
)
def test_joins_before_the_queue_is_read(program: str) -> None:
    assert_findings(program)


@programs(
    {
        name: WORKERS + text
        for name, text in {
            "a worker that reads until it looks empty": """
def consume(queue):
    while not queue.empty():
    #         ^^^^^^^^^^^^^ queue-empty-poll
        print(queue.get())
def run():
    queue = Queue()
    Process(target=consume, args=(queue,)).start()
""",
            "a worker that leaves its loop": """
def consume(queue):
    while True:
        if queue.empty():
        #  ^^^^^^^^^^^^^ queue-empty-poll
            return
        print(queue.get_nowait())
def run():
    queue = Queue()
    Process(target=consume, args=(queue,)).start()
""",
            "a parent that reads while its workers run": """
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    while not queue.empty():
    #         ^^^^^^^^^^^^^ queue-empty-poll
        print(queue.get())
    process.join()
""",
            "a function that reads while workers run": """
def collect(queue):
    while queue.qsize() > 0:
    #     ^^^^^^^^^^^^^ queue-empty-poll
        print(queue.get())
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    collect(queue)
    process.join()
""",
            "a function that reads when they are joined": """
def collect(queue):
    while queue.qsize() > 0:
        print(queue.get())
def run():
    queue = Queue()
    process = Process(target=once, args=(queue,))
    process.start()
    process.join()
    collect(queue)
""",
            "a queue of a manager that is filled while the worker runs": """
from multiprocessing import Manager
def consume(queue):
    while not queue.empty():
    #         ^^^^^^^^^^^^^ queue-empty-poll
        print(queue.get())
def run():
    with Manager() as manager:
        queue = manager.Queue()
        process = Process(target=consume, args=(queue,))
        process.start()
        queue.put(1)
        process.join()
""",
            "a queue of a manager that is full when its worker starts": """
from multiprocessing import Manager
def consume(queue):
    while not queue.empty():
        print(queue.get())
def run():
    with Manager() as manager:
        queue = manager.Queue()
        queue.put(1)
        process = Process(target=consume, args=(queue,))
        process.start()
        process.join()
""",
            "a parent that has joined its workers": """
def run():
    queue = Queue()
    process = Process(target=once, args=(queue,))
    process.start()
    process.join()
    while not queue.empty():
        print(queue.get())
""",
            "a loop that goes on": """
def consume(queue, event):
    while not event.is_set():
        if queue.empty():
            continue
        print(queue.get())
def run(event):
    queue = Queue()
    Process(target=consume, args=(queue, event)).start()
""",
            "a loop that asks for more": """
def run():
    queue = Queue()
    process = Process(target=work, args=(queue, 1))
    process.start()
    while process.is_alive() or not queue.empty():
        print(queue.get())
""",
            "a queue of threads": """
import queue as queues
def run():
    queue = queues.Queue()
    while not queue.empty():
        print(queue.get())
""",
        }.items()
    }
)
def test_loops_that_end_when_a_queue_looks_empty(program: str) -> None:
    assert_findings(program)
