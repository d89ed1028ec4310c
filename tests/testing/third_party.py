"""A package of somebody else's with one source format, as an installer leaves it: a module, and an entry point."""

import textwrap

BILL = """\
业务时间,运单号,目的省份,收件人手机,结算重量,运费
2026-07-01,00012345671,广东,13800138001,1.2,2.00
2026-07-02,00012345672,浙江,13800138002,0.5,3.25
2026-07-03,00012345673,四川,13800138003,3.0,-1.50
2026-07-04,00012345674,北京,13800138004,1.0,4.75
合计,,,,,8.50
"""

HEALTHY = '''\
"""Village Express bill (村村通快递账单)."""

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import CourierCharge
from tieout.sources import Charge, Date, Document, Fit, Note, TableFormat, Text, Tracking, Weight
from tieout.tables import Table

COLUMNS = [
    Date("业务时间", to="ship_date"),
    Tracking("运单号"),
    Text("目的省份", to="dest.province", optional=True),
    Weight("结算重量", to="billed_weight_g", unit="kg"),
    Charge("运费", "base"),
]
DECLARED = dict(
    record=CourierCharge, carrier="village", currency="CNY", timezone="Asia/Shanghai", evidence="columns only", columns=COLUMNS
)
FORMAT = TableFormat(**DECLARED)
'''

WRAPPED = '''\

class Wrapped:
    """A format that changes what another one reads."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def read(self, document, *, name, options):
        return self.changed(self.inner.read(document, name=name, options=options), document)

    def with_records(self, batch, frame):
        return attrs.evolve(batch, records=Table(frame, CourierCharge))
'''


def install(folder, module, code):
    """Write the package as an installer would: its module and the metadata that names the entry point."""
    (folder / f"{module}.py").write_text(code, "utf-8")
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[tieout.sources]\nvillage_bill = {module}\n", "utf-8")


def wrapped(method):
    """A leaf whose `FORMAT` is the healthy one with one method replaced."""
    broken = "class Broken(Wrapped):\n" + textwrap.indent(textwrap.dedent(method), "    ")
    return f"{HEALTHY}{WRAPPED}\n\n{broken}\n\nFORMAT = Broken(FORMAT)\n"


def declared(fields):
    """A leaf whose `FORMAT` is declared otherwise."""
    return f"{HEALTHY}\nFORMAT = TableFormat(**DECLARED | dict({fields}))\n"
