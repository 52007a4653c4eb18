"""Reviews: the rules of `metrics` applied to what is stored, for whoever asks: an asset check, the API, a person.

What belongs here: which facts a rule looks at, under which name it is known, and recording what it finds. What does
not: a rule itself (`metrics`), tables (`store`), Dagster. Everything is answered from the database and a given moment.
"""
