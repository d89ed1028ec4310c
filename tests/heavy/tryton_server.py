"""A Tryton server of its own: new SQLite databases in a folder, a process on a loopback port, and companies in yuan."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

PASSWORD = secrets.token_hex(16)  # of a server that lives as long as the tests
FIRST, SECOND = DATABASES = ("books", "example")


def start(folder, module, *arguments, **options):
    """One of trytond's programs, with this Python."""
    code = f"from {module} import main; main()"
    return subprocess.Popen([sys.executable, "-c", code, "-c", str(folder / "trytond.conf"), *arguments], **options)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def configure(folder, port):
    settings = f"[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n"
    (folder / "trytond.conf").write_text(settings, encoding="utf-8")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    (folder / f"{FIRST}.sqlite").touch()


def make_database(folder):
    """Create the tables of `account` and what it needs."""
    given = ["-d", FIRST, "-u", "account", "--activate-dependencies", "--email", "books@example.com"]
    environment = {**os.environ, "TRYTONPASSFILE": str(folder / "password")}
    with (folder / "admin.log").open("wb") as log:
        admin = start(folder, "trytond.cli.admin", *given, env=environment, stdout=log, stderr=log)
        assert 0 == admin.wait(timeout=300), (folder / "admin.log").read_text(encoding="utf-8")
    shutil.copy(folder / f"{FIRST}.sqlite", folder / f"{SECOND}.sqlite")


@contextmanager
def running(folder, port):
    """The server as a process; it is ended with the block."""
    with (folder / "server.log").open("wb") as log:
        server = start(folder, "trytond.cli.__main__", "-d", *DATABASES, stdout=log, stderr=log)
        try:
            wait_for(port, server, folder)
            yield {name: f"http://admin:{PASSWORD}@127.0.0.1:{port}/{name}/rpc/" for name in DATABASES}
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=20)
            server.kill()


def wait_for(port, server, folder):
    for _ in range(600):
        assert server.poll() is None, (folder / "server.log").read_text(encoding="utf-8")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"no server on port {port} after a minute")


def open_company(config, *, years, name="Tie Out Trading"):
    """A company in yuan with fiscal years of months, as its own people set it up once."""
    from proteus import Model, Wizard

    def kind(model):
        return Model.get(model, config=config)

    def saved(model, **fields):
        record = kind(model)(**fields)
        record.save()
        return record

    yuan = saved("currency.currency", name="Renminbi", code="CNY", symbol="¥", rounding=Decimal("0.01"), digits=2)
    for code, digits in (("INR", 2), ("JPY", 0), ("USD", 2)):
        saved(
            "currency.currency", name=code, code=code, symbol=code, rounding=Decimal(1).scaleb(-digits), digits=digits
        )
    wizard = Wizard("company.company.config", config=config)
    wizard.execute("company")
    wizard.form.party = saved("party.party", name=name)
    wizard.form.currency = yuan
    wizard.execute("add")
    config._context = kind("res.user").get_preferences(True, {})
    (company,) = kind("company.company").find([("party.name", "=", name)])
    (numbers,) = kind("ir.sequence.type").find([("name", "=", "Account Move")])
    for year in years:
        sequence = saved("ir.sequence.strict", name=str(year), sequence_type=numbers, company=company)
        fiscal_year = saved(
            "account.fiscalyear",
            name=str(year),
            start_date=date(year, 1, 1),
            end_date=date(year, 12, 31),
            company=company,
            move_sequence=sequence,
        )
        fiscal_year.click("create_period")
    return company


@contextmanager
def tryton(folder, *, years):
    """A new server with a company in each database; their addresses."""
    from proteus import config

    folder = Path(folder)
    port = free_port()
    configure(folder, port)
    make_database(folder)
    with running(folder, port) as addresses:
        for address in addresses.values():
            open_company(config.XmlrpcConfig(address), years=years)
        yield addresses
