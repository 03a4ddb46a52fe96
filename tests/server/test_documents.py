"""Documents follow their clients' edits, whatever the text and the encoding."""

import io
from pathlib import PureWindowsPath

import pytest
from editor import UNITS
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from spawnsafe.lsp.convert import Codec
from spawnsafe.lsp.documents import Document, document_path
from spawnsafe.source import Text, split_lines

TEXTS = st.text(alphabet="ab é\n\r\f\x0b\x85\u2028😀\ud83d", max_size=12)
ENCODINGS = st.sampled_from(list(UNITS))


def document(text: str, encoding: str = "utf-16") -> Document:
    codec = Codec(types.PositionEncodingKind(encoding))
    return Document("file:///x.py", text, 1, "python", codec)


def edit(start: tuple[int, int], end: tuple[int, int], text: str) -> types.TextDocumentContentChangePartial:
    place = types.Range(types.Position(*start), types.Position(*end))
    return types.TextDocumentContentChangePartial(place, text)


@pytest.mark.parametrize("separator", ["\f", "\x0b", "\x1c", "\x85", "\u2028", "\u2029"])
def test_lines_end_at_line_feeds_and_carriage_returns_alone(separator: str) -> None:
    one = document(f"a = 1\n{separator}b = 2\nc = 3")
    one.apply_change(edit((2, 4), (2, 5), "4"))
    assert one.source == f"a = 1\n{separator}b = 2\nc = 4"


@given(TEXTS)
def test_lines_are_those_of_the_model(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    model = Text(text)
    assert [line.rstrip("\r\n") for line in lines] == [model.line(n) for n in range(model.line_count)]


@given(TEXTS, TEXTS, ENCODINGS, st.data())
def test_an_edit_leaves_the_text_that_the_client_has(text: str, new: str, encoding: str, data: st.DataObject) -> None:
    codec, size = UNITS[encoding]
    places = []
    offset = 0
    for number, line in enumerate([*io.StringIO(text, newline=""), ""]):
        inside = line.rstrip("\r\n")
        for column in range(len(inside) + 1):
            units = len(inside[:column].encode(codec, "surrogatepass")) // size
            places.append((offset + column, (number, units)))
        offset += len(line)
    (start, first), (end, last) = sorted((data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))))
    one = document(text, encoding)
    one.apply_change(edit(first, last, new))
    assert one.source == text[:start] + new + text[end:]
    assert one.lines == split_lines(one.source)


def test_places_beyond_a_line_and_the_text_are_clipped() -> None:
    one = document("ab\r\ncd")
    one.apply_change(edit((0, 99), (0, 99), "!"))
    one.apply_change(edit((1, 1), (99, 0), "?"))
    assert one.source == "ab!\r\nc?"


def test_the_whole_text_can_be_replaced() -> None:
    one = document("old")
    one.apply_change(types.TextDocumentContentChangeWholeDocument("new\n"))
    assert one.lines == ["new\n", ""]


def test_documents_in_no_file_get_places_of_their_own() -> None:
    names = ["untitled:Untitled-1", "untitled:Untitled-2", "vscode-notebook-cell:/a.ipynb#X1"]
    paths = [document_path(name) for name in names]
    assert len({path.parent for path in paths}) == len(names)
    assert all(path.is_absolute() and not path.parent.parent.exists() for path in paths)
    assert document_path("file:///a%20b.py").name == "a b.py"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///c%3A/Users/Me/a%20b.py", r"c:\Users\Me\a b.py"),
        ("file:///C:/Users/Me/a%20b.py", r"C:\Users\Me\a b.py"),
        ("file:///c:/Users/Me/%C3%A4.py", r"C:\Users\Me\ä.py"),
        ("file://server/share/a.py", r"\\server\share\a.py"),
        ("file://SERVER/share/a%23b.py", r"\\server\share\a#b.py"),
        ("file:///z%3A/a.py", r"Z:\a.py"),
    ],
)
def test_windows_paths_are_the_same_however_the_client_spells_them(
    uri: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pygls.uris.IS_WIN", True)
    monkeypatch.setattr("spawnsafe.lsp.documents.Path", PureWindowsPath)
    assert document_path(uri) == PureWindowsPath(path)
    assert document_path(uri).is_absolute()
