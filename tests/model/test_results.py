"""What a worker gives back is known to be refused by pickle, or not."""

from analysis import assert_findings, programs


@programs(
    {
        "in containers, and in either arm": """
            from multiprocessing import Pool
            import threading
            def work(n):
                lock = threading.Lock()
                if n > 3:
                    return n, [lock]
                    #          ^^^^ unpicklable-result [fork spawn forkserver]
                found = {}
                return {"all": found.keys()} if n else {"none": (i for i in n)}
                #              ^^^^^^^^^^^^ unpicklable-result
                #                                                ^^^^^^^^^^^^ unpicklable-result
            def main(pool: Pool):
                pool.map(work, [1])
            """,
        "what is drawn from a generator": """
            from multiprocessing import Pool
            def evens(ns):
                yield from ns
            def work(ns):
                return [*evens(ns)], next(evens(ns)), sum(evens(ns)), {*evens(ns)}
            def main(pool: Pool):
                pool.map(work, [[1]])
            """,
        "a view of a dictionary that is filled, and the iterator of another pool": """
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool
            def work(words):
                counts = {}
                for word in words:
                    counts[word] = 1
                return counts.keys()
                #      ^^^^^^^^^^^^^ unpicklable-result
            def other(words):
                with ThreadPoolExecutor() as threads:
                    return threads.map(str, words)
                    #      ^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-result
            def main(pool: Pool):
                pool.map(work, [["a"]])
                pool.map(other, [["a"]])
            """,
        "a class that is made in the worker": """
            from collections import namedtuple
            from multiprocessing import Pool
            def work(n):
                Row = namedtuple("Row", "n")
                return Row(n)
                #      ^^^^^^ unpicklable-result
            def other(n):
                Found = namedtuple("Found", "n")
                return Found(n)
            Found = namedtuple("Found", "n")
            def main(pool: Pool):
                pool.map(work, [1])
            """,
        "an object that gives itself back with what it has set": """
            import sqlite3
            from multiprocessing import Pool
            class Shard:
                def __init__(self):
                    self.db = None
                def prepare(self):
                    self.db = sqlite3.connect(":memory:")
                    return self
                    #      ^^^^ unpicklable-result
                def close(self):
                    self.db = sqlite3.connect(":memory:")
                    self.db = None
                    return self
            def main(pool: Pool):
                shard = Shard()
                pool.apply(shard.prepare)
                pool.apply(shard.close)
            """,
        "through helpers in other files": """
            from multiprocessing import Pool
            from helpers import evens, connect
            def work(ns):
                return evens(ns)
                #      ^^^^^^^^^ unpicklable-result
            def other(ns):
                connection = connect()
                return connection
                #      ^^^^^^^^^^ unpicklable-result
            def third(ns):
                return list(evens(ns))
            def main(pool: Pool):
                pool.map(work, [1])
                pool.map(other, [1])
                pool.map(third, [1])
            # file: helpers.py
            import sqlite3
            def evens(ns):
                for n in ns:
                    yield n
            def connect():
                return sqlite3.connect("data")
            """,
        "a worker in another file": """
            from multiprocessing import Pool
            from helpers import work
            def main(pool: Pool):
                pool.map(work, [1])
            # file: helpers.py
            def work(n):
                return (i for i in range(n))
                #       ^^^^^^^^^^^^^^^^^^^ unpicklable-result
            """,
        "a coroutine that nobody awaits": """
            from concurrent.futures import ProcessPoolExecutor
            async def fetch(n):
                return n
            def work(n):
                return fetch(n)
                #      ^^^^^^^^ unpicklable-result
            def main(executor: ProcessPoolExecutor):
                executor.submit(work, 1)
            """,
        "a decorator that makes it a list": """
            from functools import wraps
            from multiprocessing import Pool
            def listed(function):
                @wraps(function)
                def wrapper(n):
                    return list(function(n))
                return wrapper
            @listed
            def work(n):
                return (i for i in range(n))
            def main(pool: Pool):
                pool.map(work, [1])
            """,
        "the object whose method runs": """
            from multiprocessing import Pool
            class Job:
                def __init__(self):
                    self.results = []
                def run(self, n):
                    self.results.append(n)
                    return self
            def main(pool: Pool):
                pool.map(Job().run, [1])
            """,
        "not a task, not a worker": """
            from multiprocessing import Pool, Process
            def prepare():
                return open("log")
            def work(n):
                return n
            def main():
                Process(target=prepare).start()
                with Pool(2, prepare) as pool:
                    pool.apply_async(work, (1,), callback=lambda n: (i for i in range(n)))
            """,
        "what pickles": """
            from collections import Counter, defaultdict
            from multiprocessing import Pool
            def work(n):
                found = defaultdict(list)
                found[n].append(n)
                both = {1: 2}
                return found, Counter("ab"), sorted({3}), list(both.values()), max(both.values()), tuple(i for i in n)
            def main(pool: Pool):
                pool.map(work, [1])
            """,
        "a class whose name means nothing in its module": """
            from collections import namedtuple
            from multiprocessing import Pool
            Row = namedtuple("ParsedRow", "key value")
            Pair = namedtuple("Pair", "left right")
            def parse(line):
                return Row(*line.split("="))
                #      ^^^^^^^^^^^^^^^^^^^^^ unpicklable-result
            def halve(n):
                return Pair(n // 2, n - n // 2)
            def main(pool: Pool):
                pool.map(parse, ["a=1"])
                pool.map(halve, [3])
            """,
        "a class whose name may be made in a way that is not seen": """
            from collections import namedtuple
            from multiprocessing import Pool
            Row = namedtuple("ParsedRow", "key value")
            globals()["ParsedRow"] = Row
            def parse(line):
                return Row(*line.split("="))
            def main(pool: Pool):
                pool.map(parse, ["a=1"])
            """,
    }
)
def test_what_workers_give_back(program: str) -> None:
    assert_findings(program)
