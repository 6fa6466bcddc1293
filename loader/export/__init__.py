"""The mart as files, written and verified; imports history and below."""
