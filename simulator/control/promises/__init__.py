"""What the sandbox promises of Kustomer, to be read by machines: the ledger, and the operations."""
