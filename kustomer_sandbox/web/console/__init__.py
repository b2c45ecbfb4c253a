"""The console at `/`: what happens in a world, to look at and to act upon, as pages that the server renders.

Decision: htmx 2 with its extension for server-sent events, vendored, and Jinja templates. Every page is HTML before any
script runs, and a part of it is fetched anew from the same template that made it, so there is one place for markup and
no state in the browser. Datastar, the other candidate, evaluates expressions in attributes, for which a policy would
have to allow `unsafe-eval`; htmx needs nothing but scripts from files (`allowEval` off). Both are small; htmx is older,
kept up, and known to more readers.
"""
