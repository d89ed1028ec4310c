from tieout.live import Web
from tieout.live.stripe import Stripe

Stripe(api_key="rk_test", address="http://127.0.0.1:9", web=Web(where="Stripe", attempts=1)).fetch()
