from tieout.casebook import Alert, Message, WebhookSink

alert = Alert(key="k", rule="dear parcels", trigger="case", subject="c1", raised_at="2026-10-01T08:00:00.000000Z")
WebhookSink("http://127.0.0.1:1/hook").send(Message(key="k", sink="erp", alerts=(alert,)))
