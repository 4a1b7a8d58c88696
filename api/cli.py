"""The command line: the operator's tool. Every look through it is recorded with the operating-system user.

Exit codes: 0 done, 1 refused or found bad, 2 bad use, 3 the store cannot be used now, 70 a defect (never 1).
"""

import os
import resource
import signal
import sys

import typer

from api.commands import audits, data, lists, looks, service, stores
from api.commands.application import problems
from ledger.errors import place_of

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
cli.command()(stores.init)
cli.command()(service.serve)
cli.command()(service.demo)
cli.command()(stores.migrate)
cli.command()(stores.rebuild)
cli.command("import")(stores.import_)
cli.command()(looks.trajectory)
cli.command()(looks.timeline)
cli.command()(looks.dossier)
cli.command("hand-over")(looks.hand_over)
cli.command()(lists.caseload)
for name, of in lists.LISTS.items():
    cli.command(name)(lists.command(of))
cli.command()(lists.changes)
cli.command()(lists.search)
cli.command()(lists.doubles)
cli.command()(lists.load)
cli.command()(lists.contacts)
cli.command()(audits.explain)
cli.command()(audits.disclosures)
cli.command()(audits.replay)
cli.command()(audits.reveal)
cli.command()(data.programmes)
cli.command()(data.policies)

keys = typer.Typer(no_args_is_help=True, help="The keys of a store.")
keys.command()(stores.rotate)
cli.add_typer(keys, name="keys")


def main() -> None:
    """The command `zorgspoor`. A defect ends with 70 and the place of it, without any value.

    What this process knows of children is not to be written to disk when it crashes.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    written = sys.stdout
    try:
        try:
            cli()
        finally:
            written.flush()
    except BrokenPipeError:
        _end_as_by_signal()
    except SystemExit:
        if sys.stdout is not written:  # Typer puts another one there when nobody reads on
            _end_as_by_signal()
        raise
    except Exception as error:  # noqa: BLE001  # the last resort: a traceback with values could show content
        problems.print(
            f"This is a defect: {type(error).__name__} at {place_of(error)}. Nothing was shown.", markup=False
        )
        sys.exit(70)


def _end_as_by_signal() -> None:
    """Where nobody reads on (`| head`) it ends as other commands do: that is no refusal.

    Only now: a signal that ended the process at once would also come of a connection that somebody else closed.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
