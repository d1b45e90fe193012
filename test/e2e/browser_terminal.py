"""cprof-report -i in a terminal: editing, history, completion, Ctrl-C, Ctrl-D.

usage: browser_terminal.py CPROF_REPORT (in a folder with golden.prof, large.prof, hostile.prof and mainly)
"""
import signal
import sys
import os

from terminal import Terminal, run

REPORT = sys.argv[1]


def start(*files):
    terminal = Terminal([REPORT, "-i", *files])
    terminal.expect("Welcome to the profile statistics browser.")
    terminal.expect("% ")
    return terminal


def a_command_is_completed():
    t = start("golden.prof")
    t.type("ca\trs 1\n")  # callees, callers: as far as they agree
    t.expect("was called by...")
    t.expect("golden.prof% ")
    t.type("stat\t1\n")  # a blank follows what is whole
    t.expect("due to restriction <1>")
    t.expect("golden.prof% ")
    t.type("quit\n")
    t.expect("Goodbye.")
    assert t.ends() == 0


def sort_keys_are_completed():
    t = start("golden.prof")
    t.type("sort pc\tname\n")  # pcalls, and a blank
    t.expect("golden.prof% ")
    t.type("stats 1\n")
    t.expect("Ordered by: primitive call count, function name")
    t.type("quit\n")
    assert t.ends() == 0


def file_names_are_completed():
    t = start()
    t.type("read gold\t\n")
    t.expect("golden.prof% ")
    t.type("sort nfl\n")
    t.expect("golden.prof% ")
    t.type("stats mai\t\n")  # a pattern: nothing to complete, be there such a file or not
    t.expect("due to restriction <'mai'>")
    t.type("quit\n")
    assert t.ends() == 0


def help_topics_are_completed():
    t = start()
    t.type("help str\t\n")
    t.expect("Strip leading path information")
    t.type("quit\n")
    assert t.ends() == 0


def the_line_before_comes_back():
    t = start("golden.prof")
    t.type("sort nfl\n")
    t.expect("golden.prof% ")
    t.type("frobnicate\n")
    t.expect("*** Unknown syntax: frobnicate")
    t.expect("golden.prof% ")
    t.type("\x1b[A\x1b[A\x7f\x7f\x7fline\n")  # up, up, three characters back
    t.expect("golden.prof% ")
    t.type("stats 1\n")
    t.expect("Ordered by: line number")
    t.type("quit\n")
    assert t.ends() == 0


def ctrl_d_leaves():
    t = start("golden.prof")
    t.type("\x04")
    t.expect("\r\nGoodbye.\r\n")
    assert t.ends() == 0


def ctrl_c_leaves_silently():
    t = start("golden.prof")
    t.type("sta\x03")
    assert t.ends() == 0
    assert b"Goodbye" not in t.seen


def ctrl_c_restores_the_terminal():
    shell = Terminal(["/bin/sh", "-c", "trap : INT; stty -g; \"$0\" -i; stty -g; echo end", REPORT])
    shell.expect("% ")
    shell.type("\x03")
    shell.expect("end")
    lines = [line for line in shell.seen.decode().split("\r\n") if line.count(":") > 10]
    assert len(lines) == 2 and lines[0] == lines[1], lines
    assert shell.ends() == 0


def ctrl_c_stops_a_long_table():
    t = start("large.prof")
    t.type("stats\n")
    t.expect("ncalls")
    os.kill(t.pid, signal.SIGINT)  # the terminal is full of what is printed
    t.expect("large.prof% ")
    assert t.seen.count(b"(f") < ROWS, "the whole table was printed"
    t.type("stats 1\n")  # and the next one is not stopped
    t.expect("due to restriction <1>")
    t.expect("(f0)")
    t.expect("large.prof% ")
    t.type("quit\n")
    t.expect("Goodbye.")
    assert t.ends() == 0


def names_cannot_harm_the_terminal():
    t = start("hostile.prof")
    t.type("stats\n")
    t.expect("(f\\xc2\\x9b)")
    t.expect("% ")
    t.type("callers\n")
    t.expect("x1b[31mred.c:1(f\\xc2\\x9b)  <-")
    t.type("quit\n")
    assert t.ends() == 0
    assert b"\x1b[31m" not in t.seen


ROWS = 200000
sys.exitcode = 0
run([a_command_is_completed, sort_keys_are_completed, file_names_are_completed,
     help_topics_are_completed, the_line_before_comes_back, ctrl_d_leaves, ctrl_c_leaves_silently,
     ctrl_c_restores_the_terminal, ctrl_c_stops_a_long_table,
     names_cannot_harm_the_terminal])
sys.exit(sys.exitcode)
