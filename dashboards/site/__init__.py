"""The pages that people open, built from cubes and charts, and the server that shows them."""
