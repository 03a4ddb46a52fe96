"""`__getattr__` is known to call itself without end while an object is unpickled, or not."""

import pytest

from analysis import findings

ENDLESS = {
    "an attribute": "return getattr(self.inner, name)",
    "by a variable": "inner = self.inner\nreturn inner[name]",
    "a condition that reads it": "if name in self.inner:\n    return 1\nraise AttributeError(name)",
    "hasattr": 'if hasattr(self, "inner"):\n    return self.inner\nraise AttributeError(name)',
    "another error is caught": "try:\n    return self.inner[name]\nexcept KeyError:\n    raise AttributeError(name)",
    "another name is guarded": 'if name == "other":\n    raise AttributeError(name)\nreturn self.inner',
    "two attributes in turn": 'if name == "inner":\n    return self.other\nreturn self.inner',
    "what `__dict__` does not hold": 'return self.__dict__["inner"][name]',
    "what `vars` does not hold": 'return getattr(vars(self)["inner"], name)',
    "another error than for a key is caught": 'try:\n    return vars(self)["inner"]\nexcept IndexError:\n    return 1',
    "one name is answered first": 'if name == "x":\n    return self.other\nreturn self.inner',
}

FINE = {
    "names with underscores": 'if name.startswith("__"):\n    raise AttributeError(name)\nreturn self.inner',
    "its own name": 'if name == "inner":\n    raise AttributeError(name)\nreturn self.inner',
    "the other way round": 'if not name.startswith("_"):\n    return self.inner\nraise AttributeError(name)',
    "listed names": 'if name in ("a", "b"):\n    return self.inner\nraise AttributeError(name)',
    "the first letter": 'if name[0] == "_":\n    raise AttributeError(name)\nreturn self.inner',
    "the first letters": 'if name[:2] == "__":\n    raise AttributeError(name)\nreturn self.inner',
    "its dictionary": 'if "inner" not in self.__dict__:\n    raise AttributeError(name)\nreturn self.inner',
    "everything is caught": "try:\n    return self.inner\nexcept Exception:\n    raise AttributeError(name)",
    "something that is not known": "if is_special(name):\n    raise AttributeError(name)\nreturn self.inner",
    "a key of `__dict__` that is caught": 'try:\n    return vars(self)["inner"]\nexcept KeyError:\n    return 1',
    "an item of `__dict__` that may be missing": 'return self.__dict__.get("inner")',
    "object's own lookup": 'return getattr(object.__getattribute__(self, "inner"), name)',
    "what the class has": "return self.common",
    "nothing": "return None",
}


def program(lookup: str, rest: str = "", bases: str = "") -> str:
    """Return a program that sends an instance of a class with a `__getattr__`."""
    body = "\n        ".join(lookup.split("\n"))
    return f"""from multiprocessing import Pool
class Proxy{bases}:
    common = 1
    def __init__(self, inner):
        self.inner = inner
        self.other = inner
    def __getattr__(self, name):
        {body}
{rest}
def main(pool: Pool):
    pool.map(print, [Proxy(1)])
"""


@pytest.mark.parametrize("lookup", ENDLESS.values(), ids=ENDLESS)
def test_lookups_without_end(lookup: str) -> None:
    assert findings(program(lookup)) == [("recursive-getattr", "Proxy(1)")]


METHODS = {
    "a method": ("return self.find(name)", "def find(self, name):\n        return self.inner[name]"),
    "a method that a method calls": (
        "return self.find(name)",
        "def find(self, key):\n        return self.load()\n    def load(self):\n        return self.inner",
    ),
    "a property": ("return self.found", "@property\n    def found(self):\n        return self.inner"),
    "an attribute set by name": (
        "return self.data[name]",
        'def prepare(self):\n        object.__setattr__(self, "data", {})',
    ),
    "an attribute set in `__dict__`": (
        "return self.data[name]",
        'def prepare(self):\n        self.__dict__["data"] = {}',
    ),
}

GUARDED_METHODS = {
    "names with underscores": 'if key.startswith("_"):\n    raise AttributeError(key)\nreturn self.inner',
    "a condition": "if key in KNOWN:\n    return self.inner\nraise AttributeError(key)",
    "the recursion is caught": "try:\n    return self.inner\nexcept RecursionError:\n    return 1",
}


@pytest.mark.parametrize(("lookup", "rest"), METHODS.values(), ids=METHODS)
def test_lookups_without_end_through_methods(lookup: str, rest: str) -> None:
    assert findings(program(lookup, f"    {rest}")) == [("recursive-getattr", "Proxy(1)")]


@pytest.mark.parametrize("body", GUARDED_METHODS.values(), ids=GUARDED_METHODS)
def test_lookups_through_methods_that_end(body: str) -> None:
    indented = body.replace("\n", "\n        ")
    assert findings(program("return self.find(name)", f"    def find(self, key):\n        {indented}")) == []


def test_an_object_that_holds_one() -> None:
    holder = """
class Holder:
    def __init__(self):
        self.proxy = Proxy(1)
def send(pool: Pool):
    pool.map(print, [Holder()])
"""
    assert findings(program("return self.inner", holder)) == [
        ("recursive-getattr", "Holder()"),
        ("recursive-getattr", "Proxy(1)"),
    ]


@pytest.mark.parametrize("lookup", FINE.values(), ids=FINE)
def test_lookups_that_end(lookup: str) -> None:
    assert findings(program(lookup)) == []


@pytest.mark.parametrize(
    "method", ["__setstate__(self, state)", "__reduce__(self)", "__reduce_ex__(self, protocol)", "__new__(cls, *args)"]
)
def test_classes_that_say_how_they_are_unpickled(method: str) -> None:
    assert findings(program("return self.inner", f"    def {method}:\n        ...")) == []


@pytest.mark.parametrize("base", ["Exception", "dict", "Base"])
def test_bases_that_may_say_how(base: str) -> None:
    assert findings(program("return self.inner", bases=f"({base})")) == []
