"""Tries texts that nobody planned for, as long as one likes: no text may stop the tool, or make it slow.

    python scripts/fuzz.py [COUNT] [--minutes MINUTES] [--seed NUMBER] [--only KIND]... [--report FOLDER]

COUNT attempts are made, or as many as there is time for. Each is made of its own number, from --seed upwards, so
`COUNT 1 --seed NUMBER` makes one again. The kinds, which take turns:

- mutated   a real program with changes; it is answered, shown, repaired, and beside another one that it may import
- edited    one that is edited as in an editor, and back; its findings are those of a fresh text
- typed     edits as clients send them, in every position encoding
- composed  Python that hypothesmith makes of its grammar, around a program that sends something
- grown     a program that is repeated: twice as much of it takes about twice as long

They are made in a process of their own, whose end (a crash of the interpreter, a hang) is a failure as well. What
failed is printed, and its text written to the report's folder. Exit status: 1 if something did.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fuzz"))

HANGS = 300.0
"""Seconds without an answer after which an attempt hangs."""
MOST_GROWTH = 3.0
"""By how much longer twice the text may take: twice, and what a busy machine adds."""
LEAST_MEASURED = 0.3
"""Seconds of the processor; what takes less is not compared."""
MOST_TIMES = 4000
AROUND = """\
from multiprocessing import Pool
{}
def main():
    with Pool() as pool:
        pool.map(lambda n: n, [1])

if __name__ == "__main__":
    main()
