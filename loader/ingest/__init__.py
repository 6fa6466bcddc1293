"""Delivered files to staging and to the archive; imports export and below."""
