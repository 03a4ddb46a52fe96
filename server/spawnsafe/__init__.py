"""Finds, explains and repairs Python code that breaks when worker processes start."""

__version__ = "0.1.0"
