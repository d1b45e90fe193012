"""The file, line and name of functions, as binutils tell them: DWARF as readelf prints it, names
made readable by c++filt. Expected values for rows of a .prof, from none of cprof's code."""

import collections
import os
import re
import subprocess

DIE = re.compile(r" <[0-9a-f]+><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
ATTRIBUTE = re.compile(r"    <[0-9a-f]+> +DW_AT_(\w+) *: ?(?:\((?:ind|alt|offset)[^)]*\):? ?)?(.*)")
TABLE_ROW = re.compile(r"  (\d+)\t(?:(\d+)[\t ])?(?:0x\w+\t)?(?:\(ind[^)]*\): )?(.*)$")
CLONE = re.compile(r"\.(part|constprop|isra|cold|lto_priv|llvm)\b.*")
KEPT = {"name", "linkage_name", "low_pc", "decl_file", "decl_line", "specification",
        "abstract_origin", "stmt_list", "ranges"}

Function = collections.namedtuple("Function", "file line name linkage")


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, errors="replace",
                          check=True).stdout


def file_tables(path):
    """{offset of a line table: [full path by file number]} (DWARF 5)."""
    tables, directories, files, rows = {}, [], [], None
    for line in run("readelf", "--debug-dump=rawline", path).splitlines():
        if line.startswith("  Offset: "):
            directories, files = [], []
            tables[int(line.split()[1], 0)] = files
        elif line.startswith(" The Directory Table"):
            rows = directories
        elif line.startswith(" The File Name Table"):
            rows = files
        elif line.startswith(" Line Number Statements") or line.startswith("  ["):
            rows = None
        elif rows is not None and line[:2] == "  ":
            m = TABLE_ROW.match(line)
            if m and rows is directories:
                rows.append(os.path.join(directories[0] if directories else "", m.group(3)))
            elif m:
                rows.append(os.path.normpath(os.path.join(directories[int(m.group(2))],
                                                          m.group(3))))
    return tables


def dies(path):
    """{offset: attributes} of functions; 'files' is the offset of their unit's line table."""
    found, unit, current = {}, 0, None
    for line in run("readelf", "--debug-dump=info", path).splitlines():
        if line.startswith(" <"):
            m = DIE.match(line)
            current = None
            if m and m.group(2) == "DW_TAG_compile_unit":
                unit = current = {}
            elif m and m.group(2) == "DW_TAG_subprogram":
                current = found[int(m.group(1), 16)] = {"unit": unit}
        elif current is not None:
            m = ATTRIBUTE.match(line)
            if m and m.group(1) in KEPT:
                current[m.group(1)] = m.group(2).strip()
    return found


def number(text):
    return int(text.split()[-1].strip("<>"), 16)


class Module:
    """Functions of one ELF file by address; names of its symbols by address."""

    def __init__(self, path):
        self.symbols = {}
        for table in ((), ("--dynamic",)):
            for line in run("nm", "--defined-only", *table, path).splitlines():
                value, _, name = line.split(" ", 2)
                self.symbols.setdefault(int(value, 16), name.split("@")[0])
        self.at, self.split = {}, collections.defaultdict(list)
        tables, found = file_tables(path), dies(path)
        for die in found.values():
            if "low_pc" in die or "ranges" in die:
                self._add(die, self._function(die, found, tables))
        self._demangle()

    def _add(self, die, function):
        if function is None:
            return
        if "low_pc" in die:
            self.at[number(die["low_pc"])] = function
        else:
            self.split[function.linkage].append(function)

    @staticmethod
    def _function(die, found, tables):
        """A definition's attributes stand in it or in what it refers to."""
        merged, seen = dict(die), 0
        while die is not None and seen < 10:
            for name, value in die.items():
                merged.setdefault(name, value)
            reference = die.get("abstract_origin") or die.get("specification")
            die = found.get(number(reference)) if reference else None
            seen += 1
        if "name" not in merged or "decl_line" not in merged:
            return None
        files = tables[int(merged["unit"]["stmt_list"].split()[0], 0)]
        return Function(files[int(merged["decl_file"], 0)], int(merged["decl_line"], 0),
                        merged["name"], merged.get("linkage_name", merged["name"]))

    def _demangle(self):
        """Static functions of C++ have a mangled name in the symbol table only."""
        self.at = {address: f if f.linkage.startswith("_Z") else f._replace(
            linkage=CLONE.sub("", self.symbols.get(address, f.name)))
            for address, f in self.at.items()}
        every = list(self.at.values()) + [f for fs in self.split.values() for f in fs]
        names = [f.linkage for f in every if f.linkage.startswith("_Z")]
        readable = dict(zip(names, run("c++filt", text="\n".join(names)).split("\n")))

        def renamed(f):
            return f._replace(name=readable.get(f.linkage, f.name))

        self.at = {address: renamed(f) for address, f in self.at.items()}
        self.split = {name: [renamed(f) for f in fs] for name, fs in self.split.items()}

    def function(self, offset):
        """None: not in the debug information, or not told apart by it."""
        if offset in self.at:
            return self.at[offset]
        candidates = set(self.split.get(CLONE.sub("", self.symbols.get(offset, "")), []))
        return candidates.pop() if len(candidates) == 1 else None


class SymbolTable:
    def __init__(self):
        self.modules = {}

    def _module(self, path):
        if path not in self.modules:
            self.modules[path] = Module(path)
        return self.modules[path]

    def name(self, path, offset):
        """As in the symbol table, of the module's base name and the offset."""
        plain = "%s+0x%x" % (os.path.basename(path), offset)
        return self._module(path).symbols.get(offset, plain) if path.startswith("/") else plain

    def key(self, path, offset):
        """(file, line, name) as a row of the .prof has it; file "?": debug information names
        neither the function's file nor its line."""
        function = self._module(path).function(offset)
        if function is None:
            return "?", 0, run("c++filt", self.name(path, offset)).rstrip("\n")
        return function.file, function.line, function.name
