"""How facts are kept: in one order, sealed, durable."""
