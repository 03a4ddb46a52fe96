"""Exceptions that leave a worker, and whether pickle can rebuild them."""

from analysis import assert_findings, programs

TWO = """
class Two(Exception):
    def __init__(self, code, detail):
        super().__init__(f"{code} {detail}")
"""


def raising(statement: str, definitions: str = TWO) -> str:
    """Return a program whose worker does something, with definitions above it."""
    body = "\n    ".join(statement.strip("\n").split("\n"))
    return f"""from multiprocessing import Pool
{definitions.strip()}
def work(n):
    {body}
def main(pool: Pool):
    pool.map(work, [1])
"""


@programs(
    {
        "all arguments": raising(
            "raise Both(1, 2)",
            """
class Both(Exception):
    def __init__(self, code, detail):
        super().__init__(code, detail)
""",
        ),
        "no super call, by position": raising(
            "raise Plain(1, 2)",
            """
class Plain(Exception):
    def __init__(self, code, detail):
        self.code = code
""",
        ),
        "no super call, by name": raising(
            """
raise Plain(1, detail=2)
#     ^^^^^^^^^^^^^^^^^^ unpicklable-exception
""",
            """
class Plain(Exception):
    def __init__(self, code, detail):
        self.code = code
""",
        ),
        "no super call of an OSError, which takes no arguments then": raising(
            """
raise Plain(1, 2)
#     ^^^^^^^^^^^ unpicklable-exception
""",
            """
class Plain(OSError):
    def __init__(self, code, detail):
        self.code = code
""",
        ),
        "a text instead of two arguments": raising(
            """
raise Two(1, 2) from None
#     ^^^^^^^^^ unpicklable-exception [fork spawn forkserver]
"""
        ),
        "an argument where none is taken": raising(
            """
raise Fixed
#     ^^^^^ unpicklable-exception
""",
            """
class Fixed(Exception):
    def __init__(self):
        super().__init__("always the same")
""",
        ),
        "keyword-only": raising(
            """
raise Keyword("text", job=1)
#     ^^^^^^^^^^^^^^^^^^^^^^ unpicklable-exception
""",
            """
class Keyword(Exception):
    def __init__(self, text, *, job):
        super().__init__(text)
""",
        ),
        "keyword-only with a default": raising(
            'raise Keyword("text", job=1)',
            """
class Keyword(Exception):
    def __init__(self, text, *, job=None):
        super().__init__(text)
""",
        ),
        "args set by hand": raising(
            "raise Set(1, 2)",
            """
class Set(Exception):
    def __init__(self, code, detail):
        super().__init__("text")
        self.args = (code, detail)
""",
        ),
        "args set and then lost": raising(
            """
raise Lost(1, 2)
#     ^^^^^^^^^^ unpicklable-exception
""",
            """
class Lost(Exception):
    def __init__(self, code, detail):
        self.args = (code, detail)
        super().__init__("text")
""",
        ),
        "two levels": raising(
            """
raise Inner(1, 2)
#     ^^^^^^^^^^^ unpicklable-exception
""",
            """
class Outer(Exception):
    def __init__(self, message, code=0):
        super().__init__(message)
class Inner(Outer):
    def __init__(self, item, why):
        super().__init__(f"{item}: {why}", 3)
""",
        ),
        "a level is left out": raising(
            "raise Inner(1, 2)",
            """
class Outer(Exception):
    def __init__(self, message, code=0):
        super().__init__(message)
class Inner(Outer):
    def __init__(self, item, why):
        super(Outer, self).__init__(item, why)
""",
        ),
        "the base by its name": raising(
            """
raise Named(1, 2)
#     ^^^^^^^^^^^ unpicklable-exception
""",
            """
class Named(Exception):
    def __init__(self, item, why):
        Exception.__init__(self, item)
""",
        ),
        "a base outside the project": raising(
            "raise Unknown(1, 2)",
            """
from click import ClickException
class Unknown(ClickException):
    def __init__(self, item, why):
        super().__init__(item)
""",
        ),
        "stars": raising(
            "raise Stars(1, 2)",
            """
class Stars(Exception):
    def __init__(self, *args, **kwargs):
        super().__init__(str(args))
""",
        ),
        "any keywords": raising(
            """
raise Keywords(text="bad", row=1)
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^ unpicklable-exception
""",
            """
class Keywords(Exception):
    def __init__(self, **info):
        super().__init__(info["text"])
""",
        ),
        "any keywords, with the message": raising(
            'raise Keywords("bad", row=1)',
            """
class Keywords(Exception):
    def __init__(self, text, **info):
        super().__init__(text)
""",
        ),
        "stars behind what is required": raising(
            """
raise Stars(1, 2)
#     ^^^^^^^^^^^ unpicklable-exception
""",
            """
class Stars(Exception):
    def __init__(self, code, *rest):
        super().__init__()
""",
        ),
        "stars handed on": raising(
            "raise Stars(1, 2, hint=3)",
            """
class Stars(Exception):
    def __init__(self, *args, hint=None):
        super().__init__(*args)
""",
        ),
        "it says how": raising(
            "raise Reduced(1, 2)",
            """
class Reduced(Exception):
    def __init__(self, item, why):
        super().__init__(item)
        self.why = why
    def __reduce__(self):
        return Reduced, (self.args[0], self.why)
""",
        ),
        "a message for an object": raising(
            """
raise Http(n)
#     ^^^^^^^ unpicklable-exception
""",
            """
class Http(Exception):
    def __init__(self, response):
        super().__init__("status %s" % response.status)
""",
        ),
        "a message for an object that is asked first": raising(
            "raise Http(n)",
            """
class Http(Exception):
    def __init__(self, response):
        super().__init__("status" if isinstance(response, str) else f"{response.status}")
""",
        ),
        "a dataclass by position": raising(
            "raise Data(1)",
            """
from dataclasses import dataclass
@dataclass
class Data(Exception):
    row: int
    reason: str = ""
""",
        ),
        "a dataclass whose args have a value for its constructor alone": raising(
            'raise Data(1, "text")',
            """
from dataclasses import InitVar, dataclass
@dataclass
class Data(Exception):
    row: int
    reason: InitVar[str] = ""
""",
        ),
        "a dataclass with a field that only a keyword sets": raising(
            "raise Data(1, reason=2)",
            """
from dataclasses import dataclass, field
@dataclass
class Data(Exception):
    reason: int = field(default=0, kw_only=True)
    row: int = 0
""",
        ),
        "a dataclass that lacks what only a keyword sets": raising(
            """
raise Data(1, reason=2)
#     ^^^^^^^^^^^^^^^^^ unpicklable-exception
""",
            """
from dataclasses import dataclass
@dataclass(kw_only=True)
class Reason(Exception):
    reason: int
@dataclass
class Data(Reason):
    row: int
""",
        ),
        "a dataclass by name": raising(
            """
raise Data(row=1)
#     ^^^^^^^^^^^ unpicklable-exception
""",
            """
from dataclasses import dataclass
@dataclass
class Data(Exception):
    row: int
    reason: str = ""
""",
        ),
        "under a condition": raising(
            "raise Either(1)",
            """
class Either(Exception):
    def __init__(self, row, reason=None):
        if reason is None:
            super().__init__(row)
        else:
            super().__init__(row, reason)
""",
        ),
    }
)
def test_whether_a_class_can_be_called_again(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "an argument": raising(
            """
lock = threading.Lock()
raise Busy(n, lock)
#     ^^^^^^^^^^^^^ unpicklable-exception
""",
            "import threading\nclass Busy(Exception):\n    pass",
        ),
        "an argument that is handed on": raising(
            """
raise Busy(n, lambda: n)
#     ^^^^^^^^^^^^^^^^^^ unpicklable-exception
""",
            "class Busy(Exception):\n    def __init__(self, n, retry):\n        super().__init__(n, retry)",
        ),
        "an argument that is dropped": raising(
            "raise Busy(n, lambda: n)",
            "class Busy(Exception):\n    def __init__(self, n, retry=None):\n        super().__init__(n)",
        ),
        "an attribute": raising(
            """
raise Busy(n, open("x"))
#     ^^^^^^^^^^^^^^^^^^ unpicklable-exception
""",
            """
class Busy(Exception):
    def __init__(self, n, log=None):
        super().__init__(n)
        self.log = log
""",
        ),
        "a local class": raising(
            """
class Bad(ValueError):
    pass
raise Bad
#     ^^^ unpicklable-exception
"""
        ),
        "a local class that is caught": raising(
            "class Bad(ValueError):\n    pass\ntry:\n    raise Bad(n)\nexcept ValueError:\n    return 0"
        ),
    }
)
def test_whether_an_exception_can_be_pickled(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "given back where it is caught": raising(
            """
try:
    raise Two(1, 2)
except KeyError as error:
    return error
except Two as error:
    return n, error
    #         ^^^^^ unpicklable-exception
"""
        ),
        "given back as a text": raising("try:\n    raise Two(1, 2)\nexcept Two as error:\n    return str(error)"),
        "caught": raising("try:\n    raise Two(1, 2)\nexcept Two:\n    return 0"),
        "caught by a base": raising("try:\n    raise Two(1, 2)\nexcept (KeyError, Exception):\n    return 0"),
        "caught by all": raising("try:\n    raise Two(1, 2)\nexcept:\n    return 0"),
        "caught by something that is not known": raising(
            "try:\n    raise Two(1, 2)\nexcept errors:\n    return 0", f"from errors import errors\n{TWO}"
        ),
        "suppressed": raising("with suppress(Two):\n    raise Two(1, 2)", f"from contextlib import suppress\n{TWO}"),
        "not caught": raising(
            """
try:
    raise Two(1, 2)
    #     ^^^^^^^^^ unpicklable-exception
except KeyError:
    return 0
"""
        ),
        "raised again": raising(
            """
try:
    raise Two(1, 2)
    #     ^^^^^^^^^ unpicklable-exception
except Two as error:
    print(error)
    raise
"""
        ),
        "another one is raised from it": raising(
            "try:\n    raise Two(1, 2)\nexcept Two as error:\n    raise ValueError(str(error)) from error"
        ),
        "caught by a caller": raising(
            "try:\n    check(n)\nexcept Two:\n    return 0", f"{TWO}\ndef check(n):\n    raise Two(1, 2)"
        ),
        "not reached with this argument": raising(
            "return check(n)", f"{TWO}\ndef check(n, strict=False):\n    if strict:\n        raise Two(1, 2)"
        ),
        "caught by a decorator": raising(
            "return check(n)",
            f"""
from functools import wraps
{TWO}
def safe(function):
    @wraps(function)
    def wrapper(*args):
        try:
            return function(*args)
        except Two:
            return None
    return wrapper
@safe
def check(n):
    raise Two(1, 2)
""",
        ),
        "not caught by a decorator": raising(
            "return check(n)",
            f"""
from functools import wraps
{TWO}
def logged(function):
    @wraps(function)
    def wrapper(*args):
        print(args)
        return function(*args)
    return wrapper
@logged
def check(n):
    raise Two(1, 2)
    #     ^^^^^^^^^ unpicklable-exception
""",
        ),
        "a decorator that is not known": raising(
            "return check(n)", f"from tools import safe\n{TWO}\n@safe\ndef check(n):\n    raise Two(1, 2)"
        ),
        "in a process, which prints it": f"""
from multiprocessing import Process
{TWO}
def work():
    raise Two(1, 2)
def main():
    Process(target=work).start()
""",
        "not in a worker": f"""
from multiprocessing import Pool
{TWO}
def main(pool: Pool):
    pool.map(abs, [1])
    raise Two(1, 2)
""",
        "sent": f"""
from multiprocessing import Pool
{TWO}
def main(pool: Pool):
    pool.map(str, [Two(1, 2)])
    #              ^^^^^^^^^ unpicklable-exception
""",
        "returned": raising(
            """
return Two(1, 2)
#      ^^^^^^^^^ unpicklable-exception
"""
        ),
        "in other files": """
from multiprocessing import Pool
from steps import step
def work(n):
    return step(n)
def main(pool: Pool):
    pool.map(work, [1])
# file: steps.py
from errors import StepError
class Steps:
    def run(self, n):
        raise StepError(n, "bad")
        #     ^^^^^^^^^^^^^^^^^^^ unpicklable-exception
def step(n):
    return Steps().run(n)
# file: errors.py
class StepError(Exception):
    def __init__(self, step, reason):
        super().__init__(reason)
""",
    }
)
def test_whether_an_exception_leaves_the_worker(program: str) -> None:
    assert_findings(program)
