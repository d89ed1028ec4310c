"""What type checkers make of tables."""

from typing import reveal_type

import polars as pl
from moneyed import Money

import tieout
from tieout.model import ChargeType, CourierCharge, Order, Shipment
from tieout.tables import Table, frame_of, schema_of, table_of

orders: Table[Order] = Table.from_records([], Order)
for order in orders:
    reveal_type(order)  # T: tieout.model.order.Order
reveal_type(orders[0])  # T: tieout.model.order.Order
reveal_type(orders[1:])  # T: tieout.tables.table.Table[tieout.model.order.Order]
reveal_type(orders.to_polars())  # T: polars.dataframe.frame.DataFrame
reveal_type(len(orders))  # T: int

charge = CourierCharge(charge_type=ChargeType.BASE, amount=Money("8.00", "CNY"))
reveal_type(Table.from_records([charge]))  # T: tieout.tables.table.Table[tieout.model.courier.CourierCharge]
reveal_type(table_of([charge], CourierCharge))  # T: tieout.tables.table.Table[tieout.model.courier.CourierCharge]
parcels = Table.from_frame(pl.DataFrame(), Shipment, currency="CNY")
reveal_type(parcels)  # T: tieout.tables.table.Table[tieout.model.shipment.Shipment]
reveal_type(frame_of([charge]))  # T: polars.dataframe.frame.DataFrame
reveal_type(schema_of(Order))  # T: dict[str, polars.datatypes.classes.DataType]

shipments: Table[Shipment] = orders  # E: assignment
orders.to_polars().nothing()  # E: attr-defined
Table.from_frame(pl.DataFrame(), Shipment, "CNY")  # E: call-arg
orders[0] = order  # E: index

reveal_type(tieout.Table.from_records([charge])[0])  # T: tieout.model.courier.CourierCharge
reveal_type(tieout.read("bill.csv").records)  # T: tieout.tables.table.Table[Any]
