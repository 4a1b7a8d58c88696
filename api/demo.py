"""The demonstration: one practice from signal to closing, in one sealed log, looks recorded."""


def run() -> None:
    pass
