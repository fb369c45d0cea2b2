"""The command line: `crosshire …`. Each command is thin and calls a service."""

import sys
from importlib import import_module

import click

from app.refusals import Refused

COMMANDS = {
    "serve": ("app.cli.running", "Run the web, the worker and, unless another is named, Valkey."),
    "demo": ("app.cli.running", "The same, with a demo company on a catalogue of its own."),
    "create-admin": ("app.cli.people", "Add an administrator."),
    "token": ("app.cli.people", "Print a new API token, alone on the last line."),
    "import": ("app.cli.copies", "Read products from a CSV file."),
    "export": ("app.cli.copies", "Write everything into one zip of JSON and CSV, to read elsewhere."),
    "backup": ("app.cli.copies", "Write one verified file that restores the installation."),
    "restore": ("app.cli.copies", "Restore a backup into an empty installation."),
    "archive": ("app.cli.years", "Move closed years of the ledger out of the database now."),
    "verify": ("app.cli.checks", "Check every invariant; status 1 and the rows where one is broken."),
    "doctor": ("app.cli.checks", "What is wrong with this machine, disk, database, Redis, mail."),
    "migrate": ("app.cli.checks", "Bring the database to the schema of this version."),
}
PYTHON_NAMES = {"import": "import_", "create-admin": "create_admin"}


class LateGroup(click.Group):
    """Loads a command when it is called: starting must not wait for what only restoring needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, PYTHON_NAMES.get(cmd_name, cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@click.command(cls=LateGroup)
@click.version_option(package_name="crosshire")
def crosshire() -> None:
    """Inventory, planning and CRM for companies that rent out event equipment."""


def main() -> None:
    """The entry point. What cannot be done is one line on stderr and status 2."""
    try:
        sys.exit(crosshire())
    except Refused as refusal:
        click.echo(f"crosshire: {refusal.message}", err=True)
        sys.exit(2)