"""


@dataclass
class Attempt:
    """What came of one number."""

    seed: int
    kind: str
    seconds: float = 0.0
    characters: int = 0
    fixed: int = 0
    memory: int = 0
    """Bytes that the process holds after it."""
    failure: str = ""
    text: str = ""
    """What failed."""


class Failed(Exception):  # noqa: N818 - it is no error of ours
    """What hypothesmith made broke a promise."""


def attempt(seed: int, kind: str) -> Attempt:
    """Make one attempt."""
    done = Attempt(seed, kind)
    begun = time.process_time()
    try:
        KINDS[kind](random.Random(seed), done)  # noqa: S311 - no secrets
    except Exception:  # noqa: BLE001 - that is what is looked for
        done.failure = traceback.format_exc(limit=-8)
    done.seconds = time.process_time() - begun
    done.memory = psutil.Process().memory_info().rss
    if not done.failure:
        done.text = ""
    return done


def _mutated(random: random.Random, done: Attempt) -> None:
    from mutating import mutated, programs  # noqa: PLC0415 - the parent process needs none of it
    from promises import answers, repairs, shows_places  # noqa: PLC0415

    text, helpers = (mutated(random, random.choice(programs())) for _ in range(2))
    if random.choice([True, False]):
        text = f"from helpers import *\nimport helpers\n{text}"
    done.text, done.characters = text, len(text)
    others = {"helpers.py": f"from main import *\n{helpers}"}
    answers(text, others)
    shows_places(text)
    done.fixed = repairs(text, others)


def _edited(random: random.Random, done: Attempt) -> None:
    from mutating import edited, programs  # noqa: PLC0415
    from promises import follows  # noqa: PLC0415

    history = [random.choice(programs())]
    for _ in range(random.choice([1, 3, 10, 30])):
        history.append(edited(random, history[-1]))
    others = {"helpers.py": random.choice(programs())}
    done.text, done.characters = "\n\0\n".join(history), sum(map(len, history))
    follows([*history, *random.sample(history, len(history)), *history[-2::-1]], others)


def _typed(random: random.Random, done: Attempt) -> None:
    from mutating import edited, mutated, programs  # noqa: PLC0415
    from promises import edits_as_the_client  # noqa: PLC0415

    from spawnsafe.source import Text, difference  # noqa: PLC0415

    text = mutated(random, random.choice(programs()))
    for _ in range(5):
        after = edited(random, text)
        done.text, done.characters = text, len(text)
        edit = difference(Text(text), after)
        text = edits_as_the_client(text, [edit] if edit else [])


def _composed(random: random.Random, done: Attempt) -> None:
    import hypothesmith  # noqa: PLC0415
    from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: PLC0415
    from promises import answers, follows, repairs  # noqa: PLC0415

    @seed(random.randrange(2**32))
    @settings(
        max_examples=3,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(random.choice([hypothesmith.from_grammar, hypothesmith.from_node])())
    def look(composed: str) -> None:
        text = AROUND.format(composed)
        done.text = text
        done.characters += len(text)
        answers(text)
        follows([AROUND, text, composed, text])
        done.fixed += repairs(text)

    look()


def _grown(random: random.Random, done: Attempt) -> None:
    from mutating import mutated, programs  # noqa: PLC0415
    from towers import TOWERS  # noqa: PLC0415

    if random.choice([True, False]):
        name = random.choice(sorted(TOWERS))
        make = TOWERS[name]
    else:
        part = mutated(random, random.choice(programs()))
        name, make = "a program again and again", lambda count: f"{part}\n" * count
    count, needed = 1, 0.0
    while needed < LEAST_MEASURED and count < MOST_TIMES:
        count *= 2
        needed = _seconds(make(count))
    done.text, done.characters = make(2 * count), len(make(2 * count))
    longer = min(_seconds(make(2 * count)) for _ in range(2))
    if needed >= LEAST_MEASURED and longer > MOST_GROWTH * needed:
        needed = max(needed, _seconds(make(count)))  # something else may have been busy
        if longer > MOST_GROWTH * needed:
            raise Failed(f"{name}: {count} take {needed:.2f} s, twice as many {longer:.2f} s")


def _seconds(text: str) -> float:
    from promises import MAIN  # noqa: PLC0415

    from spawnsafe.check import Policy, check  # noqa: PLC0415
    from spawnsafe.model import Project  # noqa: PLC0415

    begun = time.process_time()
    project = Project()
    project.open(MAIN, text)
    check(project.module(MAIN), Policy())
    return time.process_time() - begun


KINDS: dict[str, Callable[[random.Random, Attempt], None]] = {
    "mutated": _mutated,
    "edited": _edited,
    "typed": _typed,
    "composed": _composed,
    "grown": _grown,
}


# --- the process in which attempts are made, and the one that looks after it ----------------------------------


def make_attempts(numbers: Iterator[tuple[int, str]]) -> None:
    """Make attempts one after the other; print a line before each, and what came of it."""
    for seed, kind in numbers:
        print(json.dumps(asdict(Attempt(seed, kind))), flush=True)
        print(json.dumps(asdict(attempt(seed, kind))), flush=True)


def watch(first: int, last: int, kinds: list[str], ends: float) -> Iterator[Attempt]:
    """Yield what came of attempts, in a process that is started anew when it ended or hung."""
    seed = first
    while seed < last and time.monotonic() < ends:
        for each in _watch_process(seed, last, kinds, ends):
            seed = each.seed + 1
            yield each


def _watch_process(seed: int, last: int, kinds: list[str], ends: float) -> Iterator[Attempt]:
    """Yield what came of attempts in one process; the one in which it ends has failed."""
    command = [sys.executable, __file__, "--inside", "--seed", str(seed), *(f"--only={kind}" for kind in kinds)]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as inside,  # noqa: S603
    ):
        assert inside.stdout  # noqa: S101 - it is a pipe
        try:
            while seed < last and time.monotonic() < ends:
                begun = _next(inside, Attempt(seed, "start"))
                ended = begun if begun.failure else _next(inside, begun)
                if ended.failure and not ended.memory:
                    errors.seek(0)
                    ended.failure += f"\n{errors.read()[-2000:]}"
                    yield ended
                    return
                yield ended
                seed += 1
        finally:
            inside.kill()


def _next(inside: "subprocess.Popen[str]", expected: Attempt) -> Attempt:
    """Return what a process tells next; what was expected, as a failure, if it ends or hangs."""
    guard = threading.Timer(HANGS, inside.kill)
    guard.start()
    line = inside.stdout.readline() if inside.stdout else ""
    guard.cancel()
    if line:
        return Attempt(**json.loads(line))
    expected.failure = f"the process ended with {inside.wait()}"
    return expected


def main() -> int:
    """Make attempts; print what failed, and what they came to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))  # noqa: S311 - no secret
    parser.add_argument("--only", action="append", choices=KINDS)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    kinds = options.only or list(KINDS)
    if options.inside:
        make_attempts((seed, kinds[seed % len(kinds)]) for seed in range(options.seed, sys.maxsize))
    count = options.count or (None if options.minutes else 200)
    ends = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")
    print(f"seed {options.seed}", flush=True)
    begun, done = time.monotonic(), list[Attempt]()
    for each in watch(options.seed, options.seed + (count or sys.maxsize), kinds, ends):
        done.append(each)
        if each.failure:
            tell(each, options.report)
    summarize(done, time.monotonic() - begun)
    return int(any(each.failure for each in done))


def tell(failed: Attempt, report: Path | None) -> None:
    """Print what failed, and keep its text."""
    print(f"FAILED {failed.seed} {failed.kind}\n{failed.failure}", flush=True)
    if report:
        report.mkdir(parents=True, exist_ok=True)
        kept = report / f"{failed.kind}-{failed.seed}.txt"
        kept.write_bytes(f"{failed.failure}\n\n{failed.text}".encode("utf-8", "surrogatepass"))


def summarize(done: list[Attempt], seconds: float) -> None:
    """Print how many there were, the slowest, and how much memory they took."""
    kinds = Counter(each.kind for each in done)
    size = sum(each.characters for each in done)
    print(f"{len(done)} attempts in {seconds / 60:.1f} minutes, {size:,} characters: {dict(kinds)}")
    print(f"{sum(each.fixed for each in done)} findings repaired or suppressed")
    print(f"{sum(bool(each.failure) for each in done)} failed")
    for kind in kinds:
        slowest = max((each for each in done if each.kind == kind), key=lambda each: each.seconds)
        print(f"slowest {kind}: {slowest.seconds:.1f} s for {slowest.characters:,} characters, seed {slowest.seed}")
    if done:
        print(
            f"memory: {done[0].memory / 2**20:.0f} MB after the first, {done[-1].memory / 2**20:.0f} MB after the last"
        )


if __name__ == "__main__":
    sys.exit(main())
