"""When a run starts: timers of the machine, and the scheduler; imports pipeline and below."""
