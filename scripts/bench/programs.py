"""Programs to time tools on: ordinary modules of any length that hand work to processes, and projects of them.

Much of such a module is what programs are mostly made of: classes, functions that call each other, loops, strings.
Every few hundred lines a stage sends one of its functions to a pool. Three stages, near the beginning, the middle and
the end, make mistakes that spawnsafe reports, so a report is as long for a long module as for a short one.
"""

from itertools import count
from pathlib import Path

STAGE_EVERY = 250
"""Lines between two stages, roughly."""

_HEAD = '''\
"""A module made to be timed."""

import json
import logging
import re
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import Pool
from pathlib import Path

log = logging.getLogger(__name__)
WORD = re.compile(r"[a-z]+")
LIMIT = 1_000
'''

_PARTS = (
    '''
def clean_{n}(line: str, *, lower: bool = True) -> str:
    """Strip a line, and what stands behind a hash in it."""
    text, _, _ = line.partition("#")
    text = text.strip()
    if lower:
        text = text.lower()
    return " ".join(text.split())


def words_{n}(lines: list[str]) -> list[str]:
    found = []
    for line in lines:
        for word in WORD.findall(clean_{n}(line)):
            if len(word) > 2 and word not in found:
                found.append(word)
    return found
''',
    '''
@dataclass
class Record{n}:
    """One row, as it is read."""

    name: str
    values: list[float] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, value: float) -> None:
        self.values.append(value)
        if len(self.values) > LIMIT:
            del self.values[0]

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values) if self.values else 0.0

    def tagged(self, key: str, default: str = "") -> str:
        value = self.tags.get(key, default)
        return value if value else default

    def as_row(self) -> list[str]:
        return [self.name, *(f"{{value:.3f}}" for value in self.values)]
''',
    """
def tally_{n}(rows: list[dict[str, int]], wanted: str) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        try:
            amount = int(row[wanted])
        except (KeyError, ValueError):
            log.warning("no %s in %r", wanted, row)
            continue
        if amount < 0:
            raise ValueError(f"negative: {{amount}}")
        totals[wanted] += amount
        totals["rows"] += 1
    return dict(sorted(totals.items(), key=lambda item: item[1]))


def load_{n}(path: Path) -> list[dict[str, int]]:
    with path.open() as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    log.info("%d rows from %s", len(rows), path)
    return rows
""",
    '''
class Store{n}:
    """Keeps rows by name, the latest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: dict[str, list[int]] = {{}}
        self._counts: Counter[str] = Counter()

    def put(self, name: str, value: int) -> None:
        self._rows.setdefault(name, []).insert(0, value)
        self._counts[name] += 1

    def get(self, name: str) -> list[int]:
        if name not in self._rows:
            return []
        return list(self._rows[name])

    def save(self) -> None:
        for name, rows in self._rows.items():
            target = self.folder / f"{{name}}.json"
            target.write_text(json.dumps(rows))

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))


def fill_{n}(store: Store{n}, rows: list[tuple[str, int]]) -> int:
    before = len(store)
    for name, value in rows:
        store.put(name, value)
    store.save()
    return len(store) - before
''',
)

_STAGES = (
    """
def measure_{n}(line: str) -> int:
    return sum(len(word) for word in line.split() if word.isalpha())


def stage_{n}(lines: list[str]) -> int:
    with ProcessPoolExecutor() as executor:
        return sum(executor.map(measure_{n}, lines, chunksize=64))
""",
    """
def grade_{n}(row: tuple[str, int]) -> tuple[str, float]:
    name, value = row
    return name, value / LIMIT


def stage_{n}(rows: list[tuple[str, int]]) -> dict[str, float]:
    with Pool(4) as pool:
        return dict(pool.map(grade_{n}, rows))
""",
)

_MISTAKE = """
def stage_{n}(rows: list[str]) -> list[int]:
    with Pool(4) as pool:
        return pool.map(lambda row: len(row) + {n}, rows)
"""

_END = """

def main() -> None:
    lines = Path("lines.txt").read_text().splitlines()
    print(stage_0(lines))


if __name__ == "__main__":
    main()
"""


def program(lines: int) -> str:
    """Return a module of that many lines, or a few more."""
    text, length, stages = [_HEAD], _HEAD.count("\n") + _END.count("\n"), 0
    mistakes = [lines * share // 100 for share in (5, 50, 95)]
    for number in count():
        part = _PARTS[number % len(_PARTS)]
        if number and mistakes and length >= mistakes[0]:
            part = _MISTAKE
            mistakes.pop(0)
        elif length >= stages * STAGE_EVERY:
            part = _STAGES[stages % len(_STAGES)]
            stages += 1
        made = "\n" + part.format(n=number)
        text.append(made)
        length += made.count("\n")
        if length >= lines and not mistakes:
            return "".join((*text, _END))
    raise AssertionError


def project(folder: Path, modules: int) -> tuple[Path, Path]:
    """Write a project of that many modules; return a helper in it, and the module that sends what the helper has.

    Modules import from each other along a chain, as programs do; one in ten uses processes.
    """
    package = folder / "package"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "package"\nversion = "1"\n')
    (package / "__init__.py").write_text("")
    for number in range(modules):
        imports = f"from package.part_{number - 1} import helper_{number - 1}\n" if number else ""
        (package / f"part_{number}.py").write_text(imports + _module(number, sends=number % 10 == 0))
    helper, sender = package / "helper.py", package / "sender.py"
    helper.write_text("def work(item: int) -> int:\n    return item + 1\n")
    sender.write_text(
        "from multiprocessing import Pool\n\nfrom package.helper import work\n\n\n"
        "def main() -> None:\n    with Pool(2) as pool:\n        print(pool.map(work, range(9)))\n"
        '\n\nif __name__ == "__main__":\n    main()\n'
    )
    return helper, sender


def _module(number: int, *, sends: bool) -> str:
    body = _PARTS[number % len(_PARTS)].format(n=number) + f"\n\ndef helper_{number}(item: int) -> int:\n"
    body += f"    return helper_{number - 1}(item) + 1\n" if number else "    return item\n"
    return (_HEAD + body + _STAGES[number % len(_STAGES)].format(n=number)) if sends else _PLAIN_HEAD + body


_PLAIN_HEAD = """\
import json
import logging
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)
WORD = re.compile(r"[a-z]+")
LIMIT = 1_000

"""
