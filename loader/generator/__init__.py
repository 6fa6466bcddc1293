"""A sample shop that goes on living: what it would deliver on any day, and the truth about it.

Everything is a pure function of seed, settings and date. No state is kept between days: what a
customer, product or sale is like is drawn from a random stream of its own (`streams`), so a day
can be made alone, in any order, and has the same bytes on any machine.
"""
