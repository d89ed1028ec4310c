"""Keep vouchers in Django: a courier's bill becomes vouchers, these become rows, and Django adds them up to our trial balance."""

import django
from django.conf import settings
from django.db import connection, models, transaction

import tieout
from tieout.money import from_minor, to_minor
from tieout.posting import Book, Vouchers, post
from tieout.posting.statements import trial_balance
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

# In a project this is its settings, and the models stand in an app's models.py. They are plain models because django-hordak 2.0
# refuses SQLite: its triggers are written for PostgreSQL and MySQL. Amounts are whole cents, which every database adds exactly.
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()


class Voucher(models.Model):
    """A voucher; its id is tieout's, which is the same when the same is posted again."""

    id = models.CharField(primary_key=True, max_length=64)
    name = models.CharField(max_length=32)
    date = models.DateField()

    class Meta:
        app_label = "books"


class Entry(models.Model):
    """A line of a voucher, in minor units: a debit is positive, a credit negative."""

    id = models.BigAutoField(primary_key=True)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT)
    account = models.CharField(max_length=32)
    summary = models.CharField(max_length=256)
    amount_minor = models.BigIntegerField()

    class Meta:
        app_label = "books"


def keep(vouchers: Vouchers) -> int:
    """Keep the vouchers that are not there yet, all of them or none, and say how many they were."""
    with transaction.atomic():
        new = [one for one in vouchers if not Voucher.objects.filter(id=one.voucher_id).exists()]
        for one in new:
            row = Voucher.objects.create(id=one.voucher_id, name=f"{one.word}-{one.number}", date=one.date)
            for line in one.lines:
                amount = to_minor(line.amount)
                Entry.objects.create(voucher=row, account=line.account, summary=line.summary, amount_minor=amount)
        if off := list(Entry.objects.values("voucher").annotate(sum=models.Sum("amount_minor")).exclude(sum=0)):
            raise ValueError(f"these do not balance: {off}")
    return len(new)


demo = f"{tieout.__path__[0]}/_demo"  # the folder of the bundled month
bill = tieout.read(f"{demo}/zto_bill.csv", format="generic_table", mapping=f"{demo}/zto_mapping.toml")
shipments = tieout.read(f"{demo}/shipments.csv", format="generic_table", mapping=f"{demo}/shipments_mapping.toml")
audit = CourierBill(rate_card=RateCard.load(f"{demo}/zto_contract.toml"))
book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
vouchers = post(audit.run(shipments=shipments.records, charges=bill.records), book=book, period="2026-10")

with connection.schema_editor() as editor:
    editor.create_model(Voucher)
    editor.create_model(Entry)
print(f"{keep(vouchers)} vouchers kept; {keep(vouchers)} when the same is posted again")

ours = trial_balance(vouchers, book=book, period="2026-10")
entries = Entry.objects.filter(voucher__date__range=(ours.start, ours.end))
theirs = {row["account"]: row["sum"] for row in entries.values("account").annotate(sum=models.Sum("amount_minor"))}
for code, minor in sorted(theirs.items()):
    print(f"{code:<12} {from_minor(minor, book.currency).amount:>12,.2f}  {book.account_name(code)}")
if theirs != {row.account: to_minor(row.closing) for row in ours}:
    raise SystemExit("Django's balances are not those of the vouchers")
print("Django's balances are those of the vouchers")
