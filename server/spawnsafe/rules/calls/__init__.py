"""How the calls that send are written, and what workers do with what they get."""
