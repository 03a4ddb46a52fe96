"""What objects hold when they are sent, and what iterators draw from."""

from analysis import assert_findings, programs

_SENDING = """
            import threading
            from dataclasses import dataclass, field
            from multiprocessing import Pool, Process
"""


def _case(body: str) -> str:
    return _SENDING + body


@programs(
    {
        "a helper of the constructor sets it": _case("""
            class Job:
                def __init__(self):
                    self.prepare()

                def prepare(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            """),
        "a base by super": _case("""
            class Base:
                def __init__(self):
                    self.lock = threading.Lock()

            class Job(Base):
                def __init__(self):
                    super().__init__()
                    self.number = 1

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            """),
        "a mixin": _case("""
            class Locking:
                def __init__(self):
                    super().__init__()
                    self.lock = threading.Lock()

            class Base:
                def __init__(self):
                    self.number = 1

            class Job(Locking, Base):
                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            """),
        "the factory of a field": _case("""
            @dataclass
            class Job:
                number: int = 1
                lock: object = field(default_factory=threading.Lock)

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            """),
        "it is passed for a field": _case("""
            @dataclass
            class Job:
                lock: object

                def work(self, number):
                    return number

            if __name__ == "__main__":
                job = Job(threading.Lock())
                with Pool(2) as pool:
                    pool.map(job.work, [1])
                    #        ^^^^^^^^ unpicklable-instance
            """),
        "the caller sets it": _case("""
            class Job:
                def work(self, number):
                    return number

            if __name__ == "__main__":
                job = Job()
                job.lock = threading.Lock()
                with Pool(2) as pool:
                    pool.map(job.work, [1])
                    #        ^^^^^^^^ unpicklable-instance
            """),
        "a method sets it that the caller calls": _case("""
            class Job:
                lock = None

                def open(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number

            if __name__ == "__main__":
                job = Job()
                job.open()
                with Pool(2) as pool:
                    results = [pool.apply_async(job.work, (number,)) for number in range(3)]
                    #                           ^^^^^^^^ unpicklable-instance
                    print([result.get() for result in results])
            """),
        "it is passed to a method that the caller calls": _case("""
            class Job:
                def __init__(self):
                    self.hook = None

                def on_result(self, hook):
                    self.hook = hook

                def work(self, number):
                    return self.hook(number) if self.hook else number

            if __name__ == "__main__":
                plain, job = Job(), Job()
                job.on_result(lambda number: number + 1)
                plain.on_result(abs)
                with Pool(2) as pool:
                    pool.map(job.work, [1])
                    #        ^^^^^^^^ unpicklable-instance
                    pool.map(plain.work, [1])
            """),
        "a property makes it when it is read": _case("""
            class Job:
                made = None

                @property
                def pool(self):
                    if self.made is None:
                        self.made = Pool(2)
                    return self.made

                def work(self, number):
                    return number

                def run(self):
                    return self.pool.map(self.work, [1])
                    #                    ^^^^^^^^^ unpicklable-instance
            """),
        "__getstate__ forgets it": _case("""
            class Job:
                def __init__(self):
                    self.lock = threading.Lock()
                    self.log = open("log")

                def __getstate__(self):
                    state = self.__dict__.copy()
                    del state["lock"]
                    return state

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            """),
        "slots": _case("""
            class Job:
                __slots__ = ("lock",)

                def __init__(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            """),
        "a process of an own class": _case("""
            class Worker(Process):
                def __init__(self):
                    super().__init__()
                    self.lock = threading.Lock()

                def run(self):
                    pass

            if __name__ == "__main__":
                worker = Worker()
                worker.start()
            #   ^^^^^^ unpicklable-instance [spawn forkserver]
            """),
        "it is set on a process": _case("""
            def work():
                pass

            if __name__ == "__main__":
                process = Process(target=work)
                process.lock = threading.Lock()
                process.start()
            #   ^^^^^^^ unpicklable-instance [spawn forkserver]
            """),
        "its class is in another file": """
            from multiprocessing import Pool
            from jobs import Job

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
                    #        ^^^^^^^^^^ unpicklable-instance
            # file: jobs.py
            import threading

            class Job:
                def __init__(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number
            """,
        "an iterator that draws from a generator": """
            from concurrent.futures import ProcessPoolExecutor

            def work(pairs):
                return list(pairs)

            if __name__ == "__main__":
                stripped = (line.strip() for line in ["a "])
                pairs = zip([1], stripped)
                with ProcessPoolExecutor(2) as executor:
                    executor.submit(work, enumerate(stripped))
                    #                     ^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                    executor.submit(work, pairs)
                    #                     ^^^^^ unpicklable-argument
            """,
    }
)
def test_what_it_holds_does_not_pickle(program: str) -> None:
    """Whatever set it before it is sent."""
    assert_findings(program)


