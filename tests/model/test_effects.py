"""What workers do that the parent does not see, or that leaves it waiting."""

from analysis import assert_findings, programs


@programs(
    {
        "in a task of a pool": """
            import sys
            from multiprocessing import Pool
            def work(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker [fork spawn forkserver]
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "imported by its name, behind calls": """
            from multiprocessing import Pool
            from sys import exit as leave
            def usage():
                leave("usage")
            #   ^^^^^^^^^^^^^^ exit-in-worker
            class Job:
                def run(self):
                    usage()
            def work(n):
                Job().run()
            if __name__ == "__main__":
                with Pool(1) as pool:
                    for each in pool.imap_unordered(work, [1]):
                        print(each)
            """,
        "the builtins": """
            from concurrent.futures import ProcessPoolExecutor
            def work(n):
                if n:
                    quit()
            #       ^^^^^^ exit-in-worker
                exit(1)
            #   ^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                with ProcessPoolExecutor() as executor:
                    executor.submit(work, 1).result()
            """,
        "the exception, called or not": """
            from multiprocessing import Pool
            def work(n):
                if n:
                    raise SystemExit
            #             ^^^^^^^^^^ exit-in-worker
                raise SystemExit(2)
            #         ^^^^^^^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                Pool(1).starmap(work, [(1,)])
            """,
        "what Exception does not catch": """
            import sys
            from multiprocessing import Pool
            def work(n):
                try:
                    sys.exit()
            #       ^^^^^^^^^^ exit-in-worker
                except Exception:
                    return None
            if __name__ == "__main__":
                Pool(1).apply(work, (1,))
            """,
        "at once, past every except": """
            import os
            from multiprocessing import Pool
            def work(n):
                try:
                    os._exit(1)
            #       ^^^^^^^^^^^ exit-in-worker
                except BaseException:
                    return None
            if __name__ == "__main__":
                Pool(1).apply(work, (1,))
            """,
        "a parser of arguments": """
            import argparse
            from multiprocessing import Pool
            def work(text):
                parser = argparse.ArgumentParser()
                if not text:
                    parser.error("nothing")
            #       ^^^^^^^^^^^^^^^^^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                Pool(1).map(work, [""])
            """,
        "a pool or none": """
            import contextlib, sys
            from multiprocessing import Pool
            def work(n):
                sys.exit()
            #   ^^^^^^^^^^ exit-in-worker
            def main(jobs):
                context = Pool(jobs) if jobs else contextlib.nullcontext()
                with context as pool:
                    return pool.map(work, [1]) if pool is not None else work(1)
            if __name__ == "__main__":
                main(2)
            """,
        "in another file": """
            from multiprocessing import Pool
            from jobs import work
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            # file: jobs.py
            import sys
            def work(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker
            """,
        "in a file that its file imports": """
            from multiprocessing import Pool
            from jobs import work
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            # file: jobs.py
            from shared.ends import stop
            def work(n):
                stop(n)
            # file: shared/__init__.py
            # file: shared/ends.py
            import sys
            def stop(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker
            """,
        "in a file that two files send": """
            from multiprocessing import Pool
            from jobs import work
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            # file: again.py
            from multiprocessing import Pool
            import jobs
            if __name__ == "__main__":
                Pool(1).map(jobs.work, [1])
            # file: jobs.py
            import sys
            def work(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker
            """,
        "sent by a file that is not around it": """
            # file: app/__init__.py
            # file: app/command/__init__.py
            # file: app/command/start.py
            from multiprocessing import Pool
            from app.tasks.jobs import work
            def main():
                Pool(1).map(work, [1])
            #               ^^^^ exit-in-worker
            # file: app/tasks/__init__.py
            # file: app/tasks/jobs.py
            import sys
            def work(n):
                sys.exit(n)
            """,
        "an own context": """
            import multiprocessing, sys
            def work(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker [fork spawn forkserver]
            if __name__ == "__main__":
                multiprocessing.get_context("spawn").Pool(1).map(work, [1])
            """,
        "in an initializer": """
            import sys
            from multiprocessing import Pool
            def prepare():
                sys.exit()
            #   ^^^^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                Pool(1, prepare).map(abs, [1])
            """,
    }
)
def test_exits(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "caught": """
            import sys
            from multiprocessing import Pool
            def inner():
                sys.exit()
            def work(n):
                try:
                    inner()
                except SystemExit as error:
                    return error.code
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "suppressed": """
            import contextlib, sys
            from multiprocessing import Pool
            def work(n):
                with contextlib.suppress(SystemExit):
                    sys.exit()
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "a finally that returns": """
            import sys
            from multiprocessing import Pool
            def work(n):
                try:
                    sys.exit()
                finally:
                    return n
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "a decorator that is not known": """
            import sys
            from multiprocessing import Pool
            from elsewhere import careful
            @careful
            def inner(n):
                sys.exit()
            def work(n):
                inner(n)
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "threads, processes and the parent": """
            import sys
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool, Process
            from multiprocessing.pool import ThreadPool
            def work(n=1):
                sys.exit(n)
            def done(result):
                sys.exit(result)
            if __name__ == "__main__":
                Process(target=work).start()
                with Pool(1) as pool:
                    pool.apply_async(abs, (1,), callback=done).wait()
                ThreadPool(1).map(work, [1])
                ThreadPoolExecutor(1).submit(work)
                work()
            """,
        "an exit that only the main program comes to": """
            import sys
            from multiprocessing import Pool
            def work(n, is_strict=False):
                if is_strict:
                    sys.exit(n)
                if __name__ == "__main__":
                    sys.exit(n)
                return n
            def call(n):
                return work(n, False)
            if __name__ == "__main__":
                Pool(1).map(call, [1])
            """,
        "another function of that name": """
            from multiprocessing import Pool
            def exit(n):
                return n
            def work(n):
                return exit(n)
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
    }
)
def test_no_exits(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a list of the module": """
            from multiprocessing import Process
            results = []
            def work(n):
                results.append(n)
            #   ^^^^^^^ lost-mutation [fork spawn forkserver]
            if __name__ == "__main__":
                process = Process(target=work, args=(1,))
                process.start()
                process.join()
                print(results)
            """,
        "a list of known length": """
            from multiprocessing import Process
            def work(found, n):
                found[n] = n
            #   ^^^^^^^^ lost-mutation
            def main():
                found = [None] * 3
                processes = [Process(target=work, args=(found, n)) for n in range(3)]
                for process in processes:
                    process.start()
                for process in processes:
                    process.join()
                return sum(found)
            if __name__ == "__main__":
                main()
            """,
        "an attribute of each item": """
            from multiprocessing import Pool
            class Job:
                def __init__(self, n):
                    self.n = n
                    self.done = False
            def work(job):
                job.done = True
            #   ^^^^^^^^ lost-mutation
            def main():
                jobs = [Job(n) for n in range(3)]
                with Pool(1) as pool:
                    pool.map(work, jobs)
                for job in jobs:
                    print(job.n, job.done)
            if __name__ == "__main__":
                main()
            """,
        "read in a comprehension, returned in vain": """
            from multiprocessing import Pool
            def work(row):
                row["n"] = row["n"] + 1
            #   ^^^^^^^^ lost-mutation
                return row
            def main():
                rows = [{"n": 1}, {"n": 2}]
                with Pool(1) as pool:
                    pool.map(work, rows)
                return [row["n"] for row in rows]
            if __name__ == "__main__":
                print(main())
            """,
        "a class": """
            from concurrent.futures import ProcessPoolExecutor
            class Stats:
                done = 0
            def work(n):
                Stats.done += 1
            #   ^^^^^^^^^^ lost-mutation
            if __name__ == "__main__":
                with ProcessPoolExecutor(1) as executor:
                    executor.submit(work, 1).result()
                print(Stats.done)
            """,
        "through a helper, with the object as its argument": """
            from multiprocessing import Process
            def note(log, n):
                log.append(n)
            #   ^^^ lost-mutation
            def work(log):
                note(log, 1)
            if __name__ == "__main__":
                log = []
                process = Process(target=work, args=(log,))
                process.start()
                process.join()
                print(len(log))
            """,
        "a variable of another file": """
            from multiprocessing import Pool
            import state
            def work(n):
                state.count = n
            #   ^^^^^^^^^^^ lost-mutation
            if __name__ == "__main__":
                with Pool(1) as pool:
                    pool.map(work, [1])
                print(state.count)
            # file: state.py
            count = 0
            """,
        "an array": """
            import numpy as np
            from multiprocessing import Pool
            table = np.zeros(3)
            def work(n):
                table[n] = n
            #   ^^^^^^^^ lost-mutation
            if __name__ == "__main__":
                with Pool(1) as pool:
                    pool.map(work, range(3))
                print(table)
            """,
        "a flag that the parent waits for": """
            import time
            from multiprocessing import Process
            finished = False
            def work():
                global finished
                finished = True
            #   ^^^^^^^^ lost-mutation
            if __name__ == "__main__":
                Process(target=work).start()
                while not finished:
                    time.sleep(1)
            """,
    }
)
def test_lost_mutations(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "an attribute that is made where it is missing": """
            from multiprocessing import Event, Process
            class Signal:
                def __init__(self):
                    self.event = None
                def make(self):
                    self.event = Event()
                def set(self):
                    if self.event is None:
                        self.make()
                    self.event.set()
            def work(signal):
                signal.set()
            if __name__ == "__main__":
                signal = Signal()
                signal.make()
                Process(target=work, args=(signal,)).start()
                signal.event.wait()
            """,
        "shared types": """
            from multiprocessing import Array, Manager, Process, Value
            def work(counter, table, shared):
                counter.value += 1
                table[0] = 1
                shared["a"] = 1
            if __name__ == "__main__":
                counter, table = Value("i", 0), Array("i", 3)
                with Manager() as manager:
                    shared = manager.dict()
                    process = Process(target=work, args=(counter, table, shared))
                    process.start()
                    process.join()
                    print(counter.value, table[0], shared)
            """,
        "shared memory": """
            import numpy as np
            from multiprocessing import Process, shared_memory
            def work(name):
                memory = shared_memory.SharedMemory(name=name)
                table = np.ndarray((3,), buffer=memory.buf)
                table[0] = 1
            if __name__ == "__main__":
                memory = shared_memory.SharedMemory(create=True, size=24)
                table = np.ndarray((3,), buffer=memory.buf)
                process = Process(target=work, args=(memory.name,))
                process.start()
                process.join()
                print(table[0])
            """,
        "a file that all map": """
            import numpy as np
            from multiprocessing import Pool
            table = np.memmap("table", shape=(3,))
            def work(n):
                table[n] = n
            if __name__ == "__main__":
                with Pool(1) as pool:
                    pool.map(work, range(3))
                print(table)
            """,
        "what an initializer sets": """
            from multiprocessing import Pool
            table = {}
            limit = 0
            def prepare(n):
                global limit
                limit = n + 1
                table["n"] = n
            def work(n):
                return n + limit + table["n"]
            if __name__ == "__main__":
                with Pool(1, prepare, (3,)) as pool:
                    print(pool.map(work, [1]))
                print(limit, table)
            """,
        "what the parent never reads, or only before": """
            from multiprocessing import Pool
            seen = []
            def work(n):
                seen.append(n)
                return len(seen)
            if __name__ == "__main__":
                print(seen)
                with Pool(1) as pool:
                    print(pool.map(work, [1]))
            """,
        "what the parent puts together itself": """
            from multiprocessing import Pool
            seen = {}
            def work(n):
                seen[n] = n
                return dict(seen)
            if __name__ == "__main__":
                with Pool(1) as pool:
                    for each in pool.imap(work, [1, 2]):
                        seen.update(each)
                print(seen)
            """,
        "what the parent binds anew": """
            from multiprocessing import Pool
            count = 0
            rows = [{"n": 1}]
            def work(row):
                global count
                count += 1
                row["n"] = 2
                return row
            if __name__ == "__main__":
                with Pool(1) as pool:
                    rows = pool.map(work, rows)
                count = len(rows)
                print(rows, count)
            """,
        "something to work with": """
            import logging, sqlite3
            from multiprocessing import Pool, Process
            def work(n):
                global logger
                logger = logging.getLogger("worker")
                logger.info(n)
            class Worker(Process):
                def __init__(self, path):
                    super().__init__()
                    self.path = path
                    self.connection = sqlite3.connect(path)
                def run(self):
                    self.connection = sqlite3.connect(self.path)
                def close(self):
                    self.connection.close()
            if __name__ == "__main__":
                logger = logging.getLogger("main")
                with Pool(1) as pool:
                    pool.map(work, [1])
                logger.info("done")
            """,
        "items that are sorted and taken": """
            from multiprocessing import Pool
            def median(numbers):
                numbers.sort()
                while len(numbers) > 2:
                    numbers.pop()
                return numbers[0]
            if __name__ == "__main__":
                rows = [[2, 1], [3, 4]]
                with Pool(1) as pool:
                    print(pool.map(median, rows))
                for row in rows:
                    print(len(row), row)
            """,
        "other keys of settings": """
            from multiprocessing import Process
            def work(settings, n):
                settings["seed"] = n
                print(settings)
            if __name__ == "__main__":
                settings = {"name": "x", "seed": 0}
                for n in range(2):
                    Process(target=work, args=(settings, n)).start()
                print(settings["name"])
            """,
        "one way or the other": """
            from multiprocessing import Pool
            results = []
            def work(n):
                results.append(n)
                return n
            def main(parallel):
                if parallel:
                    with Pool(1) as pool:
                        return pool.map(work, [1])
                else:
                    work(1)
                    return results
            if __name__ == "__main__":
                main(True)
            """,
        "put on a queue": """
            from multiprocessing import Process, Queue
            class Worker(Process):
                def __init__(self, queue):
                    super().__init__()
                    self.queue = queue
                    self.total = 0
                def run(self):
                    self.total = 3
                    self.queue.put(self.total)
            if __name__ == "__main__":
                queue = Queue()
                worker = Worker(queue)
                worker.start()
                worker.total = queue.get()
                print(worker.total)
            """,
        "an object that the worker makes": """
            from multiprocessing import Pool
            class Total:
                def __init__(self):
                    self.n = 0
                def add(self, n):
                    self.n += n
            def work(n):
                total = Total()
                total.add(n)
                return total.n
            if __name__ == "__main__":
                total = Total()
                with Pool(1) as pool:
                    for each in pool.map(work, [1]):
                        print(each)
                print(total.n)
            """,
    }
)
def test_kept_mutations(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "in an attribute, fetched before": """
            from multiprocessing import Manager, Process
            class Cache:
                def __init__(self, store):
                    self.store = store
                def add(self, key, value):
                    if key not in self.store:
                        self.store[key] = []
                    entry = self.store[key]
                    entry.append(value)
            #       ^^^^^ nested-proxy-mutation [fork spawn forkserver]
            def work(cache):
                cache.add("k", "v")
            if __name__ == "__main__":
                store = Manager().dict()
                process = Process(target=work, args=(Cache(store),))
                process.start()
                process.join()
                print(dict(store))
            """,
        "a global that an initializer sets": """
            from multiprocessing import Manager, Pool
            shared = None
            def prepare(table):
                global shared
                shared = table
            def work(n):
                shared.get("status").update(ok=n)
            #   ^^^^^^^^^^^^^^^^^^^^ nested-proxy-mutation
            if __name__ == "__main__":
                with Manager() as manager:
                    table = manager.dict(status={}, name="x")
                    with Pool(1, prepare, (table,)) as pool:
                        pool.map(work, [1])
                    print(table["status"])
            """,
        "in an attribute, made by a manager that is passed": """
            from multiprocessing import Manager, Pool
            class Stats:
                def __init__(self, manager):
                    self.table = manager.dict()
                    self.table["hits"] = {"n": 0}
                def hit(self, _):
                    self.table["hits"]["n"] += 1
            #       ^^^^^^^^^^^^^^^^^^^^^^^ nested-proxy-mutation
            if __name__ == "__main__":
                with Manager() as manager, Pool(1) as pool:
                    stats = Stats(manager)
                    pool.map(stats.hit, range(3))
                    print(stats.table["hits"])
            """,
        "bound by a partial": """
            from functools import partial
            from multiprocessing import Manager, Pool
            def work(groups, n):
                groups.setdefault(n % 2, []).append(n)
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nested-proxy-mutation
            if __name__ == "__main__":
                with Manager() as manager, Pool(1) as pool:
                    groups = manager.dict()
                    pool.map(partial(work, groups), range(3))
                    print(dict(groups))
            """,
        "an item of an item": """
            from multiprocessing import Manager
            def note(table, name):
                table[name]["count"] += 1
            #   ^^^^^^^^^^^^^^^^^^^^ nested-proxy-mutation
            if __name__ == "__main__":
                with Manager() as manager:
                    table = manager.dict({"a": {"count": 0}})
                    note(table, "a")
                    print(table["a"])
            """,
    }
)
def test_copies_of_what_managers_have(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "lists of the manager": """
            from multiprocessing import Manager
            if __name__ == "__main__":
                with Manager() as manager:
                    rows = manager.list([manager.list() for _ in range(2)])
                    rows[0].append(1)
                    table = manager.dict({"a": manager.dict()})
                    table["a"]["b"] = 1
                    for row in rows:
                        row.append(2)
            """,
        "what is not known": """
            from multiprocessing import Manager
            from elsewhere import load
            if __name__ == "__main__":
                with Manager() as manager:
                    table = manager.dict(load())
                    table["a"].append(1)
                    other = manager.dict(a=load())
                    other["a"].append(1)
            """,
        "assigned back": """
            from multiprocessing import Manager
            if __name__ == "__main__":
                with Manager() as manager:
                    table = manager.dict(a=[])
                    rows = table["a"]
                    rows.append(1)
                    table["a"] = rows
                    row = table.get("b", [])
                    row.append(2)
                    table.update(b=row)
            """,
        "a dict that is no manager's": """
            table = {"a": []}
            def main():
                table["a"].append(1)
                for row in table.values():
                    row.append(2)
            """,
    }
)
def test_what_managers_learn_of(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a process of an own class": """
            from multiprocessing import JoinableQueue, Process
            class Worker(Process):
                def __init__(self, queue):
                    super().__init__(daemon=True)
                    self.queue = queue
                def run(self):
                    while True:
                        print(self.queue.get())
            #                 ^^^^^^^^^^^^^^ missing-task-done [fork spawn forkserver]
            if __name__ == "__main__":
                queue = JoinableQueue()
                Worker(queue).start()
                queue.put(1)
                queue.join()
            """,
        "a queue of a manager, got by its method": """
            from multiprocessing import Manager, Pool
            def work(tasks):
                return sum(iter(tasks.get, None))
            #                   ^^^^^^^^^ missing-task-done
            if __name__ == "__main__":
                with Manager() as manager, Pool(1) as pool:
                    tasks = manager.Queue()
                    result = pool.apply_async(work, (tasks,))
                    tasks.put(1)
                    tasks.put(None)
                    tasks.join()
                    print(result.get())
            """,
        "one of two functions in a table": """
            from multiprocessing import JoinableQueue, Process
            def double(tasks, doubled):
                for n in iter(tasks.get, None):
                    doubled.put(2 * n)
                    tasks.task_done()
            def show(doubled):
                while True:
                    print(doubled.get())
            #             ^^^^^^^^^^^ missing-task-done
            if __name__ == "__main__":
                tasks, doubled = JoinableQueue(), JoinableQueue()
                for target, args in [(double, (tasks, doubled)), (show, (doubled,))]:
                    Process(target=target, args=args, daemon=True).start()
                tasks.put(1)
                tasks.join()
                doubled.join()
            """,
        "the other queue is told": """
            from multiprocessing import JoinableQueue, Process
            def work(tasks, results):
                for n in iter(tasks.get, None):
            #                 ^^^^^^^^^ missing-task-done
                    results.put(n)
            def main():
                tasks, results = JoinableQueue(), JoinableQueue()
                process = Process(target=work, args=(tasks, results))
                process.start()
                tasks.put(1)
                tasks.put(None)
                print(results.get())
                results.task_done()
                tasks.join()
                results.join()
            if __name__ == "__main__":
                main()
            """,
        "in another file": """
            from multiprocessing import JoinableQueue, Process
            from consumers import work
            if __name__ == "__main__":
                queue = JoinableQueue()
                Process(target=work, args=(queue,), daemon=True).start()
                queue.put(1)
                queue.join()
            #   ^^^^^^^^^^ missing-task-done
            # file: consumers.py
            def work(queue):
                while True:
                    print(queue.get())
            """,
    }
)
def test_missing_task_done(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "in a finally": """
            from multiprocessing import JoinableQueue, Process
            def work(queue):
                while True:
                    n = queue.get()
                    try:
                        print(n)
                    finally:
                        queue.task_done()
            if __name__ == "__main__":
                queue = JoinableQueue()
                Process(target=work, args=(queue,), daemon=True).start()
                queue.put(1)
                queue.join()
            """,
        "somebody else may": """
            from multiprocessing import JoinableQueue, Process
            from elsewhere import consume, note
            def work(queue):
                print(queue.get())
                note(queue)
            if __name__ == "__main__":
                queue, other = JoinableQueue(), JoinableQueue()
                Process(target=work, args=(queue,), daemon=True).start()
                queue.put(1)
                queue.join()
                Process(target=consume, args=(other,), daemon=True).start()
                other.put(1)
                other.join()
            """,
        "other joins": """
            import os
            from multiprocessing import Process, Queue
            def work(queue):
                print(queue.get(), os.path.join("a", "b"))
            if __name__ == "__main__":
                queue = Queue()
                process = Process(target=work, args=(queue,))
                process.start()
                queue.put(1)
                process.join()
                queue.close()
                queue.join_thread()
            """,
    }
)
def test_queues_that_are_told(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a global that the main program sets": """
            from concurrent.futures import ProcessPoolExecutor
            def fibonacci(n):
                if n < 2:
                    return n
                first = executor.submit(fibonacci, n - 1)
            #           ^^^^^^^^^^^^^^^ recursive-submit [fork]
            #           ^^^^^^^^ guard-only-global [spawn forkserver]
                return first.result() + fibonacci(n - 2)
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(8)
                print(executor.submit(fibonacci, 3).result())
            """,
        "of another file, through a call": """
            from concurrent.futures import ProcessPoolExecutor
            import workers
            def inner(n):
                return n
            def helper(n):
                return list(workers.executor.map(inner, [n]))
            #               ^^^^^^^^^^^^^^^^^^^^ recursive-submit
            def work(n):
                return helper(n)
            if __name__ == "__main__":
                print(workers.executor.submit(work, 3).result())
            # file: workers.py
            from concurrent.futures import ProcessPoolExecutor
            executor = ProcessPoolExecutor()
            """,
    }
)
def test_recursive_submits(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "each its own": """
            from concurrent.futures import ProcessPoolExecutor
            def total(n):
                if n == 0:
                    return 0
                with ProcessPoolExecutor(1) as executor:
                    return n + executor.submit(total, n - 1).result()
            if __name__ == "__main__":
                print(total(2))
            """,
        "another executor, and threads": """
            from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
            threads = ThreadPoolExecutor(2)
            first, second = ProcessPoolExecutor(1), ProcessPoolExecutor(1)
            def inner(n):
                return n
            def work(n):
                return threads.submit(inner, n)
            def main():
                print(second.submit(inner, 3).result())
                print(first.submit(inner, 3).result())
                print(threads.submit(work, 3).result().result())
            if __name__ == "__main__":
                main()
            """,
        "an own context that spawns": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
            def inner(n):
                return n
            def work(n):
                return executor.submit(inner, n).result()
            if __name__ == "__main__":
                print(executor.submit(work, 3).result())
            """,
    }
)
def test_submits_that_come_through(program: str) -> None:
    assert_findings(program)
