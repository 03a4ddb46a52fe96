"""What workers find under the names of a module's variables, and what they make anew when they import it."""

from analysis import assert_findings, programs


@programs(
    {
        "read in a function that the worker calls": """
            from concurrent.futures import ProcessPoolExecutor
            def helper(n):
                return n ** POWER
                #           ^^^^^ guard-only-global [spawn forkserver]
            def work(n):
                return helper(n)
            if __name__ == "__main__":
                POWER = 3
                with ProcessPoolExecutor(1) as executor:
                    print(executor.submit(work, 2).result())
            """,
        "read in another file, by the name of the module": """
            from multiprocessing import Pool
            import config
            def work(n):
                return n * config.scale
                #          ^^^^^^^^^^^^ guard-only-global [spawn forkserver]
            def main():
                config.scale = 10
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            if __name__ == "__main__":
                main()
            # file: config.py
            name = "x"
            """,
        "set by a function of another file": """
            from multiprocessing import Pool
            import helpers
            if __name__ == "__main__":
                helpers.configure(10)
                with Pool(2) as pool:
                    print(pool.map(helpers.work, [1, 2]))
                    #              ^^^^^^^^^^^^ guard-only-global [spawn forkserver]
            # file: helpers.py
            scale = 1
            def configure(value):
                global scale
                scale = value
            def work(n):
                return n * scale
            """,
        "set by the function that makes the pool, in a library": """
            from multiprocessing import Pool
            _scale = 1
            def _work(n):
                return n * _scale
                #          ^^^^^^ guard-only-global [spawn forkserver]
            def run():
                global _scale
                _scale = 7
                with Pool(2) as pool:
                    print(pool.map(_work, [1, 2]))
            """,
        "bound by with, by a loop, by def": """
            import tempfile
            from multiprocessing import Pool
            def work(n):
                return double(n), factor, len(folder)
                #      ^^^^^^ guard-only-global
                #                 ^^^^^^ guard-only-global
                #                             ^^^^^^ guard-only-global
            if __name__ == "__main__":
                def double(n):
                    return n * 2
                for factor in (2, 3):
                    with tempfile.TemporaryDirectory() as folder, Pool(2) as pool:
                        print(pool.map(work, [1, 2]))
            """,
        "read in comprehensions and lambdas": """
            from multiprocessing import Pool
            def work(n):
                return sorted([n * w for w in WEIGHTS], key=lambda x: RANK[x])
                #                             ^^^^^^^ guard-only-global
                #                                                     ^^^^ guard-only-global
            if __name__ == "__main__":
                WEIGHTS = [1, 2]
                RANK = {1: 2, 3: 1}
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "read by an initializer": """
            from multiprocessing import Pool
            STATE = {}
            def setup():
                STATE["x"] = START
                #            ^^^^^ guard-only-global [spawn forkserver]
            def work(n):
                return STATE["x"] + n
            if __name__ == "__main__":
                START = 2
                with Pool(1, initializer=setup) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "an executor and a process that start later": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Process
            def work():
                return SCALE
                #      ^^^^^ guard-only-global [spawn forkserver]
            def other():
                print(OFFSET)
                #     ^^^^^^ guard-only-global [spawn forkserver]
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(1)
                SCALE = 10
                print(executor.submit(work).result())
                process = Process(target=other)
                OFFSET = 10
                process.start()
                process.join()
            """,
        "a chosen method": """
            import multiprocessing
            def work(n):
                return n * SCALE
                #          ^^^^^ guard-only-global [fork spawn forkserver]
            if __name__ == "__main__":
                SCALE = 10
                with multiprocessing.get_context("spawn").Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "a pool that renews its workers": """
            from multiprocessing import Pool
            SCALE = 1
            def work(n):
                return n * SCALE
                #          ^^^^^ guard-only-global [spawn forkserver]
            if __name__ == "__main__":
                with Pool(1, maxtasksperchild=1) as pool:
                    print(pool.map(work, [1], chunksize=1))
                    SCALE = 10
                    print(pool.map(work, [1, 2, 3], chunksize=1))
            """,
    }
)
def test_variables_that_only_the_main_program_sets(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "set by globals()": """
            from multiprocessing import Pool
            def setup(values):
                globals().update(values)
            def work(n):
                return n * SCALE
            if __name__ == "__main__":
                SCALE = 3
                with Pool(2, setup, ({"SCALE": SCALE},)) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "prepared for": """
            from multiprocessing import Pool
            def work(n):
                try:
                    return n * SCALE
                except NameError:
                    return n * 10
            if __name__ == "__main__":
                SCALE = 10
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "the same value": """
            from multiprocessing import Pool
            DEBUG = False
            def work(n):
                return DEBUG
            if __name__ == "__main__":
                DEBUG = False
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "another value meant for workers": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                MODE = "parent"
            else:
                MODE = "child"
            def work(n):
                return MODE
            if __name__ == "__main__":
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "read in the parent only": """
            import multiprocessing
            from multiprocessing import Pool
            def log(text):
                if multiprocessing.parent_process() is None:
                    LOG.append(text)
            def work(n):
                log("x")
                return n
            def done(result):
                RESULTS.append(result)
            if __name__ == "__main__":
                LOG, RESULTS = [], []
                with Pool(2) as pool:
                    pool.map_async(work, [1, 2], callback=done).wait()
            """,
        "an annotation": """
            from multiprocessing import Pool
            def work(n):
                x: Decimal = n
                return x
            if __name__ == "__main__":
                from decimal import Decimal
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "an import that may fail": """
            from multiprocessing import Pool
            try:
                import missing_fast_json as json
            except ImportError:
                import json
            def work(n):
                return json.dumps(n)
            if __name__ == "__main__":
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            """,
        "set when nothing is sent any more": """
            from multiprocessing import Pool
            TOTAL = 0
            def work(n):
                return n + TOTAL
            if __name__ == "__main__":
                with Pool(2) as pool:
                    result = pool.map(work, [1, 2])
                TOTAL = sum(result)
            """,
    }
)
def test_variables_that_workers_have_or_do_without(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "in a loop": """
            from multiprocessing import Pool
            step = 0
            def work(n):
                return n + step
                #          ^^^^ late-global [fork spawn forkserver]
            if __name__ == "__main__":
                with Pool(2) as pool:
                    for step in (10, 20):
                        print(pool.map(work, [1, 2]))
            """,
        "with a new pool for each round": """
            from multiprocessing import Pool
            step = 0
            def work(n):
                return n + step
                #          ^^^^ guard-only-global [spawn forkserver]
            if __name__ == "__main__":
                for step in (10, 20):
                    with Pool(2) as pool:
                        print(pool.map(work, [1, 2]))
            """,
        "with the pool of an object": """
            from multiprocessing import Pool
            def work(n):
                return n + BASE
                #          ^^^^ late-global [fork spawn forkserver]
            class Runner:
                def __init__(self):
                    self.pool = Pool(2)
                def run(self):
                    global BASE
                    BASE = 100
                    print(self.pool.map(work, [1]))
            if __name__ == "__main__":
                Runner().run()
            """,
        "after a process has started": """
            import time
            from multiprocessing import Process
            SCALE = 1
            def work():
                time.sleep(0.3)
                print(SCALE, flush=True)
                #     ^^^^^ late-global [fork spawn forkserver]
            if __name__ == "__main__":
                process = Process(target=work)
                process.start()
                SCALE = 10
                process.join()
            """,
        "in another module": """
            from multiprocessing import Pool
            import config
            def work(n):
                return n * config.scale
                #          ^^^^^^^^^^^^ late-global [fork spawn forkserver]
            if __name__ == "__main__":
                with Pool(2) as pool:
                    config.scale = 10
                    print(pool.map(work, [1, 2]))
            # file: config.py
            scale = 1
            """,
        "with a pool that always forks": """
            import multiprocessing
            def work(n):
                return n * SCALE
                #          ^^^^^ late-global [fork spawn forkserver]
            if __name__ == "__main__":
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    SCALE = 10
                    print(pool.map(work, [1, 2]))
            """,
    }
)
def test_variables_that_are_set_late(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "an array, an event, memory": """
            import mmap
            from multiprocessing import Array, Event, Process
            data = Array("i", 3)
            ready = Event()
            area = mmap.mmap(-1, 8)
            def work(i):
                ready.wait(2)
            #   ^^^^^ unshared-global [spawn forkserver]
                data[i] = i + 1
            #   ^^^^ unshared-global [spawn forkserver]
                area[0:1] = b"x"
            #   ^^^^ unshared-global [spawn forkserver]
            if __name__ == "__main__":
                process = Process(target=work, args=(1,))
                process.start()
                ready.set()
                process.join()
                print(list(data), area[0:1])
            """,
        "a lock that only workers use": """
            import time
            from multiprocessing import Lock, Pool
            lock = Lock()
            def work(path):
                with lock:
                #    ^^^^ unshared-global [spawn]
                    with open(path) as file:
                        n = int(file.read())
                    time.sleep(0.2)
                    with open(path, "w") as file:
                        file.write(str(n + 1))
            if __name__ == "__main__":
                with Pool(4) as pool:
                    pool.map(work, ["counter"] * 4, chunksize=1)
            """,
        "one of two queues, and a lock that is tried": """
            import os
            from multiprocessing import Lock, Pool, Queue, SimpleQueue
            results = SimpleQueue() if os.name == "posix" else Queue()
            lock = Lock()
            def work(n):
                results.put(n)
            #   ^^^^^^^ unshared-global [spawn forkserver]
                return lock.acquire(block=False)
                #      ^^^^ unshared-global [spawn forkserver]
            if __name__ == "__main__":
                with Pool(2) as pool, lock:
                    print(pool.map(work, [1, 2]), results.get())
            """,
        "in another file": """
            from multiprocessing import Process
            from shared import work, total
            if __name__ == "__main__":
                process = Process(target=work)
                #                        ^^^^ unshared-global [spawn forkserver]
                process.start()
                process.join()
                print(total.value)
            # file: shared.py
            from multiprocessing import Value
            total = Value("i", 0)
            def work():
                with total.get_lock():
                    total.value += 1
            """,
        "filled and read by functions of another file": """
            from multiprocessing import Pool
            from options import option, set_option
            def work(n):
                return option("step") * n
            def main():
                set_option("step", 2)
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
                    #              ^^^^ unshared-global [spawn forkserver]
            if __name__ == "__main__":
                main()
            # file: options.py
            OPTIONS = {}
            def set_option(name, value):
                OPTIONS[name] = value
            def option(name):
                return OPTIONS[name]
            """,
        "attributes of classes and objects that main sets": """
            from multiprocessing import Pool
            class Config:
                debug = False
                def __init__(self):
                    self.level = 0
            config = Config()
            def work(n):
                return Config.debug, config.level
                #      ^^^^^^ unshared-global [spawn forkserver]
                #                    ^^^^^^ unshared-global [spawn forkserver]
            def main():
                Config.debug = True
                config.level = 3
                with Pool(2) as pool:
                    print(pool.map(work, [1, 2]))
            if __name__ == "__main__":
                main()
            """,
    }
)
def test_what_each_worker_makes_for_itself(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a context that forks": """
            import multiprocessing
            ctx = multiprocessing.get_context("fork")
            counter = ctx.Value("i", 0)
            def work(n):
                with counter.get_lock():
                    counter.value += n
            if __name__ == "__main__":
                with ctx.Pool(2) as pool:
                    pool.map(work, [1, 2, 3])
                print(counter.value)
            """,
        "replaced by an initializer": """
            from multiprocessing import Lock, Pool
            lock = Lock()
            def setup(given):
                global lock
                lock = given
            def work(n):
                with lock:
                    return open(n).read()
            if __name__ == "__main__":
                with Pool(2, initializer=setup, initargs=(lock,)) as pool:
                    print(pool.map(work, ["a", "b"]))
            """,
        "used by the parent alone": """
            from multiprocessing import Pool, Queue
            queue = Queue()
            def work(n):
                return n
            if __name__ == "__main__":
                with Pool(2) as pool:
                    for n in pool.map(work, [1, 2]):
                        queue.put(n)
                print(queue.get(), queue.get())
            """,
    }
)
def test_what_is_shared_or_need_not_be(program: str) -> None:
    assert_findings(program)
