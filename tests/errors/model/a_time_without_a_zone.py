from datetime import datetime

from tieout.model import Shipment

Shipment(tracking_no="SF1012345678901", shipped_at=datetime.fromisoformat("2026-10-01T08:30:00"))