@programs(
    {
        "it is deleted before": _case("""
            class Job:
                def __init__(self):
                    self.lock = threading.Lock()
                    del self.lock

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
            """),
        "a method that sets it is called afterwards, or perhaps": _case("""
            class Job:
                lock = None

                def open(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number

            def run(given):
                job = Job()
                if given:
                    job.open()
                with Pool(2) as pool:
                    pool.map(job.work, [1])
                job.open()
            """),
        "a property gives it and keeps nothing": _case("""
            class Job:
                @property
                def lock(self):
                    return threading.Lock()

                def work(self, number):
                    return number

                def run(self):
                    with Pool(2) as pool, self.lock:
                        pool.map(self.work, [1])
            """),
        "another class with the same methods holds it": _case("""
            class Heavy:
                def __init__(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number

                def run(self):
                    with Pool(2) as pool:
                        pool.map(self.work, [1])
                    #            ^^^^^^^^^ unpicklable-instance

            class Light:
                def __init__(self):
                    self.number = 1

                def work(self, number):
                    return number

                def run(self):
                    with Pool(2) as pool:
                        pool.map(self.work, [1])
            """),
        "it is replaced before": _case("""
            class Job:
                def __init__(self):
                    self.lock = threading.Lock()

                def work(self, number):
                    return number

            if __name__ == "__main__":
                job = Job()
                job.lock = None
                with Pool(2) as pool:
                    pool.map(job.work, [1])
            """),
        "the worker sets it": _case("""
            class Job:
                def work(self, number):
                    self.lock = threading.Lock()
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
            """),
        "a process sets it when it runs": _case("""
            class Worker(Process):
                def run(self):
                    self.lock = threading.Lock()

            if __name__ == "__main__":
                Worker().start()
            """),
        "__getstate__ leaves it out": _case("""
            class Job:
                def __init__(self):
                    self.lock = threading.Lock()

                def __getstate__(self):
                    state = self.__dict__.copy()
                    state["lock"] = None
                    return state

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
            """),
        "another value is passed for a field": _case("""
            @dataclass
            class Job:
                lock: object = field(default_factory=threading.Lock)

                def work(self, number):
                    return number

            if __name__ == "__main__":
                job = Job(lock=None)
                with Pool(2) as pool:
                    pool.map(job.work, [1])
            """),
        "it is of the class, not of the object": _case("""
            class Job:
                lock = threading.Lock()

                def work(self, number):
                    return number

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(Job().work, [1])
            """),
        "what a generator gives is drawn here": """
            from multiprocessing import Pool

            def work(pairs):
                return pairs

            if __name__ == "__main__":
                stripped = (line.strip() for line in ["a "])
                with Pool(2) as pool:
                    pool.map(work, enumerate(stripped))
                    pool.apply(work, (list(enumerate(stripped)),))
                    pool.apply(work, (enumerate({"a": 1}.items()),))
            """,
    }
)
def test_what_it_holds_pickles(program: str) -> None:
    """By the time at which it is sent, and as far as it travels."""
    assert_findings(program)


@programs(
    {
        "left behind where the start method would pickle it": """
            import threading
            from multiprocessing import Process, get_start_method
            def spawns():
                return get_start_method() in ("spawn", "forkserver")
            def work(job): ...
            class Job:
                def __init__(self):
                    self.lock = threading.Lock()
                def run(self):
                    job = self
                    if spawns():
                        job = None
                    Process(target=work, args=(job,)).start()
                def run_here(self):
                    job = self
                    if get_start_method() == "spawn":
                        job = None
                    Process(target=work, args=(job,)).start()
            """,
    }
)
def test_conditions_on_the_start_method(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a process holds a function of the guard": _case("""
            class Worker(Process):
                def __init__(self, job):
                    super().__init__()
                    self.job = job

                def run(self):
                    self.job()

            def begin(job):
                process = Worker(job)
                process.start()
            #   ^^^^^^^ guarded-target
                process.join()

            if __name__ == "__main__":
                def work():
                    print("done")

                begin(work)
            """),
        "a class body binds the name of a function to itself": _case("""
            def work(number):
                return number

            if __name__ == "__main__":
                class Runner:
                    work = work
                    with Pool(2) as pool:
                        pool.map(work, [1])
            """),
        "a class body binds the name of a lambda to itself": _case("""
            work = lambda number: number

            if __name__ == "__main__":
                class Runner:
                    work = work
                    with Pool(2) as pool:
                        pool.map(work, [1])
                        #        ^^^^ lambda-target
            """),
    }
)
def test_names_and_processes_are_followed_to_what_they_are(program: str) -> None:
    assert_findings(program)
