"""Queues between processes: what is put on them, and whether it is read in time."""

from analysis import assert_findings, programs

WORKERS = """
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
            "never read here": """
def run(queue):
    process = Process(target=work, args=(queue, 1))
    process.start()
    process.join()
""",
        }.items()
    }
)
def test_joins_before_the_queue_is_read(program: str) -> None:
    assert_findings(program)
