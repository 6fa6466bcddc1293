"""What people open in the morning: the pages, their figures, and the site that shows them."""
