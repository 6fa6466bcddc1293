"""Take an online shop's files into PostgreSQL, and what is made of them out again."""
