"""How many workers are asked for, and how many items make a chunk."""

import pytest

from analysis import assert_findings, module, programs
from spawnsafe.check import Policy, check, fixes
from spawnsafe.source import Text, apply_edits

HEAD = """\
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool, cpu_count
from multiprocessing.pool import ThreadPool
import math, multiprocessing as mp, os, sys

SPARE = 2
WORKERS = mp.cpu_count() - SPARE
def work(n): ...
class Runner:
    def __init__(self):
        self.size = os.cpu_count() // 2

def main(pool: Pool, executor: ProcessPoolExecutor, items, n, few=0):
"""


def found_in(statement: str) -> list[tuple[str, str, str]]:
    """Return the severity and the fact that are told of a statement under the head, and the mended statement."""
    text = f"{HEAD}    {statement}\n"
    model = module(text)
    found = []
    for each in check(model, Policy()):
        if each.rule.code in ("worker-count", "bad-chunksize"):
            fixed = [apply_edits(Text(text), [edit.edit for edit in fix.edits]) for fix in fixes(model, each)]
            fact = each.finding.problem.removesuffix(" under every start method.")
            found.append((each.severity.value, fact, fixed[0].removeprefix(HEAD).strip() if fixed else ""))
    return found


@pytest.mark.parametrize(
    ("statement", "severity", "fact", "fixed"),
    [
        ("Pool(0)", "error", "`0` is less than 1, so `Pool` fails", ""),
        ("Pool(processes=-1)", "error", "`-1` is less than 1, so `Pool` fails", ""),
        ("ThreadPool(0)", "error", "`0` is less than 1, so `ThreadPool` fails", ""),
        ("ProcessPoolExecutor(0)", "error", "`0` is less than 1, so `ProcessPoolExecutor` fails", ""),
        (
            "ProcessPoolExecutor(64)",
            "warning",
            "`64` is more than the 61 workers that Windows can wait for, so `ProcessPoolExecutor` fails there",
            "",
        ),
        (
            "if os.name == 'nt': ProcessPoolExecutor(max_workers=62)",
            "warning",
            "`62` is more than the 61 workers that Windows can wait for, so `ProcessPoolExecutor` fails there",
            "",
        ),
        ("mp.get_context().Pool(0)", "error", "`0` is less than 1, so `Pool` fails", ""),
        ("Pool(1.5)", "error", "`1.5` is a `float` and no number of workers, so `Pool` fails", ""),
        ("Pool('2')", "error", "`'2'` is no number of workers, so `Pool` fails", ""),
        (
            "Pool(cpu_count() / 2)",
            "error",
            "`cpu_count() / 2` is a `float` and no number of workers, so `Pool` fails",
            "Pool(max(1, cpu_count() // 2))",
        ),
        (
            "Pool(0.5 * cpu_count())",
            "error",
            "`0.5 * cpu_count()` is a `float` and no number of workers, so `Pool` fails",
            "Pool(max(1, int(0.5 * cpu_count())))",
        ),
        (
            "Pool(os.cpu_count() - 1)",
            "information",
            "`os.cpu_count() - 1` is less than 1 on a machine with one CPU, so `Pool` fails there",
            "Pool(max(1, os.cpu_count() - 1))",
        ),
        (
            "Pool((os.cpu_count() or 1) - 2)",
            "error",
            "`(os.cpu_count() or 1) - 2` is less than 1 on a machine with 2 CPUs, so `Pool` fails there",
            "Pool(max(1, (os.cpu_count() or 1) - 2))",
        ),
        (
            "Pool(WORKERS)",
            "error",
            "`WORKERS` is less than 1 on a machine with 2 CPUs, so `Pool` fails there",
            "Pool(max(1, WORKERS))",
        ),
        (
            "Pool(Runner().size)",
            "information",
            "`Runner().size` is less than 1 on a machine with one CPU, so `Pool` fails there",
            "Pool(max(1, Runner().size))",
        ),
        (
            "k = int(cpu_count() * 0.75); ProcessPoolExecutor(k)",
            "information",
            "`k` is less than 1 on a machine with one CPU, so `ProcessPoolExecutor` fails there",
            "k = int(cpu_count() * 0.75); ProcessPoolExecutor(max(1, k))",
        ),
        (
            "Pool(min(cpu_count() - 4, 16))",
            "error",
            "`min(cpu_count() - 4, 16)` is less than 1 on a machine with 4 CPUs, so `Pool` fails there",
            "Pool(max(1, min(cpu_count() - 4, 16)))",
        ),
        (
            "Pool(2 * cpu_count())",
            "information",
            "`2 * cpu_count()` is more than there are CPUs, so the workers of `Pool` wait for each other",
            "Pool(cpu_count())",
        ),
        (
            "Pool((os.cpu_count() or 1) * 2)",
            "information",
            "`(os.cpu_count() or 1) * 2` is more than there are CPUs, so the workers of `Pool` wait for each other",
            "Pool(os.cpu_count() or 1)",
        ),
        (
            "if sys.version_info >= (3, 13): Pool(os.cpu_count() * 2)",
            "information",
            "`os.cpu_count() * 2` is more than there are CPUs, so the workers of `Pool` wait for each other",
            "if sys.version_info >= (3, 13): Pool(os.process_cpu_count())",
        ),
        ("pool.map(work, items, 0)", "error", "`0` is less than 1, so `pool.map` gives `None` for each item", ""),
        ("pool.imap(work, items, 0)", "error", "`0` is less than 1, so `pool.imap` fails", ""),
        ("executor.map(work, items, chunksize=-1)", "error", "`-1` is less than 1, so `executor.map` fails", ""),
        (
            "pool.map(work, items, len(items) / 4)",
            "error",
            "`len(items) / 4` is a `float` and no size of chunks, so `pool.map` hangs",
            "pool.map(work, items, max(1, len(items) // 4))",
        ),
        (
            "executor.map(work, items, chunksize=len(items) / 4)",
            "error",
            "`len(items) / 4` is a `float` and no size of chunks, so `executor.map` fails",
            "executor.map(work, items, chunksize=max(1, len(items) // 4))",
        ),
        ("pool.imap(work, items, None)", "error", "`None` is no size of chunks, so `pool.imap` fails", ""),
        ("pool.map(work, items, [1])", "error", "`[1]` is no size of chunks, so `pool.map` fails", ""),
        (
            "pool.starmap(work, items, len(items) // cpu_count())",
            "information",
            (
                "`len(items) // cpu_count()` is less than 1 when there are few items, "
                "so then `pool.starmap` gives `None` for each item"
            ),
            "pool.starmap(work, items, max(1, len(items) // cpu_count()))",
        ),
        (
            "pool.imap(work, items, len(items) // 8)",
            "information",
            "`len(items) // 8` is less than 1 when there are few items, so then `pool.imap` fails",
            "pool.imap(work, items, max(1, len(items) // 8))",
        ),
    ],
)
def test_amounts_that_cannot_be(statement: str, severity: str, fact: str, fixed: str) -> None:
    assert found_in(statement) == [(severity, fact, fixed)]


