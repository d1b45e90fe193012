# Programs for the demo.
DEMO_PROGRAMS :=
