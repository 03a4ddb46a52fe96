"""The life of a process: made, started once, joined, closed."""

import pytest

from analysis import assert_findings, module, programs
from spawnsafe.check import Policy, check, fixes
from spawnsafe.source import Text, apply_edits

HEAD = """\
from multiprocessing import Process
def work(n=1): ...
def main(x):
"""


def mended(statements: str) -> list[str]:
    """Return what the quick fix makes of statements under the head."""
    text = HEAD + "".join(f"    {line}\n" for line in statements.splitlines())
    model = module(text)
    found = [each for each in check(model, Policy()) if each.rule.code == "forgotten-start"]
    done = [apply_edits(Text(text), [edit.edit for edit in fix.edits]) for each in found for fix in fixes(model, each)]
    return [each.removeprefix(HEAD).replace("\n    ", "\n").strip() for each in done]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("p = Process(target=work)\np.join()", "p = Process(target=work)\np.start()\np.join()"),
        ("p = Process(target=work)\np.run()\np.join()", "p = Process(target=work)\np.start()\np.join()"),
        ("p = Process(target=work)\np.start\np.join()", "p = Process(target=work)\np.start()\np.join()"),
        ("Process(target=work)", "Process(target=work).start()"),
        ("Process(target=work).run()", "Process(target=work).start()"),
        ("Process(work).start()", "Process(target=work).start()"),
        ("Process(work, (1,)).start()", "Process(target=work, args=(1,)).start()"),
        ("Process(work, args=(1,)).start()", "Process(target=work, args=(1,)).start()"),
    ],
)
def test_the_quick_fix_starts_it(before: str, after: str) -> None:
    assert mended(before) == [after]


