"""The language server: the same analysis as the command line's, for editors."""

from spawnsafe.lsp.session import serve

__all__ = ["serve"]
