"""Texts that someone may give as a label, a column, a class, a file name: each means something to what it ends up in.

Every test of what is done with a user's text takes its texts from here.
"""

# What tests of pictures draw, one by one: signs of DOT, HTML, XML, terminals, and what no file can hold.
DRAWN = [
    "</script><img src=x onerror=alert(1)>",
    'quote " and backslash \\',
    "ends in a backslash \\",
    "two\nlines",
    "{record|field<port>}",
    "&amp;&lt;&#60;",
    "<b>bold</b>",
    "\\N\\G\\E\\l\\n",
    "right \u202e to left",
    "control \x00\x07\x1b[31m",
    "lone \ud800 surrogate",
    "π 名前",
    "x" * 10_000,
    "]; evil -> node [",
]

# What ends a string, a comment or a line of Python or C.
CODE = [
    '"; int x = "',
    "*/ #error",
    "/* // ??/",
    "'''\"\"\" + str(1/0)",
    "\\",
    "{} {0} %s %n",
    "two\nlines\r\0",
    "é ∑ 🙂",
    "\ud800",
    "",
]

# Each way to end a line that Python, Unicode, JavaScript or a terminal knows, with code on the next line.
LINE_ENDS = [f"a{end}raise SystemExit(1)#" for end in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\0"]

# Escape sequences, in 7 and 8 bits: colour, the window's title, a link, the clipboard, the screen cleared, a bell.
TERMINAL = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;http://example.com\x1b\\link",
    "\x1b]52;c;bHM=\x07",
    "\x9b2J",
    "back\b\b\b\bspace",
    "over\rwritten",
    "\x7f\x07",
]

# Signs that change the order in which text is shown, or that cannot be seen.
UNSEEN = ["\u202eevil", "\u2066a\u2069", "a\u200bb", "\ufeff", "a\u00adb", "\U000e0041"]

# What Python takes for something else than a name, or for another name.
NAMES = [
    "import",
    "None",
    "__import__",
    "float",
    "math",
    "ﬁle",
    "1x",
    "a.b",
    "ª",
    "exec",
    "constants",
    "loss",
    "print",
    "dict",
]

# Cells that a spreadsheet would compute.
CELLS = [
    "=1+2",
    "+1+2",
    "-1+2",
    "@SUM(1,2)",
    "\t=1+2",
    "\r=1+2",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com","a")',
    "a;=1+2",
    'a",=1+2',
    "\n=1+2",
    " =1+2",
    "\xa0\u3000@SUM(1,2)",
    "a; =1+2",
    "＝1+2",
    "＋1+2",
    "－1+2",
    "＠SUM(1,2)",
]

# Markup, formulas and paths of the other formats.
MARKUP = [
    "]]>",
    "--><script>alert(1)</script><!--",
    "</style>",
    "</title><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "${7*7}`",
    r"\input{/etc/passwd}",
    r"\end{document}",
    "$$x$$ % ~ ^ _ & #",
    'click a "javascript:alert(1)"',
    "%%{init: {}}%%",
    "../../a",
    "[bold]rich[/bold] [link=http://example.com]a[/link]",
    "{title} {palette} {body}",
]

TEXTS = list(dict.fromkeys([*DRAWN, *CODE, *LINE_ENDS, *TERMINAL, *UNSEEN, *NAMES, *CELLS, *MARKUP]))
