"""May who see or do what? Facts in, decision out: no clock, no I/O, no import of the other packages (consent.md).

`vocabulary`, `instant`, `grounds`: the words and the values that a decision is made of. `policy`: the rules, as data.
`whose_consent`, `consent`: who must consent, and did they. `question`, `who`, `needs`, `left_out`: the conditions that
rules are made of. `decide`: the answer.
"""