@programs(
    {
        "kept in a list in which only loops look": """
            from multiprocessing import Process
            def never():
                jobs = []
                for n in range(3):
                    jobs.append(Process(target=print, args=(n,)))
                    #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ forgotten-start
                for job in jobs:
                    print(job.name)
            """,
        "one of a pair": """
            from multiprocessing import Process
            def main():
                one, other = Process(target=print), Process(target=print)
                #                                   ^^^^^^^^^^^^^^^^^^^^^ forgotten-start
                one.start()
                one.join()
            """,
        "started in two loops": """
            from multiprocessing import Process
            def twice():
                jobs = []
                for n in range(3):
                    job = Process(target=print)
                    job.start()
                    jobs.append(job)
                for job in jobs:
                    job.start()
            #       ^^^^^^^^^^^ process-lifecycle
                for job in jobs:
                    job.join()
            """,
        "joined in a loop before they start": """
            from multiprocessing import Process
            def early():
                jobs = []
                for n in range(3):
                    job = Process(target=print)
                    jobs.append(job)
                for job in jobs:
                    job.join()
            #       ^^^^^^^^^^ process-lifecycle
                for job in jobs:
                    job.start()
            """,
        "joined in a loop that starts them later": """
            from multiprocessing import Process
            def early():
                jobs = []
                for n in range(3):
                    jobs.append(Process(target=print))
                for job in jobs:
                    job.join()
            #       ^^^^^^^^^^ process-lifecycle
                    job.start()
            def turns():
                job = Process(target=print)
                for n in range(2):
                    if n == 0:
                        job.start()
                        continue
                    job.terminate()
            def once(start):
                job = Process(target=print)
                for n in range(2):
                    if n > start:
                        continue
                    job.start()
            def tried():
                for attempt in range(3):
                    job = Process(target=print)
                    job.start()
                    job.join()
                    if job.exitcode == 0:
                        break
                else:
                    job.close()
                return job.exitcode
            """,
        "batches, and lists that go elsewhere": """
            from multiprocessing import Process
            def batches():
                jobs = []
                for n in range(9):
                    if jobs:
                        jobs[-1].join()
                    job = Process(target=print)
                    jobs.append(job)
                    if n % 2:
                        for each in jobs:
                            each.start()
                        for each in jobs:
                            each.join()
                        jobs = []
                    else:
                        job.start()
            def previous():
                jobs = []
                for n in range(9):
                    job = Process(target=print)
                    for each in jobs:
                        each.join()
                    job.start()
                    jobs.append(job)
                for job in jobs:
                    job.join()
            def handed_on(start_all):
                jobs = []
                for n in range(3):
                    jobs.append(Process(target=print))
                start_all(jobs)
                for job in jobs:
                    job.join()
            def some():
                jobs = []
                for n in range(3):
                    job = Process(target=print)
                    jobs.append(job)
                    if n:
                        job.start()
                for job in jobs:
                    if job.pid is None:
                        job.start()
                for job in jobs:
                    job.join()
            def methods():
                starts = []
                for n in range(3):
                    job = Process(target=print)
                    starts.append(job.start)
                for start in starts:
                    start()
            def kept(self):
                for n in range(3):
                    self.jobs.append(Process(target=print))
            def given_back():
                jobs = []
                for n in range(3):
                    jobs.append(Process(target=print))
                return jobs
            """,
        "closed queues": """
            from multiprocessing import Queue, SimpleQueue
            def late(n):
                queue = Queue()
                queue.close()
                queue.put(n)
            #   ^^^^^^^^^^^^ process-lifecycle
            def at_times(n):
                queue, other, simple = Queue(), Queue(), SimpleQueue()
                other.close()
                if n:
                    queue.close()
                queue.put(n)
                other = Queue()
                other.put(n)
                try:
                    queue.close()
                    queue.get()
                except ValueError:
                    pass
            """,
        "not started": """
            import multiprocessing as mp
            from multiprocessing import Process
            class Own(Process):
                def run(self): ...
            def one():
                p = Process(target=print)
                #   ^^^^^^^^^^^^^^^^^^^^^ forgotten-start [fork spawn forkserver]
                p.daemon = True
            def two():
                p = mp.get_context("spawn").Process(target=print)
                #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ forgotten-start [fork spawn forkserver]
                p.terminate()
            def three():
                p = Own()
                p.run()
            #   ^^^^^^^ forgotten-start
            def four():
                ps = [Process(target=print) for _ in range(2)]
                #     ^^^^^^^^^^^^^^^^^^^^^ forgotten-start
                for p in ps:
                    p.join()
            """,
        "started somewhere": """
            from multiprocessing import Process
            def start_all(processes):
                for p in processes:
                    p.start()
            class Own(Process):
                def __init__(self):
                    super().__init__()
                    self.start()
            class Runner:
                def __init__(self):
                    self.process = Process(target=print)
                def go(self):
                    self.process.start()
            def one(x):
                ps = [Process(target=print) for _ in range(2)]
                start_all(ps)
                for p in ps:
                    p.join()
            def two():
                p = Own()
                p.join()
            def three():
                return Process(target=print)
            def four(queue):
                queue.append(Process(target=print))
            """,
        "started by others": """
            from multiprocessing import Process
            process = Process(target=print)
            def keep(registry):
                p = Process(target=print)
                registry["one"] = p
            def hand(manager):
                p = Process(target=print)
                manager.run(p)
            """,
        "a start that is not known": """
            from multiprocessing import Process
            class Box: ...
            def make(box):
                box.process = Process(target=print)
            def go(box):
                box.process.start()
            def lone():
                p = Process(target=print)
                q = p
                (lambda each: each.start())(q)
            """,
        "no group": """
            from multiprocessing import Process
            from threading import Thread
            class Own(Process):
                def __init__(self, function):
                    super().__init__(target=function)
            def main():
                Process(None, print).start()
                Own(print).start()
                Thread(print)
            """,
        "out of order": """
            from multiprocessing import Process
            def twice():
                p = Process(target=print)
                p.start()
                p.join()
                p.start()
            #   ^^^^^^^^^ process-lifecycle [fork spawn forkserver]
            def again():
                p = Process(target=print)
                for _ in range(2):
                    p.start()
            #       ^^^^^^^^^ process-lifecycle
            def early():
                p = Process(target=print)
                p.terminate()
            #   ^^^^^^^^^^^^^ process-lifecycle
                p.start()
            def closed():
                p = Process(target=print)
                p.start()
                p.join()
                p.close()
                p.is_alive()
            #   ^^^^^^^^^^^^ process-lifecycle
            def running():
                p = Process(target=print)
                p.start()
                p.close()
            #   ^^^^^^^^^ process-lifecycle
            def daemon():
                p = Process(target=print)
                p.start()
                p.daemon = True
            #   ^^^^^^^^ process-lifecycle
            class Runner:
                def __init__(self):
                    self.process = Process(target=print)
                def twice(self):
                    self.process.start()
                    self.process.join()
                    self.process.start()
            #       ^^^^^^^^^^^^^^^^^^^^ process-lifecycle
            """,
        "in order": """
            from multiprocessing import Process
            def branches(x):
                p = Process(target=print)
                if x:
                    p.start()
                else:
                    p.start()
                p.join()
                p.close()
                p.close()
                print(p.name)
            def anew():
                p = Process(target=print)
                for _ in range(2):
                    p.start()
                    p.join()
                    p = Process(target=print)
            def several():
                one, two = Process(target=print), Process(target=print)
                for p in (one, two):
                    p.start()
                for p in (one, two):
                    p.join()
            def until(x):
                p = Process(target=print)
                while True:
                    if x():
                        p.start()
                        break
            def caught():
                p = Process(target=print)
                p.start()
                try:
                    p.start()
                except AssertionError:
                    pass
            class Runner:
                def __init__(self):
                    self.make()
                def make(self):
                    self.process = Process(target=print)
                def restart(self):
                    self.process.start()
                    self.process.join()
                    self.make()
                    self.process.start()
            """,
    }
)
def test_programs(program: str) -> None:
    assert_findings(program)
