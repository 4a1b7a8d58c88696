"""Where in the program an error came from: said to people, without any value."""

from pathlib import Path


def place_of(error: BaseException) -> str:
    """File and line; as it was noted by another process, where that is where it came from."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    here = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return next(iter(getattr(error, "__notes__", ())), here)
