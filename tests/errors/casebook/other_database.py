from tieout.casebook import Casebook

Casebook("mysql://books.example/ledger")
