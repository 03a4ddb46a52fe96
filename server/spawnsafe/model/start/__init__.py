"""How workers start: which method, what guards it, what they then have and miss."""
