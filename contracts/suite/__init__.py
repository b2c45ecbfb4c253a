"""Checks of the promises no schema can state, to be asked of any Kustomer-like target.

A check is a function of a `Target`; it names the ledger rules it stands for. The same checks run against
the simulator in process and against any base URL.
"""
