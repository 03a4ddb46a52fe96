"""Programs to check, and what a command line gives back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LAMBDA = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(lambda n: n * n, range(4)))
"""
FIXED = """\
from multiprocessing import Pool


def work(n):
    return n * n


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(work, range(4)))
"""
PROCESS = """\
from multiprocessing import Process

if __name__ == "__main__":
    process = Process(target=lambda: print("hello"))
    process.start()
    process.join()
"""
HEALTHY = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(abs, range(4)))
"""


@dataclass(frozen=True)
class Result:
    status: int
    output: bytes
    error: str

    @property
    def text(self) -> str:
        return self.output.decode().replace("\r\n", "\n")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def json(self) -> Any:  # noqa: ANN401 - a test knows what it expects
        return json.loads(self.output)


Run = Callable[..., Result]
