"""Where the links of hovers lead."""

from pathlib import Path

from lsprotocol import types

from spawnsafe.lsp.client import Client


def test_no_link_leads_a_client_elsewhere_to_files_of_this_machine() -> None:
    page = Path(__file__)
    here = types.InitializeParams(types.ClientCapabilities(), process_id=1)
    assert Client.of(here).link("page", page) == page.as_uri()
    in_a_browser = types.InitializeParams(types.ClientCapabilities())
    assert Client.of(in_a_browser).link("page", page) is None
