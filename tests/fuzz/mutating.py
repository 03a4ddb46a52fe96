"""Texts that nobody planned for: real programs, in which something is cut out, repeated, mixed up or put in.

The same random numbers make the same texts.
"""

import re
import sysconfig
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random

_REPOSITORY = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```py(?:thon)?[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_CHARACTERS = 12_000

BRACKETS = [*"()[]{}", "((((", "]]]]", "f(", "[x for x in ", "{**", "(*"]
QUOTES = ["'", '"', '"""', "'''", "f'{", 'f"""{x!r:{y}}', "t'{", "rb'", "\\", "\\\n", "#"]
SPACES = ["\n", "\r", "\r\n", "\t", "\x0c", "\n\n\n", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\xa0", "\ufeff", ""]
LETTERS = ["\0", "\x1a", "é", "日本", "\U0001d4b3", "😀", "e\u0301", "\u200b", "\u202e", "\ud800", "\udfff", "ﬁ", "µ"]
WORDS = [
    *(
        "lambda",
        "lambda n: n",
        "async ",
        "await ",
        "yield ",
        "yield from ",
        "not ",
        "-",
        "~",
        "*",
        "**",
        ":=",
        "=",
        "->",
    ),
    *("def f(", "class A(A):", "@", "@a\n", "if x:\n", "else:\n", "elif y:\n", "try:\n", "except* E:\n", "finally:\n"),
    *(
        "with ",
        "for x in ",
        "while True:\n",
        "match x:\n",
        "case {'a': [*_]}:\n",
        "type X = ",
        "global x",
        "nonlocal x",
    ),
    *(
        "import ",
        "from . import ",
        "from ... import *",
        "del x",
        "return ",
        "raise ",
        "pass",
        ";",
        ",",
        ".",
        ":",
        "...",
    ),
    *("0x", "1_000", "1e999", "9" * 5000, "1j", "0o8", "None", "__name__", "if __name__ == '__main__':\n", "print f"),
]
PROCESSES = [
    *("import multiprocessing\n", "from multiprocessing import *\n", "from concurrent.futures import *\n"),
    *(
        "multiprocessing.Pool()",
        "Pool(2).map(lambda n: n, range(9))\n",
        "with Pool() as pool:\n",
        "pool.map(",
        "pool.imap(",
    ),
    *(
        "Process(target=",
        "args=(1,)",
        ".start()\n",
        ".join()\n",
        "ProcessPoolExecutor(",
        ".submit(",
        "Manager().dict()",
    ),
    *("Queue()", "Lock()", "set_start_method('fork')\n", "get_context('spawn').", "functools.partial(", "chunksize=0"),
    *("initializer=", "self.pool", "pool = pool", "os.fork()", "__getstate__", "__reduce__", "# spawnsafe: ignore[\n"),
]


@cache
def programs() -> tuple[str, ...]:
    """Return the programs of the pages, the examples, and files of the repository and of the standard library."""
    folders = [_REPOSITORY / name for name in ("server/spawnsafe/rules", "server/spawnsafe/advice", "docs")]
    pages = sorted(chain.from_iterable(folder.rglob("*.md") for folder in folders))
    library = Path(sysconfig.get_path("stdlib"))
    globs = [(_REPOSITORY, "examples/*.py"), (_REPOSITORY / "server", "**/*.py"), (_REPOSITORY / "tests", "**/*.py")]
    globs += [(library, pattern) for pattern in ("*.py", "multiprocessing/*.py", "concurrent/**/*.py", "asyncio/*.py")]
    files = chain.from_iterable(sorted(folder.glob(pattern)) for folder, pattern in globs)
    texts = [program for page in pages for program in _BLOCK.findall(page.read_text("utf-8"))]
    read = (path.read_bytes().decode("utf-8", "replace") for path in files)
    return (*texts, *(text for text in read if len(text) <= _MOST_CHARACTERS))


def mutated(random: Random, text: str, most: int = 8) -> str:
    """Return a text after a few changes, at most so many."""
    for _ in range(random.choice([1, 1, 2, most])):
        text = random.choice(_CHANGES)(random, text)
    return text


def edited(random: Random, text: str) -> str:
    """Return a text after one change such as an editor makes: something typed, deleted, pasted or moved."""
    return random.choice(_EDITS)(random, text)


def _insert(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    new = random.choice(random.choice([BRACKETS, QUOTES, SPACES, LETTERS, WORDS, PROCESSES, PROCESSES]))
    return text[:at] + new + text[at:]


def _insert_line(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = random.randint(0, len(lines))
    indent = " " * 4 * random.randrange(4)
    return "".join([*lines[:at], indent, random.choice([*WORDS, *PROCESSES]), "\n", *lines[at:]])


def _delete(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] + text[at + random.choice([1, 1, 2, 10, 100]) :]


def _delete_token(random: Random, text: str) -> str:
    tokens = _TOKEN.findall(text)
    if tokens:
        del tokens[random.randrange(len(tokens))]
    return "".join(tokens)


def _swap_tokens(random: Random, text: str) -> str:
    tokens = _TOKEN.findall(text)
    if tokens:
        one, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def _rename(random: Random, text: str) -> str:
    """Call one thing as another is called, everywhere or from somewhere on."""
    names = sorted(set(re.findall(r"\b[A-Za-z_]\w*", text)))
    if not names:
        return text
    at = random.choice([0, random.randint(0, len(text))])
    one, other = random.choice(names), random.choice(names)
    return text[:at] + re.sub(rf"\b{one}\b", other, text[at:])


def _repeat_lines(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    first = random.randint(0, len(lines))
    some = lines[first : first + random.randint(1, 10)] * random.choice([1, 1, 3])
    at = random.randint(0, len(lines))
    return "".join([*lines[:at], *some, *lines[at:]])


def _delete_lines(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    first = random.randint(0, len(lines))
    return "".join([*lines[:first], *lines[first + random.randint(1, 10) :]])


def _indent(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    first = random.randint(0, len(lines))
    last = first + random.randint(1, 10)
    by = random.choice(["    ", " ", "\t", ""])
    some = [by + line if by else line.lstrip(" ") for line in lines[first:last]]
    return "".join([*lines[:first], *some, *lines[last:]])


def _splice(random: Random, text: str) -> str:
    """Go on with the rest of another program."""
    other = random.choice(programs())
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


def _paste(random: Random, text: str) -> str:
    other = random.choice(programs()).splitlines(keepends=True)
    lines = text.splitlines(keepends=True)
    first, at = random.randint(0, len(other)), random.randint(0, len(lines))
    return "".join([*lines[:at], *other[first : first + random.randint(1, 20)], *lines[at:]])


def _change_line_ends(random: Random, text: str) -> str:
    if random.random() < 0.5:
        return text.replace("\n", random.choice(["\r\n", "\r"]))
    return re.sub("\n", lambda _: random.choice(["\n", "\r\n", "\r"]), text)


def _cut(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] if random.random() < 0.7 else text[at:]


def _decorate_with_marks(random: Random, text: str) -> str:
    """Put odd characters before lines and into names: a mark, form feeds, characters of two units."""
    lines = text.splitlines(keepends=True)
    lines = [random.choice(["\x0c", "\ufeff", "", "", "", ""]) + line for line in lines]
    return "\ufeff" * random.randrange(2) + re.sub(r"\bpool\b", "\U0001d4c5ool", "".join(lines))


_EDITS = (
    _insert,
    _insert,
    _insert,
    _insert_line,
    _delete,
    _delete,
    _delete_token,
    _delete_lines,
    _repeat_lines,
    _paste,
)
_EDITS += (_indent, _swap_tokens, _rename, _splice, _cut)
_CHANGES = (*_EDITS, _change_line_ends, _decorate_with_marks)
