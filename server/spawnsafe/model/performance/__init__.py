"""How much is sent, and how often."""
