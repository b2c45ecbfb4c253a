"""The search filter language: parse a body, match records, order, aggregate. Pure; knows no store and no HTTP."""
