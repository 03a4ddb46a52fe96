"""Threads and locks of the main program when it forks workers."""

from analysis import analyse, assert_findings, programs
from carets import ASIDES
from spawnsafe.check import Policy, Severity, check
from spawnsafe.model import Target


@programs(
    {
        "one thread that the main program has started": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool
            THREADS = ThreadPoolExecutor(max_workers=1)
            def work(number):
                return [each for each in THREADS.map(abs, [number])]
            if __name__ == "__main__":
                THREADS.submit(abs, -1)
                with Pool(1) as pool:
                #    ^^^^^^^ fork-with-threads [fork]
                    print(pool.map(work, [1, 2]))
            """,
        "a thread that seems idle": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Process
            THREADS = ThreadPoolExecutor()
            def work():
                print(THREADS.submit(abs, -2).result())
            if __name__ == "__main__":
                print(THREADS.submit(abs, -1).result())
                process = Process(target=work)
                process.start()
            #   ^^^^^^^^^^^^^^^ fork-with-threads [fork]
            """,
        "a pool of threads in an attribute": """
            from multiprocessing import Pool, dummy
            class Fetcher:
                threads = None
                def fetch(self, numbers):
                    if not self.threads:
                        self.threads = dummy.Pool(2)
                    return self.threads.map(abs, numbers)
            FETCHER = Fetcher()
            def work(number):
                return FETCHER.fetch([number])
            def main():
                FETCHER.fetch([-1])
                with Pool(1) as pool:
                #    ^^^^^^^ fork-with-threads
                    print(pool.map(work, [1, 2]))
            if __name__ == "__main__":
                main()
            """,
        "a heir of Thread that answers": """
            import queue
            import threading
            from multiprocessing import Process
            answers = queue.Queue()
            class Server(threading.Thread):
                def run(self):
                    while True:
                        self.answer()
                def answer(self):
                    answers.put(1)
            def work():
                print(answers.get())
            if __name__ == "__main__":
                server = Server()
                server.start()
                process = Process(target=work)
                process.start()
            #   ^^^^^^^^^^^^^^^ fork-with-threads [fork]
            """,
        "a lock that is taken and not given back": """
            import threading
            from concurrent.futures import ProcessPoolExecutor
            lock = threading.Semaphore()
            def work():
                lock.acquire()
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(1)
                lock.acquire()
                first = executor.submit(work)
                #       ^^^^^^^^^^^^^^^^^^^^^ fork-with-threads [fork]
                print(first.result(), executor.submit(work).result())
            """,
        "a lock that a caller holds": """
            from multiprocessing import get_context
            import threading
            lock = threading.Lock()
            def work():
                with lock:
                    print("hello")
            def begin():
                get_context("fork").Process(target=work).start()
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fork-with-threads [fork spawn forkserver]
            if __name__ == "__main__":
                with lock:
                    begin()
            """,
    }
)
def test_what_a_forked_worker_waits_for_in_vain_is_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "joined after the fork": """
            import threading
            from multiprocessing import Pool
            if __name__ == "__main__":
                thread = threading.Thread(target=print)
                thread.start()
                with Pool(1) as pool:
                #    ^^^^^^^ fork-with-threads [fork]
                    print(pool.map(abs, [1]))
                thread.join()
            """,
        "several in a list": """
            import threading
            from multiprocessing import Process
            if __name__ == "__main__":
                threads = [threading.Thread(target=print, args=(n,)) for n in range(4)]
                for thread in threads:
                    thread.start()
                Process(target=print).start()
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fork-with-threads
                for thread in threads:
                    thread.join()
            """,
        "a daemon": """
            import threading
            from concurrent.futures import ProcessPoolExecutor
            def main():
                thread = threading.Thread(target=print)
                thread.daemon = True
                thread.start()
                with ProcessPoolExecutor() as executor:
                    print(executor.submit(abs, 1).result())
                    #     ^^^^^^^^^^^^^^^^^^^^^^^ fork-with-threads
            if __name__ == "__main__":
                main()
            """,
        "a timer": """
            import threading
            from multiprocessing import Manager
            if __name__ == "__main__":
                threading.Timer(60, print).start()
                with Manager() as manager:
                #    ^^^^^^^^^ fork-with-threads
                    print(manager.list())
            """,
        "an executor, in its `with`": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool
            if __name__ == "__main__":
                with ThreadPoolExecutor() as threads:
                    threads.submit(print)
                    pool = Pool(1)
                    #      ^^^^^^^ fork-with-threads
                    pool.map(abs, [1])
            """,
    }
)
def test_a_fork_while_threads_run_is_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "joined before": """
            import threading
            from multiprocessing import Pool
            if __name__ == "__main__":
                threads = [threading.Thread(target=print, daemon=True) for _ in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                Pool(1).map(abs, [1])
            """,
        "joined in a method": """
            import threading
            from multiprocessing import Pool
            class Ticker:
                def __init__(self):
                    self.thread = threading.Thread(target=self.tick)
                def tick(self):
                    while True:
                        print("tick")
                def start(self):
                    self.thread.start()
                def stop(self):
                    self.thread.join()
            if __name__ == "__main__":
                ticker = Ticker()
                ticker.start()
                ticker.stop()
                Pool(1).map(abs, [1])
            """,
        "the `with` is over": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool
            def fetch():
                with ThreadPoolExecutor() as threads:
                    return list(threads.map(abs, [1]))
            if __name__ == "__main__":
                fetch()
                Pool(1).map(abs, [1])
            """,
        "a pool that nothing holds any more": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool
            from multiprocessing.pool import ThreadPool
            def fetch():
                threads = ThreadPoolExecutor()
                return threads.submit(abs, -1).result()
            if __name__ == "__main__":
                fetch()
                ThreadPool(1).map(abs, [1])
                Pool(1).map(abs, [1])
            """,
        "started later": """
            import threading
            from concurrent.futures import ProcessPoolExecutor
            if __name__ == "__main__":
                with ProcessPoolExecutor() as executor:
                    print(executor.submit(abs, 1).result())
                    thread = threading.Thread(target=print, daemon=True)
                    thread.start()
                    print(executor.submit(abs, 2).result())
            """,
        "an executor that has no threads yet": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool
            THREADS = ThreadPoolExecutor(1)
            def work(number):
                return THREADS.submit(abs, number).result()
            if __name__ == "__main__":
                print(Pool(1).map(work, [1]))
            """,
        "a thread that has ended by then, for all that is known": """
            import threading
            from multiprocessing import Pool
            if __name__ == "__main__":
                threading.Thread(target=print).start()
                Pool(1).map(abs, [1])
            """,
        "on another way through the program": """
            import sys
            import threading
            from multiprocessing import Pool
            if __name__ == "__main__":
                if "--threads" in sys.argv:
                    threading.Thread(target=print, daemon=True).start()
                else:
                    Pool(1).map(abs, [1])
            """,
        "spawned workers": """
            from multiprocessing import get_context
            import threading
            if __name__ == "__main__":
                threading.Thread(target=print, daemon=True).start()
                multiprocessing.get_context("spawn").Pool(1).map(abs, [1])
            """,
        "the queue holds items": """
            import queue
            from multiprocessing import Process
            items = queue.Queue()
            def work():
                print(items.get())
            if __name__ == "__main__":
                items.put(1)
                process = Process(target=work)
                process.start()
            """,
        "the lock is given back": """
            import threading
            from multiprocessing import Process
            lock = threading.Lock()
            def work():
                with lock:
                    print("hello")
            if __name__ == "__main__":
                lock.acquire()
                lock.release()
                process = Process(target=work)
                process.start()
                with lock:
                    print("main")
            """,
        "another lock": """
            import threading
            from multiprocessing import Process
            lock, other = threading.Lock(), threading.Lock()
            def work():
                with other:
                    print("hello")
            if __name__ == "__main__":
                with lock:
                    Process(target=work).start()
            """,
        "started anew in another process": """
            import os
            from multiprocessing import Pool
            from multiprocessing.pool import ThreadPool
            threads, owner = ThreadPool(2), os.getpid()
            threads.terminate()
            def work(number):
                threads = ThreadPool(2)
                return threads.map(abs, [number])
            if __name__ == "__main__":
                print(Pool(1).map(work, [1]))
            """,
    }
)
def test_forks_without_threads_are_left_alone(program: str) -> None:
    assert_findings(program)


_AT_IMPORT = """\
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
threads = ThreadPool(2)
def work(number):
    return threads.map(abs, [number])
if __name__ == "__main__":
    print(Pool(1).map(work, [1]))
"""


def test_a_forkserver_that_imports_main_starts_its_threads() -> None:
    (model,) = analyse({"main.py": _AT_IMPORT}).values()
    (found,) = check(model, Policy(ignore=ASIDES, targets=(Target.parse("linux-3.14"),)))
    assert (found.rule.code, found.severity) == ("fork-with-threads", Severity.ERROR)
    assert found.finding.problem.endswith("under forkserver from Python 3.14.")


def test_a_fork_that_python_warns_of_is_advice() -> None:
    text = _AT_IMPORT.replace("work, [1]", "abs, [1]")
    (model,) = analyse({"main.py": text}).values()
    (found,) = check(model, Policy(ignore=ASIDES, targets=(Target.parse("linux-3.13"),)))
    assert (found.rule.code, found.severity) == ("fork-with-threads", Severity.INFORMATION)
    assert not check(model, Policy(ignore=ASIDES, targets=(Target.parse("linux-3.11"),)))
