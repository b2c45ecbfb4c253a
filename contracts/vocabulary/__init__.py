"""Every key a contract document may use, with its type and its meaning; the page about them is made from here."""
