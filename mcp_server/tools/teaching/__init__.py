"""Pure: what is said of a wrong call besides that it is wrong: which tool, form, name or value was meant."""
