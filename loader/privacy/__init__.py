"""Erasing a person in every layer; imports scheduling and below."""