@pytest.mark.parametrize(
    "statement",
    [
        "Pool()",
        "Pool(None)",
        "Pool(n)",
        "Pool(n - 1)",
        "Pool(few)",
        "Pool(True)",
        "Pool(cpu_count())",
        "Pool(max(1, cpu_count() - 1))",
        "Pool(cpu_count() - 1 or 1)",
        "Pool(math.ceil(cpu_count() / 2))",
        "Pool(cpu_count() // 2 + 1)",
        "Pool(min(cpu_count(), 4))",
        "Pool(min(cpu_count(), len(items)))",
        "Pool(cpu_count() - 1 if cpu_count() > 1 else 1)",
        "k = cpu_count() - 1; k = k if k else 1; Pool(k)",
        "pool.map(work, items, None)",
        "pool.map(work, items, n)",
        "pool.map(work, items, n // 4)",
        "pool.map(work, items, max(len(items) // 4, 1))",
        "pool.map(work, items, len(items) // 4 or 1)",
        "pool.map(work, items, len(items) // 4 + 1)",
        "pool.imap(work, items, 1.0)",
        "ProcessPoolExecutor(61)",
        "ProcessPoolExecutor(64 if os.name == 'posix' else 61)",
        "if os.name != 'nt': ProcessPoolExecutor(64)",
        "items = range(100); pool.map(work, items, len(items) // 4)",
    ],
)
def test_amounts_that_can_be(statement: str) -> None:
    assert found_in(statement) == []


OPTIONS = """\
import argparse
from multiprocessing import Pool

def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--max-jobs", type=int, default={default}, help="workers")
    return parser.parse_args()

def main():
    args = options()
    {rest}

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("default", "rest", "facts"),
    [
        ("0", "Pool(args.max_jobs)", ["`args.max_jobs` is less than 1 by default, so `Pool` fails"]),
        ("1", "jobs = args.max_jobs - 1; Pool(jobs)", ["`jobs` is less than 1 by default, so `Pool` fails"]),
        ("2", "Pool(args.max_jobs)", []),
        ("None", "Pool(args.max_jobs)", []),
        ("0", "Pool(args.max_jobs or None)", []),
        ("0", "Pool(max(1, args.max_jobs))", []),
        ("0", "Pool(args.max_jobs if args.max_jobs > 0 else None)", []),
        ("0", "args.max_jobs = args.max_jobs or 2; Pool(args.max_jobs)", []),
        ("0, required=True", "Pool(args.max_jobs)", []),
        ("0", "setattr(args, 'max_jobs', 2); Pool(args.max_jobs)", []),
        ("0", "assert args.max_jobs > 0; Pool(args.max_jobs)", []),
    ],
)
def test_defaults_of_the_command_line(default: str, rest: str, facts: list[str]) -> None:
    model = module(OPTIONS.format(default=default, rest=rest))
    found = [each.finding.problem for each in check(model, Policy()) if each.rule.code == "worker-count"]
    assert [fact.removesuffix(" under every start method.") for fact in found] == facts


@programs(
    {
        "asked before": """
            import os
            from multiprocessing import Pool
            def one():
                count = os.cpu_count() - 1
                if count < 1:
                    count = 1
                return Pool(count)
            def two():
                count = os.cpu_count() - 1
                if count > 0:
                    return Pool(count)
            def three(items):
                size = len(items) // 10
                assert size > 0
                with Pool(2) as pool:
                    return pool.map(abs, items, size)
            """,
        "two iterables are one mistake": """
            from multiprocessing import Pool
            def two(a, b): ...
            def one(a): ...
            def run(pool: Pool):
                pool.map(two, [1], [2])
                #                  ^^^ arity-mismatch
                pool.map(one, [1], [2])
                #                  ^^^ bad-chunksize [fork spawn forkserver]
            """,
        "pools that count otherwise": """
            from mylib import Pool as Other
            from multiprocessing import Pool
            class Own(Pool):
                def __init__(self, size): ...
            def main():
                Other(0)
                Own(0)
            """,
    }
)
def test_programs(program: str) -> None:
    assert_findings(program)
