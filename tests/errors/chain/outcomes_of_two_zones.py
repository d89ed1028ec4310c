from tieout.chain import Chain
from tieout.reconciliations import Payout, Receipts

Chain([Payout(timezone="UTC").run(settlements=[], payouts=[]), Receipts().run(payouts=[], bank=[])])
